"""Body of a document → steps with validated arguments, blocks put in place of their names."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from specs.beside import name_of, repeat_of, share_of, source_of, when_of
from specs.blocks import BESIDE, Block
from specs.combinators import COMBINATORS
from specs.errors import Problem
from specs.ops import OPS
from specs.passes import passes
from specs.resolve import Report, Scope, resolve
from specs.step import LAYERS, MAX_NESTING, MAX_STEPS, NO_ARGUMENTS, Context, Step, Use
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode, kind_of
from specs.validate import validated

BODY_KEYS = ("body", "branches", "shortcut")
"""Arguments of combinators that hold steps."""


def read_steps(node: TreeNode | None, scope: Scope, context: Context) -> tuple[Step, ...]:
    """The steps of a list; what is wrong is reported and left out or left broken."""
    if isinstance(node, SequenceNode):
        if context.depth >= MAX_NESTING:
            context.refuse(node.mark, node.path, f"steps nest deeper than {MAX_NESTING}, with blocks put in")
            return ()
        context.depth += 1
        steps = tuple(_each(node, scope, context))
        context.depth -= 1
        return steps
    if node is not None and not isinstance(node, UnknownNode):
        hint = "put a dash before each step" if isinstance(node, MappingNode) else None
        context.refuse(node.mark, node.path, f"must be a list of steps {kind_of(node)}", hint)
    return ()


def _each(node: SequenceNode, scope: Scope, context: Context) -> Iterator[Step]:
    for item in node.items:
        for each, inner in _passes(item, scope, context):
            context.count += 1
            if context.count > MAX_STEPS:
                if context.count == MAX_STEPS + 1:
                    context.refuse(each.mark, each.path, f"the model has more than {MAX_STEPS:,} steps")
                return
            step = _read_step(each, inner, context)
            if step is not None:
                yield step


def _passes(item: TreeNode, scope: Scope, context: Context) -> Iterable[tuple[TreeNode, Scope]]:
    """The step, or each pass of one that has an `index`, with the scope that it is read in."""
    if isinstance(item, MappingNode) and item.entry("index"):
        return passes(item, scope, context)
    return ((item, scope),)


def _read_step(node: TreeNode, scope: Scope, context: Context) -> Step | None:
    if isinstance(node, SequenceNode):
        body = read_steps(node, scope, context)
        return Step("", NO_ARGUMENTS, node.mark, node.path, bodies=(body,), used=context.used)
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        node = resolve(node, scope, context.report)
        if isinstance(node, MappingNode) and node.entry("index"):
            node = SequenceNode((node,), node.mark, node.path)
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            empty = MappingNode((), node.mark, f"{node.path}.{node.value}")
            return _of_kind(Entry(node.value, node.mark, empty), scope, context)
        return None if isinstance(node, UnknownNode) else _read_step(node, scope, context)
    if not isinstance(node, MappingNode):
        if not isinstance(node, UnknownNode):
            context.refuse(node.mark, node.path, f"a step is a name or a mapping {kind_of(node)}")
        return None
    return _mapping_step(node, scope, context)


def _mapping_step(node: MappingNode, scope: Scope, context: Context) -> Step | None:
    beside = {e.key: resolve(e.value, scope, context.report) for e in node.entries if e.key in BESIDE}
    kinds = [entry for entry in node.entries if entry.key not in BESIDE]
    if len(kinds) != 1 and (kinds or "share" not in beside):
        from specs.step_hints import beside_repairs, one_layer_hint, stray_key

        named = ", ".join(entry.key for entry in kinds[:8]) or "none"
        message = f"a step names exactly one layer, unit or block (got {named})"
        stray = stray_key(kinds, context)
        place, path = (stray.key_mark, stray.value.path) if stray else (node.mark, node.path)
        context.refuse(place, path, message, one_layer_hint(kinds, context), beside_repairs(stray))
        return None
    if "when" in beside and not when_of(beside["when"], context):
        return None
    alone = Step("", NO_ARGUMENTS, node.mark, node.path, used=context.used)
    step = _of_kind(kinds[0], scope, context) if kinds else alone
    if step is None:
        return None
    source, share = beside.get("from"), share_of(beside.get("share"), context)
    placed = {key: (value.mark, value.path) for key, value in beside.items()}
    if isinstance(source, SequenceNode):
        placed.update((f"from[{index}]", (item.mark, item.path)) for index, item in enumerate(source.items))
    return replace(
        step,
        args=step.args if kinds or share else None,
        places={**step.places, **placed},
        name=name_of(beside.get("name"), context),
        source=source_of(source, context),
        repeat=repeat_of(beside.get("repeat"), context),
        share=share,
    )


def _unknown_kind(entry: Entry, context: Context) -> Step:
    kind, known = entry.key, [*context.blocks, *COMBINATORS, *LAYERS]
    hint = "blocks are declared under blocks:"
    if isinstance(entry.value, ScalarNode) and entry.value.value is not None:
        hint = "a layer's arguments stand inside it: {Layer: {argument: value}}"
    from specs.repairs import spelled

    repairs = spelled(entry.key_mark, kind, known)
    context.refuse(entry.key_mark, entry.value.path, "no such layer or block", hint, repairs)
    return Step(kind, None, entry.key_mark, entry.value.path, used=context.used)


def _of_kind(entry: Entry, scope: Scope, context: Context) -> Step | None:
    kind, path, arguments = entry.key, entry.value.path, entry.value
    if isinstance(arguments, ScalarNode) and arguments.value is None:
        arguments = MappingNode((), entry.key_mark, path)
    arguments = resolve(arguments, scope, context.report) if isinstance(arguments, ScalarNode) else arguments
    if kind not in context.blocks and kind not in COMBINATORS and kind not in LAYERS:
        return _unknown_kind(entry, context)
    if not isinstance(arguments, MappingNode):
        if not isinstance(arguments, UnknownNode):
            from specs.step_hints import argument_repairs, shape_hint

            shape, repairs = shape_hint(kind, arguments, context), argument_repairs(kind, arguments, context)
            message = f"must be a mapping of arguments {kind_of(arguments)}"
            context.refuse(arguments.mark, path, message, shape, repairs)
        return Step(kind, None, entry.key_mark, path, used=context.used)
    arguments = MappingNode(arguments.entries, entry.key_mark, path)
    if kind not in context.blocks:
        return _layer(kind, arguments, scope, context)
    block = context.blocks[kind]
    # A block that was refused where it is declared is not refused again where it is used.
    return _block(block, arguments, scope, context) if block else Step(kind, None, entry.key_mark, path)


def _layer(kind: str, arguments: MappingNode, scope: Scope, context: Context) -> Step:
    """A Keras layer, the conv unit or a combinator, with the document's defaults under its own arguments."""
    model = COMBINATORS.get(kind) or OPS[kind]
    entries = tuple(
        each
        if _holds_steps(kind, each, scope, context)
        else Entry(each.key, each.key_mark, resolve(each.value, scope, context.report))
        for each in arguments.entries
    )
    node = with_defaults(MappingNode(entries, arguments.mark, arguments.path), context.defaults.get(kind))
    node = _with_listed_shortcut(node) if kind == "residual" else node
    if kind == "dense" and arguments.entry("units"):
        from specs.step_hints import dense_repairs

        meant, message = dense_repairs(arguments.mark), "dense is the combinator that repeats a body"
        context.refuse(arguments.mark, arguments.path, message, "the layer is called Dense", meant)
        return Step(kind, None, arguments.mark, arguments.path, used=context.used)
    bodies = tuple(_bodies(kind, node, scope, context))
    args = validated(model, node, kind, context.report)
    places = {each.key: (each.value.mark, each.value.path) for each in entries}
    mark, path = arguments.mark, arguments.path
    return Step(kind, args, mark, path, bodies=bodies, places=places, used=context.used, given=node)


