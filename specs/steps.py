"""Body of a document → steps with validated arguments, blocks put in place of their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from specs.blocks import Block
from specs.combinators import COMBINATORS
from specs.errors import Mark, Problem, did_you_mean, got
from specs.ops import OPS
from specs.ops.base import MAX_SIZE, Frozen
from specs.resolve import Report, Scope, resolve
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode, kind_of, plain
from specs.validate import got_at, validated

BESIDE = ("name", "from", "repeat", "when")
"""Keys that may stand beside a step's layer."""

BODY_KEYS = ("body", "branches", "shortcut")
"""Arguments of combinators that hold steps."""

MAX_STEPS = 20_000
"""Steps of a model after blocks and repeats are put in."""

LAYERS = tuple(op for op in OPS if op != "InputLayer")
"""The layers that can be a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a body. `args` is None where a problem was reported about them.

    `kind` is a layer's, unit's, combinator's or block's name, empty for a plain list. `bodies` are the steps inside:
    of a list, block, residual or dense its body (a residual's listed shortcut follows it), of parallel its branches.
    `places` are those of the arguments written at the step; `used` is the place where the block was used in whose
    definition the step stands.
    """

    kind: str
    args: Frozen | None
    mark: Mark
    path: str
    name: str | None = None
    source: tuple[str, ...] | None = None
    repeat: int = 1
    bodies: "tuple[tuple[Step, ...], ...]" = ()
    places: Mapping[str, Mark] = field(default_factory=dict)
    used: Mark | None = None


class NoArguments(Frozen):
    """What a plain list or an expanded block has."""


NO_ARGUMENTS = NoArguments()


@dataclass(slots=True)
class Context:
    """What reading a body needs besides the text."""

    scope: Scope
    blocks: dict[str, Block]
    defaults: dict[str, MappingNode]
    report: Report
    active: tuple[str, ...] = ()
    used: Mark | None = None
    count: int = 0
    seen: set[str] = field(default_factory=set)

    def refuse(self, mark: Mark, path: str, message: str, hint: str | None = None) -> None:
        """Reports a problem."""
        self.report(Problem(mark, path, message, hint))


def read_steps(node: TreeNode | None, scope: Scope, context: Context) -> tuple[Step, ...]:
    """The steps of a list; what is wrong is reported and left out or left broken."""
    if isinstance(node, SequenceNode):
        return tuple(_each(node, scope, context))
    if node is not None and not isinstance(node, UnknownNode):
        context.refuse(node.mark, node.path, f"must be a list of steps (got {kind_of(node)})")
    return ()


def _each(node: SequenceNode, scope: Scope, context: Context) -> Iterator[Step]:
    for item in node.items:
        context.count += 1
        if context.count > MAX_STEPS:
            if context.count == MAX_STEPS + 1:
                context.refuse(item.mark, item.path, f"the model has more than {MAX_STEPS:,} steps")
            return
        step = _read_step(item, scope, context)
        if step is not None:
            yield step


def _read_step(node: TreeNode, scope: Scope, context: Context) -> Step | None:
    if isinstance(node, SequenceNode):
        body = read_steps(node, scope, context)
        return Step("", NO_ARGUMENTS, node.mark, node.path, bodies=(body,), used=context.used)
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        node = resolve(node, scope, context.report)
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            empty = MappingNode((), node.mark, f"{node.path}.{node.value}")
            return _of_kind(Entry(node.value, node.mark, empty), scope, context)
        return None if isinstance(node, UnknownNode) else _read_step(node, scope, context)
    if not isinstance(node, MappingNode):
        if not isinstance(node, UnknownNode):
            context.refuse(node.mark, node.path, f"a step is a name or a mapping {got(plain(node))}")
        return None
    return _mapping_step(node, scope, context)


def _mapping_step(node: MappingNode, scope: Scope, context: Context) -> Step | None:
    beside = {e.key: resolve(e.value, scope, context.report) for e in node.entries if e.key in BESIDE}
    kinds = [entry for entry in node.entries if entry.key not in BESIDE]
    if len(kinds) != 1:
        named = ", ".join(entry.key for entry in kinds) or "none"
        hint = f"beside it may stand {', '.join(BESIDE)}; the layer's arguments stand inside its braces"
        context.refuse(node.mark, node.path, f"a step names exactly one layer, unit or block (got {named})", hint)
        return None
    if "when" in beside and not _when(beside["when"], context):
        return None
    step = _of_kind(kinds[0], scope, context)
    if step is None:
        return None
    return replace(
        step,
        name=_name(beside.get("name"), context),
        source=_source(beside.get("from"), context),
        repeat=_repeat(beside.get("repeat"), context),
    )


