"""Blocks in the place of what recurs mean what was there before, and are made where they make a spec shorter."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from specs.dump import dump_tree
from specs.fold_blocks import with_blocks
from specs.fold_shared import shared
from specs.fold_steps import Folded, written

HEAD = {"name": "folded", "input": {"shape": [8, 8, 4]}}


def step(kind: str, **args: Any) -> Folded:
    return Folded({kind: args}, ())


def spec(steps: list[Folded], blocks: dict[str, Any], defaults: dict[str, Any]) -> str:
    return dump_tree({**HEAD, "defaults": defaults, "blocks": blocks, "body": written(steps)})


def nodes(text: str) -> list[Any]:
    """What a spec means, without the names that its steps get."""
    graph = specs.lower(specs.loads(text))
    place = {node.name: number for number, node in enumerate(graph.nodes)}
    return [(node.op, repr(node.args), [place[each] for each in node.inputs]) for node in graph.nodes]


unit = st.builds(
    lambda filters, rest: step("conv", filters=filters, kernel_size=3, **rest),
    st.sampled_from([4, 8]),
    st.fixed_dictionaries({}, optional={
        "padding": st.just("same"),
        "activation": st.sampled_from(["linear", "tanh"]),
        "use_bias": st.booleans(),
        "dilation_rate": st.sampled_from([1, 2]),
    }),
)  # fmt: skip
same = unit.map(lambda found: step("conv", **{**found.args, "padding": "same"}))
body = st.lists(same, min_size=1, max_size=3)
residual = body.map(lambda steps: step("residual", body=steps, shortcut="projection", activation="relu"))
parallel = st.lists(body, min_size=2, max_size=2).map(lambda branches: step("parallel", branches=branches))
repeated = st.builds(lambda found, count: Folded({**found.step, "repeat": count}, ()), same, st.integers(1, 3))
layer = st.sampled_from([step("Dropout", rate=0.1), step("Dropout", rate=0.2), step("BatchNormalization")])
defaults = st.fixed_dictionaries({}, optional={
    "conv": st.fixed_dictionaries({}, optional={"padding": st.just("same"), "activation": st.just("elu")}),
    "Dropout": st.just({"seed": 3}),
})  # fmt: skip


@settings(max_examples=30)
@given(st.lists(residual | parallel | repeated | layer | same, min_size=4, max_size=12), defaults)
def test_blocks_mean_what_was_there(steps: list[Folded], given: dict[str, Any]) -> None:
    before = nodes(spec(steps, {}, given))
    found, blocks = with_blocks(steps, given)
    assert nodes(spec(found, blocks, given)) == before
    assert len(repr(written(found))) + len(repr(blocks)) <= len(repr(written(steps))) + 2


@settings(max_examples=30)
@given(st.lists(parallel | repeated | layer | same, min_size=3, max_size=12))
def test_defaults_mean_what_was_there(steps: list[Folded]) -> None:
    found, given = shared(steps, {}, fixed=True)
    assert nodes(spec(found, {}, given)) == nodes(spec(steps, {}, {}))


def bottleneck(filters: int, strides: int, shortcut: str) -> Folded:
    inner = [step("conv", filters=filters, kernel_size=1, **({"strides": strides} if strides > 1 else {}))]
    inner += [step("conv", filters=filters, kernel_size=3, padding="same")]
    inner += [step("conv", filters=4 * filters, kernel_size=1, activation="linear")]
    given = {"shortcut": shortcut} if shortcut != "identity" else {}
    return step("residual", body=inner, **given, activation="relu")


def test_a_block_as_a_person_would_write_it() -> None:
    shapes = [
        (n, strides, kind) for n, s in ((64, 1), (128, 2)) for strides, kind in ((s, "projection"), (1, "identity"))
    ]
    found, blocks = with_blocks([bottleneck(*shape) for shape in shapes], {})
    assert blocks == {
        "residual_block": {
            "params": {"filters": "required", "strides": 1, "shortcut": "required"},
            "body": [
                {
                    "residual": {
                        "body": [
                            {"conv": {"filters": "$filters", "kernel_size": 1, "strides": "$strides"}},
                            {"conv": {"filters": "$filters", "kernel_size": 3, "padding": "same"}},
                            {"conv": {"filters": "$(4 * filters)", "kernel_size": 1, "activation": "linear"}},
                        ],
                        "shortcut": "$shortcut",
                        "activation": "relu",
                    }
                }
            ],
        }
    }
    assert written(found)[2] == {"residual_block": {"filters": 128, "strides": 2, "shortcut": "projection"}}


def test_what_recurs_too_little_or_differs_too_much_stays() -> None:
    pair = [step("conv", filters=4, kernel_size=3), step("Dropout", rate=0.5)]
    assert with_blocks(pair, {}) == (pair, {})
    wide = [
        step("residual", body=[step("conv", filters=i + j**2, kernel_size=3) for j in range(5)]) for i in (1, 3, 8, 20)
    ]
    assert with_blocks(wide, {})[1] == {}, "half of what is written would be params"


def test_the_default_of_the_document_stands_for_what_is_not_given() -> None:
    def unit(filters: int, **rest: Any) -> Folded:
        inner = [
            step("conv", filters=filters, kernel_size=3, **rest),
            step("conv", filters=filters, kernel_size=[1, 3]),
        ]
        return step("residual", body=inner, activation="tanh")

    steps = [unit(4), unit(8, padding="valid"), unit(16), unit(32)]
    (block,) = with_blocks(steps, {"conv": {"padding": "same"}})[1].values()
    assert block["params"] == {"filters": "required", "padding": "same"}


@pytest.mark.parametrize(
    ("strides", "fixed", "word"), [(1, False, True), (2, True, True), (2, False, False), (3, True, False)]
)
def test_a_projection_is_one_where_its_strides_follow_from_the_shapes(strides: int, fixed: bool, word: bool) -> None:
    short = [
        step("conv", filters=8, kernel_size=1, activation="linear", **({"strides": strides} if strides > 1 else {}))
    ]
    inner = [step("conv", filters=8, kernel_size=strides, **({"strides": strides} if strides > 1 else {}))]
    (found,) = shared([step("residual", body=inner, shortcut=short)], {}, fixed)[0]
    assert (found.args["shortcut"] == "projection") == word


@pytest.mark.parametrize("other", [{"activation": "relu"}, {"kernel_size": 3}, {"use_bias": False}, {"filters": 4}])
def test_another_shortcut_is_no_projection(other: dict[str, Any]) -> None:
    short = [step("conv", **{"filters": 8, "kernel_size": 1, "activation": "linear", **other})]
    (found,) = shared([step("residual", body=[step("conv", filters=8, kernel_size=1)], shortcut=short)], {}, True)[0]
    assert found.args["shortcut"] != "projection"
