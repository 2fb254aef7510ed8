"""What is exported computes what the model computes, or is not there."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.dump import data_paths
from specs.errors import RunError, UserError
from zoo.backend import keras, tensorflow
from zoo.exports import client, exporting, verifying
from zoo.exports.exporting import export
from zoo.exports.formats import FORMATS
from zoo.exports.program import write_program

ROOT = Path(zoo.__file__).parents[1]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_export_answers_as_the_model_at_any_batch_size(
    run: zoo.Run, exported: zoo.ExportReport, dataset: zoo.Dataset
) -> None:
    serve = tensorflow.saved_model.load(str(exported.directory)).signatures["serving_default"]
    for count in (1, 5, 32):
        x = dataset.test.all().x["input"][:count]
        answer = serve(input=tensorflow.constant(x))["output"].numpy()
        np.testing.assert_allclose(answer, run.fit.model(x, training=False), rtol=0, atol=1e-5)
    # Dropout is off: asking twice gives the same.
    np.testing.assert_array_equal(answer, serve(input=tensorflow.constant(x))["output"].numpy())


def test_the_report_tells_where_the_weights_come_from(exported: zoo.ExportReport) -> None:
    assert (exported.name, exported.trained) == ("tiny", True)
    assert exported.differences == {"saved_model": exported.difference}
    assert exported.difference <= FORMATS["saved_model"].tolerance
    assert exported.size == sum(path.stat().st_size for path in exported.directory.rglob("*") if path.is_file())


def test_weights_are_written_once(run: zoo.Run, exported: zoo.ExportReport) -> None:
    needed = 4 * run.fit.model.count_params()
    written = (exported.directory / "variables" / "variables.data-00000-of-00001").stat().st_size
    assert needed <= written < needed + 2_000


def test_the_directory_says_what_it_is(exported: zoo.ExportReport) -> None:
    # Requests to warm up are there where tensorflow-serving-api is.
    assert [name for name in _names(exported.directory) if name != "assets.extra"] == [
        "README.md", "assets", "fingerprint.pb", "golden.npz", "saved_model.pb", "spec.yaml", "speczoo.hmac",
        "speczoo.json", "variables",
    ]  # fmt: skip
    manifest = json.loads((exported.directory / "speczoo.json").read_text())
    assert manifest["signatures"]["serving_default"] == {
        "inputs": {"input": {"shape": [8, 8, 1], "dtype": "float32"}},
        "outputs": {"output": {"shape": [10], "dtype": "float32"}},
    }
    assert manifest["classes"] == {"output": list("0123456789")}
    assert set(manifest["files"]) >= {"saved_model.pb", "spec.yaml", "variables/variables.index"}
    assert specs.load(exported.directory / "spec.yaml").name == "tiny"


def test_a_spec_is_exported_with_fresh_weights_and_all_its_inputs(tmp_path: Path) -> None:
    text = """
name: pair
inputs: {left: {shape: [null, 2]}, right: {shape: [4], dtype: int32}}
body:
  - Dense: {units: 3}
    name: l
    from: left
  - Dense: {units: 2}
    name: r
    from: right
outputs: {first: {from: r}, second: {from: l}}
"""
    report = zoo.export(specs.loads(text, file="pair.yaml"), out=tmp_path / "deep" / "pair")
    assert not report.trained
    manifest = json.loads((report.directory / "speczoo.json").read_text())
    assert (manifest["classes"], list(manifest["signatures"]["serving_default"]["outputs"])) == (
        None,
        ["first", "second"],
    )


def _disturb(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that is written computes with other weights than the model that was asked."""

    def write_other(model: keras.Model, *arguments: Any, frozen: bool) -> Any:
        if "dense1" in {layer.name for layer in model.layers}:
            weight = model.get_layer("dense1").kernel
            weight.assign(weight + 0.001)
        return write_program(model, *arguments, frozen=frozen)

    monkeypatch.setattr(exporting, "write_program", write_other)


