"""What a server counts, in the text format of Prometheus.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024)


@dataclass(slots=True)
class Histogram:
    """How many values were at most each bound, and their sum."""

    bounds: Sequence[float]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0
    observed: int = 0

    def __post_init__(self) -> None:
        self.counts = [0] * len(self.bounds)

    def observe(self, value: float) -> None:
        """Count a value."""
        self.total += value
        self.observed += 1
        for index, bound in enumerate(self.bounds):
            if value <= bound:
                self.counts[index] += 1

    def lines(self, name: str, label: str = "") -> Iterator[str]:
        """The lines of a metric; `label` stands in each."""
        before, alone = (f"{label},", f"{{{label}}}") if label else ("", "")
        for bound, count in zip(self.bounds, self.counts, strict=True):
            yield f'{name}_bucket{{{before}le="{bound:g}"}} {count}'
        yield f'{name}_bucket{{{before}le="+Inf"}} {self.observed}'
        yield f"{name}_sum{alone} {self.total:g}"
        yield f"{name}_count{alone} {self.observed}"


@dataclass(slots=True)
class Measures:
    """Requests by what they asked for and by status, how long they took, sizes of batches."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: dict[str, Histogram] = field(default_factory=dict)
    batch_rows: Histogram = field(default_factory=lambda: Histogram(ROWS))

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self.requests[endpoint, status] += 1
        self.seconds.setdefault(endpoint, Histogram(SECONDS)).observe(seconds)

    def text(self, **gauges: Callable[[], float]) -> str:
        """All of it, and values of this very moment by their names."""
        return "\n".join(self._lines(gauges)) + "\n"

    def _lines(self, gauges: dict[str, Callable[[], float]]) -> Iterator[str]:
        yield from _head("speczoo_requests_total", "counter", "Requests answered, by what they asked for and status.")
        for (endpoint, status), count in sorted(self.requests.items()):
            yield f'speczoo_requests_total{{endpoint="{endpoint}",status="{status}"}} {count}'
        yield from _head("speczoo_request_seconds", "histogram", "From a request's headers to the end of its answer.")
        for endpoint, histogram in sorted(self.seconds.items()):
            yield from histogram.lines("speczoo_request_seconds", f'endpoint="{endpoint}"')
        yield from _head("speczoo_batch_rows", "histogram", "Rows that were computed together.")
        yield from self.batch_rows.lines("speczoo_batch_rows")
        for name, value in gauges.items():
            yield from _head(name, "gauge", GAUGES[name])
            yield f"{name} {value():g}"


GAUGES = {
    "speczoo_queue_requests": "Requests that wait to be computed.",
    "speczoo_held_bytes": "Bytes of the bodies that are held.",
    "process_resident_memory_bytes": "Resident memory of the process.",
}


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def resident_bytes() -> float:
    """Memory of this process that is in use now; 0 where the system does not say (it does on Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    from resource import getpagesize

    return pages * getpagesize()
