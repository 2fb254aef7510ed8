"""`zoo trials`: which trials it lists, that it only reads, and what it writes for other programs."""

import csv
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from specs.sections.search import Axis, Search
from tests.specs.test_layering import heavy_after
from tuner.reports.listing import Wanted, chosen
from tuner.reports.reading import Record, read_study
from tuner.study import Study, Trial

SPACE = {
    "rate": Axis(min_value=1e-4, max_value=1e-1, sampling="log"),
    "units": Axis(values=(8, 16)),
    "norm": Axis(values=("batch", "layer")),
    "bias": Axis(values=(True, False)),
}
DEFAULTS = {"rate": 1e-3, "units": 8, "norm": "batch", "bias": True}
EPOCHS = ({"loss": 1.0, "val_accuracy": 0.5}, {"loss": 0.5, "val_accuracy": 0.75})

ROWS: tuple[dict[str, Any], ...] = (
    {"score": 0.75, "epoch": 2, "history": EPOCHS, "seconds": 4.0},
    {"rate": 0.05, "norm": "layer", "reason": "=cmd|' /C calc'!A0", "seconds": 0.5},
    {"rate": 0.01, "units": 16, "score": 0.9, "epoch": 1, "history": EPOCHS[:1], "seconds": 9.0},
    {
        "rate": 0.02,
        "units": 16,
        "bias": False,
        "status": "pruned",
        "score": 0.8,
        "epoch": 1,
        "history": EPOCHS[:1],
        "seconds": 2.0,
    },
    {"rate": 0.003},
)
"""What differs from DEFAULTS of each trial, and what came of it; the last one runs."""


def write_study(folder: Path, rows: tuple[dict[str, Any], ...] = ROWS, objective: Any = "val_accuracy") -> Path:
    """A study in a folder, as a search leaves it."""
    search = Search(space=SPACE, objective=objective)
    made_for = {"search": search.model_dump(mode="json", exclude={"trials"}, exclude_none=True), "params": DEFAULTS}
    with Study.open(folder / "study.sqlite") as study:
        study.claim(made_for)
        for number, row in enumerate(rows, 1):
            values = {name: row.get(name, DEFAULTS[name]) for name in SPACE}
            trial = Trial(number, "running", values)
            study.start(trial)
            status = row.get("status", "done" if "score" in row else "failed" if "reason" in row else None)
            if status:
                row = {"status": status, **row}
                study.finish(replace(trial, **{k: v for k, v in row.items() if k not in SPACE}))
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "mine")


@pytest.fixture
def record(study: Path) -> Record:
    return read_study(study)


def zoo(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trials", *arguments])


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Wanted(), [3, 4, 1, 2, 5]),
        (Wanted(best=2), [3, 4]),
        (Wanted(status="failed"), [2]),
        (Wanted(status="pruned"), [4]),
        (Wanted(status="running"), [5]),
        (Wanted(where=("rate<0.01",)), [1, 5]),
        (Wanted(where=("rate<=1e-2", "units = 16")), [3]),
        (Wanted(where=("norm!=batch",)), [2]),
        (Wanted(where=("bias=false",)), [4]),
        (Wanted(where=("score>0.75",)), [3, 4]),
        (Wanted(where=("epochs==2",)), [1]),
        (Wanted(sort="seconds"), [5, 2, 4, 1, 3]),
        (Wanted(sort="-rate"), [2, 4, 3, 5, 1]),
        (Wanted(sort="score"), [1, 4, 3, 2, 5]),
        (Wanted(sort="trial", best=2), [3, 4]),
    ],
    ids=str,
)
def test_which_trials_are_listed(record: Record, wanted: Wanted, ids: list[int]) -> None:
    assert [trial.id for trial in chosen(record, wanted)] == ids


