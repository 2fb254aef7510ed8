"""The memory of the device that models are trained on: how much there is, and what something took of it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoo.backend import keras
from zoo.data.memory import available

CLEAR, STATUS = (Path("/proc/self", name) for name in ("clear_refs", "status"))


def device_memory() -> int:
    """Bytes that a training in this process may take: of its first GPU or TPU, or else of the machine's memory."""
    stats = _jax_stats()
    if stats:
        return int(stats["bytes_limit"])
    if _tensorflow_gpu():
        from tensorflow.python.client import device_lib

        devices = device_lib.list_local_devices()
        return next(int(each.memory_limit) for each in devices if each.device_type == "GPU")
    return available()


@contextlib.contextmanager
def peak() -> Iterator[list[int]]:
    """Appends the most bytes that what runs inside had beyond those of before; nothing where the system does not say.

    >>> with peak() as taken:
    ...     some = b"." * 50_000_000
    >>> all(49_000_000 < each < 60_000_000 for each in taken)
    True
    """
    taken, before = list[int](), _in_use()
    _forget_peak()
    yield taken
    most = _peak()
    if before is not None and most is not None:
        taken.append(most - before)


def _in_use() -> int | None:
    if stats := _jax_stats():
        return int(stats["bytes_in_use"])
    return _of_gpu("current") if _tensorflow_gpu() else _status("VmRSS")


def _peak() -> int | None:
    if stats := _jax_stats():
        return int(stats["peak_bytes_in_use"])
    return _of_gpu("peak") if _tensorflow_gpu() else _status("VmHWM")


def _forget_peak() -> None:
    """JAX does not forget, nor a system that forbids it: what took less than something before it counts as much."""
    if _tensorflow_gpu():
        from zoo.backend import tensorflow

        tensorflow.config.experimental.reset_memory_stats("GPU:0")
    else:
        with contextlib.suppress(OSError):
            CLEAR.write_text("5")


def _jax_stats() -> Any:
    """What JAX knows of its first device, nothing of a CPU."""
    if keras.backend.backend() != "jax":
        return None
    import jax

    return jax.local_devices()[0].memory_stats()


def _tensorflow_gpu() -> bool:
    if keras.backend.backend() != "tensorflow":
        return False
    from zoo.backend import tensorflow

    return bool(tensorflow.config.list_logical_devices("GPU"))


def _of_gpu(what: str) -> int:
    from zoo.backend import tensorflow

    return int(tensorflow.config.experimental.get_memory_info("GPU:0")[what])


def _status(name: str) -> int | None:
    for line in STATUS.read_text().splitlines() if STATUS.exists() else ():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    return None
