"""What an adversarial step trains: which part of a graph makes examples, which judges them, and what both are shown."""

from dataclasses import dataclass, replace

from specs.graph import Graph, Output
from specs.ops.core import InputLayer
from specs.sections import Train
from specs.sections.judging import LossChoice
from specs.sections.stepping import Adversarial


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of what plays a part in an adversarial step."""

    made: str
    """The output that is made."""
    verdict: str
    """The output that says whether it is real."""
    noise: str
    """The input of what examples are made of."""
    condition: str | None
    """The input of their class; None where there is none."""


def adversarial_of(train: Train | None) -> Adversarial | None:
    """The arguments of the adversarial step of a training; None where it learns another way."""
    args = None if train is None or train.step is None else train.step.args
    return args if isinstance(args, Adversarial) else None


def roles_of(graph: Graph, step: Adversarial) -> Roles:
    """Who plays which part, in a graph that was checked.

    >>> from specs import load, lower
    >>> document = load("digits_gan")
    >>> roles_of(lower(document), adversarial_of(document.train))
    Roles(made='image', verdict='verdict', noise='noise', condition='digit')
    """
    made, verdict = graph.outputs
    noise = next(name for name in graph.inputs if name != step.condition)
    return Roles(made, verdict, noise, step.condition)


def discriminator_of(graph: Graph, made: str, verdict: str) -> set[str]:
    """The names of the nodes that compute the verdict from what is made.

    >>> from specs import load, lower
    >>> sorted(discriminator_of(lower(load("digits_gan")), "image", "verdict"))
    ['flat', 'judge', 'judge_dropout', 'scaled', 'told', 'verdict']
    """
    before = graph.upstream([graph.outputs[made].node])
    return graph.upstream([graph.outputs[verdict].node]) - before - set(graph.inputs)


def shown(graph: Graph, train: Train | None) -> Graph:
    """The graph as the data see it: what is made stands for the input, and the condition for what is learnt.

    Without an adversarial step the graph itself.

    >>> from specs import load, lower
    >>> document = load("digits_gan")
    >>> seen = shown(lower(document), document.train)
    >>> seen.input_shapes(), seen.output_shapes()
    ({'pixels': (8, 8, 1)}, {'digit': (10,)})
    """
    step = adversarial_of(train)
    if step is None:
        return graph
    roles = roles_of(graph, step)
    made = graph.node(graph.outputs[roles.made].node)
    image = replace(made, op="InputLayer", args=InputLayer(shape=made.output_shape), inputs=(), shares=None)
    if roles.condition is None:
        same = Output(made.name, loss=LossChoice.model_validate("MeanSquaredError"), reconstructs=made.name)
        return replace(graph, nodes=(image,), inputs=(made.name,), outputs={roles.made: same}, scopes={}, adapted={})
    learnt = Output(roles.condition, loss=LossChoice.model_validate("SparseCategoricalCrossentropy"))
    nodes = (image, graph.node(roles.condition))
    return replace(graph, nodes=nodes, inputs=(made.name,), outputs={roles.condition: learnt}, scopes={}, adapted={})
