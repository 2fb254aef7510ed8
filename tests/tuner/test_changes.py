"""A study whose spec, space, data or code has changed since: refused with what changed, extended, or forked."""

import functools
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tuner
import zoo
from tuner.study import Study

SPEC = """
name: tiny
params: {units: 4, learning_rate: 0.01, activation: relu, batch_size: 64}
input: {shape: [8, 8, 1]}
defaults: {Dense: {use_bias: true}}
body:
  - Flatten
  - Dense: {units: $units, activation: $activation}
  - Dense: {units: 10, activation: softmax}
train:
  data: {digits: {validation_split: 0.2}}
  optimizer: {Adam: {learning_rate: $learning_rate}}
  epochs: 3
  batch_size: $batch_size
  seed: 0
search:
  trials: 8
  oracle: random
  space:
    units: {min_value: 1, max_value: 64}
    learning_rate: {min_value: 1e-3, max_value: 1e-1, sampling: log}
"""

CHANGES = {
    "a layer": ("  - Flatten", "  - Flatten\n  - Dropout: {rate: 0.5}", "body[1].Dropout: absent"),
    "an argument": ("activation: softmax", "activation: linear", "body[2].Dense.activation: 'softmax' -> 'linear'"),
    "a default of a layer": ("use_bias: true", "use_bias: false", "defaults.Dense.use_bias: true -> false"),
    "a layer's name": ("  - Flatten", "  - {Flatten: {}, name: flat}", "body[0]"),
    "a param that is not searched": ("relu,", "gelu,", "params.activation: 'relu' -> 'gelu'"),
    "a param's default": ("units: 4,", "units: 5,", "params.units: 4 -> 5"),
    "the batch size": ("batch_size: 64", "batch_size: 32", "params.batch_size: 64 -> 32"),
    "the optimizer": ("{Adam: {", "{SGD: {", "train.optimizer.Adam: {learning_rate"),
    "an argument of it": (
        "{learning_rate: $l",
        "{beta_1: 0.8, learning_rate: $l",
        "train.optimizer.Adam.beta_1: absent",
    ),
    "the epochs": ("epochs: 3", "epochs: 4", "train.epochs: 3 -> 4"),
    "the seed of training": ("  seed: 0\n", "  seed: 1\n", "train.seed: 0 -> 1"),
    "early stopping": ("  seed: 0\n", "  seed: 0\n  early_stopping: {patience: 1}\n", "train.early_stopping: absent"),
    "augmentation": ("  seed: 0\n", "  seed: 0\n  augment: [RandomFlip]\n", "train.augment: absent"),
    "the precision": ("  seed: 0\n", "  seed: 0\n  precision: mixed_bfloat16\n", "train.precision: absent"),
    "the split": ("split: 0.2", "split: 0.3", "train.data.digits.validation_split: 0.2 -> 0.3"),
    "a wider range": ("max_value: 64", "max_value: 99", "search.space.units.max_value: 64 -> 99"),
    "a narrower range": ("min_value: 1,", "min_value: 8,", "search.space.units.min_value: 1 -> 8"),
    "the sampling": ("sampling: log", "sampling: linear", "search.space.learning_rate.sampling: 'log' -> 'linear'"),
    "a step": ("max_value: 64}", "max_value: 64, step: 3}", "search.space.units.step: absent -> 3"),
    "one more param": (
        "  space:",
        "  space:\n    activation: {values: [relu, gelu]}",
        "search.space.activation: ",
    ),
    "one param less": ("    units: {min_value: 1, max_value: 64}\n", "", "search.space.units: {"),
    "the oracle": ("oracle: random", "oracle: bayesian", "search.oracle: 'random' -> 'bayesian'"),
    "the objective": (
        "  oracle:",
        "  objective: val_loss\n  oracle:",
        "search.objective[0]: ",
    ),
    "the epochs of a trial": ("  oracle:", "  epochs: 2\n  oracle:", "search.epochs: absent -> 2"),
    "the factor": ("  oracle:", "  factor: 4\n  oracle:", "search.factor: 3 -> 4"),
    "the seed of the search": ("  oracle:", "  seed: 7\n  oracle:", "search.seed: 0 -> 7"),
}

