"""Combinators → plain nodes: branches side by side, residual and dense connections."""

from typing import cast

from specs.combinators import Conv, Dense, Parallel, Residual
from specs.expand.builder import BROKEN, Builder, Tensor
from specs.expand.run import Runner
from specs.expand.units import conv_unit
from specs.graph import Shape
from specs.infer.base import AXES, text
from specs.ops.base import Sizes
from specs.step import Step

MERGE_LAYERS = {
    "concatenate": "Concatenate",
    "add": "Add",
    "multiply": "Multiply",
    "average": "Average",
    "maximum": "Maximum",
}


def parallel(builder: Builder, step: Step, current: Tensor, prefix: str, run: Runner) -> Tensor:
    """Each branch in a scope of its own: branch1_…, branch2_…; then the merging layer."""
    args = cast(Parallel, step.args)
    ends = tuple(run(body, current, builder.auto_name(prefix, "branch") + "_") for body in step.bodies)
    return _layer(builder, MERGE_LAYERS[args.merge], {}, ends, prefix, step)


def residual(builder: Builder, step: Step, current: Tensor, prefix: str, run: Runner) -> Tensor:
    """The body, what is done to its end, the shortcut, their sum, and the activation after it."""
    args = cast(Residual, step.args)
    end = run(step.bodies[0], current, prefix)
    if args.scale != 1:
        end = _layer(builder, "Rescaling", {"scale": args.scale}, (end,), prefix, step)
    if args.drop_path and end != BROKEN:
        # One draw an example, as stochastic depth has it: the mask has size 1 along every axis but the batch's.
        mask = (None, *(1 for _ in builder.shape(end)))
        end = _layer(builder, "Dropout", {"rate": args.drop_path, "noise_shape": mask}, (end,), prefix, step)
    short = _shortcut(builder, args, step, current, end, prefix, run)
    total = _layer(builder, "Add", {}, (short, end), prefix, step)
    if args.activation == "linear":
        return total
    return _layer(builder, "Activation", {"activation": args.activation}, (total,), prefix, step)


def dense(builder: Builder, step: Step, current: Tensor, prefix: str, run: Runner) -> Tensor:
    """After each pass of the body its end is concatenated to what it started from."""
    args = cast(Dense, step.args)
    for turn in range(args.repeat):
        builder.turns.append((step, turn, args.repeat))
        end = run(step.bodies[0], current, prefix)
        current = _layer(builder, "Concatenate", {}, (current, end), prefix, step)
        builder.turns.pop()
    return current


def _layer(
    builder: Builder, op: str, given: dict[str, object], inputs: tuple[Tensor, ...], prefix: str, step: Step
) -> Tensor:
    return builder.add(op, builder.part(op, given, step), inputs, builder.auto_name(prefix, op.lower()), step)


def _shortcut(
    builder: Builder, args: Residual, step: Step, start: Tensor, end: Tensor, prefix: str, run: Runner
) -> Tensor:
    if len(step.bodies) > 1:
        return run(step.bodies[1], start, builder.auto_name(prefix, "shortcut") + "_")
    if BROKEN in (start, end):
        return BROKEN
    before, after = builder.shape(start), builder.shape(end)
    if args.shortcut == "identity":
        return start if before == after or _broadcasts(before, after) else _refuse(builder, step, start, end)
    if args.shortcut in ("auto", "padding") and before == after:
        return start
    strides = projection_strides(before, after)
    if strides is None:
        return _refuse(builder, step, start, end)
    if args.shortcut == "padding":
        return _padded(builder, strides, step, start, end, prefix)
    unit = _projection(builder, strides, cast(int, after[-1]))
    return conv_unit(builder, unit, step, start, builder.auto_name(prefix, "shortcut") + "_")


def _projection(builder: Builder, strides: Sizes, filters: int) -> Conv:
    """A 1×1 conv with the document's norm and no activation (arXiv:1512.03385, section 3.3, option B)."""
    weights = (f"{each}_{what}" for each in ("kernel", "bias") for what in ("initializer", "regularizer", "constraint"))
    kept = ("norm", "use_bias", *weights)
    given = {name: value for name, value in builder.defaults.get("conv", {}).items() if name in kept}
    sizes = {"filters": filters, "strides": strides}
    unit = Conv.model_validate({**given, **sizes, "kernel_size": 1, "activation": "linear"})
    # Sizes of the graph as they are: over a search space they are ranges (specs.spans), which pydantic takes for ints.
    return unit.model_copy(update=sizes)


def _padded(builder: Builder, strides: Sizes, step: Step, start: Tensor, end: Tensor, prefix: str) -> Tensor:
    """Every stride-th position, widened with zeros: no weights (arXiv:1512.03385, section 3.3, option A).

    The paper does not say where the zeros stand; half of them in front is what reimplementations for CIFAR have.
    """
    name = builder.auto_name(prefix, "shortcut") + "_"
    before, after = builder.shape(start)[-1], builder.shape(end)[-1]
    if before is None or after is None or before > after:
        message = f"cannot widen {builder.listed((start,))} to {text(builder.shape(end))}"
        return builder.refuse(step, message, hint=WIDER)
    if max(strides) > 1:
        pool = builder.part(f"AveragePooling{len(strides)}D", {"pool_size": 1, "strides": strides}, step)
        start = builder.add(f"AveragePooling{len(strides)}D", pool, (start,), f"{name}pool", step)
    if before == after:
        return start
    front = (after - before) // 2
    pad = builder.part("ChannelPadding", {"padding": (front, after - before - front)}, step)
    return builder.add("ChannelPadding", pad, (start,), f"{name}pad", step)


WIDER = "shortcut: padding is for bodies that give as many channels or more; write auto"


def _broadcasts(before: Shape, after: Shape) -> bool:
    """Whether Keras adds the two although they differ: sizes of 1, and sizes that are not known."""
    pairs = zip(before, after, strict=False)
    return len(before) == len(after) and all(a == b or None in (a, b) or 1 in (a, b) for a, b in pairs)


def projection_strides(before: Shape, after: Shape) -> Sizes | None:
    """Strides of the convolution of size 1 from one shape of an image, sequence or volume to the other, or None.

    >>> projection_strides((56, 56, 64), (28, 28, 128)), projection_strides((56, 56, 64), (27, 27, 128))
    ((2, 2), None)
    """
    if len(before) != len(after) or len(before) - 1 not in AXES:
        return None
    strides = [_stride(a, b) for a, b in zip(before[:-1], after[:-1], strict=True)]
    return None if None in strides else cast(Sizes, tuple(strides))


def _stride(before: int | None, after: int | None) -> int | None:
    if before is None or after is None:
        return 1 if before is None and after is None else None
    stride = -(-before // after)
    return stride if -(-before // stride) == after else None


def _refuse(builder: Builder, step: Step, start: Tensor, end: Tensor) -> Tensor:
    from specs.expand.mending import branches_made_equal
    from specs.repairs import at_step

    message = f"cannot add {builder.listed((end, start))}"
    args = cast(Residual, step.args)
    hint = "give the shortcut as a list of steps that ends in the same shape"
    repairs = at_step(step, [("shortcut", "projection")] if args.shortcut == "identity" else [])
    repairs += branches_made_equal(builder, (end, start), channels=True)
    return builder.refuse(step, message, hint=hint, repairs=repairs)
