"""What can stop a search; see specs/errors.py for the tree above.

RunError
├── SearchError     every trial failed, or training does not report the objective
└── StudyError      the study's file is damaged, foreign, unwritable, or in use by another process
UserError
└── StudyChangedError    the study was made for another spec, space, seed or other data
KeyboardInterrupt
└── Interrupted     Ctrl-C; the study goes on from there
"""

import errno

from specs.errors import RunError, UserError


class SearchError(RunError):
    """The search cannot give a best trial."""


class StudyError(RunError):
    """The study cannot be opened, read or written."""


class StudyChangedError(UserError):
    """The study in the directory was made for something else than what is asked for now."""


class Interrupted(KeyboardInterrupt):
    """A search ended by Ctrl-C. It stays a KeyboardInterrupt so that a caller's own loop ends as well."""


class Pruned(Exception):  # noqa: N818  # no error: it ends a training from within
    """The pruner stops a trial."""


def on_disk(error: OSError) -> bool:
    """Whether it is the disk that failed: full, over its quota, read-only, or broken."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
