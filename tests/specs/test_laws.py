"""Laws of the language: two ways to write the same model are the same model."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import specs

HEADER = "name: t\ninput: {shape: [12, 12, 4]}\n"
quick = settings(max_examples=20)


def lowered(body: Any, header: str = HEADER, **sections: Any) -> specs.Graph:
    import json

    text = header + "".join(f"{key}: {json.dumps(value)}\n" for key, value in {**sections, "body": body}.items())
    return specs.lower(specs.loads(text))


def computed(graph: specs.Graph, *, named: bool = True) -> list[tuple[Any, ...]]:
    """What the graph computes, with its nodes' names or their numbers."""
    number = {node.name: i for i, node in enumerate(graph.nodes)}
    return [
        (
            node.name if named else number[node.name],
            node.op,
            node.args,
            tuple(name if named else number[name] for name in node.inputs),
            node.output_shape,
            node.params,
            node.macs,
        )
        for node in graph.nodes
    ]


LEAVES = st.sampled_from(
    [
        "BatchNormalization",
        "ReLU",
        {"Dropout": {"rate": 0.5}},
        {"conv": {"filters": 4, "kernel_size": 3, "padding": "same"}},
        {"conv": {"filters": 6, "kernel_size": 1, "order": "norm-act-conv"}},
        {"MaxPooling2D": {"pool_size": 2, "strides": 1, "padding": "same"}},
        {"Conv2D": {"filters": 5, "kernel_size": [1, 3], "padding": "same"}},
    ]
)


def _combined(steps: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    bodies = st.lists(steps, min_size=1, max_size=3)
    return st.one_of(
        bodies.map(lambda body: {"residual": {"shortcut": "auto", "body": body}}),
        st.lists(bodies, min_size=2, max_size=3).map(lambda branches: {"parallel": {"branches": branches}}),
        st.tuples(st.integers(1, 2), bodies).map(lambda two: {"dense": {"repeat": two[0], "body": two[1]}}),
        bodies,
    )


STEPS = st.recursive(LEAVES, _combined, max_leaves=6)
BODIES = st.lists(STEPS, min_size=1, max_size=4)


@quick
@given(BODIES)
def test_repeat_once_is_nothing(body: list[Any]) -> None:
    assume(all(not isinstance(step, list) for step in body))
    repeated = [{**(step if isinstance(step, dict) else {step: None}), "repeat": 1} for step in body]
    assert computed(lowered(repeated)) == computed(lowered(body))


@quick
@given(BODIES, st.integers(2, 3))
def test_repeat_is_writing_it_so_often(body: list[Any], times: int) -> None:
    assume(all(isinstance(step, dict) for step in body))
    written = [step for step in body for _ in range(times)]
    assert computed(lowered([{**step, "repeat": times} for step in body])) == computed(lowered(written))


@quick
@given(BODIES, st.integers(0, 3), st.booleans())
def test_an_index_that_nobody_asks_for_is_nothing(body: list[Any], times: int, named: bool) -> None:
    assume(all(isinstance(step, dict) for step in body))
    names = [{"name": f"step{i}"} if named else {} for i in range(len(body))]
    repeated = [{**step, **name, "repeat": times} for step, name in zip(body, names, strict=True)]
    indexed = [{**step, "index": "i"} for step in repeated]
    assert computed(lowered([*indexed, "Flatten"])) == computed(lowered([*repeated, "Flatten"]))


@quick
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_an_index_is_the_number_of_the_pass(widths: list[int]) -> None:
    written = [{"Conv2D": {"filters": width + 10 * i, "kernel_size": 1}} for i, width in enumerate(widths)]
    choices = " ".join(f"{width} if i == {i} else" for i, width in enumerate(widths))
    asked = {"Conv2D": {"filters": f"$(10 * i + ({choices} 0))", "kernel_size": 1}}
    assert computed(lowered([{**asked, "repeat": len(widths), "index": "i"}])) == computed(lowered(written))


@quick
@given(BODIES, st.data())
def test_lists_in_lists_are_transparent(body: list[Any], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(body)))
    assert computed(lowered([[body[:cut]], [], body[cut:]])) == computed(lowered(body))


@quick
@given(BODIES, st.data())
def test_a_step_that_is_left_out_is_nothing(body: list[Any], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body)))
    absent = {"Dense": {"units": 3}, "when": False}
    never = {"Dense": {"units": 3}, "repeat": 0}
    assert computed(lowered([*body[:place], absent, never, *body[place:]])) == computed(lowered(body))


@quick
@given(BODIES)
def test_a_block_is_its_body(body: list[Any]) -> None:
    assert computed(lowered(["block"], blocks={"block": {"body": body}}), named=False) == computed(
        lowered(body), named=False
    )


@quick
@given(BODIES)
def test_a_param_is_its_value(body: list[Any]) -> None:
    used = [*body, {"conv": {"filters": "$f", "kernel_size": "$k", "padding": "same"}}]
    written = [*body, {"conv": {"filters": 7, "kernel_size": [3, 1], "padding": "same"}}]
    assert computed(lowered(used, params={"f": "$(2 * half + 1)", "half": 3, "k": [3, 1]})) == computed(
        lowered(written)
    )


