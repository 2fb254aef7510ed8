"""What a study is for, as plain data, and how two of them differ."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from specs.document import Document
from specs.errors import yaml_text
from specs.sections.search import Search
from specs.tree import plain

_ABSENT = object()

_IDLE = ("name", "summary", "source", "published", "expects", "params", "search")
"""Sections of a spec that change no trial, or that are compared by their values in force."""


def fingerprint(document: Document, search: Search, data: str) -> dict[str, Any]:
    """All that decides on a search's trials, but how many there are and how long each may take: that may change."""
    tree = plain(document.tree)
    return {
        **{key: value for key, value in tree.items() if key not in _IDLE},
        "params": dict(document.params),
        "search": search.model_dump(mode="json", exclude={"trials", "trial_seconds"}, exclude_none=True),
        "data": data,
    }


def versions() -> dict[str, str]:
    """The libraries that a study was made with, for a reader who wonders."""
    return {name: version(name) for name in ("keras", "keras-tuner")}


def differences(old: object, new: object, path: str = "") -> list[str]:
    """Every value that differs, as `path: old -> new`; NaN is NaN.

    >>> differences({"seed": 0, "units": [8, 16]}, {"seed": 1, "units": [8], "rate": 0.5})
    ['seed: 0 -> 1', 'units[1]: 16 -> absent', 'rate: absent -> 0.5']
    >>> differences({"rate": float("nan")}, {"rate": float("nan")})
    []
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = list(dict.fromkeys([*old, *new]))
        prefix = f"{path}." if path else ""
        pairs = [(f"{prefix}{key}", old.get(key, _ABSENT), new.get(key, _ABSENT)) for key in keys]
        return [line for name, a, b in pairs for line in differences(a, b, name)]
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        return [line for name, a, b in _paired(old, new, path) for line in differences(a, b, name)]
    both_nan = old != old and new != new  # NaN alone differs from itself
    same = both_nan or (old == new and isinstance(old, bool) == isinstance(new, bool))
    return [] if same else [f"{path}: {_text(old)} -> {_text(new)}"]


def _paired(
    old: list[object] | tuple[object, ...], new: list[object] | tuple[object, ...], path: str
) -> Iterator[tuple[str, object, object]]:
    for index in range(max(len(old), len(new))):
        a = old[index] if index < len(old) else _ABSENT
        b = new[index] if index < len(new) else _ABSENT
        yield f"{path}[{index}]", a, b


def _text(value: object) -> str:
    return "absent" if value is _ABSENT else yaml_text(value)
