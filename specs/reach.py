"""What a param reaches: where its value ends up, through other params, expressions and the arguments of blocks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from specs.monotone import goes_one_way, is_plain
from specs.resolve import names_used
from specs.tree import MappingNode, ScalarNode, SequenceNode, TreeNode

Var = tuple[str, str]
"""A param: the block that declares it, empty for the document's, and its name."""

NEUTRAL = frozenset(
    {
        *("rate", "l1", "l2", "epsilon", "alpha", "negative_slope", "threshold", "max_value", "offset", "seed"),
        *("learning_rate", "beta_1", "beta_2", "rho", "weight_decay", "clipnorm", "global_clipnorm", "nesterov"),
        *("epochs", "patience", "min_delta", "monitor", "validation_split", "test_split", "loss_weight", "from_logits"),
        *("initial_learning_rate", "max_learning_rate", "end_learning_rate", "warmup_target", "decay_rate", "power"),
        *(
            "clipvalue",
            "ema_momentum",
            "label_smoothing",
            "margin",
            "gamma",
            "delta",
            "min_learning_rate",
            "temperature",
        ),
        *("batch_size", "momentum", "amsgrad", "centered", "activation", "drop_path"),
        *("dropout", "recurrent_dropout", "recurrent_activation", "stddev", "cooldown"),
        *("factor", "height_factor", "width_factor", "fill_mode", "fill_value", "value_range", "mask_value"),
    }
)
"""Arguments that decide on no shape, no weight and no multiply-accumulate: each is right or wrong by itself."""
NEUTRAL_ENDS = ("_initializer", "_regularizer", "_constraint")
SIZES = frozenset(("filters", "units", "kernel_size", "pool_size", "strides", "batch_size"))
"""Arguments that are integers of at least 1, of which every one in a range is as right as the range's ends.

Two rules bind some of them to others: groups divide filters, and strides exclude dilation and bound output_padding.
"""
WEIGHED = frozenset(("batch_size", "momentum", "amsgrad", "centered", "activation", "drop_path"))
"""Those of them that memory depends on."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Params that reach something; of them those that a shape, a figure or one another's validity may depend on."""

    used: frozenset[str]
    structural: frozenset[str]
    arguments: Mapping[str, frozenset[str]]
    """The names of the arguments that each of them ends up in."""
    direct: frozenset[str]
    """Those that decide on nothing but their own validity, and stand as `$name` wherever they are used."""
    monotone: frozenset[str]
    """Those that decide on nothing but their own validity, alone or with others, in expressions that go one way."""
    one_way: frozenset[str]
    """Those that stand in no other expressions than such, whatever they decide on."""
    beside: Mapping[str, frozenset[str]]
    """For each the others that one value is calculated from together with it."""


@dataclass(frozen=True, slots=True)
class _Flow:
    """Params that one value is made of, and where it goes: to another param, or to an argument."""

    sources: frozenset[Var]
    to: Var | None
    neutral: bool
    node: TreeNode
    argument: str = ""


def reach(tree: MappingNode, names: Iterable[str], *, weighed: bool) -> Reach:
    """What the params of these names reach in a document; `weighed` where its memory is limited."""
    searched = frozenset(names)
    flows = tuple(_flows(tree, weighed))
    roots: dict[Var, frozenset[str]] = {("", name): frozenset((name,)) for name in searched}
    changed = True
    while changed:
        changed = False
        for flow in flows:
            if flow.to is not None and not (flow.to[0] == "" and flow.to[1] in searched):
                before = roots.get(flow.to, frozenset())
                roots[flow.to] = before.union(*(roots.get(var, frozenset()) for var in flow.sources))
                changed |= roots[flow.to] != before
    used: set[str] = set()
    structural: set[str] = set()
    arguments: dict[str, frozenset[str]] = {}
    for flow in flows:
        if flow.to is None:
            found = frozenset[str]().union(*(roots.get(var, frozenset()) for var in flow.sources))
            used |= found
            arguments.update({name: arguments.get(name, frozenset()) | {flow.argument} for name in found})
            # Two params in one value: whether it is right depends on both.
            structural |= found if not flow.neutral or len(found) > 1 else frozenset()
    return Reach(frozenset(used), frozenset(structural), arguments, *_kinds(flows, roots, used))


