"""How much a server does at once, and for how long."""

from dataclasses import dataclass

MIB = 2**20

WINDOW = 0.002
"""Seconds that the first request of a batch waits for others."""

BODIES = 8
"""Bodies of the largest size that are held at once; what exceeds that is told to come back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The options of `zoo serve` that say how much is done."""

    max_batch: int = 32
    """Rows that are computed together."""
    max_queue: int = 256
    """Requests that wait."""
    max_bytes: int = 32 * MIB
    """Of a request's body."""
    seconds: float = 30.0
    """For a request's body to arrive, and again for its answer to be computed."""
    connections: int = 1024

    @property
    def held_bytes(self) -> int:
        """Bodies that are held at once, in bytes."""
        return BODIES * self.max_bytes
