"""Layers with several inputs."""

from specs.infer.base import Inferred, Shape, ShapeError, axis_index, product, sizes_text, text
from specs.ops.base import Op
from specs.ops.merge import Concatenate, Dot


def elementwise(args: Op, *shapes: Shape) -> Inferred:
    """Equal sizes, or 1 and any size, along every axis."""
    out = shapes[0]
    for shape in shapes[1:]:
        out = _broadcast(out, shape, shapes)
    return Inferred(out)


def _broadcast(one: Shape, other: Shape, shapes: tuple[Shape, ...]) -> Shape:
    if len(one) != len(other):
        raise ShapeError(
            f"the inputs {_listed(shapes)} differ in their number of axes",
            hint="Flatten or Reshape one to the axes of the other",
        )
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
        raise ShapeError(
            f"the inputs {_listed(shapes)} differ in their number of axes",
            hint="Flatten or Reshape one to the axes of the other",
        )
    axis = axis_index(args.axis, shapes[0])
    others = [{shape[i] for shape in shapes} - {None} for i in range(len(shapes[0])) if i != axis]
    if any(len(sizes) > 1 for sizes in others):
        raise ShapeError(
            f"the inputs {_listed(shapes)} differ outside axis {args.axis}", hint=_hint(args.axis, len(shapes[0]))
        )
    along = [shape[axis] for shape in shapes]
    total = None if None in along else sum(size for size in along if size is not None)
    first = shapes[0]
    return Inferred((*first[:axis], total, *first[axis + 1 :]))


def dot(args: Dot, one: Shape, other: Shape) -> Inferred:
    """All sizes but those of the two axes, the first input's before the second's; (1) for two vectors."""
    a, b = axis_index(args.axes[0], one, "axes"), axis_index(args.axes[1], other, "axes")
    if one[a] != other[b]:
        hint = f"the sizes along the axes must be the same, not {one[a]} and {other[b]}"
        raise ShapeError(f"the inputs {_listed((one, other))} differ along the axes", hint=hint)
    out = (*one[:a], *one[a + 1 :], *other[:b], *other[b + 1 :])
    return Inferred(out or (1,), macs=product((*out, one[a])))


def _hint(axis: int, rank: int) -> str:
    same = sizes_text(rank - 1) if rank > 1 and axis in (-1, rank) else "the other axes"
    return f"{same} must be the same"


def _listed(shapes: tuple[Shape, ...]) -> str:
    return " and ".join(text(shape) for shape in shapes)