def _kinds(
    flows: Sequence[_Flow], roots: Mapping[Var, frozenset[str]], used: Iterable[str]
) -> tuple[frozenset[str], frozenset[str], frozenset[str], dict[str, frozenset[str]]]:
    """The params that are direct, monotone and one way, and those beside each, see Reach."""
    direct, mild, one_way = set(used), set(used), set(used)
    beside: dict[str, frozenset[str]] = {name: frozenset() for name in used}
    for flow in flows:
        names = frozenset[str]().union(*(roots.get(var, frozenset()) for var in flow.sources))
        for name in names & beside.keys():
            through = [var for var in flow.sources if name in roots.get(var, frozenset())]
            beside[name] |= names - {name}
            if not is_plain(flow.node):
                direct.discard(name)
            if len(through) > 1 or not goes_one_way(flow.node, through[0][1]):
                one_way.discard(name)
            if flow.to is None and not flow.neutral:
                mild.discard(name)
    return frozenset(direct & mild), frozenset(one_way & mild), frozenset(one_way), beside


def _flows(tree: MappingNode, weighed: bool) -> Iterator[_Flow]:
    params, blocks = tree.get("params"), tree.get("blocks")
    declared = {"": _keys(params)}
    bodies = {entry.key: entry.value for entry in blocks.entries} if isinstance(blocks, MappingNode) else {}
    for name, block in bodies.items():
        declared[name] = _keys(block.get("params") if isinstance(block, MappingNode) else None)
    walker = _Walker(declared, weighed)
    yield from walker.params(params, "")
    for name, block in bodies.items():
        if isinstance(block, MappingNode):
            yield from walker.params(block.get("params"), name)
            yield from walker.walk(block.get("body"), name, "", "")
    for entry in tree.entries:
        if entry.key not in ("params", "blocks", "name", "summary", "source"):
            yield from walker.walk(entry.value, "", entry.key, "")


def _keys(node: TreeNode | None) -> frozenset[str]:
    return frozenset(entry.key for entry in node.entries) if isinstance(node, MappingNode) else frozenset()


@dataclass(frozen=True, slots=True)
class _Walker:
    """Finds the references in a tree. `declared` are the params by block."""

    declared: Mapping[str, frozenset[str]]
    weighed: bool

    def params(self, node: TreeNode | None, scope: str) -> Iterator[_Flow]:
        """The params that are computed from others."""
        for entry in node.entries if isinstance(node, MappingNode) else ():
            sources = self.sources(entry.value, scope)
            if sources:
                yield _Flow(sources, (scope, entry.key), False, entry.value)

    def walk(self, node: TreeNode | None, scope: str, key: str, owner: str) -> Iterator[_Flow]:
        """The references below a node that stands under `key` in what stands under `owner`."""
        if isinstance(node, SequenceNode):
            for item in node.items:
                yield from self.walk(item, scope, key, owner)
        elif isinstance(node, MappingNode):
            for entry in node.entries:
                if key in self.declared and key and entry.key in self.declared[key]:
                    sources = self.sources(entry.value, scope)
                    if sources:
                        yield _Flow(sources, (key, entry.key), False, entry.value)
                else:
                    yield from self.walk(entry.value, scope, entry.key, key)
        elif isinstance(node, ScalarNode):
            sources = self.sources(node, scope)
            if sources:
                yield _Flow(sources, None, self.neutral(key, owner), node, key)

    def sources(self, node: TreeNode, scope: str) -> frozenset[Var]:
        """The params that the references below a node name."""
        inner = self.declared[scope] if scope else frozenset()
        found = ((scope if name in inner else "", name) for name in names_used(node))
        return frozenset(var for var in found if var[1] in self.declared[var[0]])

    def neutral(self, key: str, owner: str) -> bool:
        """Whether an argument decides on nothing but its own validity."""
        if key == "scale":
            # Of a normalisation it is a weight, of a residual a layer more.
            return owner == "Rescaling" or (owner == "residual" and not self.weighed)
        if key == "max_value" and owner == "MinMaxNorm":
            # Right or wrong together with min_value.
            return False
        if self.weighed and key in WEIGHED:
            return False
        return key in NEUTRAL or key.endswith(NEUTRAL_ENDS)
