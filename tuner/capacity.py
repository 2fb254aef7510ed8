"""How large a training step may be on this device, as learnt from the trials that did not fit into its memory."""

import math
from collections.abc import Mapping
from typing import Any

import specs
from specs.analysis.memory import memory
from specs.document import Document
from specs.micro_batches import in_micro_batches
from specs.sections import Train


class Capacity:
    """The smallest step that was too large. A later trial whose steps would be as large begins with smaller ones."""

    def __init__(self, document: Document | None) -> None:
        self._document = document
        self._too_large = math.inf

    def tell(self, values: Mapping[str, Any], micro_batches: int) -> None:
        """A trial trained each batch in so many parts: in half as many it did not fit."""
        if self._document is not None and micro_batches > 1:
            self._too_large = min(self._too_large, _step(self._document, values, micro_batches // 2) or math.inf)

    def micro_batches(self, values: Mapping[str, Any]) -> int:
        """The parts that a trial's batches begin with: as few as may fit, or as many as there can be."""
        parts = 1
        if self._document is None or self._too_large == math.inf:
            return parts
        while (_step(self._document, values, parts) or 0) >= self._too_large:
            if _step(self._document, values, 2 * parts) is None:
                break
            parts *= 2
        return parts


def _step(document: Document, values: Mapping[str, Any], parts: int) -> int | None:
    """Bytes of a training step with each batch in so many parts; None where there are none, or they are not known."""
    document = specs.with_params(document, **values)
    train = document.train or Train()
    smaller = in_micro_batches(train, parts) if parts > 1 else train
    return None if smaller is None else memory(specs.lower(document), smaller).total
