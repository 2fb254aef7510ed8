"""How much of what batch norm gives is noise of the batch."""

import numpy as np

from specs.linting.kinds import argument
from zoo.data.dataset import Array
from zoo.diagnosing.bench import POOL, Bench
from zoo.diagnosing.check import Answer, broken, fine, not_asked, suspicious
from zoo.diagnosing.findings import Bar
from zoo.diagnosing.places import advice_of, at

NOISY, DROWNED = 0.2, 0.4
"""Part of the variance of an example's value that is due to the other examples of its batch. Of normally
distributed values it is 65 % in batches of 2, 33 % of 4, 17 % of 8 and 4 % of 32."""
ROUNDS = 8
AT_ONCE = 4
"""Layers that are looked at: the first, the last, and some between them."""


def batch_statistics(bench: Bench) -> Answer:
    """What an example is normalised to in one batch and in others."""
    nodes = [node for node in bench.graph.nodes if node.op == "BatchNormalization" and not node.shares]
    if not nodes:
        return not_asked("the model has no batch norm")
    size, count = bench.train.batch_size, min(POOL, len(bench.pool))
    if count < 2 * size:
        return fine(f"a batch of {size} is more than half of the examples that are looked at", figures={"batch": size})
    chosen = [nodes[round(at)] for at in np.linspace(0, len(nodes) - 1, min(AT_ONCE, len(nodes)))]
    bench.restart()
    inputs = bench.outputs(list(dict.fromkeys(node.inputs[0] for node in chosen)), count)
    shares = {
        node.name: noise(inputs[node.inputs[0]], size, argument(node, "epsilon"), bench.train.seed) for node in chosen
    }
    worst = max(shares, key=lambda name: shares[name])
    told = advice_of(bench.view, ["N03"])
    bars = tuple(Bar(node.name, "noise of the batch", shares[node.name], node.mark) for node in chosen)
    more = {
        "figures": {"batch": size, "noise": shares[worst], "layers": len(nodes)},
        "bars": bars,
        "advice": tuple(each.code for each in told),
    }
    message = f"with batches of {size}, {shares[worst]:.0%} of what {worst} gives an example is noise of its batch"
    if shares[worst] < NOISY and not told:
        return fine(message, **more)
    suggestion = at(bench.view, "larger batches, or norm: group, which looks at one example", "train", "batch_size")
    # Of two values the norm keeps nothing but which is larger.
    judge = broken if shares[worst] >= DROWNED or size <= 2 else suspicious
    return judge(f"batch norm on too few examples: {message}", suggestion=suggestion, **more)


def noise(values: Array, batch: int, epsilon: float, seed: int) -> float:
    """The part of the variance of normalised values that changes with the other examples of the batch; in [0, 1].

    `values` have the shape (examples, …, channels); they are dealt into batches at random, several times.

    >>> values = np.random.default_rng(0).normal(size=(256, 4))
    >>> [round(noise(values, batch, 1e-3, 0), 1) for batch in (2, 4, 8, 32)]
    [0.6, 0.3, 0.2, 0.0]
    """
    random, count = np.random.default_rng([seed, 2]), len(values) // batch * batch
    values = values[:count].astype(np.float32)
    total, squares = np.zeros(values.shape), np.zeros(values.shape)
    for _ in range(ROUNDS):
        order = random.permutation(count)
        dealt = values[order].reshape(count // batch, batch, *values.shape[1:])
        axes = tuple(range(1, dealt.ndim - 1))
        given = (dealt - dealt.mean(axes, keepdims=True)) / np.sqrt(dealt.var(axes, keepdims=True) + epsilon)
        total[order] += given.reshape(values.shape)
        squares[order] += np.square(given.reshape(values.shape))
    mean, square = total / ROUNDS, squares / ROUNDS
    whole = float(square.mean() - mean.mean() ** 2)
    # The variance of few values is too small by one over their number.
    within = float((square - mean**2).mean()) * ROUNDS / (ROUNDS - 1)
    return min(1.0, within / whole) if whole > 0 else 0.0
