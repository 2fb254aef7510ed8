"""Tables as training data: what becomes of their columns, and each mistake in them as one sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import specs
import zoo
from cli import main
from specs.errors import DataError, UserError
from zoo.data import load_data
from zoo.data.dataset import Examples

MODEL = """
name: rich
params: {data: table.csv}
inputs:
  numbers: {shape: [2]}
  work: {shape: [1], dtype: string}
body:
  - FillMissing:
    from: numbers
  - Normalization:
    name: scaled
  - StringLookup: {max_tokens: 8, output_mode: one_hot, pad_to_max_tokens: true}
    name: seen
    from: work
  - Concatenate:
    from: [scaled, seen]
  - Dense: {units: 2, activation: softmax}
train:
  data:
    csv:
      path: $data
      target: income
      inputs: {numbers: [age, hours], work: [work]}
      missing: ["", "?"]
  epochs: 8
  batch_size: 8
"""
WITHOUT_GAPS = MODEL.replace("  - FillMissing:\n    from: numbers\n", "").replace(
    "  - Normalization:\n", "  - Normalization:\n    from: numbers\n"
)


def rows(count: int = 40) -> list[str]:
    """Those who work more than 40 hours at a desk are rich."""
    random = np.random.default_rng(1)
    found = []
    for number in range(count):
        hours, work = int(random.integers(20, 60)), "desk" if number % 2 else "field"
        age = "?" if number % 9 == 4 else str(20 + number)
        found.append(f"{age}, {hours}, {work}, {'>50K' if hours > 40 and number % 2 else '<=50K'}")
    return found


def written(folder: Path, lines: list[str], model: str = MODEL, header: str = "age, hours, work, income") -> Path:
    (folder / "table.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    path = folder / "rich.yaml"
    path.write_text(model, encoding="utf-8")
    return path


def examples(path: Path) -> Examples:
    return load_data(specs.load(path)).train.examples


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_data(specs.load(path))
    return str(caught.value).replace(str(path.parent), "DIR")


def test_columns_become_numbers_texts_and_labels(tmp_path: Path) -> None:
    found = examples(written(tmp_path, ["39, 40, desk, >50K", "?, 13, '', <=50K", "7.5, 1, ?, <=50K"] * 10))
    at = np.arange(3)
    assert found.classes == {"output": ("<=50K", ">50K")}
    assert found.y["output"][:3].tolist() == [1, 0, 0]
    assert np.array_equal(found.x["numbers"].take(at), [[39.0, 40.0], [np.nan, 13.0], [7.5, 1.0]], equal_nan=True)
    assert found.x["work"].take(at).tolist() == [["desk"], ["''"], [""]]


def test_a_run_of_a_table_is_trained_exported_and_asked_in_words(tmp_path: Path) -> None:
    path = written(tmp_path, rows())
    run = zoo.train(path, tmp_path / "run")
    values = specs.load(run.directory / "spec.yaml").adapted
    assert set(values["seen"]["vocabulary"]) == {"desk", "field"}
    assert not set(values["fill_missing1"]["values"]) & {0.0}
    assert run.fit.history[-1]["loss"] < run.fit.history[0]["loss"]
    report = zoo.export(run.directory, tmp_path / "export")
    assert report.trained
    from zoo.backend import tensorflow as tf

    serve = tf.saved_model.load(str(report.directory)).signatures["serving_default"]
    asked = {"numbers": tf.constant([[np.nan, 50.0]]), "work": tf.constant([["desk"]])}
    assert np.allclose(run.fit.model(asked), serve(**asked)["output"])


def test_numbers_are_classes_where_the_loss_takes_classes(tmp_path: Path) -> None:
    found = examples(written(tmp_path, [f"39, 40, desk, {kind}" for kind in (7, 3, 3)] * 10))
    assert found.classes == {"output": ("3", "7")}
    assert found.y["output"][:3].tolist() == [1, 0, 0]


def test_numbers_stay_numbers_where_the_loss_takes_them(tmp_path: Path) -> None:
    model = MODEL.replace("units: 2, activation: softmax", "units: 1").replace(
        "  epochs: 8\n", "  loss: MeanSquaredError\n  epochs: 1\n"
    )
    found = examples(written(tmp_path, [f"39, 40, desk, {kind}" for kind in (7, 3, 0.5)] * 10, model))
    assert (found.classes, found.y["output"][:3].tolist()) == ({}, [7.0, 3.0, 0.5])
    told = refusal(written(tmp_path, rows(), model))
    assert told == "rich: the loss of output 'output' takes numbers, its column has text"
    fractions = [f"39, 40, desk, {kind}" for kind in (7, 3, 0.5)] * 10
    assert (
        refusal(written(tmp_path, fractions)) == "rich: the loss of output 'output' takes classes, its column has 0.5"
    )


def test_quoted_fields_and_blank_lines_keep_their_line_numbers(tmp_path: Path) -> None:
    lines = ['39, 40, "desk, or\nchair", >50K', "", "old, 40, desk, <=50K"]
    assert "line 5 has 'old'" in refusal(written(tmp_path, lines))


GOOD = rows(20)
MISTAKES = [
    (["39, 40, desk"], "table.csv: line 22 has 3 fields for 4 columns"),
    (["39, 40, desk", "39"], "table.csv: line 22 has 3 fields for 4 columns (2 such lines)"),
    (
        ["old, 40, desk, >50K"],
        "column 'age' takes numbers, line 22 has 'old'; if it means that nothing is known, write",
    ),
    (["a, 1, x, >50K", "b, 1, x, >50K"], "column 'age' takes numbers, line 22 has 'a' (2 such rows)"),
    (["1e99, 40, desk, >50K"], "column 'age' takes numbers that float32 can hold, line 22 has '1e99'"),
    (["nan, 40, desk, >50K"], "column 'age' takes numbers, line 22 has 'nan'"),
    (["39, 40, desk, ?"], "the target 'income' is not known in line 22; take these rows out"),
    (["39, 40, desk, ?", "1, 2, field, "], "the target 'income' is not known in 2 rows, first in line 22; take"),
    (['39, 40, desk, "'], "table.csv: line 22 cannot be read (unexpected end of data)"),
]


@pytest.mark.parametrize(("lines", "told"), MISTAKES, ids=lambda each: str(each)[:30])
def test_mistakes_in_the_data(tmp_path: Path, lines: list[str], told: str) -> None:
    found = refusal(written(tmp_path, [*GOOD, *lines]))
    assert told in found
    assert found.startswith("DIR/table.csv: ")
    assert "\n" not in found


def test_mistakes_in_the_whole_file(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, [])) == "DIR/table.csv: has no rows"
    same = refusal(written(tmp_path, ["1, 2, x, yes"] * 9))
    assert same == "DIR/table.csv: the target 'income' has one class only (yes); two are needed"
    twice = refusal(written(tmp_path, GOOD, header="age, age, work, income"))
    assert twice == "DIR/table.csv: two columns are named 'age'"
    other = refusal(written(tmp_path, GOOD, header="age, hours, work, incom"))
    assert other == "DIR/table.csv: has no column 'income'; did you mean incom?"
    (tmp_path / "table.csv").write_bytes(b"")
    assert refusal(tmp_path / "rich.yaml") == "DIR/table.csv: is empty"
    (tmp_path / "table.csv").write_bytes("age, hours, work, income\n1, 2, b\xfcro, yes\n".encode("latin-1"))
    assert "DIR/table.csv: is not text in UTF-8" in refusal(tmp_path / "rich.yaml")
    (tmp_path / "table.csv").unlink()
    assert refusal(tmp_path / "rich.yaml") == "DIR/table.csv: there is no such file"


def test_gaps_need_a_layer_that_fills_them(tmp_path: Path) -> None:
    told = refusal(written(tmp_path, rows(), WITHOUT_GAPS))
    assert told == "DIR/table.csv: column 'age' is not known in 4 rows; put FillMissing behind the input 'numbers'"
    load_data(specs.load(written(tmp_path, [line.replace("?", "30") for line in rows()], WITHOUT_GAPS)))


def test_columns_without_a_header_and_all_of_them_as_the_input(tmp_path: Path) -> None:
    model = """
