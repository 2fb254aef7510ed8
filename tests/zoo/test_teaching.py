"""A student learns what its teacher answers, softened; the teacher stays as it is and outside of what is kept."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import DataError, SpecError, UserError
from specs.render import space
from tests.zoo.test_resuming import cut_off_at, without
from zoo.backend import keras
from zoo.finished import read_finished
from zoo.teaching import Distilled, Teaching

TEACHER = """
name: teacher
input: {shape: [4]}
body:
  - {Dense: {units: 8, activation: relu}, name: hidden}
  - {Dense: {units: 3, activation: softmax}, name: told}
train: {epochs: 1, seed: 3}
"""
STUDENT = """
name: student
params: {temperature: 4.0, alpha: 0.25}
input: {shape: [4]}
body:
  - Dropout: {rate: 0.1}
  - {Dense: {units: 3, activation: softmax}, name: learnt}
train:
  teacher: {path: teacher, temperature: $temperature, alpha: $alpha}
  optimizer: {SGD: {learning_rate: 0.5}}
  batch_size: 16
  epochs: 3
"""


def arrays() -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 4)).astype(np.float32)
    return x, x[:, :3].argmax(axis=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the run of the teacher."""
    found = tmp_path_factory.mktemp("taught")
    zoo.train(specs.loads(TEACHER, file=str(found / "teacher.yaml")), found / "teacher", data=arrays())
    return found


Load = Callable[..., Document]


@pytest.fixture(scope="module")
def load(folder: Path) -> Load:
    return lambda text=STUDENT, **params: specs.loads(text, file=str(folder / "student.yaml"), **params)


def softmax(logits: Any) -> Any:
    found = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return found / found.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("logits", [False, True])
def test_the_loss_is_that_of_the_paper(logits: bool) -> None:
    """alpha H(labels, q) + (1 - alpha) T² KL(p_T, q_T), in plain numpy, for answers of either form."""
    random = np.random.default_rng(1)
    z, v = random.normal(size=(2, 5, 3)).astype(np.float32)
    labels, weights = np.array([0, 2, 1, 1, 0]), np.array([1.0, 2.0, 0.0, 1.0, 0.5], np.float32)
    teaching = Teaching(None, logits, temperature=2.0, alpha=0.3, answers=v)
    hard = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    loss = Distilled(hard, teaching, takes_logits=logits)
    p, q = softmax(v / 2), softmax(z / 2)
    each = 0.3 * -np.log(softmax(z)[np.arange(5), labels]) + 0.7 * 4 * (p * np.log(p / q)).sum(axis=-1)
    given = z if logits else softmax(z)
    assert float(loss(labels, given)) == pytest.approx(each.mean(), rel=1e-5)
    assert float(loss(labels, given, weights)) == pytest.approx((weights * each).mean(), rel=1e-5)
    teaching.answers = None
    assert float(loss(labels, given)) == pytest.approx(float(hard(labels, given)))


def test_a_student_without_labels_comes_to_answer_as_its_teacher(load: Load, folder: Path) -> None:
    """With alpha 0 wrong labels do no harm: nothing but the teacher is learnt."""
    text = STUDENT.replace("Dropout: {rate: 0.1}", "{Dense: {units: 16, activation: relu}, name: own}")
    document = load(text.replace("epochs: 3", "epochs: 60"), alpha=0.0, temperature=1.0)
    x, y = arrays()
    data = zoo.as_dataset((x, (y + 1) % 3), document)
    fitted = zoo.fit(document, data)
    teacher = zoo.build(folder / "teacher" / "spec.yaml", weights=folder / "teacher")
    told, learnt = (keras.ops.convert_to_numpy(model(x)) for model in (teacher, fitted.model))
    assert (told.argmax(axis=1) == learnt.argmax(axis=1)).mean() > 0.9
    # In validation it is judged by the labels alone.
    part = data.validation.all()
    answers = keras.ops.convert_to_numpy(fitted.model(part.x["input"]))
    hard = -np.log(answers[np.arange(len(answers)), part.y["output"]]).mean()
    assert fitted.history[-1]["val_loss"] == pytest.approx(hard, rel=1e-5)


