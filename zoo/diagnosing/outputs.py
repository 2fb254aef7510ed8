"""What the model ends with, and what its loss makes of it."""

import math

from specs.graph import Node
from specs.linting.kinds import DROPOUTS, SHAPING, activation
from zoo.backend import keras
from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Answer, broken, fine, suspicious
from zoo.diagnosing.places import advice_of, at_node, of_advice

CODES = ("L01", "L02", "L04", "L05", "L03", "L06", "L07")
HOPELESS = ("L01", "L02", "L04", "L05")
"""Rules of `zoo lint` that no training makes up for."""


def outputs_and_loss(bench: Bench) -> Answer:
    """What `zoo lint` knows of outputs and losses, and a softmax of a softmax."""
    twice = [node for output in bench.graph.outputs.values() if (node := _twice(bench, output.node)) is not None]
    if twice:
        message = f"softmax twice: {twice[0].name} takes the softmax of a softmax; {_ceiling(twice[0])}"
        suggestion = at_node(bench.view, "leave this softmax out", twice[0])
        return broken(message, suggestion=suggestion, advice=tuple(_codes(bench, ["A02"])))
    told = sorted(advice_of(bench.view, CODES), key=lambda each: CODES.index(each.code))
    if not told:
        return fine("each output gives what its loss takes")
    first = told[0]
    message = first.message
    if first.code == "L01":
        node = bench.graph.node(next(iter(bench.graph.outputs.values())).node)
        message = f"{activation(node)} twice: the model ends with {activation(node)}, and the loss applies another"
        if activation(node) == "softmax":
            # Keras' backend for TensorFlow looks for the tensor before the last softmax, and takes that.
            where = "on other backends " if keras.backend.backend() == "tensorflow" else ""
            message += f"; {where}{_ceiling(node)}"
    judge = broken if first.code in HOPELESS else suspicious
    return judge(message, suggestion=of_advice(first), advice=tuple(each.code for each in told))


def _codes(bench: Bench, codes: list[str]) -> list[str]:
    return [each.code for each in advice_of(bench.view, codes)]


def _twice(bench: Bench, name: str) -> Node | None:
    node = bench.graph.node(name)
    before = bench.view.back(node, (*SHAPING, *DROPOUTS))
    both = before is not None and activation(before) == activation(node) == "softmax" and node.op != "Dense"
    return node if both else None


def _ceiling(node: Node) -> str:
    """How sure a softmax of probabilities can be at most, where one of them is 1."""
    classes = node.output_shape[-1] or 2
    most = math.e / (math.e + classes - 1)
    return f"no answer can be surer than {most:.0%}, no loss lower than {-math.log(most):.2f}"