name: plain
input: {shape: [2]}
body: [Dense: {units: 2, activation: softmax}]
train: {data: {csv: {path: table.csv, columns: [a, b, kind], target: kind, delimiter: ";"}}}
"""
    found = examples(written(tmp_path, ["1;2;x", "3;4;y"] * 10, model, header="5;6;x"))
    assert found.x["input"].take(np.arange(2)).tolist() == [[5, 6], [1, 2]]
    (tmp_path / "rich.yaml").write_text(model.replace("columns: [a, b, kind], target: kind", "target: x"))
    assert len(examples(tmp_path / "rich.yaml")) == 20


def test_a_path_that_is_set_counts_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "here").mkdir()
    path = written(tmp_path / "specs", GOOD)
    (tmp_path / "specs" / "table.csv").rename(tmp_path / "here" / "mine.csv")
    monkeypatch.chdir(tmp_path / "here")
    document = specs.load(path, data="mine.csv")
    assert len(load_data(document).train.examples) == len(GOOD)
    (tmp_path / "copy.yaml").write_text(specs.dump(document, tmp_path), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(load_data(specs.load("copy.yaml")).train.examples) == len(GOOD)


def test_a_shipped_spec_looks_for_its_data_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["train", "sonar_mlp", "--out", str(tmp_path / "run")])
    assert (done.exit_code, done.stderr) == (2, "sonar.csv: there is no such file\n")


PARQUET = MODEL.replace("csv:\n", "parquet:\n").replace("table.csv", "table.parquet")


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    from pyarrow import parquet

    columns: dict[str, list[Any]] = {"age": [39, None, 7], "hours": [40.0, 13.5, 1.0], "work": ["desk", "field", None]}
    table = {**columns, "income": [True, False, False]}
    parquet.write_table(pyarrow.table({name: each * 10 for name, each in table.items()}), tmp_path / "table.parquet")
    (tmp_path / "rich.yaml").write_text(PARQUET, encoding="utf-8")
    found = examples(tmp_path / "rich.yaml")
    at = np.arange(3)
    assert np.array_equal(found.x["numbers"].take(at), [[39.0, 40.0], [np.nan, 13.5], [7.0, 1.0]], equal_nan=True)
    assert found.x["work"].take(at).tolist() == [["desk"], ["field"], [""]]
    assert (found.y["output"][:3].tolist(), found.classes) == ([1, 0, 0], {"output": ("0", "1")})
    (tmp_path / "table.parquet").write_bytes(b"no table")
    assert "DIR/table.parquet: is not a readable Parquet file" in refusal(tmp_path / "rich.yaml")


def test_without_pyarrow_the_command_that_installs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "rich.yaml").write_text(PARQUET, encoding="utf-8")
    with pytest.raises(UserError, match=r"pip install 'speczoo\[parquet\]'"):
        load_data(specs.load(tmp_path / "rich.yaml"))
