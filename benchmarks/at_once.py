"""Trials at once in one compiled step of JAX against one after the other, each search in a process of its own.

    python benchmarks/at_once.py [AT_ONCE [TRIALS [EPOCHS [SPEC]]]]     # 4, 12, 4, and a small dense net on digits

Nothing is read from JAX's cache on disk. Time is that of a trial in a process that is warm: from the end of the first
AT_ONCE trials, which pay for the compilation, to the end of the last; the whole search stands beside it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

DENSE = """
name: digits_at_once
params: {rate: 0.2, learning_rate: 1.0e-3, weight_decay: 1.0e-3}
input: {shape: [8, 8, 1]}
body:
  - Flatten
  - Dense: {units: 64, activation: relu}
  - Dropout: {rate: $rate}
  - Dense: {units: 10, activation: softmax}
train: {optimizer: {AdamW: {learning_rate: $learning_rate, weight_decay: $weight_decay}}, batch_size: 32}
search:
  space:
    rate: {min_value: 0.05, max_value: 0.6}
    learning_rate: {min_value: 1.0e-4, max_value: 1.0e-2, sampling: log}
    weight_decay: {min_value: 1.0e-4, max_value: 1.0e-1, sampling: log}
"""


def searched(spec: Path, out: Path, at_once: int, trials: int, epochs: int, warm: int) -> dict[str, Any]:
    """Seconds of a search, those behind its first trials, and the scores."""
    import specs
    import tuner

    document, ends = specs.load(spec), list[tuple[float, float]]()
    assert document.search is not None
    changes = {"epochs": epochs, "trials": trials, "trials_per_step": at_once, "oracle": "random"}
    search, begun = document.search.model_copy(update=changes), (time.monotonic(), time.process_time())

    def hear(event: Any) -> None:
        if event.kind == "ended":
            ends.append((time.monotonic(), time.process_time()))

    result = tuner.search(replace(document, search=search), out, workers=0, on_event=hear)
    scores = {trial.id: trial.score for trial in result.trials}
    behind = [round(last - first, 1) for first, last in zip(ends[warm - 1], ends[-1], strict=True)]
    return {"all": [round(b - a, 1) for a, b in zip(begun, ends[-1], strict=True)], "warm": behind, "scores": scores}


def main(spec: str = "", at_once: int = 4, trials: int = 12, epochs: int = 4) -> None:
    """Both searches, in turn."""
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_ENABLE_COMPILATION_CACHE": "false"}
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(spec) if spec else Path(scratch, "digits.yaml")
        if not spec:
            file.write_text(DENSE, encoding="utf-8")
        for count in (1, at_once):
            numbers = map(str, (count, trials, epochs, at_once))
            command = [sys.executable, __file__, "child", str(file), f"{scratch}/{count}", *numbers]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
            found[count] = json.loads(done.stdout.splitlines()[-1])
    for count, each in found.items():
        clock, processor = each["warm"]
        rate = 3600 * (trials - at_once) / processor
        told = f"{clock} s by the clock; the whole search took {each['all']}"
        print(f"{count} at once: {rate:.0f} trials an hour of processor time, {told}")
    scores = found[1]["scores"]
    print("largest difference of a score:", max(abs(scores[key] - found[at_once]["scores"][key]) for key in scores))


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        spec_file, folder, *numbers = sys.argv[2:]
        print(json.dumps(searched(Path(spec_file), Path(folder), *map(int, numbers))))
    else:
        main(sys.argv[4] if sys.argv[4:] else "", *map(int, sys.argv[1:4]))
