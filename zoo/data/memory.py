"""How much memory there is for data."""

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
LIMIT, USED = (Path("/sys/fs/cgroup", name) for name in ("memory.max", "memory.current"))
"""What a container may use, where there is a limit; Linux' control groups, version 2."""
SHARE = 4
"""Examples take at most one part in so many of the memory that is there."""


def room_for_data() -> int:
    """Bytes that examples may take: a quarter of what is available now."""
    return available() // SHARE


def available() -> int:
    """Bytes of memory that can be had without others being swapped out; half of all where the system does not say."""
    found = [_meminfo() or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2]
    limit, used = _number(LIMIT), _number(USED)
    return min(found + ([max(limit - used, 0)] if limit is not None and used is not None else []))


def _meminfo() -> int | None:
    for line in MEMINFO.read_text().splitlines() if MEMINFO.is_file() else ():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def _number(path: Path) -> int | None:
    text = path.read_text().strip() if path.is_file() else ""
    return int(text) if text.isdecimal() else None