search = functools.partial(tuner.search, workers=0)


@pytest.fixture(autouse=True)
def training(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Scores that depend on the params alone; what was trained."""
    calls: list[dict[str, Any]] = []

    def fit(document: Any, dataset: object, **options: Any) -> Any:
        calls.append(dict(document.params))
        model = SimpleNamespace(save_weights=lambda path: Path(path).touch())
        score = document.params["units"] / 100 - document.params["learning_rate"]
        return SimpleNamespace(history=({"val_accuracy": score, "val_loss": -score},), model=model)

    monkeypatch.setattr(zoo, "fit", fit, raising=False)
    monkeypatch.setattr(zoo, "load_data", lambda document: SimpleNamespace(fingerprint="digits"), raising=False)
    return calls


def spec(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in SPEC
    path = folder / "tiny.yaml"
    path.write_text(SPEC.replace(old, new, 1) if old else SPEC)
    return path


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose study was made for the spec as it stands."""
    return tmp_path_factory.mktemp("studied")


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_refused_and_named(studied: Path, change: str, training: list[dict[str, Any]]) -> None:
    """keras-tuner #803, #1055: it mixed or ignored six of nine such changes."""
    out = studied / "out"
    if not out.exists():
        search(spec(studied), out)
    training.clear()
    old, new, said = CHANGES[change]
    with pytest.raises(tuner.StudyChangedError) as caught:
        search(spec(studied, old, new), out)
    assert any(line.startswith(f"  {said}") for line in str(caught.value).splitlines()), str(caught.value)
    assert not training


@pytest.mark.parametrize("name", ["speczoo", "keras", "keras-tuner", "tensorflow"])
def test_other_code_and_other_data_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    search(spec(tmp_path), tmp_path / "out", trials=1)
    monkeypatch.setattr("tuner.fingerprint.version", lambda each: "0.0" if each == name else version(each))
    with pytest.raises(tuner.StudyChangedError, match=rf"code\.{name}: '.*' -> '0\.0'"):
        search(spec(tmp_path), tmp_path / "out", trials=1)
    assert search(spec(tmp_path), tmp_path / "out", trials=1, extend=True).best.id == 1
    monkeypatch.setattr(zoo, "load_data", lambda document: SimpleNamespace(fingerprint="others"))
    with pytest.raises(tuner.StudyChangedError, match=r"data: 'digits' -> 'others'"):
        search(spec(tmp_path), tmp_path / "out", trials=1, extend=True)


@pytest.mark.parametrize(("oracle", "package"), [("tpe", "optuna"), ("cma_es", "cmaes")])
def test_another_version_of_what_proposes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, oracle: str, package: str
) -> None:
    path = spec(tmp_path, "oracle: random", f"oracle: {oracle}")
    search(path, tmp_path / "out", trials=1)
    monkeypatch.setattr("tuner.fingerprint.version", lambda each: "0.0" if each == package else version(each))
    with pytest.raises(tuner.StudyChangedError, match=rf"code\.{package}: '.*' -> '0\.0'"):
        search(path, tmp_path / "out", trials=1)


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        ("a wider range", lambda values: True),
        ("a narrower range", lambda values: values["units"] >= 8),
        ("a step", lambda values: values["units"] % 3 == 1 or values["units"] == 4),
        ("one more param", lambda values: True),
        ("one param less", lambda values: values["units"] == 4),
        ("a param that is not searched", lambda values: False),
        ("the oracle", lambda values: True),
        ("the seed of the search", lambda values: True),
    ],
)
def test_extending_keeps_what_is_still_asked_for(
    tmp_path: Path, change: str, stays: Any, training: list[dict[str, Any]]
) -> None:
    """keras-tuner #803: a changed space."""
    out = tmp_path / "out"
    before = sorted(search(spec(tmp_path), out, trials=6).trials, key=lambda trial: trial.id)
    training.clear()
    old, new, _ = CHANGES[change]
    found = search(spec(tmp_path, old, new), out, trials=8, extend=True).trials
    kept = [trial for trial in before if stays(trial.values)]
    assert len(found) == 8
    assert len(training) == 8 - len(kept), "what is kept is not trained again"
    scores = {trial.score for trial in found}
    assert {trial.score for trial in kept} <= scores
    assert len({tuple(trial.values.items()) for trial in found}) == 8, "no point twice"
    with Study.open(out / "study.sqlite") as study:
        assert len(study._said("before")[0]["trials"]) == 6, "what is not kept stays in the file"
    # And the extended study goes on as any other.
    training.clear()
    assert search(spec(tmp_path, old, new), out, trials=8).trials == found
    assert not training


