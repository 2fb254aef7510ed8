"""What a study is for, as plain data, and how two of them differ."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from specs.document import Document
from specs.errors import yaml_text
from specs.sections.search import Search
from specs.tree import plain

_ABSENT = object()

COMPARABLE = ("params", "code", *(f"search.{name}" for name in ("space", "oracle", "seed", "factor", "try_first")))
"""What may change while the scores of trials whose values are still asked for stay comparable."""

PACKAGES = {"tpe": "optuna", "cma_es": "cmaes"}
"""The optional package that an oracle is of."""

_FREE = {"trials", "trial_seconds", "trials_per_step", "budget", "confirm"}
"""What of `search` may change at any time."""

_IDLE = ("name", "summary", "source", "published", "expects", "params", "search")
"""Sections of a spec that change no trial, or that are compared by their values in force."""


def fingerprint(document: Document, search: Search, data: str) -> dict[str, Any]:
    """All that decides on a search's trials, but how many there are and how long they may take: that may change."""
    tree = plain(document.tree)
    return {
        **{key: value for key, value in tree.items() if key not in _IDLE},
        "params": dict(document.params),
        "search": search.model_dump(mode="json", exclude=_FREE, exclude_none=True),
        "data": data,
        "code": _code(search.oracle),
    }


def _code(oracle: str) -> dict[str, str]:
    names = ("speczoo", "keras", "keras-tuner", backend(), *filter(None, [PACKAGES.get(oracle)]))
    return {name: version(name) for name in names}


def backend() -> str:
    """The library that Keras runs on, as Keras finds it, without importing it."""
    file = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"), "keras.json")
    given = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return str(os.environ.get("KERAS_BACKEND") or given.get("backend", "tensorflow"))


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


def hindrance(old: Mapping[str, Any], new: Mapping[str, Any], changes: Sequence[str]) -> str | None:
    """Why a study cannot be extended over these changes, None where it can."""
    other = [change for change in changes if not _is_of(change, COMPARABLE)]
    if other:
        return f"scores from before and after could not be compared ({other[0].partition(':')[0]})"
    oracles = {old["search"]["oracle"], new["search"]["oracle"]}
    if "hyperband" in oracles and not all(_is_of(change, ("code",)) for change in changes):
        return "the rounds of hyperband are of one space and one seed"
    return None


def _is_of(change: str, sections: Iterable[str]) -> bool:
    return any(change.startswith((f"{section}.", f"{section}:", f"{section}[")) for section in sections)
