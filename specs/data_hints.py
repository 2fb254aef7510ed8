"""What may bring a model to the data that it is trained on; only asked where they do not fit."""

from collections.abc import Sequence

from specs.document import Document
from specs.graph import Node
from specs.repairs import Edit, Repair, yaml
from specs.tree import MappingNode


def shape_repairs(document: Document, shape: Sequence[int]) -> tuple[Repair, ...]:
    """The input with the shape of the data."""
    entry = document.tree.entry("input")
    if entry is None or not isinstance(entry.value, MappingNode):
        return ()
    edit = Edit("set", entry.key_mark, list(shape), "shape")
    return (Repair(f"use input: {{shape: {yaml(list(shape))}}}", (edit,)),)


def class_repairs(end: Node, classes: int) -> tuple[Repair, ...]:
    """The last layer with a place for every class."""
    if not hasattr(end.args, "units"):
        return ()
    return (Repair(f"use units: {classes} in line {end.mark.line}", (Edit("set", end.mark, classes, "units"),)),)
