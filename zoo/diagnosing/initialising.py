"""The initialisation study: the same net and the same batch with kernels that start from other distributions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import specs
from specs.errors import UserError
from specs.variants import with_initializer
from zoo.adapting import adapted
from zoo.backend import set_random_seed
from zoo.building import build
from zoo.compiling import compile_model, precision
from zoo.data.dataset import Dataset
from zoo.data.loading import load_data, training_of
from zoo.diagnosing.signals import Signal, fitting, looked_at, signals_of
from zoo.feeding import Feed
from zoo.sources import Source, as_document
from zoo.stepping import check_usual
from zoo.training import form_of

INITIALIZERS: Mapping[str, Any] = {
    "zeros": "zeros",
    "N(0, 0.01²)": {"RandomNormal": {"stddev": 0.01}},
    "N(0, 1)": {"RandomNormal": {"stddev": 1.0}},
    "Xavier": "glorot_uniform",
    "He": "he_normal",
}
"""What is set side by side, as a spec has it. Xavier: Glorot and Bengio (AISTATS 2010); He: arXiv:1502.01852."""

COLLAPSED, SHRUNK = 1e-2, 0.15
"""The spread of the last layer as a part of the first layer's; that of what explodes and grows is the inverse."""
SATURATED = 0.5


@dataclass(frozen=True, slots=True)
class Initialised:
    """The net with one of the initialisers: its loss on the batch, and what flows through its layers, in order."""

    initializer: str
    kernel_initializer: Any
    """As a spec has it."""
    loss: float
    layers: tuple[Signal, ...]

    @property
    def kept(self) -> float:
        """The spread of the last layer's activations as a part of the first layer's; 0 where that has none."""
        first, last = (self.layers[index].outputs.std for index in (0, -1))
        return last / first if first else 0.0

    @property
    def verdict(self) -> str:
        """What becomes of the activations: they vanish, explode, saturate or keep their spread."""
        saturated = [each.saturated for each in self.layers if each.saturated is not None]
        if not all(each.outputs.finite == 1 for each in self.layers):
            return "explodes beyond all numbers"
        if saturated and sum(saturated) / len(saturated) > SATURATED:
            return f"saturates: {sum(saturated) / len(saturated):.0%} of the outputs are where the slope is gone"
        if not self.layers[0].outputs.std:
            return "every unit gives the same for every example"
        if self.kept < COLLAPSED:
            return f"collapses: the last layer's spread is {self.kept:.1e} of the first one's"
        if self.kept > 1 / COLLAPSED:
            return f"explodes: the last layer's spread is {self.kept:.1e} times the first one's"
        if not SHRUNK < self.kept < 1 / SHRUNK:
            return f"{'shrinks' if self.kept < 1 else 'grows'}: the last layer has {self.kept:.2g} of the first one's"
        return f"keeps its spread: the last layer has {self.kept:.2g} of the first one's"


def initialising(
    source: Source,
    *,
    dataset: Dataset | None = None,
    on_study: Callable[[str], None] = lambda name: None,
    **params: Any,
) -> tuple[Initialised, ...]:
    """Build the net once for each initialiser, with the spec's seed, and look at the first batch of its training part.

    All kernels of the net start from the initialiser, that of the last layer too; biases start as the spec has it.
    Augmentation is left out, and of a large batch what would be too much of all layers together. `on_study` is told
    each initialiser before it is looked at.

    Raises `UserError` where the spec has no `train`, or a net of one layer, through which nothing flows.
    """
    document = as_document(source, params)
    check_usual(document, "a study")
    train = training_of(document)
    dataset = dataset or load_data(document)
    graph = specs.lower(adapted(document, dataset.train, train.batch_size))
    count = fitting(graph, (node.name for node in looked_at(graph)), train.batch_size)
    batch = Feed(dataset.train, form_of(graph, train), count, seed=train.seed)[0]
    found = []
    for name, initializer in INITIALIZERS.items():
        on_study(name)
        set_random_seed(train.seed)
        variant = with_initializer(graph, initializer)
        with precision(train):
            model = build(variant)
        compile_model(model, variant, train, 1)
        loss, layers = signals_of(model, variant, batch)
        if len(layers) < 2:
            raise UserError(f"{document.name}: the study of initialisers needs two layers before the output at least")
        found.append(Initialised(name, initializer, loss, layers))
    return tuple(found)
