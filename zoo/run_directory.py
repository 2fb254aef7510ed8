"""The directory of a run: what lies in it, how it is made, and what becomes of it where a training ends early."""

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from specs.errors import RunError, UserError
from zoo.files import partial_of, remove_leftovers, replace_directory

RUNS = Path("runs")
"""Where runs go that are given no directory."""

SPEC, CLASSES, MODEL, METRICS = "spec.yaml", "classes.json", "model.keras", "metrics.json"
HISTORY, EVALUATION, CONFUSION = "history.json", "evaluation.json", "confusion.svg"
BEGUN, CHECKPOINT = "run.json", "checkpoint.npz"


class Interrupted(KeyboardInterrupt):
    """A training ended by Ctrl-C after at least one epoch; says where its weights and history lie."""


@contextlib.contextmanager
def new_directory(name: str, out: str | Path | None) -> Iterator[Path]:
    """A directory of our own from the start, so that an hour's training does not end before a locked door."""
    directory = _first_free(numbered(RUNS / name) if out is None else [Path(out)])
    try:
        with left_as_it_is(directory):
            yield directory
    except BaseException:
        if not (directory / MODEL).is_file():
            shutil.rmtree(directory)
        raise


@contextlib.contextmanager
def thrown_away(begun: Path | None = None) -> Iterator[Path]:
    """The directory of a worker that does not keep the run: begins with what there is of it, is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="zoo-worker-") as directory:
        for name in (SPEC, BEGUN, CHECKPOINT):
            if begun is not None and (begun / name).is_file():
                shutil.copyfile(begun / name, Path(directory, name))
        yield Path(directory)


@contextlib.contextmanager
def left_as_it_is(directory: Path) -> Iterator[None]:
    """What ends a training early says what there is of it, and how it goes on."""
    try:
        yield
    except BaseException as error:
        if not (directory / MODEL).is_file():
            raise
        kept = f"{directory} holds what there is, without {METRICS}"
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(f"stopped; {kept}; go on with: zoo train --resume {directory}") from error
        if isinstance(error, RunError):
            error.args = (f"{error}; {kept}",)
        else:
            error.add_note(kept)
        raise


@contextlib.contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A folder to write to, made before the work is done; it gets its final name at the end."""
    if target.exists():
        raise UserError(f"{target}: exists already; name a new directory")
    partial = partial_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target)
        partial.mkdir()
    except OSError as error:
        raise UserError(f"{target}: cannot be made ({error.strerror})") from None
    try:
        yield partial
        replace_directory(partial, target)
    except OSError as error:
        raise RunError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def numbered(directory: Path) -> Iterator[Path]:
    """The directory, and what it is called where there is one already."""
    yield directory
    yield from (directory.with_name(f"{directory.name}-{number}") for number in itertools.count(2))


def _first_free(candidates: Iterable[Path]) -> Path:
    """The first directory that did not exist, made."""
    for directory in candidates:
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UserError(f"{directory}: cannot be made ({error.strerror})") from None
        return directory
    raise UserError(f"{directory}: exists already; name a new directory")
