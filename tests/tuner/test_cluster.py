"""Trials on a Ray cluster of two nodes on this machine, in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from specs.errors import UserError
from tests.tuner.nodes import TRIALS
from tests.tuner.test_pruning import TRAINED
from tuner.cluster import connected

ROOT = Path(__file__).parents[2]

SLOWLY = {"RAY_raylet_start_wait_time_s": "120", "PYTHONPATH": str(ROOT)}
"""On a busy machine a node takes longer to begin than Ray waits for it."""


def came_of(search: str, folder: Path) -> Any:
    call = [sys.executable, "-m", "tests.tuner.nodes", search, str(folder)]
    done = subprocess.run(call, cwd=ROOT, env=os.environ | SLOWLY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(300)
def test_a_node_is_killed_and_all_trials_are_there_once(tmp_path: Path) -> None:
    """keras-tuner #915: a trial is not lost with its machine."""
    found = came_of("killed", tmp_path)
    scores = [(units, "done", round(units / 100 - 0.01, 6)) for units in range(1, TRIALS + 1)]
    assert [(number, status, round(score, 6)) for number, status, _, score, _ in found["rows"]] == scores
    assert found["sizes"][0] == 2, "one a machine"
    assert sum(found["deaths"]) <= 1, "none is held against a trial but of that which ran there"
    processes = [process for _, process, _ in found["runs"]]
    assert len(set(processes)) >= 2 and processes[-1] != "", "both nodes had a part"


@pytest.mark.timeout(300)
def test_a_worker_of_a_cluster_is_told_to_stop_and_lives_on(tmp_path: Path) -> None:
    found = came_of("pruned", tmp_path)
    assert found["epochs"] == TRAINED["Median"], "as on this machine"
    assert len({process for _, process in found["runs"]}) == 1


def test_what_is_no_cluster_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="--ray: ray://here:10001 is Ray's client; search on a machine of the cluster"):
        connected("ray://here:10001")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"--ray needs Ray, which is not installed: pip install 'speczoo\[cluster\]'"):
        connected("auto")
