"""`tuner.search` and the running of one trial, with training replaced by something quick."""

import functools
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import specs
import tuner
import zoo
from specs.errors import Mark, Problem, SpecError, UserError
from tuner import report
from tuner.study import Study

SPEC = """
name: tiny
params: {units: 4, learning_rate: 0.01, activation: relu}
input: {shape: [8, 8, 1]}
body:
  - Flatten
  - Dense: {units: $units, activation: $activation}
  - Dense: {units: 10, activation: softmax}
train: {data: digits, optimizer: {Adam: {learning_rate: $learning_rate}}, epochs: 3}
search:
  trials: 3
  space:
    units: {values: [4, 8]}
    learning_rate: {min_value: 1e-3, max_value: 1e-1, sampling: log}
"""

search = functools.partial(tuner.search, workers=0)
"""In this process, where training can be replaced."""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(SPEC)
    return path


class Training:
    """In place of zoo.fit: remembers its calls, ends as told, else gives a history that depends on the params."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.most = 10**9
        """Examples of a batch that memory holds."""
        self.error: Callable[[Mapping[str, Any]], BaseException | None] = lambda params: None
        self.history: Callable[[Mapping[str, Any]], list[dict[str, float]]] = lambda params: [
            {"val_accuracy": 0.2},
            {"val_accuracy": params["units"] / 10 - params["learning_rate"]},
            {"val_accuracy": 0.1},
        ]

    def __call__(self, document: specs.Document, dataset: object, **options: Any) -> Any:
        assert document.train is not None
        size = document.train.batch_size
        self.calls.append({"params": dict(document.params), "batch_size": size, **options})
        error = self.error(document.params) or (MemoryError() if size > self.most else None)
        if error is not None:
            raise error
        model = SimpleNamespace(save_weights=lambda path: Path(path).write_text(str(dict(document.params))))
        return SimpleNamespace(model=model, history=tuple(self.history(document.params)), best_epoch=1)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Training:
    found = Training()
    monkeypatch.setattr(zoo, "fit", found, raising=False)
    monkeypatch.setattr(zoo, "load_data", lambda document: SimpleNamespace(fingerprint="digits"), raising=False)
    return found


def test_the_best_spec_is_written_and_loads(spec: Path, tmp_path: Path, training: Training) -> None:
    result = search(spec, tmp_path / "out")
    best_call = max(training.calls, key=lambda call: call["params"]["units"] / 10 - call["params"]["learning_rate"])
    assert result.best.values.items() <= best_call["params"].items()
    assert result.best.epoch == 2
    assert "<td>done</td>" in (result.out / "report.html").read_text()
    assert [call["epochs"] for call in training.calls] == [3, 3, 3]
    best = specs.load(result.spec)
    assert {name: best.params[name] for name in result.best.values} == result.best.values
    assert report.as_json(result)["best"] == {
        "values": dict(result.best.values),
        "score": result.best.score,
        "trial": result.best.id,
    }


def test_the_same_search_again_gives_the_same_without_training(spec: Path, tmp_path: Path, training: Training) -> None:
    first = search(spec, tmp_path / "out")
    training.calls.clear()
    assert search(spec, tmp_path / "out") == first
    assert training.calls == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs: 3", "epochs: 4", "train.epochs: 3 -> 4"),
        ("max_value: 1e-1", "max_value: 1", "search.space.learning_rate.max_value: 0.1 -> 1"),
        ("  trials: 3", "  trials: 3\n  seed: 2", "search.seed: 0 -> 2"),
        ("  trials: 3", "  trials: 3\n  oracle: grid", "search.oracle: 'random' -> 'grid'"),
        ("  trials: 3", "  trials: 3\n  objective: val_loss", "search.objective[0]: 'val_accuracy' -> 'val_loss'"),
        ("activation: relu}\ni", "activation: gelu}\ni", "params.activation: 'relu' -> 'gelu'"),
        ("  - Flatten", "  - Flatten\n  - Dropout: {rate: 0.5}", "body[1].Dropout: absent -> {rate: 0.5}"),
    ],
)
def test_a_changed_spec_is_refused(
    spec: Path, tmp_path: Path, training: Training, old: str, new: str, said: str
) -> None:
    search(spec, tmp_path / "out")
    assert old in SPEC
    spec.write_text(SPEC.replace(old, new))
    with pytest.raises(tuner.StudyChangedError) as caught:
        search(spec, tmp_path / "out")
    assert f"  {said}" in str(caught.value).splitlines()


def test_changed_data_are_refused(
    spec: Path, tmp_path: Path, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    search(spec, tmp_path / "out")
    monkeypatch.setattr(zoo, "load_data", lambda document: SimpleNamespace(fingerprint="others"))
    with pytest.raises(tuner.StudyChangedError, match="data: 'digits' -> 'others'"):
        search(spec, tmp_path / "out")


def test_words_about_the_spec_and_the_number_of_trials_may_change(
    spec: Path, tmp_path: Path, training: Training
) -> None:
    search(spec, tmp_path / "out")
    spec.write_text(SPEC.replace("name: tiny", "name: tiny\nsummary: small").replace("trials: 3", "trials: 4"))
    assert len(search(spec, tmp_path / "out").trials) == 4


def test_a_diverged_trial_is_recorded_with_its_reason(spec: Path, tmp_path: Path, training: Training) -> None:
    training.error = lambda params: zoo.Diverged("tiny", 0, "loss", float("nan")) if params["units"] == 8 else None
    result = search(spec, tmp_path / "out", oracle="grid", trials=12)
    failed = [trial for trial in result.trials if trial.status == "failed"]
    assert failed and all("training diverged in epoch 1: loss is nan" in str(trial.reason) for trial in failed)
    assert result.best.values["units"] == 4


def test_out_of_memory_is_recorded_with_its_reason(spec: Path, tmp_path: Path, training: Training) -> None:
    import tensorflow as tf

    training.error = lambda params: (
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating\ntensor " + "x" * 999)
        if params["units"] == 8
        else None
    )
    result = search(spec, tmp_path / "out", oracle="grid", trials=12)
    failed = [trial for trial in result.trials if trial.status == "failed"]
    assert failed and all("out of memory: OOM when allocating tensor xx" in str(trial.reason) for trial in failed)
    assert all(len(str(trial.reason)) <= 300 for trial in failed)


def test_what_memory_does_not_hold_is_trained_in_parts(spec: Path, tmp_path: Path, training: Training) -> None:
    training.most = 10
    result = search(spec, tmp_path / "out", trials=2)
    assert [trial.status for trial in result.trials] == ["done"] * 2
    sizes = [call["batch_size"] for call in training.calls]
    assert sizes == [32, 16, 8, 8], "what the first trial has shown the second need not try"
    search(spec, tmp_path / "out", trials=3)
    assert [call["batch_size"] for call in training.calls][4:] == [8], "nor one of a search that was taken up again"
    with Study.open(tmp_path / "out" / "study.sqlite") as study:
        assert [trial.micro_batches for trial in study.trials()] == [4, 4, 4]
    training.most = 0
    with pytest.raises(tuner.SearchError, match="out of memory"):
        search(spec, tmp_path / "none", trials=1)
    assert training.calls[-1]["batch_size"] == 1


def test_other_errors_of_tensorflow_are_bugs(spec: Path, tmp_path: Path, training: Training) -> None:
    import tensorflow as tf

    training.error = lambda params: tf.errors.InvalidArgumentError(None, None, "a bug")
    with pytest.raises(tf.errors.InvalidArgumentError):
        search(spec, tmp_path / "out")


def test_combinations_that_cannot_be_built_are_left_out_and_told(
    spec: Path, tmp_path: Path, training: Training
) -> None:
    text = SPEC.replace("  - Flatten", "  - Conv2D: {filters: 2, kernel_size: $(units * width)}\n  - Flatten")
    text = text.replace("{units: 4,", "{units: 4, width: 1,").replace("space:", "space:\n    width: {values: [1, 2]}")
    spec.write_text(text)
    result = search(spec, tmp_path / "out", oracle="grid", trials=40)
    tried = {(trial.values["width"], trial.values["units"]) for trial in result.trials}
    assert tried == {(1, 4), (1, 8), (2, 4)}, "a window of 16 does not fit into the 8×8 image"
    assert all(trial.status == "done" for trial in result.trials)
    assert [dict(region.values) for region in result.left_out] == [{"width": (2,), "units": (8,)}]
    assert [call["params"] for call in training.calls if call["params"]["units"] * call["params"]["width"] > 8] == []


def test_a_combination_that_only_a_trial_meets_is_recorded(spec: Path, tmp_path: Path, training: Training) -> None:
    """Spaces too large to be proven whole may hold one that the checker refuses when it is tried."""
    problem = Problem(Mark("tiny.yaml", 6, 5), "body[0]", "does not fit")
    training.error = lambda params: SpecError([problem]) if params["units"] == 8 else None
    result = search(spec, tmp_path / "out", oracle="grid", trials=12)
    failed = [trial for trial in result.trials if trial.status == "failed"]
    assert failed and all(trial.values["units"] == 8 for trial in failed)
    assert {trial.reason for trial in failed} == {"the spec is refused: tiny.yaml:6:5: body[0]: does not fit"}


def test_an_objective_that_is_never_finite_is_a_failure(spec: Path, tmp_path: Path, training: Training) -> None:
    training.history = lambda params: [{"val_accuracy": float("nan")}]
    with pytest.raises(tuner.SearchError, match="all 3 trials failed: val_accuracy was not finite in any epoch"):
        search(spec, tmp_path / "out")
    assert not (tmp_path / "out" / "best.yaml").exists()


def test_an_objective_that_training_does_not_report_stops_the_search(
    spec: Path, tmp_path: Path, training: Training
) -> None:
    training.history = lambda params: [{"loss": 1.0, "val_loss": 2.0}]
    with pytest.raises(tuner.SearchError, match="training reports no val_accuracy, only loss, val_loss"):
        search(spec, tmp_path / "out")


def test_hyperband_trains_on_from_whole_weights_only(spec: Path, tmp_path: Path, training: Training) -> None:
    out = tmp_path / "out"
    result = search(spec, out, oracle="hyperband", trials=4)
    promoted = training.calls[-1]
    assert (promoted["epochs"], promoted["initial_epoch"]) == (3, 1)
    assert promoted["weights"].parent == out / "trials"
    assert max(trial.epoch or 0 for trial in result.trials) == 3

    for path in (out / "trials").iterdir():
        path.write_text("torn")
    again = tmp_path / "torn"
    search(spec, again, oracle="hyperband", trials=3)
    for path in (again / "trials").iterdir():
        path.write_text("torn")
    search(spec, again, oracle="hyperband", trials=4)
    assert (training.calls[-1]["weights"], training.calls[-1]["initial_epoch"]) == (None, 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trials": 0}, r"trials: must be at least 1 \(got 0\)"),
        ({"oracle": "bayes"}, r"oracle: no such oracle \(got 'bayes'\); did you mean bayesian\?"),
        ({"unts": 3}, "unts"),
    ],
)
def test_a_wrong_call_is_refused(spec: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        search(spec, **options)


def test_trials_at_once_are_refused_off_jax(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec.write_text(SPEC.replace("search:", "search:\n  trials_per_step: 2"))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    said = r"trials train at once on JAX alone; set KERAS_BACKEND=jax, or trials_per_step: 1 \(got tensorflow\)"
    with pytest.raises(UserError, match=said):
        search(spec)


def test_a_spec_without_a_search_is_refused(spec: Path) -> None:
    spec.write_text(SPEC[: SPEC.index("search:")])
    with pytest.raises(UserError, match=r"tiny\.yaml: has no search section"):
        search(spec)


def test_importing_the_package_loads_no_keras() -> None:
    program = (
        "import sys, tuner, tuner.report; print(sorted({'keras', 'numpy', 'rich', 'keras_tuner'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"
