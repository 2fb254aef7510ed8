"""Checks specs again whenever one of their files is saved."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import specs
from specs.errors import UserError
from specs.shipped import shipped
from specs.tree import walk

INTERVAL = 0.2
"""Seconds between two looks at the files that are watched."""

Saved = tuple[int, int, int]
"""What changes when a file is saved: its inode, time and size."""


def watched(models: tuple[str, ...], params: dict[str, Any]) -> Iterator[str]:
    """The time, a model and what checking it found: at first, and again after each save, for ever."""
    files = {model: [shipped().get(model, Path(model))] for model in models}
    seen: dict[str, dict[Path, Saved]] = {}
    while True:
        for model, paths in files.items():
            # Looked at before it is read: what is saved meanwhile is seen the next time.
            now = _saved(paths)
            # Some editors write a new file and rename it: while it is gone, the old answer stands.
            if model in seen and (now == seen[model] or paths[0] not in now):
                continue
            answer, files[model] = _checked(model, paths[0], params)
            seen[model] = {**_saved(files[model]), **now}
            yield f"{time.strftime('%H:%M:%S')} {model}: {answer}"
        time.sleep(INTERVAL)


def _checked(model: str, path: Path, params: dict[str, Any]) -> tuple[str, list[Path]]:
    """What checking a spec found, and the files it is written in, its own first."""
    try:
        proof = specs.check(model, **params)
    except UserError as error:
        return f"wrong\n{error}", [path]
    extended = {node.mark.file for node in walk(proof.document.tree)} - {model, path.name}
    files = [path, *(Path(each) for each in sorted(extended) if os.path.exists(each))]
    if proof.problems or proof.graph is None:
        return f"wrong\n{specs.SpecError(proof.problems)}", files
    return f"ok, {proof.graph.params:,} params, {len(proof.graph.nodes)} layers", files


def _saved(paths: list[Path]) -> dict[Path, Saved]:
    found = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return found
