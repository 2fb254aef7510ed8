"""`zoo lr-find`: what it suggests trains, and what it cannot know it does not say."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import specs
import zoo
from cli import main
from specs.document import Document
from specs.errors import RunError, UserError
from zoo import lr_finding
from zoo.lr_finding import judged

Spec = Callable[[str], Document]

TEXT = """\
# A spec with comments.
name: tiny
params: {units: 16}
input: {shape: [8, 8, 1]}
body:
  - Rescaling: {scale: $(1 / 255)}   # pixels
  - Flatten
  - Dense: {units: $units, activation: relu}
  - Dense: {units: 10, activation: softmax}
train:
  optimizer: {SGD: {learning_rate: 1e-4, momentum: 0.9}}   # far too small
  epochs: 2
"""
RATES = np.geomspace(1e-5, 1.0, 101).tolist()


@pytest.fixture(scope="module")
def found() -> zoo.RangeTest:
    return zoo.lr_find(specs.loads(TEXT))


def loss_after(rate: float) -> float:
    document = specs.loads(TEXT.replace("1e-4", f"{rate:g}"))
    try:
        return zoo.fit(document, zoo.load_data(document)).history[-1]["val_loss"]
    except zoo.Diverged:
        return float("inf")


def test_the_suggestion_trains_better_than_far_lower_and_far_higher_rates(found: zoo.RangeTest) -> None:
    assert found.suggestion is not None
    best, low, high = (loss_after(found.suggestion * factor) for factor in (1, 0.01, 100))
    assert best < 0.6 * low
    assert best < 0.6 * high


def test_a_test_ends_where_the_loss_is_four_times_its_lowest(found: zoo.RangeTest) -> None:
    assert found.diverged
    assert found.steps == len(found.rates) == len(found.losses) == len(found.smoothed) < 100
    assert found.smoothed[-1] > 4 * min(found.smoothed) > max(found.smoothed[:-3])
    assert found.rates[:2] == pytest.approx((1e-7, 1e-7 * 1e8 ** (1 / 99)))
    assert found.tenth == pytest.approx(found.rates[int(np.argmin(found.smoothed))] / 10, rel=0.05)


def test_equal_specs_give_equal_tests_and_every_rate_is_the_one_that_trains() -> None:
    """With a rate that changes nothing all losses are those of the fresh model, with the highest they are not."""
    document = specs.loads(TEXT)
    still, again = (zoo.lr_find(document, max_learning_rate=1e-6, steps=20) for _ in range(2))
    moved = zoo.lr_find(document, min_learning_rate=1e-3, max_learning_rate=1.0, steps=20)
    assert still == again
    assert still.losses[0] == moved.losses[0]
    assert still.losses[-1] == pytest.approx(still.losses[0], rel=0.2)
    assert moved.losses[-1] < 0.8 * still.losses[-1]
    assert (still.suggestion, still.verdict) == (None, f"tiny: {lr_finding.NEVER_FELL}")


BRANCHES = """
name: two_outputs
input: {shape: [8, 8, 1]}
body:
  - Rescaling: {scale: $(1 / 255)}
  - Flatten: {}
    name: pixels
  - Dense: {units: 10, activation: softmax}
    name: one
  - Dense: {units: 10, activation: softmax}
    name: two
    from: pixels
outputs:
  one: one
  two: {from: two, loss_weight: 0.5}
train:
  batch_growth: {every_epochs: 1, max_batch_size: 64}
  steps_per_execution: 4
  optimizer: {ScheduleFreeAdamW: {warmup_steps: 50, gradient_accumulation_steps: 2}}
