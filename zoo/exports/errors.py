"""What an export that is not there is told with."""

from specs.errors import RunError


class ExportError(RunError):
    """The export could not be written, or does not compute what the model computes; nothing was left behind."""


class NoAnswerError(ExportError):
    """The process that was to ask the export gave no answer in time."""
