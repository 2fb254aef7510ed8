"""What no tensor can be, whatever computes it."""

import math

from specs.infer.base import Inferred

MAX_VALUES = 2**63 - 1
"""Values of one tensor, and weights of one layer: TensorFlow counts them in 64-bit integers (TensorShape)."""
MAX_AXES = 253
"""Axes without the batch axis: TensorShape::MaxDimensions() is 254."""


def beyond_bounds(found: Inferred) -> str | None:
    """Why no machine could hold an output or weights, said long before what is counted of them gets out of hand.

    >>> beyond_bounds(Inferred((2**31, 2**31, 3)))
    'gives 13,835,058,055,282,163,712 values an example, and no tensor has 2**63'
    """
    if len(found.output_shape) > MAX_AXES:
        return f"gives {len(found.output_shape):,} axes, and no tensor has above {MAX_AXES}"
    values, weights = math.prod(size or 1 for size in found.output_shape), found.trainable + found.non_trainable
    if values > MAX_VALUES:
        return f"gives {values:,} values an example, and no tensor has 2**63"
    return f"has {weights:,} weights, and no tensor has 2**63" if weights > MAX_VALUES else None
