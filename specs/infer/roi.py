"""Pooling of regions."""

from specs.infer.base import Inferred, Shape, ShapeError, channels, spatial, text
from specs.ops.roi import RoiPooling

CORNERS = 4
"""Numbers of a region."""


def roi_pooling(args: RoiPooling, features: Shape, regions: Shape) -> Inferred:
    """(height, width, channels) and (regions, 4) → (regions, *pool_size, channels)."""
    spatial(features, 2)
    if len(regions) != 2 or regions[1] != CORNERS:
        raise ShapeError(f"needs regions of shape (regions, {CORNERS}) as its second input (got {text(regions)})")
    return Inferred((regions[0], *args.pool_size, channels(features)))
