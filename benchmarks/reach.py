"""Time until a search has the score that keras-tuner's random search has after all its trials, on digits_resnet.

    python benchmarks/reach.py [SEEDS [TRIALS [EPOCHS]]]     # 5 seeds, 30 trials, 4 epochs

Ours is a search with the oracle tpe and asynchronous halving; Optuna's has its TPE with its MedianPruner; keras-tuner
and Optuna train as one writes it by hand (`Plain` in tune.py). Each search is a process of its own, with imports, and
ends when it has the score, keras-tuner's at its last trial, the others' where they have used up its time. Time is
that of the processors, at the end of each trial.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tune import DIGITS, Plain

Heard = Callable[[float], None]
"""Told of each score; ends the process when there is nothing more to look for."""


def keras_tuner(spec: Path, out: Path, seed: int, trials: int, epochs: int, heard: Heard) -> None:
    """Random search."""
    import keras_tuner as kt

    plain = Plain(spec, epochs)

    class Tuner(kt.RandomSearch):  # type: ignore[misc]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            score = plain({name: trial.hyperparameters.get(name) for name in drawn}, kwargs["callbacks"])
            heard(score)
            return {"val_accuracy": score}

    space, drawn = kt.HyperParameters(), plain.document.search.space  # type: ignore[union-attr]
    for name, axis in drawn.items():
        if axis.values is not None:
            space.Choice(name, list(axis.values))
        else:
            space.Float(name, axis.min_value, axis.max_value, sampling=axis.sampling)
    Tuner(
        hypermodel=lambda hp: None, objective=kt.Objective("val_accuracy", "max"), max_trials=trials,
        seed=seed + 1, hyperparameters=space, directory=str(out), project_name="plain",
    ).search(callbacks=[])  # fmt: skip


def optuna(spec: Path, out: Path, seed: int, trials: int, epochs: int, heard: Heard) -> None:
    """TPE, with Keras' callback that asks the pruner."""
    import keras
    import optuna

    plain = Plain(spec, epochs)

    def objective(trial: Any) -> float:
        def ask(epoch: int, logs: Any) -> None:
            trial.report(logs["val_accuracy"], epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        values = {}
        for name, axis in plain.document.search.space.items():  # type: ignore[union-attr]
            if axis.values is not None:
                values[name] = trial.suggest_categorical(name, axis.values)
            else:
                values[name] = trial.suggest_float(name, axis.min_value, axis.max_value, log=axis.sampling == "log")
        score = plain(values, [keras.callbacks.LambdaCallback(on_epoch_end=ask)])
        heard(score)
        return score

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler, pruner = optuna.samplers.TPESampler(seed=seed), optuna.pruners.MedianPruner()
    optuna.create_study(sampler=sampler, pruner=pruner, direction="maximize").optimize(objective, trials)


def speczoo(spec: Path, out: Path, seed: int, trials: int, epochs: int, heard: Heard) -> None:
    """The spec's own search, in this process."""
    import specs
    import tuner

    document = specs.load(spec)
    assert document.search is not None
    search = document.search.model_copy(update={"epochs": epochs, "trials": trials, "seed": seed})

    def hear(event: Any) -> None:
        if event.kind == "ended" and event.trial.status == "done":
            heard(event.trial.score)

    tuner.search(replace(document, search=search), out, workers=0, on_event=hear)


SIDES = {each.__name__: each for each in (keras_tuner, optuna, speczoo)}
SPEC = f"{DIGITS}search: {{oracle: tpe, pruner: {{SuccessiveHalving: {{min_epochs: 1, factor: 2}}}}}}\n"


def child(side: str, out: str, target: float, limit: float, *numbers: str) -> None:
    """Searches until the target or the limit, in seconds; its last line are seconds, trials and best score."""
    scores = list[float]()

    def ended() -> None:
        print(f"\n{json.dumps([time.process_time(), len(scores), max(scores)])}", flush=True)
        os._exit(0)

    def heard(score: float) -> None:
        scores.append(score)
        if score >= target or time.process_time() >= limit:
            ended()

    spec = Path(out, "spec.yaml")
    spec.write_text(SPEC)
    seed, trials, epochs = map(int, numbers)
    SIDES[side](spec, Path(out, "search"), seed, trials, epochs, heard)
    ended()


def searched(side: str, target: float, limit: float, *numbers: int) -> tuple[float, int, float]:
    """What a process of its own says."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, __file__, side, out, str(target), str(limit), *map(str, numbers)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    seconds, trials, best = json.loads(done.stdout.splitlines()[-1])
    return seconds, trials, best


def shares(seed: int, trials: int, epochs: int) -> dict[str, float]:
    """A line for each side; gives the others' parts of keras-tuner's time, infinite where its score was not reached."""
    whole, _, target = searched("keras_tuner", math.inf, math.inf, seed, trials, epochs)
    print(f"seed {seed}  keras_tuner {whole:6.0f} s, {trials} trials: {target:.4f}", flush=True)
    found = {}
    for side in ("optuna", "speczoo"):
        seconds, count, best = searched(side, target, whole, seed, 20 * trials, epochs)
        found[side] = seconds / whole if best >= target else math.inf
        print(f"seed {seed}  {side:11} {seconds:6.0f} s, {count} trials to their end: {best:.4f}", flush=True)
    return found


def main(seeds: int = 5, trials: int = 30, epochs: int = 4) -> None:
    """A line for each seed and side, then the medians."""
    rows = [shares(seed, trials, epochs) for seed in range(seeds)]
    for side in rows[0]:
        found = [row[side] for row in rows]
        print(f"{side}: {statistics.median(found):.3f} of keras-tuner's time ({min(found):.3f} to {max(found):.3f})")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in SIDES:
        side, out, target, limit, *numbers = sys.argv[1:]
        child(side, out, float(target), float(limit), *numbers)
    else:
        main(*map(int, sys.argv[1:]))