def test_a_list_of_names_is_not_a_list_of_numbers(record: Record) -> None:
    assert chosen(record, Wanted(where=("bias=1",))) == ()
    assert chosen(record, Wanted(where=("norm<3",))) == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--where", "ratee<1"), "trials have no 'ratee'; did you mean rate?"),
        (("--where", "rate"), "--where takes NAME<VALUE"),
        (("--where", "norm<batch"), "< compares numbers (got 'batch')"),
        (("--where", "rate<[1]"), "< compares numbers (got [1])"),
        (("--where", "rate<["), "--where:1:"),
        (("--sort", "scores"), "did you mean score?"),
        (("--csv", "-", "--json"), "keep one"),
        (("--csv", "nowhere/a.csv"), "nowhere"),
        (("--html", "nowhere/a.html"), "nowhere"),
    ],
    ids=str,
)
def test_wrong_calls(study: Path, arguments: tuple[str, ...], words: str) -> None:
    done = zoo(str(study), *arguments)
    assert done.exit_code in (1, 2) and not isinstance(done.exception, (OSError, sqlite3.Error)), done.exception
    assert words in done.stderr


def test_no_study(tmp_path: Path) -> None:
    done = zoo(str(tmp_path))
    assert (done.exit_code, "holds no study" in done.stderr) == (2, True)
    (tmp_path / "study.sqlite").write_bytes(b"nonsense" * 100)
    done = zoo(str(tmp_path))
    assert (done.exit_code, "cannot be read" in done.stderr) == (1, True)


def test_the_table_and_its_json(study: Path) -> None:
    lines = zoo(str(study)).stdout.splitlines()
    assert lines[0].split() == ["trial", "status", "val_accuracy", "epochs", "time", *SPACE, "note"]
    assert lines[2].split() == ["3", "done", "0.9000", "1", "9.0", "s", "0.01", "16", "batch", "true"]
    assert lines[-1] == f"{study}: 5 trials (2 done, 1 failed, 1 pruned, 1 running)"
    found = json.loads(zoo(str(study), "--best", "1", "--json").stdout)
    assert (found["objective"], found["front"], found["oracle"]) == (["val_accuracy"], [3], "random")
    assert found["trials"] == [
        {
            "id": 3,
            "status": "done",
            "values": {"rate": 0.01, "units": 16, "norm": "batch", "bias": True},
            "score": 0.9,
            "std": None,
            "trainings": [],
            "scores": {},
            "epoch": 1,
            "epochs": 1,
            "seconds": 9.0,
            "reason": None,
            "micro_batches": 1,
        }
    ]


def test_text_of_a_study_moves_no_cursor(tmp_path: Path) -> None:
    write_study(tmp_path, ({"reason": "a\x1b[2Jb\nc"},))
    assert "\x1b" not in zoo(str(tmp_path)).stdout and r"a\x1b[2Jb\nc" in zoo(str(tmp_path)).stdout


def test_listing_is_light(study: Path, tmp_path: Path) -> None:
    code = f"import cli\ntry:\n    cli.main(['trials', {str(study)!r}])\nexcept SystemExit:\n    pass"
    assert heavy_after(code, tmp_path) == []


def test_it_reads_while_a_search_runs_and_writes_nothing(study: Path) -> None:
    with Study.open(study / "study.sqlite") as searching:
        before = (study / "study.sqlite").read_bytes()
        assert zoo(str(study)).exit_code == 0
        searching.finish(Trial(5, "done", {}, score=0.95, epoch=1))
        assert "0.9500" in zoo(str(study)).stdout
    os.chmod(study / "study.sqlite", 0o444)
    assert zoo(str(study)).exit_code == 0
    assert before != (study / "study.sqlite").read_bytes()
    assert {path.name for path in study.iterdir()} == {"study.sqlite", "study.lock"}


