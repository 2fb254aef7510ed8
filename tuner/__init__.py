"""Searching params: `search` takes a spec's `search:` section to the best values that it finds.

Importing this package loads neither Keras nor keras-tuner.
"""

from tuner.errors import Interrupted as Interrupted
from tuner.errors import SearchError as SearchError
from tuner.errors import StudyChangedError as StudyChangedError
from tuner.errors import StudyError as StudyError
from tuner.searching import Event as Event
from tuner.searching import Result as Result
from tuner.searching import search as search
from tuner.study import Trial as Trial

__all__ = ["Event", "Interrupted", "Result", "SearchError", "StudyChangedError", "StudyError", "Trial", "search"]
