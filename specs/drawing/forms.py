"""How a block is joined together: what makes a residual, an Inception block or a dense connection recognisable."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from specs.drawing.folding import is_stage
from specs.drawing.labels import label_of
from specs.drawing.tree import MERGES, Item

FORMS = {
    "stage": "stage",
    "residual": "residual block",
    "parallel": "parallel block",
    "dense": "dense layer",
    "gated": "gated block",
    "skip": "skip connection",
    "chain": "block",
}
"""Each form and what one of it is called."""
LAYER = "layer"
LONGEST = 40
"""Characters of what is said of a block."""


def form_of(item: Item) -> str:
    """One of FORMS, by the merge that a block ends in; `layer` for a layer and a unit.

    >>> from specs import check
    >>> from specs.drawing.tree import tree
    >>> sorted({form_of(item) for item in tree(check("inception_v3").graph)})
    ['layer', 'parallel']
    >>> [form_of(item.items[0]) for item in tree(check("densenet121").graph) if item.name == "block1"]
    ['dense']
    """
    if not item.items:
        return LAYER
    if is_stage(item):
        return "stage"
    merges = [node for node in item.nodes if node.op in MERGES]
    if not merges:
        return "chain"
    last = merges[-1]
    if last.op != "Concatenate":
        return "gated" if last.op == "Multiply" else "residual"
    if len(item.sources) > 1:
        return "skip"
    return "dense" if item.sources & set(last.inputs) else "parallel"


def said(item: Item) -> str:
    """What stands below a block's name: its branches, or what is inside.

    >>> from specs import check
    >>> from specs.drawing.tree import tree
    >>> items = {item.name: item for item in tree(check("resnet50").graph)}
    >>> said(items["stage3"]), said(items["stage3"].items[0])
    ('4 residual blocks', 'residual block')
    """
    form = form_of(item)
    if form == "stage":
        return inside(item.items)
    if form == "parallel":
        merge = next(node for node in reversed(item.nodes) if node.op in MERGES)
        return f"{len(merge.inputs)} branches"
    return _row(item) if form == "chain" else FORMS[form]


def _row(item: Item) -> str:
    """What a chain does, one after the other, where that is short."""
    runs = [(says, len(list(run))) for says, run in groupby(label_of(each, sizes=False) for each in item.items)]
    row = " → ".join(f"{count} × {says}" if count > 1 else says for says, count in runs)
    return row if len(row) <= LONGEST else inside(item.items)


def inside(items: Iterable[Item]) -> str:
    """What items come to, each form with how many there are.

    >>> inside([])
    ''
    """
    counts = Counter(form_of(item) for item in items)
    return ", ".join(f"{count} {FORMS.get(form, form)}{'s' if count > 1 else ''}" for form, count in counts.items())
