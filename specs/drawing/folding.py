"""Items one after the other that are built alike, folded into one with a count."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from specs.drawing.labels import label_of
from specs.drawing.tree import Item

Plan = tuple[tuple[str, tuple[int, ...]], ...]
"""How a block is built: for each box what it does, and which boxes it takes; -1 is what lies outside."""


def boxes_of(item: Item) -> tuple[Item, ...]:
    """The units and layers of a block: what its drawing has boxes for."""
    return tuple(box for each in item.items for box in boxes_of(each)) if item.items else (item,)


def plan_of(item: Item) -> Plan:
    """How an item is built, whatever its sizes are.

    >>> from specs import check
    >>> from specs.drawing.tree import tree
    >>> stages = [item for item in tree(check("resnet50").graph) if item.name.startswith("stage")]
    >>> [len({plan_of(block) for block in stage.items}) for stage in stages]
    [2, 2, 2, 2]
    """
    boxes = boxes_of(item)
    place = {name: number for number, box in enumerate(boxes) for name in box.names}
    return tuple(
        (label_of(box, sizes=False), tuple(sorted(place.get(name, -1) for name in box.sources))) for box in boxes
    )


def folded(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """Items in runs of those that are built alike, each of which takes nothing but what the one before it gives.

    >>> from specs import check
    >>> from specs.drawing.tree import tree
    >>> block = next(item for item in tree(check("densenet121").graph) if item.name == "block1")
    >>> [(run[0].name, len(run)) for run in folded(block.items)]
    [('block1_dense_layer1', 6)]
    """
    run: list[Item] = []
    for item in items:
        if run and not (item.sources <= run[-1].names and _likeness(item) == _likeness(run[-1])):
            yield tuple(run)
            run = []
        run.append(item)
    if run:
        yield tuple(run)


def is_stage(item: Item) -> bool:
    """Whether an item is blocks one after the other, of which each takes what the one before gives."""
    chained = all(after.sources <= before.names for before, after in pairwise(item.items))
    return chained and any(each.items for each in item.items)


def _likeness(item: Item) -> object:
    """What two repeats have in common: of a block how it is built, of a layer or a stage its sizes too."""
    if item.items and not is_stage(item):
        return plan_of(item)
    return plan_of(item), tuple(label_of(box) for box in boxes_of(item))
