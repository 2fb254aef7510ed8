"""A training spread over the devices of one machine by JAX: what is to be computed follows from where the arrays lie.

Variables lie on every device, as keras.distribution.DataParallel puts them, and of each batch every device has a share.
XLA makes one program of that for all devices: sums over a batch, those of batch norm included, are over all of it.

Keras 3.15 puts all batches of a feed where it puts the first, so a last one that does not divide over the devices would
fail. We put them there ourselves: such a batch lies whole on every device, and each example counts once.
"""

import functools
from dataclasses import dataclass
from typing import Any

from zoo.backend import keras
from zoo.feeding import Feed
from zoo.replicas import ALONE, Replicas


@dataclass(frozen=True, slots=True)
class Sharded(Replicas):
    """Replicas on the devices of a keras.distribution.DataParallel."""

    distribution: Any = None

    def scope(self) -> Any:
        """Variables that are made inside lie on every device."""
        return self.distribution.scope()

    def feed(self, feed: Feed) -> Any:
        """The feed with its batches on the devices."""
        return _Placed(feed, self)

    def ready(self, model: keras.Model, feed: Feed) -> None:
        """All variables and both steps; what a step leaves lies where the variables do."""
        model.optimizer.build(model.trainable_variables)
        model.test_on_batch(*feed[0])
        model.reset_metrics()
        model.make_train_function()

    def placed(self, array: Any) -> Any:
        """An array (examples, …) in a share for each device; whole on every device where it does not divide."""
        divides = array.shape[0] % self.count == 0
        axes = [self.distribution.batch_dim_name if divides else None, *[None] * (array.ndim - 1)]
        layout = keras.distribution.TensorLayout(axes, self.distribution.device_mesh)
        return keras.distribution.distribute_tensor(array, layout)


@functools.cache
def over_devices() -> Replicas:
    """A replica on each device of this machine: its GPUs where it has some."""
    devices = keras.distribution.list_devices()
    return ALONE if len(devices) == 1 else Sharded(len(devices), distribution=keras.distribution.DataParallel())


class _Placed(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The batches of a feed, each where its replicas look for it."""

    num_batches = None
    """No end, as of the feed."""

    def __init__(self, feed: Feed, replicas: Sharded) -> None:
        super().__init__()
        self.feed = feed
        self.replicas = replicas

    def __getitem__(self, index: int) -> Any:
        return keras.tree.map_structure(self.replicas.placed, self.feed[index])
