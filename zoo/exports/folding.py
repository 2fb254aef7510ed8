"""Batch normalisation folded into the layers before and after it, and what does nothing in inference left out.

A graph and its weights → another graph with other weights that computes the same. The names of what is left stand for
the same values: a convolution with its batch normalisation folded in bears the name of the batch normalisation.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from specs.graph import Graph, Node
from specs.ops.norm import BatchNormalization
from zoo.exports.affine import LINEAR, Affine, Arrays, affine_of, followed_by, preceded_by, sees_no_padding

Weights = Mapping[str, Arrays]
"""By the node that owns them: the weights of a layer, in Keras' order."""

IDLE = frozenset(
    {
        *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "GaussianDropout"),
        *("AlphaDropout", "ActivityRegularization", "Identity", "RandomFlip", "RandomRotation", "RandomZoom"),
        *("RandomTranslation", "RandomContrast", "RandomBrightness", "RandomShear", "RandomPerspective"),
        *("RandomElasticTransform", "RandomHue", "RandomSaturation", "RandomColorDegeneration", "RandomColorJitter"),
        *("RandomGrayscale", "RandomSharpness", "RandomGaussianBlur", "RandomErasing", "RandomPosterization"),
        "RandomInvert",
    }
)
"""Layers that give their input in inference. Not RandomCrop, which then crops the middle."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A graph and the weights of its layers."""

    graph: Graph
    weights: Weights


def fold(graph: Graph, weights: Weights, keep: Collection[str] = ()) -> Folded:
    """The graph and weights with as few batch normalisations as give the same values in inference.

    The outputs stay, and so do the nodes of the names in `keep`. A batch normalisation is folded into the convolution
    or dense layer before it that has no activation and whose values nothing else needs, and into all such layers after
    it where they see no padding. Layers with shared weights are folded where each call of the one is followed by a call
    of the same other. Factors are computed in float64.
    """
    found = _without_idle(Folded(graph, weights), frozenset(keep))
    found = _into_what_stands_before(found, frozenset(keep))
    while (further := _into_what_follows(found, frozenset(keep))) is not found:
        found = further
    return found


def _without_idle(found: Folded, keep: frozenset[str]) -> Folded:
    """Without layers that give their input; an output that was one of them is what that one was given."""
    nodes = {node.name: node for node in found.graph.nodes}
    same: dict[str, str] = {}
    for node in found.graph.nodes:
        if node.name not in keep and _is_idle(node):
            source = same.get(node.inputs[0], node.inputs[0])
            # What comes in may be of another type than what layers give, and is no output of a model.
            if nodes[source].op != "InputLayer":
                same[node.name] = source
    return Folded(_with_nodes(found.graph, (n for n in nodes.values() if n.name not in same), same), found.weights)


def _is_idle(node: Node) -> bool:
    return node.op in IDLE or (node.op == "Activation" and getattr(node.args, "activation", "") == "linear")


def _into_what_stands_before(found: Folded, keep: frozenset[str]) -> Folded:
    """Each layer that a batch normalisation follows takes it in, and its name."""
    into = _pairs(found.graph, keep)
    gone = {linear.name for linear in into.values()}
    nodes, weights = [], dict(found.weights)
    for node in found.graph.nodes:
        linear = into.get(node.name)
        if linear is None:
            nodes += [] if node.name in gone else [node]
            continue
        nodes.append(replace(_with_bias(linear), name=node.name, shares=node.shares))
        if node.shares is None:
            own = weights.pop(linear.name)
            weights[node.name] = followed_by(linear.op, linear.args, own, _affine(node, weights[node.name]))
    return Folded(_with_nodes(found.graph, nodes), weights)


