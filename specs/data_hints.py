"""What may bring a model to the data that it is trained on; only asked where they do not fit."""

from collections.abc import Sequence

from specs.document import Document
from specs.graph import Node, Output
from specs.repairs import Edit, Repair, yaml
from specs.tree import MappingNode


def shape_repairs(document: Document, shape: Sequence[int | None]) -> tuple[Repair, ...]:
    """The input with the shape of the data."""
    return _of_input(document, "shape", list(shape))


def dtype_repairs(document: Document, dtype: str) -> tuple[Repair, ...]:
    """The input with the type of the data."""
    return _of_input(document, "dtype", dtype)


def _of_input(document: Document, key: str, value: object) -> tuple[Repair, ...]:
    entry = document.tree.entry("input")
    if entry is None or not isinstance(entry.value, MappingNode):
        return ()
    return (Repair(f"use input: {{{key}: {yaml(value)}}}", (Edit("set", entry.key_mark, value, key),)),)


def loss_repairs(document: Document, output: Output, loss: object = "MeanSquaredError") -> tuple[Repair, ...]:
    """The loss of all outputs made one that takes what the data have, numbers where nothing is said."""
    entry = document.tree.entry("train")
    if output.loss is not None or entry is None:
        return ()
    return (Repair(f"use loss: {yaml(loss)}", (Edit("set", entry.key_mark, loss, "loss"),)),)


def class_repairs(end: Node, classes: int) -> tuple[Repair, ...]:
    """The last layer with a place for every class."""
    name = next((each for each in ("units", "filters") if hasattr(end.args, each)), None)
    if name is None:
        return ()
    return (Repair(f"use {name}: {classes} in line {end.mark.line}", (Edit("set", end.mark, classes, name),)),)
