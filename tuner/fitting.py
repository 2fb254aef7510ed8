"""Keeps away from the oracles what makes no difference: points that do not fit the spec, and what is inactive at one.

A point that does not fit is no trial and costs none. Points that differ only in params that do nothing there are one
trial: those params have the value there that they have among the defaults, or else their first.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import specs
from specs.document import Document
from specs.errors import SpecError
from specs.sections.search import Value

if TYPE_CHECKING:
    from specs.inactive import Settle
    from specs.points import Survey
    from tuner.space import Code, Codes, Space

MAX_CHECKED = 500
"""Points that are looked at for one proposal; a check takes milliseconds."""
MAX_COUNTED = 500
"""Points of a space that are looked at to know how many of them fit."""

Fits = Callable[[Mapping[str, Value]], bool]


def all_fit(values: Mapping[str, Value]) -> bool:
    """For a search whose every point is proven to fit."""
    return True


def fits_of(document: Document, survey: "Survey") -> Fits:
    """Says of values of the searched params whether the spec holds with them.

    What is proven of the space (`specs.survey`) is asked first: its regions leave out much of what does not fit at no
    cost, and where the whole of it fits nothing is asked at all.
    """
    if survey.proven >= 1 and not survey.regions:
        return all_fit

    def fits(values: Mapping[str, Value]) -> bool:
        if any(region.holds(values) for region in survey.regions):
            return False
        try:
            specs.with_params(document, **values)
        except SpecError:
            return False
        return True

    return fits


class Fitting:
    """The answers about coded points, each asked once, and how many were asked for one proposal."""

    def __init__(
        self, space: "Space", fits: Fits, settle: "Settle | None" = None, first: "Codes | None" = None
    ) -> None:
        self._space = space
        self._fits = fits
        self._settle = settle
        self._rest = {} if settle is None else space.decode(first or space.first())
        self._known: dict[tuple[object, ...], bool] = {}
        self._refused = 0

    def begin(self) -> None:
        """Begins a proposal."""
        self._refused = 0

    def refuse(self) -> None:
        """Counts a point that was looked at in vain."""
        self._refused += 1

    @property
    def exhausted(self) -> bool:
        """Whether so many points did not fit that drawing at random finds nothing."""
        return self._refused >= MAX_CHECKED // 2

    @property
    def given_up(self) -> bool:
        """Whether so many points did not fit that the proposal ends without one."""
        return self._refused >= MAX_CHECKED

    def fits(self, codes: "Codes") -> bool:
        """Whether the spec holds at a coded point."""
        if self._fits is all_fit:
            return True
        values = self._space.decode(codes)
        key = tuple((type(value), value) for value in values.values())
        if key not in self._known:
            self._known[key] = self._fits(values)
        # Counted also where it was known: how a proposal ends is then the same after a search was taken up again.
        self._refused += not self._known[key]
        return self._known[key]

    def settled(self, codes: "Codes") -> dict[str, "Code"]:
        """The coded point as every point stands for that differs from it in inactive params alone."""
        if self._settle is None:
            return dict(codes)
        values = self._settle(self._space.decode(codes), self._rest)
        found = self._space.encode(values)
        assert found is not None, f"{values} has values that the space has not"
        return found

    def is_settled(self, codes: "Codes") -> bool:
        """Whether a coded point is the one that stands for it and its like."""
        return self._settle is None or self.settled(codes) == dict(codes)

    def count(self, space: "Space") -> int | None:
        """How many points fit and are settled, at most; None where there is no end of them."""
        count = space.count
        if count is None or count > MAX_COUNTED or (self._fits is all_fit and self._settle is None):
            return count
        refused = self._refused
        found = sum(self.is_settled(point) and self.fits(point) for point in space.points())
        self._refused = refused
        return found
