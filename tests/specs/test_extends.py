"""`extends:`: what is merged, and which files are never read."""

import os
from pathlib import Path

import pytest

import specs

BASE = """\
name: base
summary: the base
expects: {params: 1}
params: {units: 3, rate: 0.5}
input: {shape: [4]}
body:
  - Dense: {units: $units, activation: relu}
    name: first
  - Dropout: {rate: $rate}
    name: drop
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "base.yaml").write_text(BASE)
    (tmp_path / "outside.yaml").write_text(BASE)
    return inside


def variant(folder: Path, text: str, name: str = "variant") -> specs.Document:
    path = folder / f"{name}.yaml"
    path.write_text(f"name: {name}\n{text}")
    return specs.load(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(specs.SpecError) as found:
        variant(folder, text)
    return str(found.value).split("variant.yaml:")[-1]


def test_params_merge_and_own_words_do_not_pass_on(folder: Path) -> None:
    document = variant(folder, "extends: base.yaml\nparams: {units: 7}\n")
    assert dict(document.params) == {"units": 7, "rate": 0.5}
    assert (document.name, document.summary, document.expects) == ("variant", "", None)


def test_an_original_goes_where_the_variant_is_built_otherwise(folder: Path) -> None:
    (folder / "kept.yaml").write_text(BASE + "original: ResNet50\nweights: imagenet\n")
    kept = variant(folder, "extends: kept.yaml\noriginal: ResNet101\nparams:\n")
    assert kept.original is not None
    assert (kept.original.kind, kept.weights, kept.params["units"]) == ("ResNet101", "imagenet", 3)
    gone = variant(folder, "extends: kept.yaml\noriginal: null\nweights: null\n")
    assert (gone.original, gone.weights) == (None, "")


def test_an_output_goes(folder: Path) -> None:
    (folder / "two.yaml").write_text(BASE + "outputs: {out: drop, side: {from: first, auxiliary: true}}\n")
    assert list(specs.lower(variant(folder, "extends: two.yaml\n")).outputs) == ["out", "side"]
    assert list(specs.lower(variant(folder, "extends: two.yaml\noutputs: {side: null}\n")).outputs) == ["out"]
    unknown = refusal(folder, "extends: two.yaml\noutputs: {sides: null}\n")
    assert unknown.startswith("3:18: outputs.sides: must be")


def test_a_step_merges_is_replaced_or_goes(folder: Path) -> None:
    merged = specs.lower(variant(folder, "extends: base.yaml\nbody: {first: {Dense: {activation: tanh}}}\n"))
    assert merged.node("first").args.model_dump()["activation"] == "tanh"
    assert merged.node("first").output_shape == (3,)
    replaced = specs.lower(variant(folder, "extends: base.yaml\nbody: {drop: ReLU}\n"))
    assert replaced.node("drop").op == "ReLU"
    gone = specs.lower(variant(folder, "extends: base.yaml\nbody: {drop: null}\n"))
    assert [node.name for node in gone.nodes] == ["input", "first"]
    beside = specs.lower(variant(folder, "extends: base.yaml\nbody: {first: {repeat: 2}}\n"))
    assert [node.name for node in beside.nodes] == ["input", "first_1", "first_2", "drop"]


def test_another_schedule_takes_the_place_of_the_old_one(folder: Path) -> None:
    rates = "train: {{data: {{npz: {{path: x}}}}, optimizer: {{SGD: {{{}learning_rate: {{{}}}}}}}}}\n"
    staircase = "PiecewiseConstantDecay: {boundaries: [5], values: [0.1, 0.01]}"
    (folder / "stairs.yaml").write_text(BASE + rates.format("momentum: 0.9, ", staircase))
    document = variant(
        folder, "extends: stairs.yaml\n" + rates.format("", "CosineDecay: {initial_learning_rate: 1, decay_steps: 7}")
    )
    assert document.train is not None
    assert document.train.schedule is not None
    assert document.train.schedule.kind == "CosineDecay"
    assert dict(document.train.optimizer.args)["momentum"] == 0.9


def test_empty_sections_change_nothing(folder: Path) -> None:
    document = variant(folder, "extends: base.yaml\nparams:\ndefaults:\n")
    assert dict(document.params) == {"units": 3, "rate": 0.5}


def test_chain(folder: Path) -> None:
    variant(folder, "extends: base.yaml\nparams: {units: 7}\n", "middle")
    assert variant(folder, "extends: middle.yaml\nparams: {rate: 0}\n", "end").params == {"units": 7, "rate": 0}


def test_chain_is_bounded(folder: Path) -> None:
    for i in range(12):
        (folder / f"c{i}.yaml").write_text(f"name: c{i}\nextends: c{i + 1}.yaml\n")
    with pytest.raises(specs.SpecError, match="more than 8 specs extend one another"):
        specs.load(folder / "c0.yaml")


def test_circle_over_two_files(folder: Path) -> None:
    (folder / "one.yaml").write_text("name: one\nextends: two.yaml\n")
    (folder / "two.yaml").write_text("name: two\nextends: one.yaml\n")
    with pytest.raises(specs.SpecError, match="in a circle"):
        specs.load(folder / "one.yaml")


@pytest.mark.parametrize(
    "name",
    ["../outside.yaml", "../inside/../outside.yaml", "/etc/passwd.yaml", "sub/../../outside.yaml", "~/x/../../o.yaml"],
)
def test_paths_that_lead_out(folder: Path, name: str) -> None:
    text = refusal(folder, f"extends: {name}\n")
    assert "lies outside the folder of this spec" in text or "cannot be read" in text
    if name.startswith(("..", "/")):
        assert "lies outside" in text


def test_links_are_not_followed(folder: Path) -> None:
    (folder / "out.yaml").symlink_to("../outside.yaml")
    assert "lies outside the folder" in refusal(folder, "extends: out.yaml\n")
    (folder / "in.yaml").symlink_to("base.yaml")
    assert "cannot be read" in refusal(folder, "extends: in.yaml\n")
    (folder / "up").symlink_to("..")
    assert "lies outside the folder" in refusal(folder, "extends: up/outside.yaml\n")


def test_things_that_are_no_files(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    assert "is not a regular file" in refusal(folder, "extends: pipe.yaml\n")
    (folder / "dir.yaml").mkdir()
    assert "is not a regular file" in refusal(folder, "extends: dir.yaml\n")
    (folder / "device.yaml").symlink_to("/dev/zero")
    assert "lies outside" in refusal(folder, "extends: device.yaml\n")
    assert "lies outside" in refusal(folder, 'extends: "a\\0b.yaml"\n')
    assert "cannot be read: File name too long" in refusal(folder, f"extends: {'a' * 300}.yaml\n")
    assert "cannot be read: Not a directory" in refusal(folder, "extends: base.yaml/x.yaml\n")


def test_text_is_extended_beside_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert specs.loads("name: here\nextends: base.yaml\n").params["units"] == 3


def test_problems_are_placed_in_the_file_that_has_them(folder: Path) -> None:
    (folder / "broken.yaml").write_text(BASE.replace("relu", "rleu"))
    with pytest.raises(specs.SpecError) as found:
        variant(folder, "extends: broken.yaml\nparams: {rate: 2}\n")
    files = [(Path(problem.mark.file).name, problem.mark.line) for problem in found.value.problems]
    assert files == [("broken.yaml", 7), ("broken.yaml", 9)]