"""


def test_several_outputs_and_a_recipe_that_changes_rates_by_itself() -> None:
    found = zoo.lr_find(specs.loads(BRANCHES), min_learning_rate=1e-4, max_learning_rate=100.0, steps=30)
    assert found.suggestion is not None
    assert 1e-3 < found.suggestion < 10
    # One and a half times the logarithm of ten classes; two batches make a step.
    assert found.losses[0] == pytest.approx(1.5 * np.log(10), rel=0.3)
    assert found.rates[2] == pytest.approx(1e-4 * 1e6 ** (2 / 59))


def _curve(*levels: float) -> list[float]:
    """Losses that go from one level to the next, each over an equal part of the steps."""
    places = np.linspace(0, len(levels) - 1, len(RATES))
    return [float(each) for each in np.interp(places, np.arange(len(levels)), levels)]


WOBBLE = (np.random.default_rng(0).normal(size=len(RATES)) * 0.1).tolist()


@pytest.mark.parametrize(
    ("losses", "diverged", "verdict"),
    [
        (_curve(1, 1, 1), False, "the loss does not fall at any"),
        ([1 + each for each in WOBBLE], False, "the loss does not fall at any"),
        (_curve(1, 2, 3), False, "the loss does not fall at any"),
        (_curve(1, 2, 5), True, "the loss rises from the start; let the rate rise from a lower one"),
        ([1.0, 9.0], True, "the loss rises from the start"),
        ([*np.geomspace(1, 0.01, len(RATES))], False, "fastest at the lowest rates of all"),
        ([*(1 - np.geomspace(1e-3, 0.9, len(RATES)))], False, "fastest at the highest rates of all"),
    ],
)
def test_nothing_is_suggested_where_nothing_was_learnt(losses: list[float], diverged: bool, verdict: str) -> None:
    found = judged("one", RATES[: len(losses)], losses, diverged, len(RATES))
    assert found.suggestion is found.tenth is None
    assert verdict in found.verdict


def test_the_suggestion_is_where_the_loss_falls_fastest_and_noise_moves_it_little() -> None:
    losses = _curve(2, 2, 2, 1.8, 0.8, 0.6, 0.6)
    clean, noisy = (judged("one", RATES, each, False, 101) for each in (losses, np.add(losses, WOBBLE).tolist()))
    for found in (clean, noisy):
        assert found.suggestion is not None
        assert RATES[50] < found.suggestion < RATES[66]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"min_learning_rate": 0.0}, "from above 0"),
        ({"min_learning_rate": 1.0, "max_learning_rate": 0.1}, "got 1 to 0.1"),
        ({"steps": 3}, "at least 20 steps"),
    ],
)
def test_ranges_that_are_none_are_refused(how: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        zoo.lr_find("digits_mlp", **how)


NUMBERS = """
name: numbers
input: {shape: [3]}
body: [Dense: {units: 1}]
train: {data: {npz: {path: given.npz}}, loss: MeanSquaredError}
"""


def test_a_loss_that_is_no_number_at_once_is_told() -> None:
    data = (np.ones((64, 3), np.float32), np.full((64, 1), 1e30, np.float32))
    with pytest.raises(RunError, match="numbers: the first loss is no finite number"):
        zoo.lr_find(specs.loads(NUMBERS), data=data, steps=20)


def called(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["lr-find", *arguments])


def replayed(monkeypatch: pytest.MonkeyPatch, test: zoo.RangeTest) -> None:
    """The test that was made already, in the place of one more."""
    monkeypatch.setattr("zoo.lr_report.lr_find", lambda document, **how: test)


def test_the_command_draws_and_writes_the_suggestion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: zoo.RangeTest
) -> None:
    monkeypatch.chdir(tmp_path)
    replayed(monkeypatch, found)
    Path("real.yaml").write_text(TEXT)
    Path("real.yaml").chmod(0o640)
    Path("mine.yaml").symlink_to("real.yaml")
    done = called("mine.yaml", "--write")
    assert done.exit_code == 0, done.output
    verdict, _, drawing, change = done.output.splitlines()
    assert verdict == found.verdict == f"tiny: the loss falls fastest at a learning rate of {found.suggestion}"
    assert drawing == "drawing: tiny.lr.svg"
    assert change == f"mine.yaml: train.optimizer.SGD.learning_rate: {found.suggestion} (was 0.0001)"
    assert Path("real.yaml").read_text() == TEXT.replace("1e-4", str(found.suggestion))
    assert Path("mine.yaml").is_symlink()
    assert Path("real.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml", "real.yaml", "tiny.lr.svg"]


def test_the_drawing_is_an_svg_with_the_suggestion_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: zoo.RangeTest
) -> None:
    replayed(monkeypatch, found)
    drawings = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for drawing in drawings:
        assert called("digits_mlp", "--out", str(drawing)).exit_code == 0
    first, second = (drawing.read_text() for drawing in drawings)
    assert first == second
    root = ElementTree.fromstring(first)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    told = " ".join(root.itertext())
    assert "learning rate" in told
    assert f"steepest fall: {found.suggestion}" in told


def test_with_json_an_object_is_printed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: zoo.RangeTest
) -> None:
    replayed(monkeypatch, found)
    done = called("digits_mlp", "--out", str(tmp_path / "one.svg"), "--json")
    printed = json.loads(done.stdout)
    assert (printed["suggestion"], printed["changes"]) == (found.suggestion, None)
    assert len(printed["rates"]) == len(printed["smoothed"]) == found.steps
    assert done.stderr == ""


def test_without_a_suggestion_the_command_draws_fails_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    replayed(monkeypatch, judged("tiny", RATES, _curve(1, 1), False, len(RATES)))
    Path("mine.yaml").write_text(TEXT)
    done = called("mine.yaml", "--write")
    assert done.exit_code == 1
    assert "tiny: the loss does not fall at any of the rates" in done.stderr
    assert Path("mine.yaml").read_text() == TEXT
    assert Path("tiny.lr.svg").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits_mlp", "--write"], "comes with speczoo"),
        (["digits_mlp", "--out", "one.png"], "the drawing is an .svg"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_test(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setattr("zoo.lr_report.lr_find", None)
    done = called(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr


def test_ctrl_c_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(document: Document, **how: Any) -> zoo.RangeTest:
        def stop(step: int, *told: float) -> None:
            if step == 3:
                raise KeyboardInterrupt

        return zoo.lr_find(document, **{**how, "on_step": stop})

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("zoo.lr_report.lr_find", interrupted)
    Path("mine.yaml").write_text(TEXT)
    done = called("mine.yaml", "--write")
    assert (done.exit_code, done.stderr) == (130, "stopped\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]
    assert Path("mine.yaml").read_text() == TEXT


def test_lines_in_a_pipe_say_how_far_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo import progress

    monkeypatch.setattr(progress, "EVERY", 0.0)
    with progress.stepping() as tell:
        tell["on_step"](40, 100, 1.23e-4, 2.5)
    assert capsys.readouterr() == ("", "step 40 of 100: learning rate 1.2e-04, loss 2.5000\n")
