"""One run of the ordinary rules for all points of a part of a search space: does the spec fit at each of them, at none?

The params that vary are Spans (specs.spans); they go through params, expressions, blocks and defaults, into the
arguments of steps listed in SIZES, and from there through the expander, the shape rules and the checks. What is
reported holds at every point, because whatever does not raises UndecidedError: then the part is neither.
"""

import operator
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from specs.document import Document
from specs.errors import Problem, Problems, SpecError
from specs.expand import Builder, Tensor
from specs.graph import Graph
from specs.infer import MERGING
from specs.limits import LIMITED, limits_hold, needs_of
from specs.load import parse
from specs.lower import CHECKS, expand
from specs.ops import OPS, Op
from specs.ops.frozen import MAX_SIZE
from specs.reach import SIZES
from specs.resolve import Scope, resolve
from specs.spans import Span, UndecidedError, has_span
from specs.step import Step
from specs.tree import MappingNode, ScalarNode, TreeNode, UnknownNode, from_plain, plain, walk

REVIEWED = MERGING | {
    *("Dense", "Maxout", "Flatten", "Reshape", "Rescaling", "Dropout", "Activation", "ReLU", "LeakyReLU", "PReLU"),
    *("ELU", "Softmax", "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
    *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D"),
    *("UpSampling1D", "UpSampling2D", "UpSampling3D", "ActivityRegularization", "Identity", "UnitNormalization"),
    *(f"{kind}Conv{rank}D" for kind in ("", "Depthwise", "Separable") for rank in (1, 2, 3)),
    *(f"Conv{rank}DTranspose" for rank in (1, 2, 3)),
    *(f"{kind}Pooling{rank}D" for kind in ("Max", "Average", "GlobalMax", "GlobalAverage") for rank in (1, 2, 3)),
} - {"Dot", "HashedCrossing"}
"""Layers whose rule of inference calculates with sizes in ways that Spans know; the others get numbers alone."""


def fails_everywhere(tree: MappingNode, file: str, values: Mapping[str, Any], spanned: frozenset[str]) -> bool:
    """Whether the spec fits at none of the points that the values stand for (True), or at each of them (False).

    `spanned` are the names of the arguments that the Spans among the values reach. Raises UndecidedError where neither
    is known.
    """
    problems = Problems()
    try:
        document = parse(tree, file, values, problems.report)
        if problems:
            return _certain(document, problems, spanned)
        document = replace(document, body=_spanned(document.body), train=_spanned_train(document))
        graph = expand(document, problems.report, kind=SpanBuilder)
        return bool(problems) or graph is None or _refused(document, graph, problems)
    except SpecError as error:
        # Too many problems to go on: those of the graph are certain.
        raise UndecidedError from error


def _certain(document: Document, problems: Iterable[Problem], spanned: frozenset[str]) -> bool:
    """Whether a problem of the text does not come from a Span, whose low end alone was looked at."""
    if any(_argument(problem) not in spanned and _argument(problem) not in _kinds(document) for problem in problems):
        return True
    if any(step.args is None and step.given is not None and not _has_span(step) for step in _every(document.body)):
        return True
    raise UndecidedError


def _argument(problem: Problem) -> str:
    return problem.path.rpartition(".")[2].partition("[")[0]


def _kinds(document: Document) -> frozenset[str]:
    """Names at which a path ends that speaks of a step or a section as a whole."""
    return frozenset((*OPS, *(each.kind for each in _every(document.body)), "", "body", "train", "search", "defaults"))


def _every(steps: Iterable[Step]) -> Iterable[Step]:
    for step in steps:
        yield step
        for body in step.bodies:
            yield from _every(body)


def _has_span(step: Step) -> bool:
    """Whether a Span is among a step's arguments, or what may have become of one."""
    unknown = any(isinstance(node, UnknownNode) for node in walk(step.given)) if step.given is not None else False
    return unknown or (step.given is not None and has_span(plain(step.given)))


def _spanned(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps with Spans in the place of the low ends that pydantic made of them."""
    found = []
    for step in steps:
        if has_span(step.repeat):
            raise UndecidedError
        args = step.args
        if args is not None and _holds_span(step.given):
            args = respanned(args, plain(step.given))  # type: ignore[arg-type]
        bodies = tuple(_spanned(body) for body in step.bodies)
        same = args is step.args and all(map(operator.is_, bodies, step.bodies))
        found.append(step if same else replace(step, args=args, bodies=bodies))
    return steps if all(map(operator.is_, found, steps)) else tuple(found)


def _holds_span(node: TreeNode | None) -> bool:
    return node is not None and any(
        isinstance(each, ScalarNode) and isinstance(each.value, Span) for each in walk(node)
    )


def respanned(args: Any, written: Mapping[str, Any]) -> Any:
    """Validated arguments with the Spans that were written; refused where one more number need not be right."""
    found = {}
    for name, value in written.items():
        if not has_span(value):
            continue
        current = getattr(args, name)
        each = value if isinstance(value, tuple) else (value,)
        _ensure_right(args, name, each)
        found[name] = value if not isinstance(current, tuple) or isinstance(value, tuple) else each * len(current)
    return args.model_copy(update=found) if found else args


def _ensure_right(args: Any, name: str, values: Iterable[Any]) -> None:
    bound = (
        (name == "filters" and getattr(args, "groups", 1) != 1)
        or (name == "strides" and max(getattr(args, "dilation_rate", (1,))) > 1)
        or (name == "strides" and getattr(args, "output_padding", None) is not None)
    )
    spans = [value for value in values if isinstance(value, Span)]
    if name not in SIZES or bound or any(not s.is_whole or s.high > MAX_SIZE for s in spans):
        raise UndecidedError


def _spanned_train(document: Document) -> Any:
    node = document.tree.get("train")
    size = node.get("batch_size") if isinstance(node, MappingNode) else None
    if document.train is None or size is None:
        return document.train
    scope = Scope({name: _node(value, size) for name, value in document.params.items()})
    return respanned(document.train, {"batch_size": plain(resolve(size, scope, _unexpected))})


def _node(value: Any, place: TreeNode) -> TreeNode:
    return from_plain(value, place.mark, place.path)


def _unexpected(problem: Problem) -> None:
    raise UndecidedError


def _refused(document: Document, graph: Graph, problems: Problems) -> bool:
    """What the checks of a whole graph say."""
    for check in CHECKS:
        if check is not limits_hold:
            check(document, graph, problems.report)
    for name in LIMITED if document.limits is not None else ():
        limit, needs = getattr(document.limits, name), needs_of(name, document, graph)
        # A limit that cannot be held against unknown sizes is a problem of the spec, not of a point.
        if limit is not None and needs is not None and sum(needs.values()) > limit:
            return True
    return bool(problems)


class SpanBuilder(Builder):
    """A Builder whose sizes may be Spans."""

    __slots__ = ()

    def part(self, op: str, given: Mapping[str, Any], step: Step) -> Op | None:
        """Arguments of a layer that a unit stands for, with the Spans among them."""
        made = super().part(op, given, step) if op else None
        written = {**self.defaults.get(op, {}), **given}
        if made is None and has_span(written):
            raise UndecidedError
        return None if made is None else respanned(made, written)

    def _added(self, op: str, args: Op | None, inputs: tuple[Tensor, ...], name: str, step: Step) -> Tensor:
        if op not in REVIEWED:
            shapes = [self.nodes[each].output_shape for each in inputs if each in self.nodes]
            if has_span(shapes) or any(has_span(getattr(args, field, None)) for field in SIZES):
                raise UndecidedError
        return super()._added(op, args, inputs, name, step)
