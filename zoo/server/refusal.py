"""What a client is told instead of an answer: a status and a sentence that says what is wrong and what is expected."""

from collections.abc import Mapping
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})

AGAIN = MappingProxyType({"Retry-After": "1"})
"""The header of what may work a moment later."""

CLOSE = MappingProxyType({"Connection": "close"})
"""The header of an answer to a request whose rest nobody reads."""


class RefusalError(Exception):
    """Becomes the answer {"error": sentence} with this HTTP status."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] = NOTHING) -> None:
        self.status, self.sentence, self.headers = status, sentence, headers
        super().__init__(sentence)


def quoted(value: object, most: int = 60) -> str:
    """What a client sent, as a sentence about it shows it.

    >>> quoted("a\\nb"), quoted("x" * 100, 5)
    ("'a\\\\nb'", "'xxxx…")
    """
    text = repr(value[: most + 1] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= most else text[:most] + "…"