def _of_kind(entry: Entry, scope: Scope, context: Context) -> Step | None:
    kind, path = entry.key, f"{entry.value.path}"
    arguments = entry.value
    if isinstance(arguments, ScalarNode) and arguments.value is None:
        arguments = MappingNode((), entry.key_mark, path)
    arguments = resolve(arguments, scope, context.report) if isinstance(arguments, ScalarNode) else arguments
    if kind not in context.blocks and kind not in COMBINATORS and kind not in LAYERS:
        hint = did_you_mean(kind, [*context.blocks, *COMBINATORS, *LAYERS]) or "blocks are declared under blocks:"
        context.refuse(entry.key_mark, path, "no such layer or block", hint)
        return Step(kind, None, entry.key_mark, path, used=context.used)
    if not isinstance(arguments, MappingNode):
        if not isinstance(arguments, UnknownNode):
            shape = f"{kind}: {{argument: value}}"
            context.refuse(arguments.mark, path, f"must be a mapping of arguments {got(plain(arguments))}", shape)
        return Step(kind, None, entry.key_mark, path, used=context.used)
    arguments = replace(arguments, mark=entry.key_mark)
    if kind in context.blocks:
        return _block(context.blocks[kind], arguments, scope, context)
    return _layer(kind, arguments, scope, context)


def _layer(kind: str, arguments: MappingNode, scope: Scope, context: Context) -> Step:
    """A Keras layer, the conv unit or a combinator, with the document's defaults under its own arguments."""
    model = COMBINATORS.get(kind) or OPS[kind]
    entries = tuple(
        each
        if _holds_steps(kind, each, scope, context)
        else replace(each, value=resolve(each.value, scope, context.report))
        for each in arguments.entries
    )
    node = with_defaults(replace(arguments, entries=entries), context.defaults.get(kind))
    node = _with_listed_shortcut(node) if kind == "residual" else node
    bodies = tuple(_bodies(kind, node, scope, context))
    args = validated(model, node, kind, context.report)
    places = {each.key: each.value.mark for each in entries}
    return Step(kind, args, arguments.mark, arguments.path, bodies=bodies, places=places, used=context.used)


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
    return replace(node, entries=entries)


def _bodies(kind: str, node: MappingNode, scope: Scope, context: Context) -> Iterator[tuple[Step, ...]]:
    if kind in ("residual", "dense"):
        yield read_steps(node.get("body"), scope, context)
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
    return replace(node, entries=(*node.entries, *(entry for entry in defaults.entries if entry.key not in own)))


def _block(block: Block, arguments: MappingNode, scope: Scope, context: Context) -> Step:
    step = Step(block.name, NO_ARGUMENTS, arguments.mark, arguments.path, used=context.used)
    if block.name in context.active:
        circle = " → ".join([*context.active, block.name])
        context.refuse(arguments.mark, arguments.path, f"a block cannot use itself: {circle}")
        return replace(step, args=None)
    context.seen.add(block.name)
    given = {e.key: (e, resolve(e.value, scope, context.report)) for e in arguments.entries}
    inner = block.scope(given, arguments, context.scope, context.report)
    outside = context.active, context.used
    context.active, context.used = (*context.active, block.name), arguments.mark
    body = read_steps(block.body, inner, context)
    context.active, context.used = outside
    return replace(step, bodies=(body,))


def read_unused(context: Context) -> None:
    """Checks the blocks that no step used, as far as that goes without their arguments."""
    for block in context.blocks.values():
        if block.name not in context.seen:
            given = {name: UnknownNode(block.mark, name) for name in block.required()}
            entries = tuple(Entry(name, block.mark, node) for name, node in given.items())
            _block(block, MappingNode(entries, block.mark, f"blocks.{block.name}"), context.scope, context)


def _when(node: TreeNode, context: Context) -> bool:
    value = plain(node)
    if not isinstance(value, bool) and not isinstance(node, UnknownNode):
        context.refuse(node.mark, node.path, f"must be true or false {got_at(node)}")
    return value is True


def _name(node: TreeNode | None, context: Context) -> str | None:
    if node is None or isinstance(node, UnknownNode):
        return None
    value = plain(node)
    if isinstance(value, str) and value.isascii() and value.isidentifier() and len(value) <= 100:
        return value
    rule = "a name is made of letters, digits and underscores and does not begin with a digit"
    context.refuse(node.mark, node.path, f"{rule} {got_at(node)}")
    return None


def _source(node: TreeNode | None, context: Context) -> tuple[str, ...] | None:
    if node is None or isinstance(node, UnknownNode):
        return None
    value = plain(node)
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, tuple) and names and all(isinstance(name, str) for name in names):
        return names
    context.refuse(node.mark, node.path, f"must be the name of a step, or a list of names {got_at(node)}")
    return None


def _repeat(node: TreeNode | None, context: Context) -> int:
    if node is None or isinstance(node, UnknownNode):
        return 1
    value = plain(node)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SIZE:
        return value
    context.refuse(node.mark, node.path, f"must be an integer of at least 0 {got_at(node)}")
    return 1
