"""Several models as one: what they give is averaged, or each has a vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from specs.graph import Graph
from zoo.answers import Gives
from zoo.backend import keras
from zoo.building import one_or_all

Vote = Literal["mean", "logits", "majority"]

FLOOR = 1e-30
"""Probabilities are taken for no smaller before their logarithm; float32 ends at 1e-38."""


@dataclass(frozen=True, slots=True)
class Voting:
    """How several models become one.

    `mean` averages probabilities, or numbers where numbers are learnt. `logits` averages the inputs of the softmax,
    which is the geometric mean of the probabilities, scaled to a sum of 1. With `majority` each model has a vote for
    its likeliest class, and what comes out is the share of the votes; of classes with equal shares the first counts.
    """

    vote: Vote
    weights: tuple[float, ...]
    """How much each model counts; only their ratios matter."""


def combined(models: Sequence[keras.Model], graph: Graph, voting: Voting, gives: Mapping[str, Gives]) -> keras.Model:
    """The model that asks all models and gives their common answer: inputs and outputs as in the graph, float32.

    `gives` is what each output is: where they are logits it gives logits too, so that the same loss can judge it.
    """
    shapes = graph.input_shapes()
    inputs = {
        name: keras.Input(shape=shape, dtype=getattr(graph.node(name).args, "dtype"), name=name)  # noqa: B009
        for name, shape in shapes.items()
    }
    answers = [model(one_or_all(inputs)) for model in models]
    several = len(graph.outputs) > 1
    by_output = {name: [each[name] for each in answers] if several else answers for name in graph.outputs}
    outputs = {name: _Common(voting, gives[name])(each) for name, each in by_output.items()}
    return keras.Model(one_or_all(inputs), one_or_all(outputs), name=graph.name)


class _Common(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Answers of several models, each of shape (batch, …, classes), → the common one of the same shape."""

    def __init__(self, voting: Voting, gives: Gives) -> None:
        super().__init__(dtype="float32")
        self.voting, self.gives = voting, gives

    def call(self, answers: list[Any]) -> Any:
        """The weighted mean, or the outcome of the vote."""
        if self.gives == "numbers":
            return self._mean(answers)
        alone = answers[0].shape[-1] == 1
        found = self._voted([_probabilities(each, self.gives, alone) for each in answers])
        if self.gives == "logits":
            found = _log(found)
            return found[..., 1:] - found[..., :1] if alone else found
        return found[..., 1:] if alone else found

    def _voted(self, probabilities: list[Any]) -> Any:
        if self.voting.vote == "logits":
            return keras.ops.softmax(self._mean([_log(each) for each in probabilities]))
        if self.voting.vote == "majority":
            classes = probabilities[0].shape[-1]
            return self._mean([keras.ops.one_hot(keras.ops.argmax(each, -1), classes) for each in probabilities])
        return self._mean(probabilities)

    def _mean(self, values: list[Any]) -> Any:
        total = sum(self.voting.weights)
        return sum(weight / total * value for weight, value in zip(self.voting.weights, values, strict=True))


def _probabilities(answer: Any, gives: Gives, alone: bool) -> Any:
    """(…, classes); a number alone is the probability of the second of two classes."""
    if gives == "logits":
        answer = keras.ops.sigmoid(answer) if alone else keras.ops.softmax(answer)
    return keras.ops.concatenate([1 - answer, answer], axis=-1) if alone else answer


def _log(probabilities: Any) -> Any:
    return keras.ops.log(keras.ops.maximum(probabilities, FLOOR))
