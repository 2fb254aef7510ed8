"""The batches of a feed as TensorFlow takes them: drawn by a thread of their own while the model computes."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from zoo.backend import keras
from zoo.feeding import Feed


def streamed(feed: Feed, shares: Callable[[Any], Iterator[Any]] = lambda batch: iter((batch,)), ahead: int = 2) -> Any:
    """A dataset of TensorFlow without end, with `ahead` batches ready; `shares` cuts a batch into several.

    Left to itself, Keras lets TensorFlow tune such a dataset, which at the end of each epoch and each training waits
    for its tuner: up to a second where that is a thousandth of it (TensorFlow 2.21, Keras 3.15).
    """
    from zoo.backend import tensorflow

    def batches() -> Iterator[Any]:
        for index in itertools.count():
            yield from shares(feed[index])

    first, last = feed[0], feed[feed.steps - 1]
    dataset = tensorflow.data.Dataset.from_generator(
        batches, output_signature=keras.tree.map_structure(_signature, first, last)
    )
    # Of a dataset that may end the workers of a cluster would tell each other at every step whether it has.
    endless = tensorflow.data.experimental.assert_cardinality(tensorflow.data.INFINITE_CARDINALITY)
    options = tensorflow.data.Options()
    options.autotune.enabled = False
    return dataset.apply(endless).prefetch(ahead).with_options(options)


def _signature(one: Any, other: Any) -> Any:
    """Of arrays that may differ in size what TensorFlow wants to know."""
    from zoo.backend import tensorflow

    sizes = [size if size == more else None for size, more in zip(one.shape[1:], other.shape[1:], strict=True)]
    return tensorflow.TensorSpec((None, *sizes), keras.backend.standardize_dtype(one.dtype))
