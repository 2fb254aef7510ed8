"""Trials per hour against plain keras-tuner on the same points, data, seed and epochs, each in a process of its own.

    python benchmarks/tune.py digits [TRIALS [EPOCHS]]               # digits_resnet; 20 trials, 4 epochs
    python benchmarks/tune.py ARCHIVE [TRIALS [EPOCHS [IMAGES]]]     # ResNet-20 on CIFAR-10; 20 trials, 3 epochs, 2,000

Plain is keras-tuner as its guide has it: a Tuner whose run_trial builds, compiles and fits on arrays, with Keras'
defaults. Its oracle is given the points that ours drew, so that scores can be compared trial by trial. Ours runs twice:
its trials in its own process, as keras-tuner's, and in a worker for each processor, as `zoo tune --workers` has it.
Each from the start of its process to its end. Seconds of the processors change less with the neighbours on a machine;
those of the workers are not known, and theirs by the clock are for a machine on which nothing else runs.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

DIGITS = "name: digits\nextends: digits_resnet\n"
CIFAR = """
name: cifar
extends: cifar_resnet20
params: {{learning_rate: 0.01, momentum: 0.9, batch_size: 64, l2: 1.0e-4}}
train:
  data: {{image_folder: {{path: {data}, validation_split: 0.2}}}}
  optimizer: {{SGD: {{learning_rate: $learning_rate, momentum: $momentum}}}}
  batch_size: $batch_size
search:
  space:
    learning_rate: {{min_value: 1.0e-3, max_value: 1.0e-1, sampling: log}}
    momentum: {{min_value: 0.5, max_value: 0.95}}
    batch_size: {{values: [32, 64, 128]}}
    l2: {{min_value: 1.0e-6, max_value: 1.0e-3, sampling: log}}
"""


def ours(spec: Path, out: Path, trials: int, epochs: int, workers: int) -> list[dict[str, Any]]:
    """Values and score of each trial of a search."""
    import specs
    import tuner

    document = specs.load(spec)
    assert document.search is not None
    search = document.search.model_copy(update={"epochs": epochs, "oracle": "random", "trials": trials})
    result = tuner.search(replace(document, search=search), out, workers=workers)
    return [{"values": dict(trial.values), "score": trial.score} for trial in sorted(result.trials, key=_number)]


def _number(trial: Any) -> int:
    return int(trial.id)


class Plain:
    """A trial as one writes it by hand: build, compile, fit on arrays, with Keras' defaults."""

    def __init__(self, spec: Path, epochs: int) -> None:
        import specs
        import zoo

        self.document, self.epochs = specs.load(spec), epochs
        data = zoo.load_data(self.document)
        parts = (part.all() for part in (data.train, data.validation))
        self.train, self.held = [tuple(next(iter(each.values())) for each in (part.x, part.y)) for part in parts]

    def __call__(self, values: dict[str, Any], callbacks: list[Any]) -> float:
        """The best accuracy in validation."""
        import keras

        import specs
        import zoo

        keras.utils.set_random_seed(0)
        model = zoo.build(self.document, **values)
        optimizer = specs.with_params(self.document, **values).train.optimizer  # type: ignore[union-attr]
        made = getattr(keras.optimizers, optimizer.kind)(**optimizer.args.model_dump())
        model.compile(made, "sparse_categorical_crossentropy", metrics=["accuracy"])
        x, y = self.train
        history = model.fit(
            x, y, values["batch_size"], self.epochs, verbose=0, validation_data=self.held, callbacks=callbacks
        )
        return float(max(history.history["val_accuracy"]))


def theirs(spec: Path, out: Path, points: list[dict[str, Any]], epochs: int) -> list[float]:
    """Score of each of the points."""
    import keras_tuner as kt

    plain = Plain(spec, epochs)

    class Given(kt.Oracle):  # type: ignore[misc]
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            number = int(trial_id)
            if number >= len(points):
                return {"status": "STOPPED", "values": None}
            return {"status": "RUNNING", "values": points[number]["values"]}

    class Tuner(kt.Tuner):  # type: ignore[misc]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            return {"val_accuracy": plain(dict(trial.hyperparameters.values), kwargs["callbacks"])}

    oracle = Given(objective=kt.Objective("val_accuracy", "max"), max_trials=len(points))
    Tuner(oracle=oracle, hypermodel=lambda hp: None, directory=str(out), project_name="plain").search(callbacks=[])
    return [float(oracle.trials[name].score) for name in sorted(oracle.trials)]


def timed(kind: str, given: dict[str, Any]) -> tuple[Any, float, float]:
    """What a process of that kind answers, and its seconds by the processors and by the clock."""
    with tempfile.TemporaryDirectory() as out:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, __file__, f"--{kind}", json.dumps(given | {"out": out})],
            stdout=subprocess.PIPE, stderr=sys.stderr, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout is not None
        answer = process.stdout.read().splitlines()[-1]
        _, _, used = os.wait4(process.pid, 0)
        return json.loads(answer), used.ru_utime + used.ru_stime, time.perf_counter() - begun


ROOT = Path(__file__).parent.parent


def child(kind: str, given: dict[str, Any]) -> None:
    """Runs one side and prints its answer as the last line."""
    spec, out = Path(given["spec"]), Path(given["out"])
    if kind == "--ours":
        print(json.dumps(ours(spec, out, given["trials"], given["epochs"], given["workers"])))
    else:
        print("\n" + json.dumps(theirs(spec, out, given["points"], given["epochs"])))


def main() -> None:
    """Makes the spec and compares."""
    what, *rest = sys.argv[1:]
    trials, epochs, images = [*map(int, rest), *(20, 4 if what == "digits" else 3, 2_000)[len(rest) :]]
    with tempfile.TemporaryDirectory() as temporary:
        text = DIGITS
        if what != "digits":
            from cifar import unpack

            text = CIFAR.format(data=unpack(Path(what), Path(temporary) / "images", images))
        spec = Path(temporary, "spec.yaml")
        spec.write_text(text)
        compare({"spec": str(spec), "epochs": epochs, "trials": trials})


def compare(given: dict[str, Any]) -> None:
    """Prints a line for each of the three, the ratios, and how the scores differ."""
    trials, cores = given["trials"], os.cpu_count() or 1

    def tell(what: str, spent: str, clock: float) -> None:
        print(f"{what:16}{spent} ({clock:.0f} s by the clock), {3600 * trials / clock:.0f} trials an hour", flush=True)

    points, mine, clock = timed("ours", given | {"workers": 0})
    tell("ours", f"{mine:7.0f} s", clock)
    scores, plain, slow = timed("theirs", given | {"points": points})
    tell("keras-tuner", f"{plain:7.0f} s", slow)
    print(f"ratio {plain / mine:.2f}, by the clock {slow / clock:.2f}; {differing(points, scores)}", flush=True)
    points, _, fast = timed("ours", given | {"workers": cores})
    tell(f"ours, {cores} workers", " " * 9, fast)
    print(f"ratio by the clock {slow / fast:.2f}; {differing(points, scores)}")


def differing(points: list[dict[str, Any]], scores: list[float]) -> str:
    """How the scores of the same points differ."""
    differences = [point["score"] - score for point, score in zip(points, scores, strict=True)]
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    return f"scores differ by {statistics.mean(differences):+.4f} ± {error:.4f} in the mean"


if __name__ == "__main__":
    if sys.argv[1].startswith("--"):
        child(sys.argv[1], json.loads(sys.argv[2]))
    else:
        main()