def test_an_export_with_other_values_is_refused_and_the_old_one_stays(
    run: zoo.Run, exported: zoo.ExportReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(exported.directory, tmp_path / "tiny")
    before = (tmp_path / "tiny" / "speczoo.json").read_bytes()
    _disturb(monkeypatch)
    with pytest.raises(zoo.ExportError, match="the export computes other values than the model: off by"):
        export(run.directory, out=tmp_path / "tiny")
    assert _names(tmp_path) == ["tiny"]
    assert (tmp_path / "tiny" / "speczoo.json").read_bytes() == before


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        ({"1/a": np.zeros((1, 2))}, "answers with ['1/a'] instead of ['1/b']"),
        ({"1/b": np.zeros((1, 3))}, "answers with shape (1, 3) instead of (1, 2)"),
        ({"1/b": np.array([[1.0, np.nan]])}, "off by inf"),
        ({"1/b": np.array([[1.0, 100.002]])}, "off by 2.0e-05"),
    ],
)
def test_what_is_compared(answered: verifying.Arrays, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_ask", lambda export, asked, kind: answered)
    with pytest.raises(zoo.ExportError) as caught:
        verifying.verify(Path("export"), {}, {"1/b": np.array([[1.0, 100.0]])})
    assert message in str(caught.value)


def test_differences_are_measured_by_the_largest_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_ask", lambda export, asked, kind: {"1/b": np.array([[0.0005, 100.0]])})
    assert verifying.verify(Path("export"), {}, {"1/b": np.array([[0.0, 100.0]])}) == pytest.approx(5e-6)


def test_a_model_without_finite_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_ask", lambda export, asked, kind: {"1/b": np.array([np.inf])})
    with pytest.raises(zoo.ExportError, match="the model itself gives values that are not finite"):
        verifying.verify(Path("export"), {}, {"1/b": np.array([np.inf])})


def test_the_client_has_neither_keras_nor_speczoo(exported: zoo.ExportReport, tmp_path: Path) -> None:
    """The client says so itself; here it is made to break its word."""
    code = (
        Path(client.__file__).read_text().replace("import tensorflow as tf", "import tensorflow as tf\n    import zoo")
    )
    (tmp_path / "client.py").write_text(code)
    np.savez(
        tmp_path / "asked.npz", allow_pickle=False, **{"serving_default/1/input": np.zeros((1, 8, 8, 1), np.float32)}
    )
    command = [
        sys.executable,
        "client.py",
        "saved_model",
        str(exported.directory / "saved_model.pb"),
        "asked.npz",
        "answered.npz",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, check=False, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 1
    assert "the export was served with the help of zoo" in done.stderr


def test_an_export_that_cannot_be_served_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "client.py").write_text("import sys; sys.exit('no such signature')")
    monkeypatch.setattr(client, "__file__", str(tmp_path / "client.py"))
    with pytest.raises(zoo.ExportError, match="the export cannot be served:\nno such signature"):
        verifying.verify(tmp_path, {"1/a": np.zeros(1)}, {})


def test_an_export_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "client.py").write_text("import time; time.sleep(60)")
    monkeypatch.setattr(client, "__file__", str(tmp_path / "client.py"))
    monkeypatch.setattr(verifying, "TIMEOUT", 0.5)
    with pytest.raises(zoo.ExportError, match=r"the export cannot be served: no answer within 0\.5 s"):
        verifying.verify(tmp_path, {"1/a": np.zeros(1)}, {})


def test_a_foreign_directory_is_not_replaced(tiny: Document, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match=r"is not an export of speczoo: it has no speczoo\.json"):
        zoo.export(tiny, out=tmp_path / "mine")
    (tmp_path / "mine" / "speczoo.json").write_text("{}")
    with pytest.raises(UserError, match=r"is not a manifest of speczoo \(name: Field required\)"):
        zoo.export(tiny, out=tmp_path / "mine")
    assert _names(tmp_path / "mine") == ["speczoo.json", "thesis.txt"]


def test_a_foreign_file_in_an_export_is_not_deleted(run: zoo.Run, exported: zoo.ExportReport, tmp_path: Path) -> None:
    shutil.copytree(exported.directory, tmp_path / "tiny")
    (tmp_path / "tiny" / "assets" / "notes.txt").write_text("years of work")
    with pytest.raises(
        UserError, match=r"assets/notes\.txt: is no part of the export and would be lost; .* another --out"
    ):
        zoo.export(run.directory, out=tmp_path / "tiny")
    assert (tmp_path / "tiny" / "assets" / "notes.txt").read_text() == "years of work"


