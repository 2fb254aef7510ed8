"""How each backend says that the device's memory was too small."""

import sys
from collections.abc import Iterator

OUT_OF_MEMORY = (
    ("tensorflow", "errors.ResourceExhaustedError", ""),
    ("torch", "OutOfMemoryError", ""),
    # JAX has one error for all that goes wrong on a device.
    ("jax", "errors.JaxRuntimeError", "RESOURCE_EXHAUSTED"),
)
"""Errors that say that the device's memory was too small: module, name, and text they must hold."""


def out_of_memory() -> tuple[type[BaseException], ...]:
    """The error classes to catch; asked when something was raised, so that it imports nothing by itself."""
    return (MemoryError, *(kind for kind, _ in _device_errors()))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether one of these errors says that memory was too small."""
    matches = (isinstance(error, kind) and text in str(error) for kind, text in _device_errors())
    return isinstance(error, MemoryError) or any(matches)


def _device_errors() -> Iterator[tuple[type[BaseException], str]]:
    for module, path, text in OUT_OF_MEMORY:
        found: object = sys.modules.get(module)
        for name in path.split("."):
            found = getattr(found, name, None)
        if isinstance(found, type) and issubclass(found, BaseException):
            yield found, text
