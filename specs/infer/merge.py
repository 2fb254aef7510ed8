"""Layers with several inputs."""

from specs.infer.base import Inferred, Shape, ShapeError, axis_index, text
from specs.ops.base import Op
from specs.ops.merge import Concatenate


def elementwise(args: Op, *shapes: Shape) -> Inferred:
    """Equal sizes, or 1 and any size, along every axis."""
    out = shapes[0]
    for shape in shapes[1:]:
        out = _broadcast(out, shape, shapes)
    return Inferred(out)


def _broadcast(one: Shape, other: Shape, shapes: tuple[Shape, ...]) -> Shape:
    if len(one) != len(other):
        raise ShapeError(f"the inputs {_listed(shapes)} differ in their number of axes", hint="Flatten or Reshape one")
    return tuple(_size(a, b, shapes) for a, b in zip(one, other, strict=True))


def _size(a: int | None, b: int | None, shapes: tuple[Shape, ...]) -> int | None:
    if a == 1 or b == 1:
        return b if a == 1 else a
    if a is None or b is None:
        return None
    if a != b:
        hint = "every size must be the same, or 1"
        raise ShapeError(f"the inputs {_listed(shapes)} differ in their sizes", hint=hint)
    return a


def concatenate(args: Concatenate, *shapes: Shape) -> Inferred:
    """The sizes along the axis add up; the others agree."""
    if len({len(shape) for shape in shapes}) > 1:
        raise ShapeError(f"the inputs {_listed(shapes)} differ in their number of axes", hint="Flatten or Reshape one")
    axis = axis_index(args.axis, shapes[0])
    others = [{shape[i] for shape in shapes} - {None} for i in range(len(shapes[0])) if i != axis]
    if any(len(sizes) > 1 for sizes in others):
        raise ShapeError(f"the inputs {_listed(shapes)} differ outside axis {args.axis}", hint=_hint(args.axis))
    along = [shape[axis] for shape in shapes]
    total = None if None in along else sum(size for size in along if size is not None)
    first = shapes[0]
    return Inferred((*first[:axis], total, *first[axis + 1 :]))


def _hint(axis: int) -> str:
    hint = "the other axes must be the same"
    return f"{hint}: padding: same keeps height and width" if axis in (-1, 3) else hint


def _listed(shapes: tuple[Shape, ...]) -> str:
    return " and ".join(text(shape) for shape in shapes)