def _holds_steps(kind: str, entry: Entry, scope: Scope, context: Context) -> bool:
    return kind in COMBINATORS and entry.key in BODY_KEYS and isinstance(entry.value, SequenceNode)


def _with_listed_shortcut(node: MappingNode) -> MappingNode:
    """A shortcut that is one step, as a list of that step."""
    entries = tuple(
        replace(each, value=SequenceNode((each.value,), each.value.mark, each.value.path))
        if each.key == "shortcut" and isinstance(each.value, MappingNode)
        else each
        for each in node.entries
    )
    return MappingNode(entries, node.mark, node.path)


def _bodies(kind: str, node: MappingNode, scope: Scope, context: Context) -> Iterator[tuple[Step, ...]]:
    """The steps inside; what is no list at all is refused with the other arguments."""
    if kind in ("residual", "dense"):
        body = node.get("body")
        yield read_steps(body, scope, context) if isinstance(body, SequenceNode) else ()
    if kind == "residual" and isinstance(node.get("shortcut"), SequenceNode):
        yield read_steps(node.get("shortcut"), scope, context)
    branches = node.get("branches") if kind == "parallel" else None
    if isinstance(branches, SequenceNode):
        for branch in branches.items:
            yield read_steps(branch, scope, context)


def with_defaults(node: MappingNode, defaults: MappingNode | None) -> MappingNode:
    """A step's arguments, and from the defaults those that it lacks."""
    if defaults is None:
        return node
    own = {entry.key for entry in node.entries}
    more = (entry for entry in defaults.entries if entry.key not in own)
    return MappingNode((*node.entries, *more), node.mark, node.path)


def _block(block: Block, arguments: MappingNode, scope: Scope, context: Context) -> Step:
    step = Step(block.name, NO_ARGUMENTS, arguments.mark, arguments.path, used=context.used)
    if block.name in context.active:
        circle = " → ".join([*context.active, block.name])
        context.refuse(arguments.mark, arguments.path, f"a block cannot use itself: {circle}")
        return replace(step, args=None)
    context.seen.add(block.name)
    given = {e.key: (e, resolve(e.value, scope, context.report)) for e in arguments.entries}
    inner = block.scope(given, arguments, context.scope, context.report)
    outside = context.active, context.used, context.report
    context.active = (*context.active, block.name)
    context.used = (*context.used, (block.name, block.mark, arguments.mark))
    context.report = partial(_report_within, context.used, outside[-1])
    body = read_steps(block.body, inner, context)
    context.active, context.used, context.report = outside
    return replace(step, bodies=(body,))


def _report_within(used: tuple[Use, ...], report: Report, problem: Problem) -> None:
    """Reports a problem inside a block with the way to it; that of a block inside has been put there already."""
    from specs.within import frames

    report(problem if problem.within else replace(problem, within=frames(used)))


def read_unused(context: Context) -> None:
    """Checks the blocks that no step used, as far as that goes without their arguments."""
    for block in context.blocks.values():
        if block is not None and block.name not in context.seen:
            given = {name: UnknownNode(block.mark, name) for name in block.required()}
            entries = tuple(Entry(name, block.mark, node) for name, node in given.items())
            _block(block, MappingNode(entries, block.mark, f"blocks.{block.name}"), context.scope, context)
