"""What differs between two specs, as data, as text and from the command line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import specs
from cli import main
from specs.analysis.memory import memory, node_memory
from specs.diff import Difference, compare
from specs.render.difference import difference_json, difference_text
from tests.specs.golden import assert_golden

COUNTER_AND_RATE = 12
"""Bytes beside the slots."""
GOLDEN = Path(__file__).parents[1] / "golden"
HEAD = "name: {name}\ninput: {{shape: [8, 8, 3]}}\nbody:\n"


def model(name: str, *steps: str) -> specs.Document:
    return specs.loads(HEAD.format(name=name) + "".join(f"  - {step}\n" for step in steps))


def names(found: Difference) -> list[list[str]]:
    return [
        [node.name for node in found.added],
        [node.name for node in found.removed],
        [change.after.name for change in found.changed],
    ]


def test_added_removed_and_changed() -> None:
    before = model("a", "Conv2D: {filters: 4, kernel_size: 3}", "Flatten", "Dense: {units: 5}\n    name: head")
    after = model(
        "b", "Conv2D: {filters: 4, kernel_size: 5}", "GlobalAveragePooling2D", "Dense: {units: 5}\n    name: head"
    )
    found = compare(before, after)
    assert names(found) == [["global_average_pooling2d1"], ["flatten1"], ["conv2d1", "head"]]
    conv, head = found.changed
    assert conv.arguments == {"kernel_size": ((3, 3), (5, 5))}
    assert (head.arguments, head.before.inputs, head.after.inputs) == (
        {},
        ("flatten1",),
        ("global_average_pooling2d1",),
    )
    assert found.total.params == (112 + 725, 304 + 25)
    assert found.total.macs == (6 * 6 * 4 * 27 + 144 * 5, 4 * 4 * 4 * 75 + 4 * 5)
    assert not found.equal


@pytest.mark.parametrize("name", ["digits_resnet", "inception_v3"])
def test_a_model_does_not_differ_from_itself(name: str) -> None:
    document = specs.load(name)
    found = compare(document, document)
    assert found.equal
    assert not found.values
    assert not any(stage.changed for stage in found.stages)
    assert sum(node.params for node in found.by_name) == specs.lower(document).params
    assert not found.by_position


def test_a_value_that_only_training_sees_is_told_and_changes_no_layer() -> None:
    found = compare(specs.load("digits_mlp"), specs.load("digits_mlp", batch_size=64))
    assert found.equal
    assert found.values == {"batch_size": (32, 64)}


def test_outputs_count() -> None:
    steps = "input: {shape: [4]}\nbody:\n  - Dense: {units: 4}\n    name: a\n  - Dense: {units: 4}\n    name: b\n"
    one = specs.loads("name: one\noutputs: {out: {from: b}, side: {from: a}}\n" + steps)
    two = specs.loads("name: two\noutputs: {out: {from: b}, side: {from: a, loss_weight: 0.5}}\n" + steps)
    found = compare(one, two)
    assert not found.equal
    assert list(found.outputs) == ["side"]
    assert "side a (loss weight 1) → a (loss weight 0.5)" in difference_text(found)


def test_stages_add_up_and_are_those_of_the_document() -> None:
    found = compare(specs.load("resnet50"), specs.load("resnet50", repeat4=23))
    assert [stage.name for stage in found.stages if stage.changed] == ["stage4"]
    assert {stage.name for stage in found.stages} == {"(others)", "stage2", "stage3", "stage4", "stage5"}
    for side in (0, 1):
        assert sum(stage.layers[side] for stage in found.stages) == found.total.layers[side]
        assert sum(stage.params[side] for stage in found.stages) == found.total.params[side]
        assert sum(stage.macs[side] or 0 for stage in found.stages) == found.total.macs[side]


def test_memory_by_stage_is_that_of_the_layers_and_adds_up() -> None:
    documents = specs.load("resnet50"), specs.load("resnet50", repeat4=23)
    found = compare(*documents)
    (stage,) = [each for each in found.stages if each.changed]
    for side, document in enumerate(documents):
        needs = node_memory(specs.lower(document), document.train)
        inside = [need.total for name, need in needs.items() if name.startswith("stage4_")]
        assert stage.memory[side] == sum(each or 0 for each in inside) > 0
        assert sum(each.memory[side] or 0 for each in found.stages) + COUNTER_AND_RATE == found.total.memory[side]
        assert found.total.memory[side] == memory(specs.lower(document), document.train).total


def test_memory_is_of_the_optimizer_and_the_batch_of_each_spec() -> None:
    found = compare(specs.load("digits_mlp"), specs.load("digits_mlp", batch_size=64))
    assert found.total.params[0] == found.total.params[1]
    weights = 16 * 26122  # weights, gradients and Adam's two slots, in float32
    before, after = (each - weights - COUNTER_AND_RATE for each in found.total.memory if each is not None)
    assert after == 2 * before > 0
    assert "the same layers" in difference_text(found)
    assert re.search(r"^total .* KiB → .* KiB +\+", difference_text(found), re.MULTILINE)


def test_memory_of_unknown_sizes_is_unknown() -> None:
    steps = "body:\n  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}\n  - GlobalAveragePooling2D\n"
    free = specs.loads("name: free\ninput: {shape: [null, null, 3]}\n" + steps)
    found = compare(free, specs.loads("name: fixed\ninput: {shape: [8, 8, 3]}\n" + steps))
    assert found.total.memory[0] is None
    assert found.total.memory[1]
    assert "unknown → " in difference_text(found)


def test_weights_by_name_and_by_position() -> None:
    conv, head = "Conv2D: {filters: 4, kernel_size: 3}", "Dense: {units: 5}"
    before = model("a", f"{conv}\n    name: stem", "Flatten", head)
    after = model("b", f"{conv}\n    name: first", "Flatten", "Activation: {activation: relu}", head)
    found = compare(before, after)
    assert [node.name for node in found.by_name] == ["dense1"]
    assert [(old.name, new.name) for old, new in found.by_position] == [("stem", "first")]
    text = difference_text(found)
    assert "weights that carry over by name: 1 of 2 layers, 725 of 837 params" in text
    assert "by position, under other names: 1 more layers, 112 params" in text


def test_the_same_count_of_weights_is_not_the_same_shape() -> None:
    before = model("a", "Conv2D: {filters: 4, kernel_size: [1, 3]}", "Flatten")
    after = model("b", "Conv2D: {filters: 4, kernel_size: [3, 1]}", "Flatten")
    found = compare(before, after)
    assert found.total.params == (40, 40)
    assert (found.by_name, found.by_position) == ((), ())


def test_text() -> None:
    text = difference_text(compare(specs.load("digits_resnet"), specs.load("digits_resnet", width=8, depth=2)))
    assert_golden(GOLDEN / "difference.diff", text + "\n")


def test_unknown_macs() -> None:
    before = specs.loads("name: a\ninput: {shape: [null, null, 3]}\nbody: [Conv2D: {filters: 2, kernel_size: 1}]")
    after = specs.loads("name: b\ninput: {shape: [2, 2, 3]}\nbody: [Conv2D: {filters: 2, kernel_size: 1}]")
    found = compare(before, after)
    assert found.total.macs == (None, 24)
    assert "unknown → 24" in difference_text(found)


def zoo(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


def test_command() -> None:
    done = zoo("diff", "digits_mlp", "digits_mlp")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "the same layers" in done.stdout
    done = zoo("diff", "digits_mlp", "digits_resnet", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    expected = difference_json(compare(specs.load("digits_mlp"), specs.load("digits_resnet")))
    assert json.loads(done.stdout) == json.loads(json.dumps(expected))
    done = zoo("diff", "digits_mlp", "digits_resnot")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean digits_resnet?" in done.stderr
