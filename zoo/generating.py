"""New examples from a variational autoencoder: what its second half makes of numbers drawn at random."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from specs.errors import RunError, UserError
from specs.graph import Graph, Node
from zoo.backend import keras
from zoo.data.dataset import Array
from zoo.files import written_atomically
from zoo.finished import read_run

EXAMPLES = 100


@dataclass(frozen=True, slots=True)
class Generated:
    """Made examples and the file that has them."""

    path: Path
    x: Array
    """(examples, ...) in the scale of the model's input: pixels from 0 to 255 where it scales them itself."""


def generate(directory: str | Path, out: str | Path, examples: int = EXAMPLES, seed: int = 0) -> Generated:
    """Have a run make examples, and write them as the array `x` of an .npz file, which `train.data` reads.

    What stands behind the run's `GaussianSampling` is asked about draws from the standard normal distribution
    (arXiv:1312.6114, appendix C.1). What a Rescaling right behind the input did is undone. Equal seeds give equal
    examples. Raises `UserError` where the run draws nothing, or where the file cannot be written to.
    """
    out = Path(out)
    if out.suffix != ".npz":
        raise UserError(f"{out}: the examples are an .npz; name it so")
    if out.exists():
        raise UserError(f"{out}: is there already; give another name, or remove it")
    run = read_run(Path(directory))
    graph, model = run.graph, run.model(run.document.name)
    drawn = _drawing(graph, directory)
    end = next(iter(graph.outputs.values()))
    decoder = keras.Model(model.get_layer(drawn.name).output, model.get_layer(end.node).output)
    codes = np.random.default_rng(seed).standard_normal((examples, *decoder.input_shape[1:])).astype(np.float32)
    x = _unscaled(np.asarray(decoder.predict(codes, verbose=0), np.float32), graph, end.reconstructs)
    try:
        with written_atomically(out) as partial, partial.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, x=x)
    except OSError as error:
        raise RunError(f"{out}: cannot be written ({error.strerror or error})") from error
    return Generated(out, x)


def _drawing(graph: Graph, directory: str | Path) -> Node:
    found = [node for node in graph.nodes if node.op == "GaussianSampling"]
    if len(found) != 1:
        raise UserError(f"{directory}: examples are made by a model with one GaussianSampling (got {len(found)})")
    end = next(iter(graph.outputs.values())).node
    behind = replace(graph, nodes=tuple(node for node in graph.nodes if node.name != found[0].name)).upstream([end])
    if found[0].name not in behind or behind & set(graph.inputs):
        raise UserError(
            f"{directory}: {end!r} is not made of what {found[0].name!r} draws alone, and cannot be made of it"
        )
    return found[0]


def _unscaled(x: Array, graph: Graph, target: str | None) -> Array:
    """What a Rescaling of the input has made, as the input has it."""
    node = None if target is None else graph.node(target)
    if node is None or node.op != "Rescaling" or not set(node.inputs) <= set(graph.inputs):
        return x
    scale, offset = (np.asarray(getattr(node.args, name), np.float32) for name in ("scale", "offset"))
    return np.asarray((x - offset) / scale, np.float32)
