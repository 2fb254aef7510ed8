"""Several runs as one model."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from specs.document import Document
from specs.errors import UserError
from tests.zoo.conftest import TINY
from zoo.backend import keras
from zoo.finished import Finished, Member, read_finished
from zoo.voting import Voting, _Common


@pytest.fixture(scope="module")
def other(tiny: Document, tmp_path_factory: pytest.TempPathFactory) -> zoo.Run:
    return zoo.train(tiny, out=tmp_path_factory.mktemp("runs") / "other", units=8)


@pytest.fixture(scope="module")
def pair(run: zoo.Run, other: zoo.Run, tmp_path_factory: pytest.TempPathFactory) -> zoo.Ensemble:
    out = tmp_path_factory.mktemp("ensembles") / "pair"
    return zoo.ensemble([run.directory, other.directory], out, weights=[1, 3])


def answers(run: zoo.Run, dataset: zoo.Dataset) -> Any:
    return np.asarray(run.fit.model(dataset.test.all().x["input"], training=False))


def test_the_whole_is_the_weighted_mean_of_its_members(
    run: zoo.Run, other: zoo.Run, pair: zoo.Ensemble, dataset: zoo.Dataset
) -> None:
    mean = (answers(run, dataset) + 3 * answers(other, dataset)) / 4
    finished = read_finished(pair.directory)
    found = finished.model()(dataset.test.all().x["input"], training=False)
    np.testing.assert_allclose(found, mean, rtol=1e-5, atol=1e-6)
    labels = dataset.test.all().y["output"]
    assert pair.whole.metrics["accuracy"] == pytest.approx(np.mean(mean.argmax(axis=1) == labels))
    assert pair.whole.metrics["loss"] == pytest.approx(-np.log(mean[np.arange(len(labels)), labels]).mean(), rel=1e-4)
    assert list(pair.members) == [str(run.directory), str(other.directory)]
    assert pair.members[str(other.directory)].metrics == pytest.approx(other.metrics["test"], rel=1e-5)


def test_the_directory_says_who_votes_and_how(run: zoo.Run, pair: zoo.Ensemble) -> None:
    assert sorted(path.name for path in pair.directory.parent.iterdir()) == ["pair"]
    assert sorted(path.name for path in pair.directory.iterdir()) == ["classes.json", "ensemble.yaml", "metrics.json"]
    metrics = json.loads((pair.directory / "metrics.json").read_text())
    assert (metrics["name"], metrics["vote"], metrics["weights"]) == ("pair", "mean", [1, 3])
    assert metrics["test"] == pair.whole.metrics
    assert metrics["members"][0] == {"run": str(run.directory), "test": pair.members[str(run.directory)].metrics}


def test_an_ensemble_is_evaluated_asked_and_exported_as_a_run(
    pair: zoo.Ensemble, dataset: zoo.Dataset, tmp_path: Path
) -> None:
    assert zoo.evaluate(pair.directory) == pair.whole
    report = zoo.export(pair.directory, out=tmp_path / "exported")
    assert (report.name, report.trained) == ("pair", True)
    names = {path.name for path in report.directory.iterdir()}
    assert {"saved_model.pb", "ensemble.yaml", "member1.yaml", "member2.yaml"} <= names
    np.save(tmp_path / "some.npy", dataset.test.all().x["input"][:5])
    one, two = (zoo.predict(each, [tmp_path / "some.npy"], 1) for each in (pair.directory, report.directory))
    first, second = ([each.outputs["output"].top[0] for each in found] for found in (one, two))
    assert [each.label for each in first] == [each.label for each in second]
    assert [each.value for each in first] == pytest.approx([each.value for each in second], abs=1e-5)
    recovered = zoo.recover(report.directory, tmp_path / "back")
    assert zoo.evaluate(recovered.directory) == pair.whole
    assert zoo.recover(zoo.export(recovered.directory, tmp_path / "again").directory, tmp_path / "twice").finished


def _vote(vote: Any, gives: Any, *rows: list[float], weights: tuple[float, ...] = (1.0, 1.0)) -> list[float]:
    layer = _Common(Voting(vote, weights), gives)
    return np.asarray(layer([keras.ops.convert_to_tensor([row]) for row in rows]))[0].tolist()  # type: ignore[no-any-return]


def test_each_vote_by_hand() -> None:
    a, b = [0.5, 0.4, 0.1], [0.1, 0.4, 0.5]
    assert _vote("mean", "probabilities", a, b) == pytest.approx([0.3, 0.4, 0.3])
    assert _vote("mean", "probabilities", a, b, weights=(3, 1)) == pytest.approx([0.4, 0.4, 0.2])
    geometric = np.sqrt(np.multiply(a, b))
    assert _vote("logits", "probabilities", a, b) == pytest.approx(geometric / geometric.sum())
    assert _vote("majority", "probabilities", a, b, weights=(1, 3)) == pytest.approx([0.25, 0, 0.75])
    assert _vote("mean", "numbers", [10.0], [20.0], weights=(1, 3)) == pytest.approx([17.5])


def test_logits_come_out_as_logits() -> None:
    """So that the loss which the members learnt by can judge the whole."""
    a, b = [2.0, 0.0, -1.0], [0.0, 1.0, 3.0]
    mean = np.mean([np.exp(each) / np.exp(each).sum() for each in (a, b)], axis=0)
    assert _vote("mean", "logits", a, b) == pytest.approx(np.log(mean), rel=1e-4)
    middle = np.exp(np.mean([a, b], axis=0))
    assert _vote("logits", "logits", a, b) == pytest.approx(np.log(middle / middle.sum()), rel=1e-4)


def test_a_number_alone_is_the_probability_of_the_second_class() -> None:
    assert _vote("mean", "probabilities", [0.2], [0.9]) == pytest.approx([0.55])
    assert _vote("majority", "probabilities", [0.2], [0.9], weights=(1, 3)) == pytest.approx([0.75])
    assert _vote("logits", "probabilities", [0.2], [0.8]) == pytest.approx([0.5])
    assert _vote("logits", "logits", [1.0], [2.0]) == pytest.approx([1.5], rel=1e-4)


def test_no_probability_is_too_small_for_a_logarithm() -> None:
    assert _vote("logits", "probabilities", [1.0, 0.0], [0.9, 0.1]) == pytest.approx([1, 0], abs=1e-6)


def test_members_that_do_not_go_together_are_refused(run: zoo.Run, other: zoo.Run, tmp_path: Path) -> None:
    def refused(message: str, *runs: Path, **how: Any) -> None:
        with pytest.raises(UserError, match=message):
            zoo.ensemble(runs, tmp_path / "out", **how)
        assert not (tmp_path / "out").exists()

    refused(r"an ensemble needs at least two runs \(got 1\)", run.directory)
    refused("is named twice", run.directory, other.directory, run.directory)
    refused(r"a number above 0 for each of the 2 runs \(got 1, 0\)", run.directory, other.directory, weights=[1, 0])
    refused(r"for each of the 2 runs \(got 1\)", run.directory, other.directory, weights=[1])
    shutil.copytree(other.directory, tmp_path / "changed")
    metrics = other.metrics | {"data": {"fingerprint": "f" * 64}}
    (tmp_path / "changed" / "metrics.json").write_text(json.dumps(metrics))
    told = r"changed cannot vote with .*tiny: their data or the splits of them differ \(fingerprint \w{12}… and fingerp"
    refused(told, run.directory, tmp_path / "changed")
    (tmp_path / "changed" / "classes.json").write_text('{"output": ["a", "b"]}')
    told = r"their classes differ \(output: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and output: a, b\)"
    refused(told, run.directory, tmp_path / "changed")
    (tmp_path / "changed" / "spec.yaml").write_text(TINY.replace("units: 10", "units: 11"))
    refused(r"their outputs differ \(output 10 and output 11\)", run.directory, tmp_path / "changed")
    (tmp_path / "changed" / "spec.yaml").write_text(TINY.replace("[8, 8, 1]", "[8, 8, 1], dtype: int32"))
    refused(r"inputs differ \(input 8×8×1 float32 and input 8×8×1 int32\)", run.directory, tmp_path / "changed")


def test_an_existing_directory_is_not_overwritten(run: zoo.Run, other: zoo.Run, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exists already; name a new directory"):
        zoo.ensemble([run.directory, other.directory], tmp_path)


def test_a_member_that_has_changed_since_does_not_vote(
    run: zoo.Run, other: zoo.Run, pair: zoo.Ensemble, tmp_path: Path
) -> None:
    for name, directory in (("a", run.directory), ("b", other.directory)):
        shutil.copytree(directory, tmp_path / name)
    shutil.copytree(pair.directory, tmp_path / "pair")
    text = (tmp_path / "pair" / "ensemble.yaml").read_text()
    lines = text.splitlines()
    found = [line.split("path: ")[1].split(",")[0] for line in lines if "path: " in line]
    for path, name in zip(found, ("../a", "../b"), strict=True):
        text = text.replace(path, name)
    (tmp_path / "pair" / "ensemble.yaml").write_text(text)
    assert len(read_finished(tmp_path / "pair").members) == 2
    shutil.copy(tmp_path / "b" / "model.keras", tmp_path / "a" / "model.keras")
    with pytest.raises(UserError, match=r"pair: its member .*a no longer has the model\.keras that it had"):
        zoo.evaluate(tmp_path / "pair")
    (tmp_path / "pair" / "ensemble.yaml").write_text(text.replace("vote: mean", "vote: dictator"))
    with pytest.raises(UserError, match=r"ensemble\.yaml: describes no ensemble \(vote: "):
        zoo.evaluate(tmp_path / "pair")


def test_models_that_give_numbers_vote_by_mean_only(run: zoo.Run, other: zoo.Run, tmp_path: Path) -> None:
    for name, directory in (("a", run.directory), ("b", other.directory)):
        shutil.copytree(directory, tmp_path / name)
        (tmp_path / name / "classes.json").write_text("{}")
    with pytest.raises(UserError, match=r"a: gives numbers, on which models vote by mean only \(got majority\)"):
        zoo.ensemble([tmp_path / "a", tmp_path / "b"], tmp_path / "out", vote="majority")


def test_several_inputs_and_outputs(spec: Any, tmp_path: Path) -> None:
    document = spec("""
name: two
inputs: {right: {shape: [2]}, left: {shape: [3]}}
body:
  - {Dense: {units: 2, activation: softmax}, name: a, from: left}
  - {Dense: {units: 4, activation: softmax}, name: b, from: right}
outputs: {first: {from: a}, second: {from: b}}
train: {data: {npz: {path: none.npz}}}
""")

    class Fresh(Member):
        def model(self, name: str) -> keras.Model:
            return zoo.build(self.graph)

    members = (Fresh(tmp_path, document, {"first": ("x", "y"), "second": tuple("wxyz")}, ""),)
    finished = Finished(tmp_path, "whole", members, Voting("logits", (2.0,)))
    x = {"left": np.ones((5, 3), np.float32), "right": np.ones((5, 2), np.float32)}
    found = finished.model()(x)
    assert {name: tuple(each.shape) for name, each in found.items()} == {"first": (5, 2), "second": (5, 4)}
    np.testing.assert_allclose(np.sum(found["second"], axis=-1), 1, rtol=1e-5)
