"""Weights that a longer round of Hyperband starts from, kept while a trial can still be promoted."""

from collections.abc import Callable, Collection
from pathlib import Path

from zoo.files import sha256_of, sync

SUFFIX = ".weights.h5"
"""Keras writes weights to no other name."""


def path_of(directory: Path, trial: int) -> Path:
    """Where the weights of a trial are kept.

    >>> path_of(Path("studies/a/trials"), 7).as_posix()
    'studies/a/trials/7.weights.h5'
    """
    return directory / f"{trial}{SUFFIX}"


def save(write: Callable[[str], object], path: Path) -> str:
    """Has the weights written beside the path and moves them there whole; gives their SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"part-{path.name}")
    write(str(beside))
    sync(beside)
    digest = sha256_of(beside)
    beside.replace(path)
    sync(path.parent)
    return digest


def whole(path: Path, digest: str | None) -> bool:
    """Whether the weights are there as they were recorded."""
    return digest is not None and path.is_file() and sha256_of(path) == digest


def prune(directory: Path, keep: Collection[int]) -> None:
    """Deletes the weights of all trials but those to keep, and what a killed process left half-written."""
    kept = {path_of(directory, trial) for trial in keep}
    for path in directory.glob(f"*{SUFFIX}"):
        if path not in kept:
            path.unlink()
