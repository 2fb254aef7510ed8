"""Columns of a table as they were read → numbers, whole numbers, texts or classes."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from specs.errors import DataError
from zoo.data.dataset import Array

MAX_QUOTED = 40
"""Characters of a field that an error quotes."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: texts as a file has them, or numbers with NaN where nothing is known."""

    path: Path
    name: str
    values: Sequence[str] | Array
    missing: Collection[str]
    """Texts that mean that nothing is known."""
    place: Callable[[int], str]
    """Where a row stands, by its position: `line 7`."""

    def unknown(self) -> Array:
        """Which rows have a gap."""
        if isinstance(self.values, np.ndarray):
            return np.isnan(self.values)
        return np.fromiter((text in self.missing for text in self.values), bool, len(self.values))

    def is_numeric(self) -> bool:
        """Whether all that is known is a number."""
        return isinstance(self.values, np.ndarray) or next(self._no_numbers(), None) is None

    def numbers(self) -> Array:
        """As float32 with NaN for gaps; `DataError` for what is no finite number."""
        if isinstance(self.values, np.ndarray):
            found = self.values.astype(np.float32)
        else:
            wrong = list(self._no_numbers())
            if wrong:
                words = {self.values[row] for row in wrong}
                hint = f"; if it means that nothing is known, write missing: ['', '{min(words)}']"
                self._refuse("takes numbers", wrong, hint if len(words) == 1 else "")
            known = ("nan" if text in self.missing else text for text in self.values)
            with np.errstate(over="ignore"):
                found = np.fromiter(map(float, known), np.float64, len(self.values)).astype(np.float32)
        beyond = np.flatnonzero(np.isinf(found))
        if len(beyond):
            self._refuse("takes numbers that float32 can hold", beyond.tolist())
        return found

    def integers(self) -> Array:
        """As int64; `DataError` for gaps, which have no word there, and for fractions."""
        found = self.numbers().astype(np.float64) if not isinstance(self.values, np.ndarray) else self.values
        gaps = np.flatnonzero(self.unknown())
        if len(gaps):
            hint = "dtype: float32 with FillMissing, or dtype: string with StringLookup, can have gaps"
            raise DataError(
                f"{self.path}: column {self.name!r} {self._gaps(gaps.tolist())}, and takes integers; {hint}"
            )
        if not isinstance(self.values, np.ndarray):
            found = np.array([float(text) for text in self.values])
        parts = np.flatnonzero(found != np.floor(found))
        if len(parts):
            self._refuse("takes integers", parts.tolist())
        return found.astype(np.int64)

    def texts(self) -> Array:
        """As texts, empty ones for gaps."""
        if isinstance(self.values, np.ndarray):
            words = [
                "" if np.isnan(value) else f"{value:.0f}" if value == int(value) else str(value)
                for value in self.values
            ]
        else:
            words = ["" if text in self.missing else text for text in self.values]
        return np.array(words, dtype=object)

    def target(self) -> tuple[Array, tuple[str, ...]]:
        """What is to be learnt: float32 numbers, or labels with the names of their classes, sorted."""
        gaps = np.flatnonzero(self.unknown()).tolist()
        if gaps:
            raise DataError(f"{self.path}: the target {self.name!r} {self._gaps(gaps)}; take these rows out")
        if self.is_numeric():
            return self.numbers(), ()
        classes, labels = np.unique(self.texts().astype(str), return_inverse=True)
        if len(classes) == 1:
            raise DataError(f"{self.path}: the target {self.name!r} has one class only ({classes[0]}); two are needed")
        return labels.astype(np.int64), tuple(map(str, classes))

    def _no_numbers(self) -> Iterator[int]:
        assert not isinstance(self.values, np.ndarray)
        return (row for row, text in enumerate(self.values) if text not in self.missing and not _is_number(text))

    def _gaps(self, rows: Sequence[int]) -> str:
        where = (
            f"in {self.place(rows[0])}" if len(rows) == 1 else f"in {len(rows)} rows, first in {self.place(rows[0])}"
        )
        return f"is not known {where}"

    def _refuse(self, rule: str, rows: Sequence[int], hint: str = "") -> NoReturn:
        value, more = str(self.values[rows[0]])[:MAX_QUOTED], f" ({len(rows)} such rows)" if len(rows) > 1 else ""
        raise DataError(f"{self.path}: column {self.name!r} {rule}, {self.place(rows[0])} has {value!r}{more}{hint}")


def _is_number(text: str) -> bool:
    """Whether a field is a number; Python alone would take underscores, nan and infinity for one as well."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and "n" not in text.lower()


def _number_text(value: float) -> str:
    """A number as one would write it.

    >>> _number_text(3.0), _number_text(0.5)
    ('3', '0.5')
    """
    return f"{value:.0f}" if value.is_integer() else str(value)
