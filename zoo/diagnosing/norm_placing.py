"""The study of norm placement: the same net trained on the same batches with the norm elsewhere, or without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

import specs
from specs.combinators import Norm, Order
from specs.variants import check_norms, with_norm
from zoo.adapting import adapted
from zoo.backend import set_random_seed
from zoo.data.dataset import Dataset
from zoo.data.loading import load_data, training_of
from zoo.feeding import Feed
from zoo.sources import Source, as_document
from zoo.stepping import check_usual
from zoo.training import prepared, training_form

PLACES: Mapping[str, tuple[Order, Norm | None]] = {
    "before the activation": ("conv-norm-act", None),
    "after the activation": ("conv-act-norm", None),
    "before the convolution": ("norm-act-conv", None),
    "none": ("conv-norm-act", "none"),
}
"""Batch norm's own paper has it before (arXiv:1502.03167); the third is full pre-activation (arXiv:1603.05027)."""

STEPS = 60
TAIL = 10
"""Steps at the end, of which the mean is compared."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The losses of the net with its norms at a place, one a step, NaN and infinity among them."""

    place: str
    order: Order
    norm: Norm | None
    """None: the spec's own."""
    losses: tuple[float, ...]

    @property
    def end(self) -> float:
        """The mean loss of the last steps."""
        return float(np.mean(self.losses[-TAIL:]))


def norm_placing(
    source: Source,
    *,
    dataset: Dataset | None = None,
    steps: int = STEPS,
    on_study: Callable[[str], None] = lambda name: None,
    **params: object,
) -> tuple[Placed, ...]:
    """Train the net for some steps once for each place of the norm, with one seed and the same batches in one order.

    The places are those of the `conv` unit: what is written as BatchNormalization stays where it is. `on_study` is
    told each place before it is trained.

    Raises `UserError` where no `conv` unit has a norm, or the spec has no `train`.
    """
    document = as_document(source, params)
    check_usual(document, "a study")
    check_norms(document)
    train = training_of(document)
    dataset = dataset or load_data(document)
    document = adapted(document, dataset.train, train.batch_size)
    found = []
    for place, (order, norm) in PLACES.items():
        on_study(place)
        variant = with_norm(replace(document, weights=""), order, norm)
        graph = specs.lower(variant)
        set_random_seed(train.seed)
        model, _ = prepared(variant, graph, train, None, dataset)
        feed = Feed(dataset.train, training_form(graph, train, dataset), train.batch_size, seed=train.seed)
        losses = []
        for index in range(steps):
            # Keras' loss is the mean since the last reset.
            model.reset_metrics()
            losses.append(float(model.train_on_batch(*feed[index], return_dict=True)["loss"]))
        found.append(Placed(place, order, norm, tuple(losses)))
    return tuple(found)
