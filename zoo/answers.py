"""What the numbers that a model gives are: probabilities, logits, or what was learnt as numbers. NumPy alone."""

from typing import Literal

import numpy as np

from specs.graph import Graph
from specs.recipe import learnt_as, loss_of
from specs.sections import Train
from zoo.data.dataset import Array, Classes

Gives = Literal["probabilities", "logits", "numbers"]

NUMBERS = ("numbers", "identities", "pairs")
"""Forms of labels of which an output tells no class."""


def gives_of(train: Train | None, graph: Graph, classes: Classes | None) -> dict[str, Gives]:
    """What each output of a model is that was trained so; without classes, of one that was not trained yet.

    >>> import specs
    >>> graph = specs.lower(specs.loads("{name: a, input: {shape: [2]}, body: [Dense: {units: 1}]}"))
    >>> gives_of(Train(loss="MeanSquaredError"), graph, None), gives_of(None, graph, None)
    ({'output': 'numbers'}, {'output': 'probabilities'})
    """
    shapes = graph.output_shapes()

    def gives(name: str) -> Gives:
        loss = loss_of(train, graph.outputs[name]) if train else None
        form = None if train is None else learnt_as(train, graph.outputs[name], shapes[name])
        if form == "boxes" or (form in NUMBERS if classes is None else name not in classes):
            return "numbers"
        return "logits" if loss is not None and getattr(loss.args, "from_logits", False) else "probabilities"

    return {name: gives(name) for name in graph.outputs}


def class_scores(answers: Array, gives: Gives) -> Array:
    """Answers of shape (…, classes) → the probabilities of the classes; a number alone is for the second of two.

    >>> class_scores(np.array([[0.25]]), "probabilities").tolist(), class_scores(np.array([[0.0]]), "logits").tolist()
    ([[0.75, 0.25]], [[0.5, 0.5]])
    >>> class_scores(np.array([1000.0, 0.0, 0.0]), "logits").tolist()
    [1.0, 0.0, 0.0]
    """
    alone = answers.shape[-1] == 1
    if gives != "logits":
        return np.concatenate([1 - answers, answers], axis=-1) if alone else answers
    # The sigmoid is the softmax of two, the first of which is 0.
    logits = np.concatenate([np.zeros_like(answers), answers], axis=-1) if alone else answers
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
