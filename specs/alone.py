"""What trains by itself: on one device, and with no other trial in its steps."""

from collections.abc import Iterator

from specs.document import Document
from specs.errors import Problem
from specs.sections import Train
from specs.written import written


def trains_alone(document: Document, train: Train, message: str) -> Iterator[Problem]:
    """The problem of that text at what would train several copies at once, or several trials."""
    at_once = document.search is not None and document.search.trials_per_step > 1
    for keys, there in (("train", "distribution"), train.distribution), (("search", "trials_per_step"), at_once):
        if there:
            mark, path = written(document, *keys)
            yield Problem(mark, path, message, "take it out")
