"""Asking a model about tables, texts in a column and series, read as its training read the data."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import specs
import zoo
from cli import main
from specs.errors import DataError
from specs.ops.core import InputLayer
from tests.zoo.test_tables import MODEL as TABLE
from zoo.data.sources import asked_rows
from zoo.reading import Takes, batches

WITHOUT_HEADER = TABLE.replace("target:", "columns: [age, hours, work, income]\n      target:")
PLAIN = """
name: plain
input: {shape: [2]}
body: [Dense: {units: 1}]
train: {data: {csv: {path: table.csv, target: price}}, loss: MeanSquaredError, epochs: 1}
"""
THREE = """
name: three
input: {shape: [1]}
body:
  - Dense: {units: 2, activation: softmax}
    name: kind
    from: input
  - Dense: {units: 1}
    name: size
    from: input
  - Dense: {units: 2, activation: softmax}
    name: other
    from: input
outputs: {kind: kind, size: {from: size, loss: MeanSquaredError}, other: other}
train: {data: {csv: {path: table.csv, inputs: [a], target: {kind: kind, size: size, other: other}}}, epochs: 1}
"""
SERIES = """
name: days
input: {shape: [3, 1]}
body: [Flatten, Dense: {units: 2}]
train: {data: {time_series: {path: s.csv, columns: a, window: 3, horizon: 2, stride: 2}}, loss: MeanSquaredError}
"""
TEXTS = """
name: reviews
input: {shape: [], dtype: string}
body: [TextVectorization: {max_tokens: 50, output_mode: multi_hot, pad_to_max_tokens: true}, Dense: {units: 2}]
train: {data: {text_folder: {path: texts}}}
"""


def asked(folder: Path, spec: str, lines: list[str], name: str = "asked.csv") -> dict[str, Any]:
    (folder / "spec.yaml").write_text(spec, encoding="utf-8")
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {name: x.tolist() for name, x in asked_rows(folder / name, folder / "spec.yaml").items()}


def refusal(folder: Path, spec: str, lines: list[str]) -> str:
    with pytest.raises(DataError) as caught:
        asked(folder, spec, lines)
    return str(caught.value).replace(str(folder), "DIR")


WANTED = {"numbers": [[39, 40], [7, 1.5]], "work": [["desk"], [""]]}


def test_columns_are_found_by_name_and_the_label_may_be_missing(tmp_path: Path) -> None:
    named = ["work, hours, id, age", "desk, 40, 1, 39", "?, 1.5, 2, 7"]
    assert asked(tmp_path, TABLE, named) == WANTED
    assert asked(tmp_path, WITHOUT_HEADER, named) == WANTED


def test_a_file_without_a_header_is_read_as_that_of_the_training(tmp_path: Path) -> None:
    assert asked(tmp_path, WITHOUT_HEADER, ["39, 40, desk, >50K", "7, 1.5, ?, <=50K"]) == WANTED
    assert asked(tmp_path, WITHOUT_HEADER, ["39, 40, desk", "7, 1.5, ?"]) == WANTED
    assert refusal(tmp_path, WITHOUT_HEADER, ["39, 40"]) == "DIR/asked.csv: line 1 has 2 fields for 4 columns"


def test_all_missing_columns_are_named_in_one_sentence(tmp_path: Path) -> None:
    wanted = "DIR/asked.csv: has no columns 'hours', 'work'; it has age, income"
    assert refusal(tmp_path, TABLE, ["age, income", "1, 2"]) == wanted
    assert refusal(tmp_path, TABLE, ["age, hour, work", "1, 2, desk"]).endswith("no column 'hours'; did you mean hour?")


def test_a_gap_is_filled_as_in_training_or_refused(tmp_path: Path) -> None:
    (row,) = asked(tmp_path, TABLE, ["age, hours, work", "?, 40, desk"])["numbers"]
    assert np.isnan(row[0])
    assert row[1] == 40
    told = refusal(tmp_path, PLAIN, ["a, b", "1, 2", ", 3"])
    assert told == "DIR/asked.csv: column 'a' is not known in line 3; the model fills no gaps there"
    assert refusal(tmp_path, PLAIN, ["a, b, c", "1, 2, 3"]).endswith(
        "3 columns for the input 'input', the model takes (2,)"
    )
    assert refusal(tmp_path, PLAIN, ["a, b"]) == "DIR/asked.csv: has no rows"


def test_a_run_keeps_the_columns_that_its_spec_left_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(PLAIN, encoding="utf-8")
    rows = [f"{number % 5}, {number}, {number % 3}" for number in range(30)]
    (tmp_path / "table.csv").write_text("\n".join(["a, price, b", *rows]), encoding="utf-8")
    run = zoo.train(tmp_path / "spec.yaml", tmp_path / "run")
    assert specs.load(run.directory / "spec.yaml").train.data.args.inputs == ("a", "b")  # type: ignore[union-attr]
    (tmp_path / "asked.csv").write_text("b, a, note\n1, 3, x\n2, 4, y\n", encoding="utf-8")
    found = zoo.predict(run.directory, [tmp_path / "asked.csv"])
    wanted = np.asarray(run.fit.model(np.array([[3.0, 1.0], [4.0, 2.0]])))
    assert [each.source for each in found] == [f"{tmp_path / 'asked.csv'}[{row}]" for row in range(2)]
    assert [each.outputs["output"].values[0] for each in found] == pytest.approx(wanted[:, 0].tolist(), rel=1e-5)


def test_a_table_with_words_is_answered_a_row_in_every_form(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(TABLE, encoding="utf-8")
    rows = [
        f"{20 + n}, {20 + n % 40}, {'desk' if n % 2 else 'field'}, {'>50K' if n % 2 else '<=50K'}" for n in range(40)
    ]
    (tmp_path / "table.csv").write_text("\n".join(["age, hours, work, income", *rows]), encoding="utf-8")
    run = zoo.train(tmp_path / "spec.yaml", tmp_path / "run")
    (tmp_path / "asked.csv").write_text("work, hours, age\ndesk, 40, ?\nsea, 1, 30\n", encoding="utf-8")
    call = ["predict", str(run.directory), str(tmp_path / "asked.csv")]
    done = CliRunner().invoke(main, [*call, "--json", "--top", "1"])
    assert done.exit_code == 0, done.output
    answers = json.loads(done.stdout)["predictions"]
    assert [each["source"].rpartition("/")[2] for each in answers] == ["asked.csv[0]", "asked.csv[1]"]
    assert {each["outputs"]["output"]["top"][0]["label"] for each in answers} <= {"<=50K", ">50K"}
    lines = list(csv.reader(CliRunner().invoke(main, [*call, "--csv", "-"]).stdout.splitlines()))
    assert lines[0] == ["source", "class_1", "score_1", "class_2", "score_2"]
    assert [line[1] for line in lines[1:]] == [each["outputs"]["output"]["top"][0]["label"] for each in answers]
    export = zoo.export(run.directory, tmp_path / "export")
    of_export = zoo.predict(export.directory, [tmp_path / "asked.csv"], top=1)
    assert [each.outputs["output"].top[0].label for each in of_export] == [line[1] for line in lines[1:]]


def test_every_output_is_answered_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(THREE, encoding="utf-8")
    rows = [f"{n}, {'high' if n % 2 else 'low'}, {n / 2}, {'even' if n % 4 else 'odd'}" for n in range(40)]
    (tmp_path / "table.csv").write_text("\n".join(["a, kind, size, other", *rows]), encoding="utf-8")
    run = zoo.train(tmp_path / "spec.yaml", tmp_path / "run")
    (tmp_path / "asked.csv").write_text("a\n1\n2\n", encoding="utf-8")
    found = zoo.predict(run.directory, [tmp_path / "asked.csv"])
    wanted = run.fit.model(np.array([[1.0], [2.0]]))
    names = {"kind": ("high", "low"), "other": ("even", "odd")}
    for row, each in enumerate(found):
        assert list(each.outputs) == ["kind", "size", "other"]
        assert each.outputs["size"].values == pytest.approx(np.asarray(wanted["size"])[row].tolist(), rel=1e-5)
        for output, labels in names.items():
            scores = dict(zip(labels, np.asarray(wanted[output])[row].tolist(), strict=True))
            assert {score.label: score.value for score in each.outputs[output].top} == pytest.approx(scores, rel=1e-4)
    for directory in (run.directory, zoo.export(run.directory, tmp_path / "export").directory):
        (first, _) = zoo.predict(directory, [tmp_path / "asked.csv"], top=1)
        assert [score.label for score in first.outputs["kind"].top] == [found[0].outputs["kind"].top[0].label]
        (kind,), (size,), (other,) = first.outputs["kind"].top, first.outputs["size"].values, first.outputs["other"].top
        call = ["predict", str(directory), str(tmp_path / "asked.csv"), "--top", "1"]
        told = CliRunner().invoke(main, call).stdout.splitlines()[0].split(": ", 1)[1]
        assert told == f"kind {kind.label} {kind.value:.4f}; size {size:.6g}; other {other.label} {other.value:.4f}"
        (header, line, _) = csv.reader(CliRunner().invoke(main, [*call, "--csv", "-"]).stdout.splitlines())
        assert header[1:] == ["kind_class_1", "kind_score_1", "size_value_1", "other_class_1", "other_score_1"]
        assert line[1:] == [kind.label, str(kind.value), str(size), other.label, str(other.value)]
        answer = json.loads(CliRunner().invoke(main, [*call, "--json"]).stdout)["predictions"][0]["outputs"]
        assert answer == {
            "kind": {"top": [{"label": kind.label, "score": kind.value}]},
            "size": {"values": [size]},
            "other": {"top": [{"label": other.label, "score": other.value}]},
        }


def test_every_window_of_a_series_is_asked_about(tmp_path: Path) -> None:
    found = asked(tmp_path, SERIES, ["a,b", *(f"{number},x" for number in range(6))])
    assert np.squeeze(found["input"], -1).tolist() == [[1, 2, 3], [3, 4, 5]]
    assert refusal(tmp_path, SERIES, ["a", "1"]) == "DIR/asked.csv: has 1 rows; a window needs 3"
    assert refusal(tmp_path, SERIES, ["b", "1"]) == "DIR/asked.csv: has no column 'a'; it has b"


def test_texts_stand_in_a_column(tmp_path: Path) -> None:
    assert asked(tmp_path, TEXTS, ["id,text", '1,"good, very"', "2,bad"]) == {"input": ["good, very", "bad"]}
    assert refusal(tmp_path, TEXTS, ["good"]) == "DIR/asked.csv: has no column 'text'; it has good"
    takes = Takes({"input": InputLayer(shape=(), dtype="string")}, tmp_path / "spec.yaml")
    assert asked(tmp_path, TEXTS, ["text", "a", "b"])
    ((sources, x),) = batches([tmp_path / "asked.csv"], takes)
    assert (len(sources), x["input"].tolist()) == (2, ["a", "b"])


def test_a_table_is_refused_by_a_model_of_something_else(tmp_path: Path) -> None:
    told = refusal(tmp_path, specs.dump(specs.load("digits_mlp")), ["a", "1"])
    assert told == "DIR/asked.csv: is a table, and the model was trained on digits; give it images, arrays or texts"


def test_parquet_is_asked_about_like_csv(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    from pyarrow import parquet

    (tmp_path / "spec.yaml").write_text(WITHOUT_HEADER, encoding="utf-8")
    table = {"hours": [40, 1.5], "work": ["desk", None], "age": [39, 7]}
    parquet.write_table(pyarrow.table(table), tmp_path / "asked.parquet")
    found = asked_rows(tmp_path / "asked.parquet", tmp_path / "spec.yaml")
    assert {name: x.tolist() for name, x in found.items()} == WANTED