def _pairs(graph: Graph, keep: frozenset[str]) -> dict[str, Node]:
    """By the name of each batch normalisation that can be taken in by what stands before it: the latter."""
    users, calls = _users(graph, keep), _calls(graph)
    found: dict[str, Node] = {}
    for linears in calls.values():
        if linears[0].op not in LINEAR or getattr(linears[0].args, "activation", "") != "linear":
            continue
        if any(len(users[linear.name]) != 1 for linear in linears):
            continue
        norms = [user for linear in linears for user in users[linear.name] if _is_norm_of_channels(user)]
        # Whoever else computes with the weights of the one or of the other forbids it.
        if len(norms) == len(linears) and norms == calls[_owner(norms[0])]:
            found |= {norm.name: linear for norm, linear in zip(norms, linears, strict=True)}
    return found


def _into_what_follows(found: Folded, keep: frozenset[str]) -> Folded:
    """The first batch normalisation that all which it goes to can take in is taken in; the same where there is none."""
    graph, users, calls = found.graph, _users(found.graph, keep), _calls(found.graph)
    for norm in graph.nodes:
        after = [node for node in users[norm.name] if node is not None and sees_no_padding(node.op, node.args)]
        once = all(len(calls[_owner(node)]) == 1 for node in (norm, *after))
        if _is_norm_of_channels(norm) and once and len(after) == len(users[norm.name]):
            return _taken_by(found, norm, after)
    return found


def _taken_by(found: Folded, norm: Node, after: Iterable[Node]) -> Folded:
    weights = dict(found.weights)
    affine = _affine(norm, weights.pop(norm.name))
    changed = {node.name: replace(_with_bias(node), inputs=norm.inputs) for node in after}
    for name, node in changed.items():
        weights[name] = preceded_by(node.op, found.graph.node(name).args, weights[name], affine)
    nodes = (changed.get(node.name, node) for node in found.graph.nodes if node is not norm)
    return Folded(_with_nodes(found.graph, nodes), weights)


def _is_norm_of_channels(node: Node | None) -> TypeGuard[Node]:
    """Whether it is a batch normalisation of the last axis."""
    if node is None or not isinstance(node.args, BatchNormalization):
        return False
    return node.args.axis in (-1, len(node.output_shape))


def _affine(norm: Node, weights: Arrays) -> Affine:
    assert isinstance(norm.args, BatchNormalization), "only these are folded"
    return affine_of(norm.args, weights)


def _owner(node: Node) -> str:
    """The node that has the weights with which a node computes."""
    return node.shares or node.name


def _calls(graph: Graph) -> dict[str, list[Node]]:
    """All nodes that compute with the weights of a node, itself the first."""
    found = defaultdict(list)
    for node in graph.nodes:
        found[_owner(node)].append(node)
    return found


def _users(graph: Graph, keep: frozenset[str]) -> dict[str, list[Node | None]]:
    """The nodes that a node's values go to, as often as they do; None for whoever asks from outside."""
    found: dict[str, list[Node | None]] = defaultdict(list)
    for node in graph.nodes:
        for name in node.inputs:
            found[name].append(node)
    for name in (*keep, *(output.node for output in graph.outputs.values())):
        found[name].append(None)
    return found


def _with_bias(node: Node) -> Node:
    """The node with a bias, counted where the weights are its own."""
    if getattr(node.args, "use_bias"):  # noqa: B009  # every layer of LINEAR has it
        return node
    more = 0 if node.shares else node.output_shape[-1] or 0
    return replace(node, args=node.args.model_copy(update={"use_bias": True}), trainable=node.trainable + more)


def _with_nodes(graph: Graph, nodes: Iterable[Node], same: Mapping[str, str] | None = None) -> Graph:
    """The graph of other nodes; a name in `same` is what it stands for there."""
    renamed = same or {}
    kept = tuple(replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs)) for node in nodes)
    names = {node.name for node in kept}
    outputs = {
        name: replace(output, node=renamed.get(output.node, output.node)) for name, output in graph.outputs.items()
    }
    scopes = {name: renamed.get(end, end) for name, end in graph.scopes.items()}
    return replace(
        graph, nodes=kept, outputs=outputs, scopes={name: end for name, end in scopes.items() if end in names}
    )
