"""Steps → flat, named nodes.

Names are path-like. A layer, unit or block is named by its `name:` or by its kind and number in its scope
(`conv2`, `bottleneck1`, `max_pooling2d_1`); blocks, branches, listed shortcuts and named combinators open a scope,
whose name goes before those inside (`stage2_block1_conv2_norm`). Lists, residual, dense and parallel without a name
open none.
"""

from functools import cache, partial

from specs.expand.builder import BROKEN, NOWHERE, Builder, Tensor, TooManyLayersError, Trace
from specs.expand.combine import dense, parallel, residual
from specs.expand.units import conv
from specs.ops import OPS, Op
from specs.step import Step

COMBINE = {"parallel": parallel, "residual": residual, "dense": dense}


def run_steps(builder: Builder, steps: tuple[Step, ...], current: Tensor, prefix: str) -> Tensor:
    """Carries out steps one after the other, and gives the tensor at their end."""
    for step in steps:
        for turn in range(step.repeat):
            first = len(builder.nodes)
            if step.repeat > 1:
                builder.turns.append((step, turn, step.repeat))
            current = _run(builder, step, turn, current, prefix)
            if step.repeat > 1:
                builder.turns.pop()
            if builder.trace is not None:
                builder.trace(step, current, first, len(builder.nodes))
    return current


def _run(builder: Builder, step: Step, turn: int, current: Tensor, prefix: str) -> Tensor:
    if step.share is None:
        return _carried_out(builder, step, turn, current, prefix)
    from specs.expand.share import with_weights_of

    step, tie = with_weights_of(builder, step, step.share, prefix)
    return tie(_carried_out(builder, step, turn, current, prefix))


def _carried_out(builder: Builder, step: Step, turn: int, current: Tensor, prefix: str) -> Tensor:
    inputs = _inputs(builder, step, current, prefix)
    if step.args is None:
        return _broken(builder, step, turn, prefix)
    if step.kind in OPS:
        assert isinstance(step.args, Op)
        return builder.add(step.kind, step.args, inputs, _name(builder, step, turn, prefix), step)
    start = inputs[0]
    if len(inputs) > 1:
        builder.refuse(step, f"{step.kind or 'a list'} takes one input, not {len(inputs)}", hint="merge them first")
        start = BROKEN
    if step.kind in COMBINE:
        return _combined(builder, step, turn, start, prefix)
    return _scoped(builder, step, turn, start, prefix)


def _inputs(builder: Builder, step: Step, current: Tensor, prefix: str) -> tuple[Tensor, ...]:
    if step.source is not None:
        return tuple(builder.find(name, prefix, step) for name in step.source)
    if current == NOWHERE:
        hint = "say which: from: with the name of an input"
        return (builder.refuse(step, "the model has several inputs, and this step comes first", hint=hint),)
    return (current,)


def _broken(builder: Builder, step: Step, turn: int, prefix: str) -> Tensor:
    """Keeps the name of a step that is refused, so that steps that refer to it are not refused as well."""
    if step.name:
        builder.register(_name(builder, step, turn, prefix), BROKEN, step)
    run = partial(run_steps, builder)
    for body in step.bodies:
        run(body, BROKEN, builder.auto_name(prefix, "broken") + "_")
    return BROKEN


def _name(builder: Builder, step: Step, turn: int, prefix: str) -> str:
    if step.name is None:
        return builder.auto_name(prefix, _snake(step.kind))
    return f"{prefix}{step.name}" if step.repeat == 1 else f"{prefix}{step.name}_{turn + 1}"


def _combined(builder: Builder, step: Step, turn: int, start: Tensor, prefix: str) -> Tensor:
    """residual, dense and parallel: a scope of their own only where they have a name."""
    name = _name(builder, step, turn, prefix) if step.name else None
    first = len(builder.nodes)
    end = COMBINE[step.kind](builder, step, start, f"{name}_" if name else prefix, partial(run_steps, builder))
    if name:
        builder.register(name, end, step)
        builder.spans[name] = step, first, len(builder.nodes)
    return end


def _scoped(builder: Builder, step: Step, turn: int, start: Tensor, prefix: str) -> Tensor:
    """A plain list, which opens no scope without a name; a unit or a block, which always does."""
    if not step.kind and step.name is None:
        return run_steps(builder, step.bodies[0], start, prefix)
    name = _name(builder, step, turn, prefix)
    first = len(builder.nodes)
    if step.kind == "conv":
        end = conv(builder, step, start, f"{name}_")
    else:
        end = run_steps(builder, step.bodies[0], start, f"{name}_")
    builder.register(name, end, step)
    builder.spans[name] = step, first, len(builder.nodes)
    return end


@cache
def _snake(kind: str) -> str:
    """A layer's class name as Keras writes it in names: MaxPooling2D → max_pooling2d.

    >>> _snake("MaxPooling2D"), _snake("BatchNormalization"), _snake("PReLU"), _snake("conv")
    ('max_pooling2d', 'batch_normalization', 'p_re_lu', 'conv')
    """
    out = ""
    for before, letter, after in zip(" " + kind, kind, kind[1:] + " ", strict=False):
        starts = letter.isupper() and (before.islower() or (after.islower() and before.isalpha()))
        out += "_" + letter.lower() if starts else letter.lower()
    return out


__all__ = ["BROKEN", "NOWHERE", "Builder", "Tensor", "TooManyLayersError", "Trace", "run_steps"]
