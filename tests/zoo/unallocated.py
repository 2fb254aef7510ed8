"""Models whose weights have no numbers, which cost neither time nor memory."""

import contextlib
from collections.abc import Iterator

from keras.src.backend.common import global_state

from zoo.backend import keras

WAITING = "uninitialized_variables"


@contextlib.contextmanager
def unallocated() -> Iterator[None]:
    """Layers that are built inside have shapes and no numbers.

    Keras 3.15 remembers every variable that is made so and gives all of them numbers when any other stateless scope
    ends: after thirty models of keras.applications that took 20 GB and twenty minutes. Here they are forgotten.
    """
    before = list(global_state.get_global_attribute(WAITING, []))
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(WAITING, before)
