"""Files of trials, bounded: the state that a running one goes on from, and weights that a longer round starts from."""

import re
from collections.abc import Callable, Collection
from pathlib import Path

from zoo.files import sha256_of, sync

SUFFIX = ".weights.h5"
"""Keras writes weights to no other name."""

_OURS = re.compile(r"(?:part-|\.)?(\d+)\.(?:weights|state(?:-of-\d+)?(?:-in-\d+)?)\.(?:partial-\d+\.)?(?:h5|npz)")
"""Names that files of a trial have, those among them that a killed process left half-written."""


def path_of(directory: Path, trial: int) -> Path:
    """Where the weights of a trial are kept.

    >>> path_of(Path("studies/a/trials"), 7).as_posix()
    'studies/a/trials/7.weights.h5'
    """
    return directory / f"{trial}{SUFFIX}"


def state_of(directory: Path, trial: int, parts: int = 1, training: int = 1) -> Path:
    """Where a running trial keeps, after each epoch, all that it needs to go on, its batches in so many parts.

    The optimizer that accumulates gradients over parts has other slots than one that does not. Each training of a trial
    that has several has a file.

    >>> state_of(Path("studies/a/trials"), 7).as_posix()
    'studies/a/trials/7.state.npz'
    >>> state_of(Path("studies/a/trials"), 7, parts=4).as_posix()
    'studies/a/trials/7.state-in-4.npz'
    >>> state_of(Path("studies/a/trials"), 7, training=2).as_posix()
    'studies/a/trials/7.state-of-2.npz'
    """
    of = f"-of-{training}" if training > 1 else ""
    return directory / f"{trial}.state{of}{f'-in-{parts}' if parts > 1 else ''}.npz"


def parts_of(directory: Path, trial: int) -> int | None:
    """In how many parts the trial that keeps a state had its batches; None where none is kept."""
    found = (re.fullmatch(rf"{trial}\.state(?:-of-\d+)?(?:-in-(\d+))?\.npz", path.name) for path in directory.glob("*"))
    return max((int(each[1] or 1) for each in found if each), default=None)


def save(write: Callable[[str], object], path: Path) -> str:
    """Has the weights written beside the path and moves them there whole; gives their SHA-256."""
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


def states_of(directory: Path, trial: int) -> tuple[Path, ...]:
    """The states that are there of a trial."""
    return tuple(directory.glob(f"{trial}.state*.npz"))


def forget(directory: Path, trial: int) -> None:
    """Makes the folder ready for a trial that was never run: what is there of one of its number is of another study."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in (*states_of(directory, trial), path_of(directory, trial)):
        path.unlink(missing_ok=True)


def prune(directory: Path, keep: Collection[int], running: Collection[int] = ()) -> None:
    """Deletes the files of all trials but weights of those to keep, and all of those that run."""
    for path in directory.glob("*"):
        found = _OURS.fullmatch(path.name)
        if found is None or int(found[1]) in running or path in {path_of(directory, trial) for trial in keep}:
            continue
        path.unlink(missing_ok=True)
