"""Layers that keep their weights in training, though these are random."""

from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Answer, broken, fine
from zoo.diagnosing.findings import Bar
from zoo.diagnosing.places import at


def frozen_layers(bench: Bench) -> Answer:
    """Frozen layers with weights that nothing was carried over to."""
    nodes = [node for node in bench.graph.nodes if node.trainable]
    frozen = [node for node in nodes if not bench.model.get_layer(node.name).trainable]
    known = set(bench.started.carried) if bench.started is not None else set()
    random = [node for node in frozen if node.name not in known]
    figures = {"layers": len(nodes), "frozen": len(frozen), "frozen_with_random_weights": len(random)}
    if not random:
        told = f", with weights carried over; {len(nodes) - len(frozen)} are trained" if frozen else ""
        return fine(f"{len(frozen)} of {len(nodes)} layers are frozen{told}", figures=figures)
    share = sum(node.trainable for node in random) / bench.graph.trainable
    message = (
        f"{len(random)} of {len(nodes)} layers with weights ({random[0].name} to {random[-1].name}, {share:.0%} of the "
        "weights) are frozen as they were drawn at random: they never learn anything"
    )
    text = "leave freeze_until out, or say in `weights:` which trained weights are to be kept"
    bars = tuple(Bar(node.name, "frozen weights", float(node.trainable), node.mark) for node in random)
    return broken(message, figures=figures, bars=bars, suggestion=at(bench.view, text, "train", "freeze_until"))
