"""What is looked at while Keras trains: the history is kept, a training that diverges is ended, each epoch reported."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from specs.errors import RunError
from specs.graph import Graph
from zoo.backend import keras
from zoo.compiling import plain_names
from zoo.tasks import told_weights

Logs = dict[str, float]
OnEpoch = Callable[[int, Logs], None]
OnBatch = Callable[[int, int, int, float], None]
"""Steps that are done, steps and epochs of the whole training, and the mean loss of the epoch so far."""


class Diverged(RunError):  # noqa: N818  # says what happened, as StopIteration does
    """The loss became NaN or infinite. `epoch` counts from 0; `more` are the step and what was found.

    >>> print(Diverged("tiny", 2, "loss", float("nan"), "step 7"))
    tiny: training diverged in epoch 3, step 7: loss is nan; try a lower learning_rate
    """

    def __init__(self, name: str, epoch: int, what: str, value: float, *more: str, rate: float | None = None) -> None:
        step, *findings = more or ("",)
        place = f"epoch {epoch + 1}{step and f', {step}'}"
        advice = "try a lower learning_rate" + ("" if rate is None else f" (it is {rate:g}) or clipnorm: 1.0")
        super().__init__("; ".join([f"{name}: training diverged in {place}: {what} is {value}", *findings, advice]))
        self.epoch = epoch


class Watch:
    """Keeps the history, ends a training that diverges, and reports each epoch.

    `keeps` has it keep the weights at the end of the last epoch: an epoch that is cut off has changed them since.
    """

    def __init__(
        self,
        graph: Graph,
        model: keras.Model,
        on_epoch: OnEpoch | None = None,
        on_batch: OnBatch | None = None,
        *,
        history: Iterable[Logs] = (),
        keeps: bool = False,
    ) -> None:
        self.graph = graph
        self.model = model
        self.on_epoch = on_epoch
        self.on_batch = on_batch
        self.history = list(history)
        self.keeps = keeps
        self.weights: list[Any] = []
        self.epoch = 0
        self._called: Any = keras.callbacks.LambdaCallback(
            on_epoch_begin=self._begin, on_train_batch_end=self._batch, on_epoch_end=self._end
        )

    def callback(self) -> Any:
        """What Keras calls at each batch and epoch."""
        return self._called

    def _begin(self, epoch: int, logs: Mapping[str, Any]) -> None:
        self.epoch = epoch

    def _batch(self, batch: int, logs: Mapping[str, Any]) -> None:
        loss = float(logs["loss"])
        self._refuse_non_finite("loss", loss, f"step {batch + 1}")
        if self.on_batch is not None:
            steps, epochs = self._called.params["steps"], self._called.params["epochs"]
            self.on_batch(self.epoch * steps + batch + 1, steps * epochs, epochs, loss)

    def _end(self, epoch: int, logs: Mapping[str, Any]) -> None:
        plain = {**plain_names(logs, self.graph), **told_weights(self.model)}
        self._refuse_non_finite("val_loss", plain["val_loss"], "validation")
        if self.keeps:
            self.weights = self.model.get_weights()
        self.history.append(plain)
        if self.on_epoch is not None:
            self.on_epoch(epoch, plain)

    def _refuse_non_finite(self, what: str, value: float, step: str) -> None:
        if not math.isfinite(value):
            if keras.backend.backend() == "jax":
                # Within an epoch the model's variables are empty there: a step hands their values on to the next.
                self.model.jax_state_sync()
            found = weights_that_are_no_numbers(self.model)
            raise Diverged(self.graph.name, self.epoch, what, value, step, *found, rate=_rate(self.model))


class Held(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """A callback to which several calls of `fit` are one training: it begins with the first and ends with the last."""

    def __init__(self, held: Any, begins: bool, ends: bool) -> None:
        super().__init__()
        self.held = held
        self.begins = begins
        self.ends = ends

    def set_model(self, model: keras.Model) -> None:
        """Hands it on."""
        super().set_model(model)
        self.held.set_model(model)

    def set_params(self, params: Any) -> None:
        """Hands them on."""
        super().set_params(params)
        self.held.set_params(params)

    def on_train_begin(self, logs: Any = None) -> None:
        """Hands the first on."""
        if self.begins:
            self.held.on_train_begin(logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Hands the last on, or that of a training that stops early."""
        if self.ends or self.model.stop_training:
            self.held.on_train_end(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Hands it on."""
        self.held.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Hands it on."""
        self.held.on_epoch_end(epoch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Hands it on."""
        self.held.on_test_begin(logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Hands it on."""
        self.held.on_test_end(logs)


def weights_that_are_no_numbers(model: keras.Model) -> list[str]:
    """Which layers have weights that are NaN or infinite, as a sentence; nothing where none has."""
    layers = [layer.name for layer in model.layers if layer.weights]
    wrong = [layer.name for layer in model.layers if not all(map(_finite, layer.weights))]
    if not wrong:
        return []
    if len(wrong) == len(layers):
        return ["the weights of all layers are no numbers any more"]
    more = f", nor those of {len(wrong) - 1} more layers" if len(wrong) > 1 else ""
    return [f"the weights of {wrong[0]!r} are no numbers any more{more}"]


def _finite(variable: Any) -> bool:
    return bool(np.isfinite(keras.ops.convert_to_numpy(variable)).all())


def _rate(model: keras.Model) -> float:
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def lowest(history: Sequence[Logs]) -> int:
    """The epoch with the lowest loss in validation, from 0; where examples are made, with the lowest distance."""
    judged = "val_distance" if "val_distance" in history[0] else "val_loss"
    return min(range(len(history)), key=lambda epoch: history[epoch][judged])
