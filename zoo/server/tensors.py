"""JSON values ↔ arrays, as TensorFlow Serving maps them: nested lists, numbers, texts, {"b64": …} for bytes."""

import base64
import binascii
import io
from typing import Any

import numpy as np
from PIL import Image

from zoo.data.images import FORMATS, UNREADABLE
from zoo.server.refusal import RefusalError, quoted
from zoo.server.servable import Array, Field

MAX_PIXELS = 50_000_000
"""Of an image that a signature decodes: a small file may say that it is larger than the memory."""

IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")
"""What an image's file begins with: JPEG, PNG, GIF, BMP."""

BYTES = "_bytes"
"""An output whose name ends so has bytes, not text."""

KINDS: dict[str, tuple[set[type], str]] = {
    "f": ({int, float}, "numbers"),
    "i": ({int}, "integers"),
    "u": ({int}, "integers"),
    "b": ({bool}, "booleans"),
}
"""By NumPy's kind of a type: what JSON may have for it. true is no number, and 1.0 no integer."""


def as_array(value: Any, name: str, field: Field) -> Array:
    """A JSON value as the array that an input takes; `RefusalError` with 400 where it is none."""
    found = np.array(value, dtype=object)
    types = set(map(type, found.flat))
    if list in types:
        raise _wrong(name, field, "lists that differ in length")
    _check_shape(found.shape, name, field)
    if not found.size:
        raise _wrong(name, field, "no value at all")
    if field.dtype == "string":
        return _filled(found.shape, [_bytes(each, name, field) for each in found.flat])
    allowed, what = KINDS[field.numpy.kind]
    if not types <= allowed:
        odd = next(each for each in found.flat if type(each) not in allowed)
        raise _wrong(name, field, f"{quoted(odd)} among the {what}")
    return _numbers(found, name, field)


def _check_shape(shape: tuple[int, ...], name: str, field: Field) -> None:
    wanted = field.shape
    if wanted is None:
        return
    if len(shape) != len(wanted) or any(want not in (None, have) for want, have in zip(wanted, shape, strict=True)):
        raise _wrong(name, field, f"shape {list(shape)}")


def _numbers(found: Array, name: str, field: Field) -> Array:
    try:
        with np.errstate(over="ignore"):
            numbers = found.astype(field.numpy)
    except OverflowError:
        raise _wrong(name, field, "a number that this type cannot hold") from None
    # A finite number that float32 cannot hold became infinite; infinity itself may be asked about.
    if (
        field.numpy.kind == "f"
        and np.isinf(numbers).any()
        and np.isfinite(found.astype(np.float64))[np.isinf(numbers)].any()
    ):
        raise _wrong(name, field, "a number that this type cannot hold")
    return numbers


def _bytes(value: Any, name: str, field: Field) -> bytes:
    if isinstance(value, str):
        try:
            found = value.encode()
        except UnicodeEncodeError:
            raise _wrong(name, field, "half of a surrogate pair, which is no letter") from None
    elif isinstance(value, dict) and set(value) == {"b64"} and isinstance(value["b64"], str):
        try:
            found = base64.b64decode(value["b64"], validate=True)
        except (binascii.Error, ValueError):
            raise _wrong(name, field, "b64 that is not base64") from None
    else:
        raise _wrong(name, field, f"{quoted(value)}; bytes are written {{'b64': '…'}}")
    if found.startswith(IMAGES):
        _check_pixels(found, name)
    return found


def _check_pixels(data: bytes, name: str) -> None:
    """`RefusalError` where an image says that it is larger than `MAX_PIXELS`; what is no image is left to the model."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            pixels = image.width * image.height
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pixels = MAX_PIXELS + 1
    except UNREADABLE:
        return
    if pixels > MAX_PIXELS:
        raise RefusalError(400, f"input {name!r}: the image has more than {MAX_PIXELS:,} pixels; send a smaller one")


def _wrong(name: str, field: Field, what: str) -> RefusalError:
    return RefusalError(400, f"input {name!r} takes {field} (got {what})")


def as_json(array: Array, name: str) -> Any:
    """What JSON has for an output.

    >>> as_json(np.array([[0.5, np.inf]], np.float32), "scores")
    [[0.5, inf]]
    >>> as_json(np.array([b"seven"], object), "label"), as_json(np.array([b"seven"], object), "label_bytes")
    (['seven'], [{'b64': 'c2V2ZW4='}])
    """
    if array.dtype != object:
        return array.tolist()
    return _filled(array.shape, [_text(each, name) for each in array.flat]).tolist()


def _filled(shape: tuple[int, ...], values: list[Any]) -> Array:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found.reshape(shape)


def _text(value: bytes, name: str) -> str | dict[str, str]:
    return {"b64": base64.b64encode(value).decode()} if name.endswith(BYTES) else value.decode(errors="replace")
