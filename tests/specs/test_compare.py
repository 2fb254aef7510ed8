"""Models side by side: the figures are those of `zoo show`, and what is wrong with several is told at once."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

import specs
from cli import main
from cli_options import SORTS
from specs.render import compare


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["compare", *words])


def models(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*words, "--json").output)["models"]
    return found


@pytest.mark.parametrize(
    ("name", "depth"),
    [("resnet18", 18), ("resnet152", 152), ("vgg19", 19), ("lenet5", 5), ("densenet121", 121), ("cifar_resnet56", 56)],
)
def test_depth_is_that_of_the_name(name: str, depth: int) -> None:
    assert compare.depth(specs.lower(specs.load(name))) == depth


def test_figures_are_those_that_are_shown() -> None:
    (found,) = models("resnet50", "--batch-size", "8")
    shown = json.loads(CliRunner().invoke(main, ["show", "resnet50", "--memory", "--batch-size", "8", "--json"]).output)
    assert (found["params"], found["macs"]) == (shown["params"]["total"], shown["macs"]) == (25636712, 3857973248)
    assert found["memory"] == shown["memory"]["total"]
    assert found["published"]["top1"] == 74.928


def test_ratios_are_to_the_first_model() -> None:
    lines = run("resnet50", "vgg16").output.splitlines()
    assert [line.split()[:3] for line in lines[2:]] == [
        ["resnet50", "25,636,712", "1.00×"], ["vgg16", "138,357,544", f"{138357544 / 25636712:.2f}×"],
    ]  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_models_are_sorted(sort: str) -> None:
    names = ["unet", "resnet50", "mobilenet_v2", "vgg16"]
    found = models(*names, "--sort", sort)
    if sort == "top1":
        assert [each["name"] for each in found] == ["resnet50", "mobilenet_v2", "vgg16", "unet"]
    else:
        assert [each[sort] for each in found] == sorted(each[sort] for each in found)
    assert [each["name"] for each in models(*names)] == names
    assert set(SORTS) == set(compare.SORTS)


def test_params_are_for_all_and_all_that_is_wrong_is_told() -> None:
    assert models("resnet50", "--set", "classes=10")[0]["params"] == 25636712 - 2049000 + 20490
    done = run("resnet5", "vgg16", "densenet12")
    assert done.exit_code == 2
    assert "did you mean resnet50" in done.output and "did you mean densenet121" in done.output


def test_the_whole_zoo_is_drawn(tmp_path: Path) -> None:
    done = run("--svg", str(tmp_path / "zoo.svg"))
    assert done.exit_code == 0
    picture = ET.parse(tmp_path / "zoo.svg").getroot()
    hints = [each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}title")]
    published = [specs.load(name) for name in specs.shipped()]
    expected = [each.name for each in published if each.published and each.published.dataset == "ImageNet"]
    for panel in (hints[1::2], hints[2::2]):
        assert len(panel) == len(expected)
    assert {hint.partition(":")[0] for hint in hints[1:]} == set(expected)


def test_a_picture_of_nothing_is_refused(tmp_path: Path) -> None:
    done = run("unet", "lenet5", "--svg", str(tmp_path / "a.svg"))
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "two models with a published accuracy on the same data" in done.output