@quick
@given(st.permutations(range(3)))
def test_the_order_of_branches_permutes_channels_only(order: Sequence[int]) -> None:
    branches = [
        [{"conv": {"filters": 3, "kernel_size": 1}}],
        [{"conv": {"filters": 5, "kernel_size": 3, "padding": "same"}}, "ReLU"],
        [],
    ]
    one = lowered([{"parallel": {"branches": branches}}])
    other = lowered([{"parallel": {"branches": [branches[i] for i in order]}}])
    assert (one.output_shapes(), one.params, one.macs) == (other.output_shapes(), other.params, other.macs)
    assert sorted(node.op for node in one.nodes) == sorted(node.op for node in other.nodes)
    joined = [one.node(name).output_shape[-1] for name in one.nodes[-1].inputs]
    permuted = [other.node(name).output_shape[-1] for name in other.nodes[-1].inputs]
    assert permuted == [joined[i] for i in order]


@pytest.mark.parametrize("merge", ["add", "multiply", "average", "maximum"])
def test_merging_equal_branches_keeps_the_shape(merge: str) -> None:
    graph = lowered([{"parallel": {"merge": merge, "branches": [["ReLU"], [], ["ELU"]]}}])
    assert graph.output_shapes() == {"output": (12, 12, 4)}
    assert graph.nodes[-1].op == merge.capitalize()


@quick
@given(
    st.fixed_dictionaries(
        {"filters": st.integers(1, 9).map(lambda n: 2 * n), "kernel_size": st.sampled_from([1, 3, [1, 3]])},
        optional={
            "strides": st.sampled_from([1, 2]),
            "padding": st.sampled_from(["same", "valid"]),
            "groups": st.sampled_from([1, 2]),
            "use_bias": st.booleans(),
            "kernel_regularizer": st.just({"l2": 0.1}),
        },
    )
)
def test_conv_without_norm_and_activation_is_conv2d(arguments: dict[str, Any]) -> None:
    unit = lowered([{"conv": {**arguments, "norm": "none", "activation": "linear"}}])
    layer = lowered([{"Conv2D": arguments}])
    assert computed(unit, named=False) == computed(layer, named=False)


@pytest.mark.parametrize(
    ("kind", "layer"),
    [("depthwise", "DepthwiseConv2D"), ("separable", "SeparableConv2D"), ("transposed", "Conv2DTranspose")],
)
def test_other_kinds_are_their_layers(kind: str, layer: str) -> None:
    arguments = {"kernel_size": 3, "strides": 2, **({} if kind == "depthwise" else {"filters": 5})}
    unit = lowered([{"conv": {**arguments, "kind": kind, "norm": "none", "activation": "linear"}}])
    assert computed(unit, named=False) == computed(lowered([{layer: arguments}]), named=False)


def test_the_order_of_a_unit_moves_its_layers_only() -> None:
    orders = {
        order: [node.op for node in lowered([{"conv": {"filters": 4, "kernel_size": 1, "order": order}}]).nodes[1:]]
        for order in ("conv-norm-act", "conv-act-norm", "norm-act-conv")
    }
    assert orders == {
        "conv-norm-act": ["Conv2D", "BatchNormalization", "Activation"],
        "conv-act-norm": ["Conv2D", "Activation", "BatchNormalization"],
        "norm-act-conv": ["BatchNormalization", "Activation", "Conv2D"],
    }


def test_defaults_are_what_the_step_lacks() -> None:
    body = [{"conv": {"kernel_size": 1}}, {"conv": {"kernel_size": 3, "filters": 2}}, {"Dense": {"units": 2}}]
    defaults = {"conv": {"filters": 6, "padding": "same"}, "Dense": {"use_bias": False}}
    written = [
        {"conv": {"kernel_size": 1, "filters": 6, "padding": "same"}},
        {"conv": {"kernel_size": 3, "filters": 2, "padding": "same"}},
        {"Dense": {"units": 2, "use_bias": False}},
    ]
    assert computed(lowered(body, defaults=defaults)) == computed(lowered(written))


def test_auto_is_identity_or_projection() -> None:
    same = [{"conv": {"filters": 4, "kernel_size": 3, "padding": "same"}}]
    other = [{"conv": {"filters": 8, "kernel_size": 3, "padding": "same", "strides": 2}}]
    for body, word in ((same, "identity"), (other, "projection")):
        auto, named = (lowered([{"residual": {"shortcut": each, "body": body}}]) for each in ("auto", word))
        assert computed(auto) == computed(named)


def test_a_name_changes_names_only() -> None:
    body = [{"conv": {"filters": 4, "kernel_size": 3}}, "ReLU"]
    named = [{**body[0], "name": "stem"}, {"ReLU": None, "name": "act"}]  # type: ignore[dict-item]
    assert computed(lowered(body), named=False) == computed(lowered(named), named=False)
    assert [node.name for node in lowered(named).nodes] == ["input", "stem_conv", "stem_norm", "stem_act", "act"]
