"""Greedy layer-wise pretraining against training from scratch, on 100 labelled digits, over five seeds.

    python benchmarks/pretrain.py [SEEDS [HIDDEN]]      # 5 seeds; what the hidden layers are activated by: relu

A seed says which digits are the test part, which hundred have labels and what weights all begin with; both trainings of
a seed have these in common. Pretraining sees the other training digits too, without labels; that is the point of it.
Both train for the same epochs, and nothing is stopped or chosen by the validation part, whose labels count as well.
"""

import math
import statistics
import sys
import time

import specs
import zoo
from zoo.data import load_data
from zoo.training import evaluate

SEEDS = 5
WAYS = {"pretrained": "", "from scratch": "train: {pretrain: null}"}
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262}
"""Two-sided 95 % points of Student's distribution for so many pairs."""


def accuracy(way: str, seed: int, hidden: str) -> tuple[float, float]:
    """Of the test part, and the seconds that it took."""
    initial = "he_normal" if hidden == "relu" else "glorot_uniform"
    text = f"name: {way.replace(' ', '_')}\nextends: digits_pretrained\n{WAYS[way]}\n"
    text += f"defaults: {{Dense: {{activation: {hidden}, kernel_initializer: {initial}}}}}\n"
    document = specs.loads(text, seed=seed)
    data = load_data(document)
    started = time.perf_counter()
    model = zoo.fit(document, data).model
    return evaluate(document, model, data.test)["accuracy"], time.perf_counter() - started


def main(seeds: int, hidden: str) -> None:
    """A line for each seed, then means and the difference with its interval."""
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for seed in range(seeds):
        told = []
        for way in WAYS:
            score, seconds = accuracy(way, seed, hidden)
            found[way].append(score)
            told.append(f"{way} {score:.4f} ({seconds:.0f} s)")
        print(f"seed {seed}: {', '.join(told)}", flush=True)
    for way, scores in found.items():
        print(f"{way:<13} {statistics.mean(scores):.4f} ± {statistics.stdev(scores):.4f}")
    gained = [one - other for one, other in zip(*found.values(), strict=True)]
    half = STUDENT[seeds] * statistics.stdev(gained) / math.sqrt(seeds)
    print(f"difference    {statistics.mean(gained):+.4f}, 95 % {statistics.mean(gained) - half:+.4f} to "
          f"{statistics.mean(gained) + half:+.4f} (Student, pairs)")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS, sys.argv[2] if len(sys.argv) > 2 else "relu")
