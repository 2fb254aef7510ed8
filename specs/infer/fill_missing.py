"""Numbers in the place of gaps."""

from specs.infer.base import Inferred, Shape, ShapeError, channels
from specs.ops.fill_missing import FillMissing


def fill_missing(args: FillMissing, shape: Shape) -> Inferred:
    """The input's shape; one number for all columns or one for each."""
    columns = channels(shape)
    if args.values is not None and len(args.values) not in (1, columns):
        raise ShapeError(f"has {len(args.values)} values, the last axis has {columns}", field="values")
    return Inferred(shape)
