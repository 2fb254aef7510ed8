"""The light commands: what they print, and their exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cli_options
import specs
from cli import main
from specs.render.shares import NEEDS
from tests.specs.golden import assert_golden

ROOT = Path(__file__).parents[2]


def zoo(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def as_json(*arguments: str) -> Any:
    done = zoo(*arguments)
    assert done.exit_code == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_list_json() -> None:
    found = as_json("list", "--json")
    assert list(found) == ["models"]
    assert [model["name"] for model in found["models"]] == list(specs.shipped())
    for model in found["models"]:
        assert set(model) >= {"name", "family", "params", "macs", "input_shape"}
        assert isinstance(model["params"], int)


def test_list() -> None:
    lines = zoo("list").stdout.splitlines()
    assert len(lines) == len(specs.shipped()) + 2
    assert any(" resnet50 " in line and "25,636,712" in line and "224×224×3" in line for line in lines)


def test_validate() -> None:
    done = zoo("validate", "resnet50", "densenet121")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].startswith("resnet50: ok, 25,636,712 params, ")
    assert as_json("validate", "resnet50", "--json") == {"ok": True, "errors": []}


def test_validate_with_values() -> None:
    assert zoo("validate", "digits_mlp", "--set", "units=64", "--set", "activation=tanh").exit_code == 0
    done = zoo("validate", "digits_mlp", "--set", "units=0")
    assert done.exit_code == 2
    assert "must be at least 1 (got 0 from $units, set from outside)" in done.stderr


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("units", "--set takes name=value"),
        ("=3", "--set takes name=value"),
        ("uints=3", "did you mean units?"),
        ("units=[", "--set:1:"),
        ("units={a: 1}", "must be an integer (got {a: 1})"),
        ("units=$(1/0)", "divides by zero"),
        ("units=$missing", "no param is named 'missing'"),
        ("units=" + "9" * 400, "a number of more than 50 characters"),
        ("units=a\nb: c", "--set takes name=value"),
        ("units=", "got null"),
    ],
)
def test_bad_values(setting: str, words: str) -> None:
    done = zoo("validate", "digits_mlp", "--set", setting)
    assert done.exit_code == 2, done.exception
    assert words in done.stderr


def test_show_json() -> None:
    found = as_json("show", "digits_resnet", "--json", "--set", "width=8")
    assert set(found) >= {"name", "params", "macs", "input_shape", "output_shape", "layers"}
    assert set(found["params"]) == {"total", "trainable", "non_trainable"}
    assert set(found["layers"][0]) >= {"name", "op", "output_shape", "params", "macs"}
    assert sum(layer["params"] for layer in found["layers"]) == found["params"]["total"]
    assert sum(layer["macs"] for layer in found["layers"]) == found["macs"]
    assert (found["input_shape"], found["output_shape"]) == ([8, 8, 1], [10])


def test_show_json_has_receptive_fields_and_memory() -> None:
    found = as_json("show", "resnet50", "--json", "--by", "block", "--depth", "2", "--batch-size", "8")
    fields = {layer["name"]: layer["receptive_field"] for layer in found["layers"]}
    # The size that Araujo et al. (Distill 2019) publish for ResNet-50 v1.
    last = fields["stage5_bottleneck3_activation1"]
    assert (last["size"], last["stride"]) == ([483, 483], [32, 32])
    assert fields["predictions"] == "global"
    assert found["memory"]["step"] == {"batch_size": 8, "optimizer": "Adam", "dtype": "float32"}
    assert found["memory"]["weights"] == 4 * 25_636_712
    parts = ("weights", "gradients", "optimizer", "activations")
    assert found["memory"]["total"] == sum(found["memory"][part] for part in parts)
    for part in ("weights", "gradients", "activations"):
        assert sum(layer["memory"][part] for layer in found["layers"]) == found["memory"][part]
        assert sum(block["memory"][part] for block in found["blocks"]) == found["memory"][part]
    assert [block["count"] for block in found["blocks"] if block["count"] > 1] == [2, 3, 5, 2]
    assert sum(block["params"] for block in found["blocks"]) == 25_636_712
    assert [name for block in found["blocks"] for name in block["layers"]] == list(fields)


def test_show_by_block_with_memory() -> None:
    done = zoo("show", "resnet50", "--by", "block", "--depth", "2", "--memory", "--dtype", "float16")
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["name", "block"]
    assert any(line.startswith("stage4_bottleneck2…6 ×5") and "291 /16" in line for line in lines)
    assert lines[-1].startswith("memory of a training step (batch 32, Adam, float16): ")
    assert "weights 48.9 MiB" in lines[-1]
    assert "receptive field" in zoo("show", "digits_mlp", "--receptive-field").stdout
    assert "receptive field" not in zoo("show", "digits_mlp").stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("by_block", ["densenet121", "--by", "block"]),
        ("sorted_by_macs", ["resnet50", "--by", "block", "--depth", "2", "--sort", "macs"]),
        ("sorted_by_memory", ["digits_resnet", "--sort", "memory"]),
    ],
)
def test_show_has_bars_and_an_order(name: str, words: list[str]) -> None:
    assert_golden(ROOT / "tests/golden/show" / f"{name}.table", zoo("show", *words).stdout)


def test_the_order_of_what_is_shown_is_that_of_its_needs() -> None:
    """Of the JSON too, where what is not asked for keeps the model's order."""
    blocks = as_json("show", "resnet50", "--json", "--by", "block", "--sort", "macs")["blocks"]
    assert [block["macs"] for block in blocks] == sorted((block["macs"] for block in blocks), reverse=True)
    layers = as_json("show", "resnet50", "--json", "--sort", "memory")["layers"]
    totals = [layer["memory"]["total"] for layer in layers]
    assert totals == sorted(totals, reverse=True) and totals[0] > totals[-1]
    plain = as_json("show", "resnet50", "--json", "--by", "block", "--sort", "params")["layers"]
    assert plain == as_json("show", "resnet50", "--json")["layers"]
    assert set(cli_options.NEEDS) == set(NEEDS)
    unknown = zoo("show", str(ROOT / "tests/valid/unknown_sizes.yaml"), "--sort", "macs").stdout.splitlines()
    assert all("unknown" in line for line in unknown[-5:-2]), "last, where they are not known"


