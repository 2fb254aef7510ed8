"""What a person sees of a search."""

import io
import json
from pathlib import Path

import pytest

from tuner import report
from tuner.searching import Event, Result
from tuner.study import Trial

DONE = Trial(1, "done", {"rate": 0.00123456, "norm": "[bold]"}, score=0.91234, epoch=2, seconds=4.25, history=({}, {}))
FAILED = Trial(2, "failed", {"rate": 1.0, "norm": "batch"}, seconds=1.0, reason="loss is nan")
RUNNING = Trial(3, "running", {"rate": 0.5, "norm": "batch"})
RESULT = Result("val_accuracy", DONE, (DONE, FAILED), Path("studies/a"), Path("studies/a/best.yaml"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_json_is_what_the_command_promises() -> None:
    assert json.loads(json.dumps(report.as_json(RESULT))) == {
        "best": {"values": {"rate": 0.00123456, "norm": "[bold]"}, "score": 0.91234, "trial": 1},
        "trials": [
            {"id": 1, "status": "done", "values": dict(DONE.values), "score": 0.91234, "seconds": 4.25, "reason": None},
            {
                "id": 2,
                "status": "failed",
                "values": dict(FAILED.values),
                "score": None,
                "seconds": 1.0,
                "reason": "loss is nan",
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
    assert report.line(event) == text
    file = io.StringIO()
    with report.live("val_accuracy", file) as follow:
        follow(event)
    assert file.getvalue() == ("" if text is None else f"{text}\n")


def test_a_table_on_a_terminal() -> None:
    file = Terminal()
    with report.live("val_accuracy", file) as follow:
        for event in (Event("found", DONE, 5), Event("started", RUNNING, 5), Event("epoch", RUNNING, 5, 2, {})):
            follow(event)
    assert "1 of 5 trials, epoch 2 of trial 3" in file.getvalue()


def test_the_ranked_table_at_the_end() -> None:
    file = io.StringIO()
    report.show(RESULT, file)
    text = file.getvalue()
    assert text.index("0.9123") < text.index("loss is nan")
    assert "[bold]" in text
    assert text.splitlines()[-2:] == ["best: trial 1, studies/a/best.yaml", "report: studies/a/report.html"]
