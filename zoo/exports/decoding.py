"""JPEG and PNG bytes → pixels by TensorFlow's operations, byte for byte what `zoo.data.images` makes with Pillow.

tf.image.resize does not round as Pillow does; a trained model would answer otherwise than it did in its evaluation.
Here every step is exact: whole numbers below 2^53 in float64.
"""

from typing import Any

from zoo.backend import tensorflow as tf

# Pillow's ImagingConvert: ITU-R 601-2 luma, in units of 2^-16.
LUMA = (19595, 38470, 7471)

# Pillow's ImagingResample: weights of a row are rounded to units of 2^-22.
PRECISION = 22

AT_ONCE = 16
"""Rows that are resized together."""


def decoded(image: Any, size: tuple[int, int, int]) -> Any:
    """The image in a scalar of bytes as uint8 of shape `size`: height, width and 1 or 3 channels."""
    height, width, channels = size
    pixels = _in_channels(_pixels(image), channels)
    # As zoo.data.images: columns first, rounded to bytes, then rows.
    columns = _resized(pixels, height)
    rows = _resized(tf.transpose(columns, (1, 0, 2)), width)
    return tf.ensure_shape(tf.transpose(rows, (1, 0, 2)), size)


def _pixels(image: Any) -> Any:
    """(height, width, channels as the file has them) as bytes."""
    # The default of the first is a faster transform of cosines, off by up to 6; that of Pillow is the accurate one.
    return tf.cond(
        tf.io.is_jpeg(image),
        lambda: tf.io.decode_jpeg(image, dct_method="INTEGER_ACCURATE"),
        lambda: _eight_bits(tf.cast(tf.io.decode_png(image, dtype=tf.uint16), tf.int32)),
    )


def _eight_bits(pixels: Any) -> Any:
    """A byte b is read as 257 · b. Pillow scales 16-bit grey, and of all else of 16 bits takes the upper byte."""
    grey = tf.equal(tf.shape(pixels)[-1], 1)
    return tf.cast(tf.where(grey, pixels // 257, pixels // 256), tf.uint8)


def _in_channels(pixels: Any, channels: int) -> Any:
    """Without opacity, in grey or in colours."""
    coloured = tf.shape(pixels)[-1] > 2
    if channels == 3:
        return tf.cond(coloured, lambda: pixels[..., :3], lambda: tf.repeat(pixels[..., :1], 3, axis=-1))
    return tf.cond(coloured, lambda: _grey(pixels[..., :3]), lambda: pixels[..., :1])


def _grey(pixels: Any) -> Any:
    light = tf.reduce_sum(tf.cast(pixels, tf.int32) * LUMA, axis=-1, keepdims=True)
    return tf.cast((light + 2**15) // 2**16, tf.uint8)


def _resized(pixels: Any, size: int) -> Any:
    """Bytes of shape (taken, …) as (size, …), by Pillow's BILINEAR.

    What comes out is a mean under a triangle that is as wide as what it stands for. It is computed some rows at a time:
    in one product of matrices most of the weights of a photograph would be 0.
    """
    shape = tf.shape(pixels)
    flat = tf.reshape(pixels, (shape[0], -1))
    scale = tf.cast(shape[0], tf.float64) / size

    def some(start: Any) -> Any:
        rows = tf.cast(tf.minimum(start + tf.range(AT_ONCE), size - 1), tf.float64)
        first, weights = _weights((rows + 0.5) * scale, tf.maximum(scale, 1), shape[0])
        taken = tf.cast(flat[first : first + tf.shape(weights)[1]], tf.float64)
        # Whole numbers below 2^53, which float64 holds in whatever order they are added.
        sums = tf.matmul(weights, taken)
        return tf.cast(tf.clip_by_value(tf.floor((sums + 2 ** (PRECISION - 1)) / 2**PRECISION), 0, 255), tf.uint8)

    blocks = tf.map_fn(some, tf.range(0, size, AT_ONCE), fn_output_signature=tf.uint8)
    rows = tf.reshape(blocks, (-1, tf.shape(flat)[1]))[:size]
    return tf.reshape(rows, tf.concat([[size], shape[1:]], axis=0))


def _weights(centres: Any, support: Any, taken: Any) -> Any:
    """The first pixel under the triangles around `centres`, and for each of them the weights of it and those behind it.

    As in Pillow's precompute_coeffs the ends are rounded; the weights sum up to one, and are then rounded as well.
    """
    first = tf.maximum(tf.floor(centres - support + 0.5), 0)
    end = tf.minimum(tf.floor(centres + support + 0.5), tf.cast(taken, tf.float64))
    position = tf.range(first[0], end[-1])
    triangles = tf.maximum(1 - tf.abs((position - centres[:, tf.newaxis] + 0.5) / support), 0)
    inside = (position >= first[:, tf.newaxis]) & (position < end[:, tf.newaxis])
    weights = tf.where(inside, triangles, 0)
    weights = tf.floor(weights / tf.reduce_sum(weights, axis=1, keepdims=True) * 2**PRECISION + 0.5)
    return tf.cast(first[0], tf.int32), weights
