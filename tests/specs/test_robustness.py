"""Nothing that a spec can contain gives a traceback, or keeps us busy."""

import os
import random
import time

import pytest

import specs
from tests.machine import slowness
from tests.specs.mutations import mutated, outcome, texts

ROUNDS, TEXTS = 12, int(os.environ.get("FUZZ", "40"))
"""Tests, and texts in each: FUZZ=2000 pytest tests/specs/test_robustness.py tries more."""


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_mutated_specs(seed: int) -> None:
    draw, sources = random.Random(seed), texts()
    for _ in range(TEXTS):
        text = mutated(draw, draw.choice(sources))
        began = time.process_time()
        try:
            outcome(text)
        except BaseException:
            print(text)
            raise
        took = time.process_time() - began
        assert took < 3 or took < 3 * slowness(), text


def blocks(count: int, uses: int) -> str:
    """Each block uses the next so many times."""
    chain = "".join(f"  b{i}: {{body: [{', '.join([f'b{i + 1}'] * uses)}]}}\n" for i in range(count))
    return f"blocks:\n{chain}  b{count}: {{body: [ReLU]}}\nbody: [b0]\n"


PARAMS = "params:\n" + "".join(f"  p{i}: $p{i + 1}\n" for i in range(3000)) + "  p3000: 1\n"
LISTS = "params:\n" + "".join(f"  p{i}: [$p{i + 1}, $p{i + 1}, $p{i + 1}]\n" for i in range(60)) + "  p60: 1\n"
SEARCHED = "params: {a: 1}\nbody: [Dense: {units: $a}]\nsearch: {space: {a: {values: [" + ", ".join(
    map(str, range(1, 2000))
)
HOSTILE = {
    "blocks that double": blocks(40, 2),
    "blocks in a long chain": blocks(3000, 1),
    "params in a long chain": PARAMS + "body: [Dense: {units: $p0}]\n",
    "lists that triple": LISTS + "body: [Reshape: {target_shape: $p0}]\n",
    "a million repeats of nothing": "body:\n"
    + "  - - []\n    - []\n" * 3
    + "  - {residual: {body: []}, repeat: 2000000000}\n",
    "dense repeats": "body: [dense: {repeat: 2000000000, body: [dense: {repeat: 2000000000, body: [ReLU]}]}]\n",
    "two thousand names that are nearly right": "body:\n"
    + "".join(f"  - {{ReLU, name: step{i}}}\n" for i in range(2000))
    + "".join(f"  - {{ReLU, from: stop{i}}}\n" for i in range(2000)),
    "five thousand unknown keys": "body:\n  - Dense: {" + ", ".join(f"unit{i}: 1" for i in range(5000)) + "}\n",
    "five thousand unknown layers": "body: [" + ", ".join(f"Dens{i}" for i in range(5000)) + "]\n",
    "five thousand unknown params": "params: {"
    + ", ".join(f"a{i}: 1" for i in range(5000))
    + "}\nbody: ["
    + ", ".join(f"$b{i}" for i in range(5000))
    + "]\n",
    "two thousand values": SEARCHED + "]}}}\n",
    "a concatenation of everything": "body:\n  - {ReLU, name: a}\n  - Concatenate:\n    from: ["
    + ", ".join(["a"] * 6_000)
    + "]\n",
    "sizes that overflow": "body: [Reshape: {target_shape: [1, 1, 3]}, "
    + "Conv2D: {filters: 2147483647, kernel_size: 2147483647, padding: same}, "
    + "ZeroPadding2D: {padding: 2147483647}, " * 20
    + "Dense: {units: 2147483647}]\n",
    "a deep residual": "body: " + "[residual: {body: " * 28 + "[ReLU]" + "}]" * 28 + "\n",
    "a deep list": "body: " + "[" * 60 + "ReLU" + "]" * 60 + "\n",
    "a long name": f"body: [{{ReLU, name: {'a' * 190}}}]\n",
    "a step that is a param": "params: {a: [b, $a]}\nbody: $a\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_specs(name: str) -> None:
    began = time.process_time()
    result = outcome(f"name: t\ninput: {{shape: [3]}}\n{HOSTILE[name]}")
    assert time.process_time() - began < 3 * slowness()
    assert result in ("refused", "accepted")


def test_large_numbers_stay_exact() -> None:
    text = "name: t\ninput: {shape: [2147483647]}\nbody: [Dense: {units: 2147483647, use_bias: false}]\n"
    assert specs.lower(specs.loads(text)).params == (2**31 - 1) ** 2


def test_too_many_problems_stop_the_reading() -> None:
    with pytest.raises(specs.SpecError) as found:
        specs.loads("name: t\ninput: {shape: [3]}\nbody: [" + ", ".join(f"Dens{i}" for i in range(5000)) + "]\n")
    assert len(found.value.problems) == 500
    assert str(found.value).endswith("… and at least 480 more")
