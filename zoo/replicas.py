"""The copies of a model that are trained as one; this one is alone."""

import contextlib
from dataclasses import dataclass
from typing import Any

from zoo.backend import keras
from zoo.feeding import Feed


@dataclass(frozen=True, slots=True)
class Replicas:
    """The copies of a model, and which of the processes this is."""

    count: int = 1
    """Copies, of all processes together."""
    worker: int = 0
    """The number of this process; process 0 keeps the run."""
    workers: int = 1

    def scope(self) -> Any:
        """Where the model, its optimizer and its metrics are made."""
        return contextlib.nullcontext()

    def stepping(self) -> Any:
        """Where the model is trained and measured."""
        return contextlib.nullcontext()

    def feed(self, feed: Feed) -> Any:
        """The feed with the share of each batch that every replica gets."""
        if keras.backend.backend() != "tensorflow":
            return feed
        from zoo.streaming import streamed

        return streamed(feed)

    def ready(self, model: keras.Model, feed: Feed) -> None:
        """Makes what Keras would make, or could not, in the first step of a compiled model."""


ALONE = Replicas()
