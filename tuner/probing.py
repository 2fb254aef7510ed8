"""How many parts the batches of a trial begin with: as few as fit into the device's memory.

What a step needs is known from the spec, what a backend takes beside it is not. So where a step comes near to the
memory that there is, one small step is taken and measured, once in the life of a worker.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import specs
from specs.analysis.memory import memory
from specs.document import Document
from specs.micro_batches import in_micro_batches
from specs.sections import Train

if TYPE_CHECKING:
    import zoo

SMALL = 2**26
"""Bytes of a step that fits everywhere."""
SURE = 4
"""A step that needs less than one part in so many of the device's memory fits."""


@dataclass(slots=True)
class Probe:
    """What was measured, which stands for all later trials."""

    factor: float | None = None
    """How many times what a step needs it takes, at least 1; None before anything was measured."""

    def parts(self, document: Document, dataset: "zoo.Dataset", parts: int) -> int:
        """The parts that batches begin with, `parts` at least: as few as fit, or as many as there can be."""
        needed = needs(document)
        if needed is None or needed <= SMALL:
            return parts
        from zoo.device_memory import device_memory

        room = device_memory()
        if needed * SURE > room and self.factor is None:
            self.factor = _measured(document, dataset, room)
        while (needs(document, parts) or 0) * (self.factor or 1.0) > room and needs(document, 2 * parts) is not None:
            parts *= 2
        return parts


def needs(document: Document, parts: int = 1) -> int | None:
    """Bytes of a step with each batch in so many parts; None where there are none, or they are not known.

    >>> needs(specs.load("digits_resnet"), 2) < needs(specs.load("digits_resnet"))
    True
    """
    smaller = in_parts(document, parts)
    return None if smaller is None else memory(specs.lower(document), smaller.train).total


def in_parts(document: Document, parts: int) -> Document | None:
    """The spec with each batch in so many parts."""
    train = document.train or Train()
    smaller = in_micro_batches(train, parts) if parts > 1 else train
    return None if smaller is None else replace(document, train=smaller)


def _measured(document: Document, dataset: "zoo.Dataset", room: int) -> float:
    """Takes the largest step that is sure to fit, or the smallest there is."""
    from zoo.step_memory import step_memory

    parts = 1
    while (needs(document, parts) or 0) * SURE > room and needs(document, 2 * parts) is not None:
        parts *= 2
    smaller, needed = in_parts(document, parts), needs(document, parts)
    assert smaller is not None
    assert needed
    return max(1.0, (step_memory(smaller, dataset) or 0) / needed)