def test_show_of_several_inputs_and_of_unknown_sizes() -> None:
    several = as_json("show", str(ROOT / "tests/valid/inputs_and_outputs.yaml"), "--json")
    assert several["input_shape"] == {"image": [8, 8, 3], "facts": [5]}
    assert several["output_shape"] == {"kind": [3], "years": [1]}
    unknown = as_json("show", str(ROOT / "tests/valid/unknown_sizes.yaml"), "--json")
    assert (unknown["macs"], unknown["input_shape"]) == (None, [None, None, 3])


def test_show_of_a_wrong_spec() -> None:
    done = zoo("show", str(ROOT / "tests/invalid/mixed_five.yaml"), "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "kernal_size" in done.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet5", "'resnet5' is neither a shipped model nor a file; did you mean resnet50?"),
        ("missing.yaml", "missing.yaml: cannot be read: No such file or directory"),
        ("", "is neither a shipped model nor a file|cannot be read|is not a regular file"),
        (".", "is not a regular file"),
        ("x" * 5000, "neither a shipped model nor a file|File name too long"),
        ("a\0b", "neither a shipped model nor a file|cannot be read"),
    ],
)
def test_unknown_file(name: str, words: str) -> None:
    done = zoo("validate", name)
    assert done.exit_code == 2, done.exception
    assert done.stdout == ""
    assert any(word in done.stderr for word in words.split("|")), done.stderr


def test_wrong_calls() -> None:
    assert zoo("validate").exit_code == 2
    assert zoo("nonsense").exit_code == 2
    assert zoo("show", "resnet50", "--nonsense").exit_code == 2


@pytest.mark.parametrize("base", [[], *(["--from", name] for name in specs.shipped())])
def test_new_writes_a_valid_spec(base: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = zoo("new", "mine", *base)
    assert done.exit_code == 0, done.stderr
    assert "zoo validate mine.yaml" in done.stdout
    checked = zoo("validate", "mine.yaml")
    assert checked.exit_code == 0, checked.stderr
    assert specs.load("mine.yaml").name == "mine"


def test_new_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("precious")
    done = zoo("new", "mine")
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert (tmp_path / "mine.yaml").read_text() == "precious"


@pytest.mark.parametrize("name", ["../x", "a/b", "a.b", "1a", "", "ä", "a" * 300])
def test_new_with_a_bad_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = zoo("new", name)
    assert done.exit_code == 2, done.exception
    assert not list(tmp_path.iterdir())


def test_new_from_an_unknown_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = zoo("new", "mine", "--from", "resnet5")
    assert done.exit_code == 2
    assert "did you mean resnet50?" in done.stderr


def test_schema() -> None:
    assert as_json("schema")["title"] == "speczoo model"


def test_version_and_help() -> None:
    assert "zoo" in zoo("--help").stdout or zoo("--help").exit_code == 0
    for command in ("list", "validate", "show", "new", "schema"):
        assert zoo(command, "-h").exit_code == 0


def test_the_reader_of_our_output_may_go_away() -> None:
    command = f"'{sys.executable}' '{ROOT / 'cli.py'}' show densenet121 | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("name ")


def test_list_filters_by_family_size_and_text() -> None:
    def names(*options: str) -> list[str]:
        result = CliRunner().invoke(main, ["list", "--json", *options])
        assert result.exit_code == 0, result.output
        return [model["name"] for model in json.loads(result.stdout)["models"]]

    assert "resnet50" in names("--family", "resnet")
    assert "densenet121" not in names("--family", "resnet")
    assert names("--family", "digits", "--max-params", "5000") == ["digits_autoencoder", "digits_student"]
    assert names("--family", "digits", "--search", "DENSENET") == ["digits_densenet"]
    result = CliRunner().invoke(main, ["list", "--family", "resnett"])
    assert (result.exit_code, "did you mean resnet?" in result.stderr) == (2, True)