def test_a_study_whose_search_was_killed_in_a_write(study: Path) -> None:
    child = os.fork()
    if child == 0:
        connection = sqlite3.connect(study / "study.sqlite", isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE trials SET reason = ?, score = 1.0", ("x" * 200_000,))
        os._exit(0)
    os.waitpid(child, 0)
    assert (study / "study.sqlite-journal").stat().st_size > 0
    before = {path: path.read_bytes() for path in study.iterdir()}
    assert [trial.score for trial in read_study(study).trials] == [0.75, None, 0.9, 0.8, None]
    assert {path: path.read_bytes() for path in study.iterdir()} == before


def test_csv_has_every_number_in_full_and_no_formula(study: Path, tmp_path: Path) -> None:
    assert zoo(str(study), "--csv", str(tmp_path / "a.csv")).exit_code == 0
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert (rows["1"]["params.rate"], rows["1"]["score"], rows["4"]["params.bias"]) == ("0.001", "0.75", "false")
    assert rows["2"]["reason"] == "'=cmd|' /C calc'!A0"
    assert (rows["5"]["status"], rows["5"]["score"]) == ("running", "")
    assert zoo(str(study), "--csv", "-", "--status", "failed").stdout.count("\n") == 2


def test_tensorboard_reads_the_trials(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", ModuleType("notf"))  # else it imports TensorFlow
    assert zoo(str(study), "--tensorboard", str(tmp_path / "logs")).exit_code == 0
    assert zoo(str(study), "--tensorboard", str(tmp_path / "logs")).exit_code == 0  # a second time changes nothing
    groups = sorted(session_groups(tmp_path / "logs"), key=lambda group: group.name)
    assert [group.name for group in groups] == ["trial-1", "trial-2", "trial-3", "trial-4"]
    assert groups[3].hparams["rate"].number_value == 0.02
    assert groups[3].hparams["bias"].bool_value is False and groups[3].hparams["norm"].string_value == "batch"
    scores = [[value.value for value in group.metric_values if value.name.tag == "score"] for group in groups]
    assert scores == [[0.75], [], [pytest.approx(0.9)], [pytest.approx(0.8)]]


def session_groups(logs: Path, searched: Iterable[str] = SPACE) -> Any:
    """What TensorBoard's HParams plugin answers to its page."""
    from tensorboard import context
    from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
    from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

    multiplexer = EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(logs))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(logs))
    backend = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    ctx, identifier = context.RequestContext(), ""
    metadata = backend.hparams_metadata(ctx, identifier)
    experiment = backend.experiment_from_metadata(ctx, identifier, False, metadata, [])
    assert [info.name for info in experiment.hparam_infos] == sorted(searched)
    statuses = [api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_UNKNOWN]
    metrics = [api_pb2.ColParams(metric=info.name) for info in experiment.metric_infos]
    request = api_pb2.ListSessionGroupsRequest(
        start_index=0, slice_size=50, allowed_statuses=statuses, col_params=metrics
    )
    return list_session_groups.Handler(ctx, backend, identifier, request).run().session_groups


def test_optuna_loads_the_trials(study: Path, tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna")
    assert zoo(str(study), "--optuna", str(tmp_path / "a.db")).exit_code == 0
    found = optuna.load_study(study_name="mine", storage=f"sqlite:///{tmp_path / 'a.db'}")
    assert [trial.state.name for trial in found.trials] == ["COMPLETE", "FAIL", "COMPLETE", "PRUNED"]
    assert (found.best_value, found.best_params) == (0.9, {"rate": 0.01, "units": 16, "norm": "batch", "bias": True})
    assert found.trials[0].intermediate_values == {1: 0.5, 2: 0.75}
    assert found.trials[1].user_attrs["reason"] == ROWS[1]["reason"]
    again = zoo(str(study), "--optuna", str(tmp_path / "a.db"))
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_without_optuna(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: Callable[..., Any] = __import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "optuna":
            raise ModuleNotFoundError(name="optuna")
        return found(name, *rest)

    monkeypatch.setattr("builtins.__import__", missing)
    done = zoo(str(study), "--optuna", str(tmp_path / "a.db"))
    assert (done.exit_code, done.stderr) == (
        2,
        "writing a study of Optuna's needs Optuna: pip install 'speczoo[optuna]'\n",
    )
