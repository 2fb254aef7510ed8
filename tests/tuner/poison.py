"""Trials that kill, hang and starve their worker: runs that are sent to worker processes.

The trials are the search's own (`Runner`), with something quick in the place of training and no Keras.
"""

import ctypes
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import specs
import zoo
from specs.document import Document
from tuner.proposal import Proposal
from tuner.trial import Run, Runner
from zoo.files import write_text_atomically

SPEC = """
name: tiny
params: {units: 4, learning_rate: 0.01}
input: {shape: [8, 8, 1]}
body:
  - Flatten
  - Dense: {units: $units}
  - Dense: {units: 10, activation: softmax}
train: {data: digits, optimizer: {Adam: {learning_rate: $learning_rate}}, epochs: 3}
search:
  trials: 10
  space:
    units: {min_value: 1, max_value: 99}
    learning_rate: {min_value: 1e-3, max_value: 1e-1, sampling: log}
"""

KEPT: list[bytes] = []


class DeviceFull(RuntimeError):  # noqa: N818  # stands for one that is named so
    """As PyTorch's, whose place it takes."""


class Diverged(Exception):  # noqa: N818  # stands for one that is named so
    """In the place of Keras' own module's."""


def out_of_memory() -> None:
    raise MemoryError


def device_full() -> None:
    raise DeviceFull("CUDA out of memory")


def disk_full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "7.state.npz")


def bug() -> None:
    raise ZeroDivisionError("a bug")


POISONS: Mapping[str, Callable[[], object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": lambda: time.sleep(3600),
    "exit": lambda: os._exit(3),
    "memory": out_of_memory,
    "device": device_full,
    "disk": disk_full,
    "bug": bug,
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "grow": lambda: KEPT.append(os.urandom(1) * 2**27),
    "sleep": lambda: time.sleep(0.3),
}


@dataclass(frozen=True)
class Poisoned:
    """Sent to a worker: makes its runs, of which some trials, by their number, are poisoned.

    Each run is written to `log` as a line: the trial, the process, and the GPU that it sees.
    """

    folder: Path
    poisons: Mapping[int, str] = field(default_factory=dict)
    always: str = ""
    dies_early: bool = False
    epochs: int = 1
    """Of each trial; a state is kept after each, as training keeps one."""

    def at(self, directory: Path) -> "Poisoned":
        """The same: what a worker of a cluster is sent."""
        return self

    def __call__(self) -> Run:
        if self.dies_early:
            os._exit(5)
        # Keras takes long to import, and has no part in this.
        epochs = ModuleType("zoo.epochs")
        epochs.Diverged = Diverged  # type: ignore[attr-defined]
        torch = ModuleType("torch")
        torch.OutOfMemoryError = DeviceFull  # type: ignore[attr-defined]
        sys.modules.update({"zoo.epochs": epochs, "torch": torch})
        vars(zoo)["fit"] = self.fit
        document = document_of()
        assert document.search is not None
        dataset: Any = None
        compiled: Any = SimpleNamespace(kept={})
        return Runner(document, dataset, document.search, 3, self.folder / "trials", compiled)

    def fit(self, document: Document, dataset: object, *, checkpoint: Path, on_epoch: Any, **options: Any) -> Any:
        """In the place of training: a history that depends on the values alone."""
        number = int(checkpoint.name.partition(".")[0])
        line = f"{number} {os.getpid()} {os.environ.get('CUDA_VISIBLE_DEVICES', '')}\n"
        with (self.folder / "log").open("a") as log:
            log.write(line)
        history = [{"val_accuracy": document.params["units"] / 100 - document.params["learning_rate"]}] * self.epochs
        checkpoint.parent.mkdir(exist_ok=True)
        for epoch in range(int(checkpoint.read_text()) if checkpoint.exists() else 0, self.epochs):
            on_epoch(epoch, history[epoch])
            for poison in filter(None, (self.poisons.get(number), self.always)):
                POISONS[poison]()
            write_text_atomically(checkpoint, str(epoch + 1))
        return SimpleNamespace(history=history, model=None)

    def runs(self) -> list[list[str]]:
        """What ran, a row each: trial, process, GPU."""
        return [line.split(" ") for line in (self.folder / "log").read_text().splitlines()]


class InOrder:
    """An oracle for where it does not matter what is proposed: keras-tuner takes long to import."""

    given_up = False

    def __init__(self, *settings: object) -> None:
        self.count = 0

    def propose(self, recorded: object = None) -> Proposal:
        """One after the other."""
        self.count += 1
        return Proposal(self.count, {"units": self.count, "learning_rate": 0.01})

    def tell(self, number: int, score: float | None, scores: object = None) -> None:
        """Learns nothing."""

    def promotable(self) -> frozenset[int]:
        """None."""
        return frozenset()


def without_keras_tuner() -> None:
    """Has the search take this module's oracle."""
    module = ModuleType("tuner.oracles")
    module.Oracle = InOrder  # type: ignore[attr-defined]
    sys.modules["tuner.oracles"] = module


def document_of() -> Document:
    """The spec."""
    return specs.loads(SPEC, "tiny.yaml")
