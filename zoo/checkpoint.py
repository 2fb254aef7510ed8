"""All that a training needs to go on as if it had never stopped, in one file that is replaced after each epoch.

It holds the model's variables (weights, statistics, the state of every random number generator), the optimizer's
(slots, steps, learning rate), the weights of the best epoch where early stopping keeps them, what the callbacks count,
and the history. One file, so that no part of it can be newer than another. Nothing in it is pickled.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from specs.errors import RunError
from zoo.arrays import read_arrays
from zoo.backend import keras
from zoo.data.dataset import Array
from zoo.files import open_regular, written_atomically
from zoo.stepping import learners_of

COUNTED: dict[type, tuple[str, ...]] = {
    keras.callbacks.EarlyStopping: ("wait", "best", "best_epoch", "stopped_epoch"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
}
"""What Keras' callbacks remember from epoch to epoch."""

MODEL, OPTIMIZER, BEST = "model", "optimizer", "best"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training after one of its epochs."""

    epochs: int
    """Epochs that are done."""
    finished: bool
    """Whether that was the last, by number or by early stopping."""
    history: tuple[dict[str, float], ...]
    counted: Mapping[str, Mapping[str, float | None]]
    arrays: Mapping[str, tuple[Array, ...]]

    def restore(self, model: keras.Model, callbacks: Iterable[Any]) -> None:
        """Bring the compiled model and the callbacks into the state that was kept."""
        for optimizer, variables in learners_of(model):
            optimizer.build(variables)
        _assign(model.variables, self.arrays[MODEL])
        if OPTIMIZER in self.arrays:
            _assign(_of_optimizers(model), self.arrays[OPTIMIZER])
        for callback in callbacks:
            for name, value in self.counted.get(type(callback).__name__, {}).items():
                setattr(callback, name, value)
            if isinstance(callback, keras.callbacks.EarlyStopping) and self.arrays[BEST]:
                callback.best_weights = list(self.arrays[BEST])
                if self.finished:
                    model.set_weights(callback.best_weights)

    def without_optimizer(self) -> "Checkpoint":
        """The same for a training that goes on with an optimizer that has just been made."""
        return replace(self, arrays={group: those for group, those in self.arrays.items() if group != OPTIMIZER})


class Keeper:
    """Brings a training into the state that was kept, and keeps it after each epoch."""

    def __init__(
        self, path: Path, kept: Checkpoint | None, callbacks: list[Any], history: list[dict[str, float]], last: int
    ) -> None:
        self.path = path
        self.kept = kept
        self.callbacks = callbacks
        self.history = history
        self.last = last
        self._called: Any = keras.callbacks.LambdaCallback(on_train_begin=self._begin, on_epoch_end=self._end)

    def callback(self) -> Any:
        """What Keras calls; it has to stand behind the callbacks that are kept, which begin by forgetting."""
        return self._called

    def _begin(self, logs: Any) -> None:
        if self.kept is not None:
            self.kept.restore(self._called.model, self.callbacks)
            self.kept = None

    def _end(self, epoch: int, logs: Any) -> None:
        model = self._called.model
        finished = model.stop_training or epoch + 1 == self.last
        write(self.path, model, self.callbacks, epochs=epoch + 1, finished=finished, history=self.history)


def write(path: Path, model: keras.Model, callbacks: Iterable[Any], **said: Any) -> None:
    """Keep the state of a training; whoever kills the process meanwhile leaves the state of the epoch before."""
    callbacks = list(callbacks)
    groups = {MODEL: _values(model.variables), OPTIMIZER: _values(_of_optimizers(model)), BEST: _best(callbacks)}
    arrays = {f"{group}/{index}": array for group, those in groups.items() for index, array in enumerate(those)}
    told = json.dumps({**said, "counted": {type(each).__name__: _counted(each) for each in callbacks}})
    with written_atomically(path) as partial:
        np.savez(partial, **{"said": np.frombuffer(told.encode(), np.uint8), **arrays}, allow_pickle=False)


def read(path: Path) -> Checkpoint | None:
    """The state that was kept, None where there is none yet; `RunError` where the file is damaged."""
    if not path.is_file():
        return None
    try:
        with open_regular(path) as file:
            found = read_arrays(file)
        said = json.loads(found["said"].tobytes())
        arrays = {group: _group(found, group) for group in (MODEL, OPTIMIZER, BEST)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(f"{path}: is damaged, the training cannot go on from it ({error})") from None
    return Checkpoint(said["epochs"], said["finished"], tuple(said["history"]), said["counted"], arrays)


def _counted(callback: Any) -> dict[str, float | None]:
    values = {name: getattr(callback, name) for name in COUNTED.get(type(callback), ())}
    return {name: value if value is None or isinstance(value, int) else float(value) for name, value in values.items()}


def _best(callbacks: Iterable[Any]) -> list[Array]:
    stopping = [each for each in callbacks if isinstance(each, keras.callbacks.EarlyStopping)]
    return list(stopping[0].best_weights or ()) if stopping else []


def _of_optimizers(model: keras.Model) -> list[Any]:
    return [variable for optimizer, _ in learners_of(model) for variable in optimizer.variables]


def _values(variables: Iterable[Any]) -> list[Array]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _group(found: Mapping[str, Array], group: str) -> tuple[Array, ...]:
    count = sum(name.startswith(f"{group}/") for name in found)
    return tuple(found[f"{group}/{index}"] for index in range(count))


def _assign(variables: list[Any], arrays: tuple[Array, ...]) -> None:
    if [tuple(variable.shape) for variable in variables] != [array.shape for array in arrays]:
        raise RunError("the checkpoint is of another model: spec.yaml of the run, or a library, has changed since")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
