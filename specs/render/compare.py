"""Several models side by side: what they cost, and how good they were published to be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import specs
from specs.analysis.memory import bytes_text, memory
from specs.errors import UserError
from specs.graph import Graph
from specs.render.table import columns, size_text
from specs.sections import Published

BATCH_SIZE = 32
"""For the memory, where none is asked for: the same for all models, whatever they are trained with."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is compared of a model. `depth` counts the convolutions and dense layers on the longest way through it."""

    name: str
    params: int
    macs: int | None
    depth: int
    memory: int | None
    """Bytes of a training step in float32."""
    input_shape: Any
    published: Published | None

    @property
    def top1(self) -> float | None:
        """Percent of the images whose class is the first guess, as published."""
        return None if self.published is None else self.published.top1


SORTS: Mapping[str, Callable[[Figures], tuple[bool, float]]] = {
    "params": lambda each: (False, each.params),
    "macs": lambda each: (each.macs is None, each.macs or 0),
    "depth": lambda each: (False, each.depth),
    "memory": lambda each: (each.memory is None, each.memory or 0),
    "top1": lambda each: (each.top1 is None, -(each.top1 or 0)),
}
"""What the models may be sorted by: from the smallest on, of accuracies from the best on; the unknown comes last."""


def figures(name_or_path: str, params: Mapping[str, Any] | None = None, batch_size: int = BATCH_SIZE) -> Figures:
    """The figures of a model.

    >>> found = figures("resnet50")
    >>> found.params, found.macs, found.depth, found.top1
    (25636712, 3857973248, 50, 74.928)
    """
    document = specs.load(name_or_path, **(params or {}))
    graph = specs.lower(document)
    shapes = [list(shape) for shape in graph.input_shapes().values()]
    return Figures(
        name=document.name,
        params=graph.params,
        macs=graph.macs,
        depth=depth(graph),
        memory=memory(graph, document.train, batch_size=batch_size).total,
        input_shape=shapes[0] if len(shapes) == 1 else shapes,
        published=document.published,
    )


def depth(graph: Graph) -> int:
    """The layers that multiply with a kernel on the longest way through a graph: the 50 of ResNet-50.

    >>> depth(specs.lower(specs.load("resnet50"))), depth(specs.lower(specs.load("vgg16")))
    (50, 16)
    """
    found: dict[str, int] = {}
    for node in graph.nodes:
        found[node.name] = max((found[name] for name in node.inputs), default=0) + (node.macs != 0)
    return max(found.values(), default=0)


def ordered(found: Iterable[Figures], sort: str | None) -> list[Figures]:
    """As they were given, or by one of SORTS."""
    return list(found) if sort is None else sorted(found, key=SORTS[sort])


def figures_text(found: Sequence[Figures]) -> str:
    """What `zoo compare` prints; the ratios are those to the first model."""
    first = found[0]
    rows = [
        [
            each.name,
            *_cell(each.params, first.params, "{:,}".format),
            *_cell(each.macs, first.macs, "{:,}".format),
            *_cell(each.memory, first.memory, bytes_text),
            str(each.depth),
            size_text(each.input_shape if isinstance(each.input_shape[0], int) else None),
            "" if each.published is None else f"{each.published.top1:.2f} % {each.published.dataset}",
        ]
        for each in found
    ]
    heads = ["model", "params", "", "MACs", "", "memory", "", "depth", "input", "published top-1"]
    return columns(heads, rows, right=[1, 2, 3, 4, 5, 6, 7])


def _cell(value: int | None, first: int | None, figure: Callable[[int], str]) -> tuple[str, str]:
    ratio = f"{value / first:.2f}×" if value is not None and first else ""
    return "unknown" if value is None else figure(value), ratio


def figures_json(found: Sequence[Figures]) -> dict[str, Any]:
    """What `zoo compare --json` prints; memory in bytes."""
    return {
        "models": [
            {
                "name": each.name,
                "params": each.params,
                "macs": each.macs,
                "memory": each.memory,
                "depth": each.depth,
                "input_shape": each.input_shape,
                "published": each.published and each.published.model_dump(),
            }
            for each in found
        ]
    }


def compared(models: Sequence[str], params: Mapping[str, Any], batch_size: int, sort: str | None) -> list[Figures]:
    """The figures of models, of all shipped ones where none is named; `UserError` with all that is wrong with them."""
    found, wrong = [], []
    for model in models or sorted(specs.shipped()):
        try:
            found.append(figures(model, params, batch_size))
        except UserError as error:
            wrong.append(str(error))
    if wrong:
        raise UserError("\n".join(wrong))
    return ordered(found, sort)
