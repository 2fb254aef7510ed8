"""A classifier of digits from 100 labelled ones, with and without examples that a generator made of the same hundred.

    python benchmarks/made_examples.py [SEEDS [MADE]]      # 5 seeds; 500 made examples

A seed says which digits are the test part, which hundred have labels and what weights all begin with. The generator is
`digits_gan`, trained on that hundred alone; `mix` with `divided` puts what it makes beside the hundred, and leaves the
test part as it is. Both classifiers take as many steps, with batches of one size, and nothing is stopped or chosen by
the validation part.
"""

import math
import statistics
import sys
import tempfile
import time
from pathlib import Path

import specs
import zoo
from zoo.data import load_data
from zoo.training import evaluate

SEEDS, MADE = 5, 500
LABELLED, BATCH, STEPS = 100, 20, 1500
"""Of the classifier: examples with labels, examples of a step, and steps."""
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262}
"""Two-sided 95 % points of Student's distribution for so many pairs."""
GENERATOR = "name: generator\nextends: digits_gan\nparams: {{epochs: 600}}\ntrain: {{data: {data}, batch_size: 20}}\n"
CLASSIFIER = """
name: classifier
input: {{shape: [8, 8, 1]}}
body:
  - Rescaling: {{scale: $(1 / 255)}}
  - Flatten
  - Dense: {{units: 128, activation: relu, kernel_initializer: he_normal}}
  - Dropout: {{rate: 0.3}}
  - Dense: {{units: 10, activation: softmax}}
train: {{data: {data}, batch_size: {batch}, epochs: {epochs}, seed: {seed}}}
"""


def made(folder: Path, own: str, seed: int, count: int) -> float:
    """Trains a generator and writes made.npz; the energy distance of what it makes to the test part."""
    spec = folder / "generator.yaml"
    spec.write_text(GENERATOR.format(data=own))
    run = zoo.train(specs.load(spec), folder / "run")
    zoo.generate(run.directory, folder / "made.npz", count, seed=seed)
    return float(run.metrics["test"]["distance"])


def accuracy(folder: Path, data: str, examples: int, seed: int) -> float:
    """Of the test part, after the same number of steps whatever the number of examples is."""
    epochs = STEPS * BATCH // examples
    text = CLASSIFIER.format(data=data, batch=BATCH, epochs=epochs, seed=seed)
    document = specs.loads(text, file=str(folder / "classifier.yaml"))
    dataset = load_data(document)
    assert len(dataset.train) == examples
    return evaluate(document, zoo.fit(document, dataset).model, dataset.test)["accuracy"]


def main(seeds: int, count: int) -> None:
    """A line for each seed, then means and the difference with its interval."""
    found: dict[str, list[float]] = {"with made ones": [], "without": []}
    for seed in range(seeds):
        started = time.perf_counter()
        split = f"labelled: {LABELLED}, seed: {seed}"
        mix = f"{{mix: {{sources: [digits, {{npz: {{path: made.npz}}}}], divided: [true, false], {split}}}}}"
        own = f"{{digits: {{{split}}}}}"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            distance = made(folder, own, seed, count)
            found["with made ones"].append(accuracy(folder, mix, LABELLED + count, seed))
            found["without"].append(accuracy(folder, own, LABELLED, seed))
        scores = ", ".join(f"{way} {each[-1]:.4f}" for way, each in found.items())
        print(f"seed {seed}: {scores}; distance {distance:.1f} ({time.perf_counter() - started:.0f} s)", flush=True)
    for way, each in found.items():
        print(f"{way:<14} {statistics.mean(each):.4f} ± {statistics.stdev(each):.4f}")
    gained = [one - other for one, other in zip(*found.values(), strict=True)]
    half = STUDENT[seeds] * statistics.stdev(gained) / math.sqrt(seeds)
    print(f"difference     {statistics.mean(gained):+.4f}, 95 % {statistics.mean(gained) - half:+.4f} to "
          f"{statistics.mean(gained) + half:+.4f} (Student, pairs)")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS, int(sys.argv[2]) if len(sys.argv) > 2 else MADE)
