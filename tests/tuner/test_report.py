"""What a person sees of a search."""

import io
import json
import re
from pathlib import Path

import pytest

from tuner import report
from tuner.reports import live
from tuner.searching import Event, Result
from tuner.study import Repeat, Trial

DONE = Trial(1, "done", {"rate": 0.00123456, "norm": "[bold]"}, score=0.91234, epoch=2, seconds=4.25, history=({}, {}))
FAILED = Trial(2, "failed", {"rate": 1.0, "norm": "batch"}, seconds=1.0, reason="loss is nan")
RUNNING = Trial(3, "running", {"rate": 0.5, "norm": "batch"})
LOGS = {"val_accuracy": 0.75}
RESULT = Result("val_accuracy", DONE, (DONE, FAILED), Path("studies/a"), Path("studies/a/best.yaml"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_json_is_what_the_command_promises() -> None:
    assert json.loads(json.dumps(report.as_json(RESULT))) == {
        "best": {"values": {"rate": 0.00123456, "norm": "[bold]"}, "score": 0.91234, "trial": 1},
        "trials": [
            {
                "id": 1,
                "status": "done",
                "values": dict(DONE.values),
                "score": 0.91234,
                "std": None,
                "trainings": [],
                "scores": {},
                "epoch": 2,
                "epochs": 2,
                "seconds": 4.25,
                "reason": None,
                "micro_batches": 1,
            },
            {
                "id": 2,
                "status": "failed",
                "values": dict(FAILED.values),
                "score": None,
                "std": None,
                "trainings": [],
                "scores": {},
                "epoch": None,
                "epochs": 0,
                "seconds": 1.0,
                "reason": "loss is nan",
                "micro_batches": 1,
            },
        ],
        "out": "studies/a",
        "report": "studies/a/report.html",
    }


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event("started", RUNNING, 5), None),
        (Event("epoch", RUNNING, 5, 1, {}), None),
        (Event("found", RUNNING, 5), None),
        (Event("ended", DONE, 5), "trial 1 of 5: rate 0.001235, norm [bold]: done, 0.9123 (4.2 s)"),
        (Event("ended", FAILED, 5), "trial 2 of 5: rate 1, norm batch: failed, loss is nan (1.0 s)"),
        (Event("found", DONE, 5), "trial 1 of 5: rate 0.001235, norm [bold]: done, 0.9123 (recorded before)"),
    ],
)
def test_a_line_an_ended_trial(event: Event, text: str | None) -> None:
    assert live.line(event) == text
    file = io.StringIO()
    with live.live("val_accuracy", file=file) as tell:
        tell["on_event"](event)
    assert file.getvalue() == ("" if text is None else f"{text}\n")


def test_a_table_on_a_terminal() -> None:
    file, now = Terminal(), [0.0]
    with live.live("val_accuracy", file=file, clock=lambda: now[0]) as tell:
        tell["on_event"](Event("found", DONE, 5))
        tell["on_event"](Event("started", RUNNING, 5))
        now[0] = 20.0
        tell["on_event"](Event("epoch", RUNNING, 5, 2, LOGS))
    text = file.getvalue()
    assert "1 of 5 trials · best val_accuracy 0.9123 (trial 1) · " in text and "left" not in text
    plain = re.sub("\x1b\\[[0-9;]*m", "", text)
    cells = [line.split("│")[1:-1] for line in plain.splitlines() if "0.7500" in line][-1]
    assert [cell.strip() for cell in cells] == ["3", "0.7500", "2", "20.0 s", "0.5", "batch"]


def test_the_time_left_is_told_by_the_trials_that_ended_meanwhile() -> None:
    state = live.State("val_accuracy", clock=iter((0.0, 60.0)).__next__)
    state.take(Event("found", DONE, 5))
    state.take(Event("ended", FAILED, 5))
    best = "best val_accuracy 0.9123 (trial 1)"
    assert state.title() == f"2 of 5 trials, 1 failed · {best} · 1 min 0 s · about 3 min 0 s left"


def test_json_lines() -> None:
    file = io.StringIO()
    with live.live("val_accuracy", as_json=True, file=file) as tell:
        tell["on_event"](Event("epoch", RUNNING, 5, 2, {"val_accuracy": float("nan")}))
        tell["on_event"](Event("ended", DONE, 5))
        tell["on_repeat"](Repeat(0, 8, 0.5, {"accuracy": 0.25}), 1, 9)
    epoch, ended, repeated = map(json.loads, file.getvalue().splitlines())
    assert (epoch["event"], epoch["epoch"], epoch["logs"]) == ("epoch", 2, {"val_accuracy": None})
    assert (ended["total"], ended["trial"]["id"], ended["trial"]["score"]) == (5, 1, 0.91234)
    assert (repeated["trial"], repeated["seed"], repeated["test"]) == (0, 8, {"accuracy": 0.25})


def test_a_line_a_repeat() -> None:
    file = io.StringIO()
    with live.live("val_accuracy", file=file) as tell:
        tell["on_repeat"](Repeat(0, 8, 0.5, {"accuracy": 0.25}), 1, 9)
        tell["on_repeat"](Repeat(3, 8, reason="loss is nan"), 2, 9)
    assert file.getvalue().splitlines() == [
        "trained again, 1 of 9: the spec's own values with seed 8: test accuracy 0.25",
        "trained again, 2 of 9: trial 3 with seed 8: loss is nan",
    ]


def test_the_ranked_table_at_the_end() -> None:
    file = io.StringIO()
    report.show(RESULT, file)
    text = file.getvalue()
    assert text.index("0.9123") < text.index("loss is nan")
    assert "[bold]" in text
    assert text.splitlines()[-2:] == ["best: trial 1, studies/a/best.yaml", "report: studies/a/report.html"]
