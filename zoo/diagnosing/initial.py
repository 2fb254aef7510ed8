"""Initial weights that no step can tell apart."""

from collections.abc import Iterator

import numpy as np

from specs.graph import Node
from zoo.backend import keras
from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Answer, broken, fine, not_asked
from zoo.diagnosing.places import advice_of, at_node, of_advice
from zoo.weights import Carried

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel", "recurrent_kernel", "embeddings")


def equal_weights(bench: Bench) -> Answer:
    """Kernels whose values are all the same, apart from those that begin a branch or the output at zero."""
    if isinstance(bench.started, Carried) and not bench.started.left:
        return not_asked("the weights are those of another training")
    bench.restart()
    found = list(_equal(bench))
    told = advice_of(bench.view, ["I03"])
    count = sum(1 for node in bench.graph.nodes if node.trainable)
    if not found:
        return fine(f"no kernel of {count} layers with weights is all one value", figures={"layers": count})
    node, value = found[0]
    message = (
        f"all weights start the same in {len(found)} of {count} layers ({node.name}: all {value:g}): their units get "
        "the same gradients and stay the same, and zeros pass none on at all"
    )
    argument = "kernel_initializer"
    suggestion = of_advice(told[0]) if told else at_node(bench.view, "draw weights at random", node, argument)
    figures = {"layers": count, "equal": len(found)}
    return broken(message, figures=figures, suggestion=suggestion, advice=tuple(each.code for each in told[:1]))


def _equal(bench: Bench) -> Iterator[tuple[Node, float]]:
    """Layers with a kernel of one value, and the value."""
    for node in bench.graph.nodes:
        after = bench.view.next(node)
        # Zeros there begin a branch as if it were not there, and outputs without an opinion.
        meant = bench.view.is_output(node) or (after is not None and after.op == "Add")
        for weight in bench.model.get_layer(node.name).trainable_weights if node.trainable and not meant else ():
            values = keras.ops.convert_to_numpy(weight)
            if weight.name in KERNELS and values.size > 1 and float(np.ptp(values)) == 0:
                yield node, float(values.flat[0])
