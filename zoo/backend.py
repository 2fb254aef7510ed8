"""The one place that imports Keras and TensorFlow: `from zoo.backend import keras`.

- TensorFlow writes six lines to file descriptor 2 while it is imported, at every log level. They are swallowed, and
  replayed where the import fails, so that its reason is seen.
- TensorFlow imports Keras wherever Keras is installed, to register optimizers that we do not use; that takes 3 s. A
  process that only serves does without.
- Which backend Keras runs on stays the user's choice (KERAS_BACKEND).
"""

import contextlib
import importlib
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import numpy

from specs.errors import UserError

if TYPE_CHECKING:
    import keras as keras
    import tensorflow as tensorflow


def __getattr__(name: str) -> ModuleType:
    if name == "keras":
        return _keras()
    if name == "tensorflow":
        with _left_out("keras"):
            return import_quietly(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def import_quietly(name: str) -> ModuleType:
    """The module, imported without what TensorFlow writes to standard error meanwhile."""
    if name in sys.modules:
        return sys.modules[name]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with stderr_swallowed():
        return importlib.import_module(name)


def _keras() -> ModuleType:
    """Keras; `UserError` where KERAS_BACKEND names a library that is not there."""
    try:
        return import_quietly("keras")
    except ModuleNotFoundError as error:
        if error.name != os.environ.get("KERAS_BACKEND"):
            raise
        raise UserError(f"KERAS_BACKEND={error.name}: {error.name} is not installed beside this Python") from None


def set_random_seed(seed: int, *, traced: bool = False) -> None:
    """As `keras.utils.set_random_seed`, which on any backend imports TensorFlow where it can (Keras 3.15).

    Keras asks once in a process whether TensorFlow is there; off TensorFlow it is told that it is not.
    With `traced` what TensorFlow has traced stays ready: setting its own seed, from which no layer of Keras draws, has
    it optimise every function anew when that is called next, which takes as long as a short training (2 to 4 s).
    """
    keras = _keras()
    off = keras.backend.backend() != "tensorflow"
    if traced and not off:
        random.seed(seed)
        numpy.random.seed(seed)
        return
    with _left_out("tensorflow") if off else contextlib.nullcontext():
        keras.utils.set_random_seed(seed)


@contextlib.contextmanager
def _left_out(name: str) -> Iterator[None]:
    """Whoever tries to import the module inside is told that it is not there, unless it is imported already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say "not to be imported"
    try:
        yield
    finally:
        del sys.modules[name]


@contextlib.contextmanager
def stderr_swallowed() -> Iterator[None]:
    """What is written to file descriptor 2 is kept back, and written after all where the body fails."""
    try:
        sys.stderr.flush()
        original = os.dup(2)
    except (OSError, ValueError, AttributeError):  # no standard error at all: nothing to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except Exception:  # Ctrl-C is no failure of the import that its lines would explain
            kept.seek(0)
            os.write(original, kept.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
