"""kill -9 while artefacts are replaced leaves the old ones or the new ones under their names, never a mix."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.zoo import kills_driver

ROOT = Path(__file__).parents[2]


def test_kill_9_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """KILLS=100 pytest -k kill_9_leaves kills as often."""
    kills = int(os.environ.get("KILLS", "10"))
    command = [sys.executable, str(kills_driver.__file__), str(tmp_path), str(kills)]
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert sum(found["killed_at"].values()) == kills
    assert len(found["killed_at"]) > 1
    assert sum(found["held"].values()) == 3 * kills
    print(found)