def test_fresh_weights_do_not_replace_trained_ones(
    tiny: Document, run: zoo.Run, exported: zoo.ExportReport, tmp_path: Path
) -> None:
    shutil.copytree(exported.directory, tmp_path / "tiny")
    with pytest.raises(
        UserError, match="tiny: has trained weights, which fresh ones do not replace; choose another --out"
    ):
        zoo.export(tiny, out=tmp_path / "tiny")
    for source, trained in ((tiny, False), (tiny, False), (run.directory, True)):
        zoo.export(source, out=tmp_path / "other")
        assert json.loads((tmp_path / "other" / "speczoo.json").read_text())["trained"] is trained


def test_the_spec_in_an_export_finds_the_data_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "verify", lambda *arguments: 0.0)
    text = "{name: two, input: {shape: [4]}, body: [Dense: {units: 2}], train: {data: {npz: {path: data/two.npz}}}}"
    (tmp_path / "specs").mkdir()
    document = specs.loads(text, file=str(tmp_path / "specs" / "two.yaml"))
    report = zoo.export(document, out=tmp_path / "a" / "b" / "two")
    again = specs.load(report.directory / "spec.yaml")
    assert data_paths(again) == data_paths(document) == (tmp_path.resolve() / "specs" / "data" / "two.npz",)


def test_an_unfinished_run_is_refused(run: zoo.Run, tmp_path: Path) -> None:
    shutil.copytree(run.directory, tmp_path / "run")
    with pytest.raises(UserError, match=r"a run has its values already \(got units\)"):
        zoo.export(tmp_path / "run", units=3)
    (tmp_path / "run" / "metrics.json").unlink()
    with pytest.raises(UserError, match=r"is not a finished run: it has no metrics\.json"):
        zoo.export(tmp_path / "run")


def test_weights_that_do_not_fit_are_refused(run: zoo.Run, tmp_path: Path) -> None:
    shutil.copytree(run.directory, tmp_path / "run")
    (tmp_path / "run" / "model.keras").write_bytes((run.directory / "model.keras").read_bytes()[:1000])
    with pytest.raises(RunError, match=r"model\.keras: its weights cannot be loaded"):
        zoo.export(tmp_path / "run", out=tmp_path / "export")
    spec = (run.directory / "spec.yaml").read_text()
    (tmp_path / "run" / "spec.yaml").write_text(spec.replace("units: 16", "units: 17"))
    shutil.copy(run.directory / "model.keras", tmp_path / "run" / "model.keras")
    with pytest.raises(RunError, match=r"model\.keras: its weights cannot be loaded"):
        zoo.export(tmp_path / "run", out=tmp_path / "export")
    assert _names(tmp_path) == ["run"]


KILLED = """
import os, signal, sys
from zoo.exports import exporting
exporting.verify = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
exporting.export(sys.argv[1], out=sys.argv[2])
"""


def test_kill_9_leaves_the_old_export(run: zoo.Run, exported: zoo.ExportReport, tmp_path: Path) -> None:
    shutil.copytree(exported.directory, tmp_path / "tiny")
    command = [sys.executable, "-c", KILLED, str(run.directory), str(tmp_path / "tiny")]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == -9
    for path in filter(Path.is_file, exported.directory.rglob("*")):
        assert (tmp_path / "tiny" / path.relative_to(exported.directory)).read_bytes() == path.read_bytes()
    assert [name for name in _names(tmp_path) if not name.startswith(".tiny.partial-")] == ["tiny"]
    assert len(_names(tmp_path)) == 2
    zoo.export(run.directory, out=tmp_path / "tiny")
    assert _names(tmp_path) == ["tiny"]


def test_auxiliary_outputs_are_left_out(tmp_path: Path) -> None:
    text = """
name: helped
input: {shape: [4]}
body:
  - {Dense: {units: 3}, name: stem}
  - {Dense: {units: 2}, name: side}
  - {Dense: {units: 2}, name: main, from: stem}
outputs:
  main: main
  side: {from: side, loss_weight: 0.3, auxiliary: true}
"""
    path = tmp_path / "helped.yaml"
    path.write_text(text)
    assert set(zoo.build(path).output) == {"main", "side"}
    report = zoo.export(path, tmp_path / "exported")
    loaded = tensorflow.saved_model.load(str(report.directory))
    assert list(loaded.signatures["serving_default"].structured_outputs) == ["main"]
    assert [weight.shape for weight in loaded.weights] == [(4, 3), (3,), (3, 2), (2,)]
