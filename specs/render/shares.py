"""Parts of a whole as bars of text, and rows in the order of what they need."""

from collections.abc import Callable, Mapping, Sequence

from specs.analysis.blocks import Block

WIDTH = 8
"""Characters of a bar that stands for all of it."""
EIGHTHS = " ▏▎▍▌▋▊▉"

NEEDS: Mapping[str, Callable[[Block], int | None]] = {
    "params": lambda block: block.params,
    "macs": lambda block: block.macs,
    "memory": lambda block: block.memory.total,
}
"""What rows may be sorted by."""


def share_text(part: int | None, whole: int | None) -> str:
    """A bar and percent; empty where there is nothing to be seen, or nothing known.

    >>> share_text(25, 100), share_text(1, 10_000), share_text(0, 100), share_text(None, 100)
    ('██       25 %', '▏        <1 %', '', '')
    """
    if not part or not whole:
        return ""
    full, rest = divmod(max(1, round(8 * WIDTH * part / whole)), 8)
    percent = f"{100 * part / whole:.0f}" if 100 * part >= whole else "<1"
    return f"{'█' * full}{EIGHTHS[rest].strip()}".ljust(WIDTH) + f"{percent:>3} %"


def by_need(found: Sequence[Block], need: str | None) -> Sequence[Block]:
    """Rows from the one that needs most, those of unknown needs last; as they stand where nothing is asked for."""
    if need is None:
        return found
    needs = NEEDS[need]
    return sorted(found, key=lambda block: (needs(block) is None, -(needs(block) or 0)))
