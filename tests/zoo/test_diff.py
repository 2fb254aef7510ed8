"""Weights that `specs.diff` says carry over have the same shapes in Keras, one by one."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import specs
import zoo
from specs.diff import compare
from specs.graph import Graph
from tests.zoo.strategies import ARGUMENTS
from tests.zoo.unallocated import unallocated

WEIGHTY = ("Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D", "Dense", "BatchNormalization",
           "LayerNormalization", "GroupNormalization", "PReLU")  # fmt: skip


def document(step: dict[str, Any], shape: list[int]) -> specs.Document | None:
    try:
        return specs.loads(str({"name": "one", "input": {"shape": shape}, "body": [step]}))
    except specs.SpecError:
        return None


def shapes(graph: Graph) -> dict[str, list[tuple[int, ...]]]:
    with unallocated():
        model = zoo.build(graph)
    return {layer.name: [tuple(weight.shape) for weight in layer.weights] for layer in model.layers}


image = st.lists(st.integers(3, 5), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(WEIGHTY), st.data(), image, image)
def test_layers_whose_weights_carry_over(op: str, data: st.DataObject, first: list[int], second: list[int]) -> None:
    steps = [{op: data.draw(ARGUMENTS[op])} for _ in range(2)]
    pairs = [(document(steps[i], a), document(steps[j], b)) for i, a in ((0, first), (1, second))
             for j, b in ((0, first), (0, second), (1, first))]  # fmt: skip
    for before, after in pairs:
        if before is None or after is None:
            continue
        found = compare(before, after)
        old, new = (shapes(graph) for graph in found.graphs)
        for node in found.by_name:
            assert old[node.name] == new[node.name]
        if found.equal and found.graphs[0].input_shapes() == found.graphs[1].input_shapes():
            assert len(found.by_name) == sum(1 for weights in new.values() if weights)


def test_by_position() -> None:
    step = "Conv2D: {filters: 2, kernel_size: 3}"
    text = "name: a\ninput: {shape: [8, 8, 3]}\nbody:\n" + f"  - {step}\n    name: one\n  - {step}\n    name: two\n"
    found = compare(specs.loads(text), specs.loads(text.replace("one", "three").replace("two", "four")))
    old, new = (shapes(graph) for graph in found.graphs)
    assert [(before.name, after.name) for before, after in found.by_position] == [("one", "three"), ("two", "four")]
    assert all(old[before.name] == new[after.name] for before, after in found.by_position)


@pytest.mark.parametrize("step", [{"LayerNormalization": {"axis": [1, 2]}}, {"PReLU": {}}])
def test_weights_of_the_whole_input(step: dict[str, Any]) -> None:
    before, after = document(step, [3, 4, 2]), document(step, [4, 3, 2])
    assert before is not None
    assert after is not None
    found = compare(before, after)
    old, new = (shapes(graph) for graph in found.graphs)
    (name,) = (node.name for node in found.graphs[0].nodes if node.params)
    assert old[name] != new[name]
    assert found.total.params[0] == found.total.params[1]
    assert found.by_name == ()
