"""Under which licence data are given, where that is publicly known; of one's own the spec says it."""

from collections.abc import Iterator

from specs.document import Document
from specs.sections.base import OneOf
from specs.sections.mix import Mix
from specs.sections.pairs import Pairs
from specs.sections.regions import Regions

LICENCES: dict[str, tuple[str | None, str]] = {
    "digits": ("CC-BY-4.0", "https://archive.ics.uci.edu/dataset/80"),
    "digit_canvas": ("CC-BY-4.0", "https://archive.ics.uci.edu/dataset/80"),
    "digit_masks": ("CC-BY-4.0", "https://archive.ics.uci.edu/dataset/80"),
    "mnist": ("CC-BY-SA-3.0", "https://keras.io/api/datasets/mnist"),
    "fashion_mnist": ("MIT", "https://github.com/zalandoresearch/fashion-mnist"),
    "cifar10": (None, "https://www.cs.toronto.edu/~kriz/cifar.html"),
    "cifar100": (None, "https://www.cs.toronto.edu/~kriz/cifar.html"),
    "imdb": (None, "https://ai.stanford.edu/~amaas/data/sentiment"),
    "reuters": ("for research purposes only", "https://www.daviddlewis.com/resources/testcollections/reuters21578"),
    "california_housing": (None, "https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html"),
    "boston_housing": (None, "https://lib.stat.cmu.edu/datasets/boston"),
}
"""By name under `train.data`: the licence, by SPDX's name where it has one, None where its makers state none; and where
that can be read."""


def data_origins(document: Document) -> tuple[tuple[str, str | None, str | None], ...]:
    """Name, licence and place of every source that a document is trained on; None for what nobody has said.

    >>> from specs import load
    >>> data_origins(load("digits_mlp"))
    (('digits', 'CC-BY-4.0', 'https://archive.ics.uci.edu/dataset/80'),)
    """
    return () if document.train is None else tuple(dict.fromkeys(_origins(document.train.data)))


def _origins(data: OneOf) -> Iterator[tuple[str, str | None, str | None]]:
    if isinstance(data.args, Mix):
        for each, *_ in data.args.taken():
            yield from _origins(each)
        return
    if isinstance(data.args, Regions | Pairs):
        yield from _origins(data.args.of)
        return
    licence, source = LICENCES.get(data.kind, (getattr(data.args, "licence", None), None))
    yield data.kind, licence, source