def test_a_grid_that_is_extended_visits_each_point_once(tmp_path: Path, training: list[dict[str, Any]]) -> None:
    """keras-tuner #1055: a grid that is resumed."""
    small = "space: {units: {values: [2, 3, 5]}, activation: {values: [relu, gelu]}}"
    large = "space: {units: {values: [9, 5, 2, 7]}, activation: {values: [gelu, relu, elu]}}"
    text = SPEC[: SPEC.index("  space:")].replace("random", "grid").replace("units: 4", "units: 5")
    path = tmp_path / "tiny.yaml"
    path.write_text(f"{text}  {small}\n")
    search(path, tmp_path / "out", trials=4)
    path.write_text(f"{text}  {large}\n")
    found = search(path, tmp_path / "out", trials=99, extend=True).trials
    points = [(trial.values["units"], trial.values["activation"]) for trial in found]
    assert sorted(points) == sorted((u, a) for u in (9, 5, 2, 7) for a in ("gelu", "relu", "elu"))
    assert len(training) < 4 + 12


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("the epochs", r"scores from before and after could not be compared \(train\.epochs\)"),
        ("the objective", r"scores from before and after could not be compared \(search\.objective\[0\]\)"),
    ],
)
def test_what_cannot_be_extended_can_be_forked(
    tmp_path: Path, change: str, why: str, training: list[dict[str, Any]]
) -> None:
    best = search(spec(tmp_path), tmp_path / "old", trials=6).trials
    old, new, _ = CHANGES[change]
    changed = spec(tmp_path, old, new)
    with pytest.raises(tuner.StudyChangedError, match=f"--extend does not, {why}"):
        search(changed, tmp_path / "old", extend=True)
    training.clear()
    found = search(changed, tmp_path / "new", trials=6, fork=tmp_path / "old").trials
    points = [trial.values for trial in best if trial.id != 1]
    assert [dict(trial.values) for trial in sorted(found, key=lambda trial: trial.id)][1:3] == points[:2]
    assert len(training) == 6, "all are trained again"
    assert search(changed, tmp_path / "new", trials=6, fork=tmp_path / "old").trials == found


def test_hyperband_is_forked_and_not_extended(tmp_path: Path) -> None:
    search(spec(tmp_path), tmp_path / "old", trials=3, oracle="hyperband")
    wider = spec(tmp_path, *CHANGES["a wider range"][:2])
    with pytest.raises(tuner.StudyChangedError, match="--extend does not, the rounds of hyperband"):
        search(wider, tmp_path / "old", oracle="hyperband", extend=True)
    found = search(wider, tmp_path / "new", trials=4, oracle="hyperband", fork=tmp_path / "old")
    assert len(found.trials) == 4


@pytest.mark.parametrize(("source", "said"), [("none", "holds no study to fork"), ("new", "is the study itself")])
def test_a_fork_of_nothing_is_refused(tmp_path: Path, source: str, said: str) -> None:
    search(spec(tmp_path), tmp_path / "new", trials=1)
    with pytest.raises(tuner.StudyChangedError.__mro__[1], match=said):
        search(spec(tmp_path), tmp_path / "new", fork=tmp_path / source)