def test_what_is_kept_has_no_teacher_and_what_is_killed_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "teacher", tmp_path / "teacher")
    document = specs.loads(STUDENT, file=str(tmp_path / "student.yaml"))
    whole = zoo.train(document, tmp_path / "runs" / "whole", data=arrays())
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        cut_off_at(patch, 1, 1)
        zoo.train(document, tmp_path / "runs" / "cut", data=arrays())
    with np.load(tmp_path / "runs" / "cut" / "checkpoint.npz") as kept:
        shapes = sorted(kept[name].shape for name in kept.files if name.startswith("model/"))
    assert shapes == [(2,), (3,), (4, 3)], "the state of its dropout, its bias, its kernel"
    model = tmp_path / "teacher" / "model.keras"
    weights = model.read_bytes()
    model.write_bytes(weights + b"0")
    with pytest.raises(UserError, match="the teacher is not the one that the training was begun with"):
        zoo.resume(tmp_path / "runs" / "cut", data=arrays())
    model.write_bytes(weights)
    again = zoo.resume(tmp_path / "runs" / "cut", data=arrays())
    assert again.fit.history == whole.fit.history
    assert without(again.metrics) == without(whole.metrics)
    # A finished student needs its teacher no more.
    shutil.rmtree(tmp_path / "teacher")
    finished = read_finished(tmp_path / "runs" / "whole").model()
    for one, other in zip(finished.get_weights(), whole.fit.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(SpecError, match=r"train\.teacher\.path: must be a finished run; .*teacher is not there"):
        zoo.train(tmp_path / "runs" / "whole" / "spec.yaml", tmp_path / "more", data=arrays())


def test_trials_of_other_temperatures_share_a_model(load: Load) -> None:
    """And train to the same bits as alone."""
    compiled, (one, other) = zoo.CompiledModels(), (load(), load(temperature=2.0, alpha=0.5))
    together = [zoo.fit(each, arrays(), epochs=1, compiled=compiled).history for each in (one, other)]
    assert len(compiled.kept) == 1
    assert zoo.fit(other, arrays(), epochs=1).history == together[1] != together[0]


def test_the_spec_of_a_run_may_be_wrong(load: Load, folder: Path, tmp_path: Path) -> None:
    """Held against it by `zoo validate` where it is there, which says nothing where it is not."""
    (tmp_path / "student.yaml").write_text(STUDENT)
    checked = partial(space.checked, [str(tmp_path / "student.yaml")], {}, lambda line: None)
    assert checked().errors == ""
    shutil.copytree(folder / "teacher", tmp_path / "teacher")
    assert checked().errors == ""
    (tmp_path / "teacher" / "spec.yaml").write_text("name: teacher\ninput: {shape: [4]}\nbody: [Dens]\n")
    assert "train.teacher.path: the teacher's spec is not valid: " in checked().errors


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("shape: [4]", "shape: [5]", r"the teacher takes \(4,\), the student \(5,\)"),
        ("units: 3", "units: 4", r"the teacher gives \(3,\), the student \(4,\)"),
        ("path: teacher", "path: nobody", r"must be a finished run; .*nobody is not there"),
    ],
)
def test_a_run_that_does_not_fit_is_refused_before_training(load: Load, old: str, new: str, told: str) -> None:
    with pytest.raises(SpecError, match=rf"student\.yaml:\d+:\d+: train\.teacher\.path: {told}"):
        zoo.train(load(STUDENT.replace(old, new)), data=arrays())


def test_a_teacher_of_other_classes_is_refused(load: Load) -> None:
    document, (x, y) = load(), arrays()
    data = replace(zoo.as_dataset((x, y), document), classes={"output": ("ant", "bee", "cat")})
    with pytest.raises(DataError, match="the teacher tells 0, 1, 2; the data has ant, bee, cat"):
        zoo.fit(document, data)
