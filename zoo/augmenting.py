"""Changes batches of images at random: what `train.augment` says, carried out in the input pipeline.

What is drawn depends on seed, epoch and number of the batch alone. Keras' layers draw from generators that remember
what was drawn before; here each batch puts states of its own in their place, and none is remembered. All runs on the
processor, beside the training, compiled where the backend can; it is never a part of a model.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from specs.graph import Graph, Shape
from specs.sections import Train
from specs.sections.augment import AugmentStep, inferred
from zoo.augmentation import Batch, Change, Policy, Random, made
from zoo.backend import keras
from zoo.data.dataset import Array
from zoo.moving import Masks, masks_of

DEVICE = "cpu:0"

Numbered = tuple[int, AugmentStep, Change | Policy]
"""Place of a step in its list, the step, and what it does."""
Draw = Callable[[int, AugmentStep], Random]
"""Where a step's random numbers come from in one batch."""


def augmenter_of(graph: Graph, train: Train) -> "Augmenter | None":
    """What changes the batches of a training; None where its section says nothing."""
    shape = graph.node(graph.inputs[0]).output_shape
    return Augmenter(train.augment, shape, masks_of(graph, train)) if train.augment else None


class Augmenter:
    """The changes of a list of steps to batches of shape (examples, *shape), and to what `masks` says of their labels.

    >>> from specs.sections.augment import read
    >>> augment = Augmenter(read(("RandomFlip",)), (2, 2, 1))
    >>> x = np.arange(16, dtype="float32").reshape(4, 2, 2, 1)
    >>> changed, y = augment(x, {"output": np.arange(4)}, seed=0, epoch=1, index=2)
    >>> changed.shape, y["output"].tolist(), sorted(changed.ravel().tolist()) == x.ravel().tolist()
    ((4, 2, 2, 1), [0, 1, 2, 3], True)
    """

    def __init__(self, steps: Sequence[AugmentStep], shape: Shape, masks: Masks = ()) -> None:
        numbered: list[Numbered] = []
        with keras.device(DEVICE):
            for number, step in enumerate(steps):
                numbered.append((number, step, made(step.op, step.args, shape, masks)))
                shape = inferred(step, shape).output_shape
        self._stages = [stage for each in _alike(numbered) for stage in each]

    def __call__(
        self, x: Array, y: dict[str, Array], seed: int, epoch: int, index: int
    ) -> tuple[Array, dict[str, Array]]:
        """The changed images, of the type that they came in, and labels, where mixtures or moves change them."""

        def draw(number: int, step: AugmentStep) -> Random:
            own = getattr(step.args, "seed", None)
            return np.random.default_rng([seed if own is None else own, epoch, index, number])

        images, labels = x.astype(np.float32, copy=False), list(y.values())
        with keras.device(DEVICE):
            for stage in self._stages:
                images, labels = stage(images, labels, draw)
            found = keras.ops.convert_to_numpy(images).astype(x.dtype, copy=False)
            return found, {name: keras.ops.convert_to_numpy(each) for name, each in zip(y, labels, strict=True)}


Stage = Callable[[Any, list[Any], Draw], Batch]


def _alike(numbered: Sequence[Numbered]) -> "Sequence[list[Stage]]":
    """Steps that draw nothing in Python are compiled together where they are neighbours; a policy stands alone."""
    found: list[list[Stage]] = []
    for is_policy, group in groupby(numbered, lambda each: isinstance(each[2], Policy)):
        alike = list(group)
        found.append([_choosing(each) for each in alike] if is_policy else [_together(alike)])
    return found


def _together(steps: Sequence[Numbered]) -> Stage:
    compiled = _Compiled([change for *_, change in steps if isinstance(change, Change)])

    def stage(x: Any, y: list[Any], draw: Draw) -> Batch:
        return compiled(x, y, [draw(number, step) for number, step, _ in steps])

    return stage


def _choosing(numbered: Numbered) -> Stage:
    number, step, policy = numbered
    assert isinstance(policy, Policy)
    choices = {name: _Compiled([change]) for name, change in policy.choices.items()}

    def stage(x: Any, y: list[Any], draw: Draw) -> Batch:
        random = draw(number, step)
        return policy.draw(x, random, lambda name, images: choices[name](images, [], [random])[0]), y

    return stage


class _Compiled:
    """Changes one after the other, as one function of the states of their generators."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes
        self._function: Any = None

    def __call__(self, x: Any, y: list[Any], randoms: Sequence[Random]) -> Batch:
        drawn = zip(self.changes, randoms, strict=True)
        states = [
            random.integers(2**31, size=state.shape).astype(state.dtype)
            for change, random in drawn
            for state in change.states
        ]
        if self._function is None:
            can = all(change.compiles for change in self.changes)
            self._function = _compiled(self._changed, (states, x, y)) if can else self._changed
        changed: Batch = self._function(states, x, y)
        return changed

    def _changed(self, states: list[Any], x: Any, y: list[Any]) -> Batch:
        own = [state for change in self.changes for state in change.states]
        with keras.StatelessScope(state_mapping=list(zip(own, states, strict=True))):
            for change in self.changes:
                x, y = change.apply(x, y)
        return x, y


def _compiled(function: Callable[..., Batch], arguments: tuple[list[Any], Any, list[Any]]) -> Callable[..., Batch]:
    """The function as the backend compiles it, once for batches of all sizes where it can."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        compiled: Callable[..., Batch] = jax.jit(function)
        return compiled
    if backend != "tensorflow":
        return function
    from zoo.backend import tensorflow

    def any_size(array: Any) -> Any:
        return tensorflow.TensorSpec((None, *array.shape[1:]), array.dtype)

    states, x, y = arguments
    signature = (
        [tensorflow.TensorSpec(each.shape, each.dtype) for each in states],
        any_size(x),
        list(map(any_size, y)),
    )
    # A partial: TensorFlow warns where functions of the same code are traced often, as if they were one.
    traced: Callable[..., Batch] = tensorflow.function(partial(function), input_signature=signature, autograph=False)
    return traced
