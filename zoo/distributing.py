"""A training spread over devices or machines: where its model is made, what each replica is fed, how steps are taken.

On TensorFlow Keras takes `fit` over the devices of one machine by tf.distribute.MirroredStrategy itself. Between
machines it does not (decision 0011): there the model is one that Keras takes for undistributed, its variables are the
strategy's, and the steps are ours. On JAX it is zoo/sharding.py.
"""

import functools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from specs.errors import UserError
from specs.sections.distribution import Distribution
from zoo.backend import keras
from zoo.feeding import Feed
from zoo.replicas import ALONE, Replicas
from zoo.sharding import over_devices
from zoo.streaming import streamed

EXAMPLE = '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'
"""What TF_CONFIG holds."""


@dataclass(frozen=True, slots=True)
class Mirrored(Replicas):
    """Replicas of a strategy of TensorFlow's."""

    strategy: Any = None

    def scope(self) -> Any:
        """The strategy's."""
        return self.strategy.scope()

    def stepping(self) -> Any:
        """The strategy's."""
        return self.strategy.scope()

    def feed(self, feed: Feed) -> Any:
        """The feed with each batch cut into a share for every replica, in their order."""
        return self.strategy.distribute_datasets_from_function(functools.partial(_shares, feed, self.count))

    def ready(self, model: keras.Model, feed: Feed) -> None:
        """The optimizer's variables; between machines the steps as well."""
        model.optimizer.build(model.trainable_variables)
        if self.workers > 1:
            # Losses and metrics become complete with the first batch they see.
            self.strategy.run(model.test_step, args=(next(iter(self.feed(feed))),))
            model.reset_metrics()
            model.train_function = _stepping(self.strategy, model.train_step, model.steps_per_execution)
            model.test_function = _stepping(self.strategy, model.test_step, model.steps_per_execution)


def replicas_of(wanted: Distribution | None) -> Replicas:
    """The replicas that a training asks for; asked before anything is computed, as TensorFlow wants it.

    Raises `UserError` where the backend has none, or TF_CONFIG does not say which process this is.
    """
    if wanted is None:
        return ALONE
    backend = keras.backend.backend()
    if backend == "jax" and wanted.over == "devices":
        return over_devices()
    if backend != "tensorflow":
        hint = " or write over: devices" if backend == "jax" else ""
        place = f"train.distribution.over: {wanted.over} is spread by TensorFlow"
        raise UserError(f"{place}: set KERAS_BACKEND=tensorflow{hint} (got {backend})")
    return _over_workers() if wanted.over == "workers" else _over_devices()


@functools.cache
def _over_devices() -> Replicas:
    from zoo.backend import tensorflow

    devices = tensorflow.config.list_logical_devices("GPU") or tensorflow.config.list_logical_devices("CPU")
    if len(devices) == 1:
        return ALONE
    strategy = tensorflow.distribute.MirroredStrategy([device.name for device in devices])
    return Mirrored(strategy.num_replicas_in_sync, strategy=strategy)


@functools.cache
def _over_workers() -> Replicas:
    from zoo.backend import tensorflow

    workers, index = task(os.environ.get("TF_CONFIG"))
    if workers == 1:
        return _over_devices()
    strategy = tensorflow.distribute.MultiWorkerMirroredStrategy()
    return Mirrored(strategy.num_replicas_in_sync, index, workers, strategy)


def task(text: str | None) -> tuple[int, int]:
    """How many workers TF_CONFIG lists, and the number of this one.

    >>> task(EXAMPLE)
    (2, 0)
    """
    if text is None:
        raise UserError(f"train.distribution.over: workers needs the environment variable TF_CONFIG, such as {EXAMPLE}")
    try:
        said = json.loads(text)
        workers, kind, index = said["cluster"]["worker"], said["task"]["type"], said["task"]["index"]
    except (ValueError, KeyError, TypeError):
        raise UserError(f"TF_CONFIG: must be as {EXAMPLE} (got {text})") from None
    if kind != "worker" or [*said["cluster"]] != ["worker"] or not isinstance(workers, list):
        raise UserError(f"TF_CONFIG: all processes must be workers, as in {EXAMPLE} (got {text})")
    if index not in range(len(workers)):
        raise UserError(f"TF_CONFIG: task.index must be below the number of workers, {len(workers)} (got {index})")
    return len(workers), index


def undistributed(model: keras.Model, replicas: Replicas) -> keras.Model:
    """The same layers in a model that Keras takes for one of a single device; to be called outside of the scope.

    Of a model made inside, Keras 3.15 takes the mean of a first batch over the replicas, which fails between machines,
    and a batch to be predicted goes to each replica as a whole.
    """
    return keras.Model(model.input, model.output, name=model.name) if isinstance(replicas, Mirrored) else model


def _shares(feed: Feed, count: int, context: Any) -> Any:
    """The shares of the replicas of this process, batch by batch, without end."""
    local = count // context.num_input_pipelines
    own = range(context.input_pipeline_id * local, (context.input_pipeline_id + 1) * local)

    def shares(batch: Any) -> Iterator[Any]:
        return (share(batch, replica, count) for replica in own)

    return streamed(feed, shares, 2 * local)


def share(batch: Any, replica: int, count: int) -> Any:
    """The examples of a batch that one of so many replicas gets.

    >>> [share(([1, 2, 3, 4, 5], "abcde"), replica, 2) for replica in (0, 1)]
    [([1, 2], 'ab'), ([3, 4, 5], 'cde')]
    """
    x, *_ = batch
    examples = len(next(iter(x.values())) if isinstance(x, dict) else x)
    part = slice(examples * replica // count, examples * (replica + 1) // count)
    return tuple({name: each[part] for name, each in y.items()} if isinstance(y, dict) else y[part] for y in batch)


def _stepping(strategy: Any, step: Callable[[Any], Any], times: int) -> Any:
    """What Keras calls to take steps: `step` on every replica, and what is reported as the mean over all of them."""
    from zoo.backend import tensorflow

    def steps(iterator: Any) -> Any:
        for _ in range(times):
            logs = strategy.run(step, args=(next(iterator),))
        return {name: strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}

    return tensorflow.function(steps, reduce_retracing=True)
