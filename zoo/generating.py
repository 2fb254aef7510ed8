"""New examples: what the second half of a variational autoencoder, or a generator, makes of numbers drawn at random."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import specs
from specs.adversarial import adversarial_of, roles_of
from specs.errors import RunError, UserError
from specs.graph import Graph, Node, Shape
from zoo.backend import keras
from zoo.building import one_or_all
from zoo.data.dataset import Array
from zoo.files import written_atomically
from zoo.finished import Member, read_run

EXAMPLES = 100


@dataclass(frozen=True, slots=True)
class Generated:
    """Made examples and the file that has them."""

    path: Path
    x: Array
    """(examples, ...) in the scale of the training data: pixels from 0 to 255."""
    y: Array | None = None
    """(examples), the name of the class that each was asked for; None where the run was told of none."""


def generate(directory: str | Path, out: str | Path, examples: int = EXAMPLES, seed: int = 0) -> Generated:
    """Have a run make examples, and write them as arrays `x` and `y` of an .npz file, which `train.data` reads.

    A run that learnt by an adversarial step makes examples of each class in turn (arXiv:1411.1784). Of a variational
    autoencoder, what stands behind its `GaussianSampling` is asked about draws from the standard normal distribution
    (arXiv:1312.6114, appendix C.1), and what a Rescaling right behind the input did is undone; it has no `y`. Equal
    seeds give equal examples. Raises `UserError` where the run draws nothing, or where the file cannot be written to.
    """
    out = Path(out)
    if out.suffix != ".npz":
        raise UserError(f"{out}: the examples are an .npz; name it so")
    if out.exists():
        raise UserError(f"{out}: is there already; give another name, or remove it")
    run, random = read_run(Path(directory)), np.random.default_rng(seed)
    generates = adversarial_of(run.document.train) is not None
    x, y = _of_noise(run, examples, random) if generates else (_of_codes(run, examples, random), None)
    made = {"x": x} if y is None else {"x": x, "y": y}
    try:
        with written_atomically(out) as partial, partial.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **made)
    except OSError as error:
        raise RunError(f"{out}: cannot be written ({error.strerror or error})") from error
    return Generated(out, x, y)


def _of_noise(run: Member, examples: int, random: np.random.Generator) -> tuple[Array, Array | None]:
    """What a generator makes, and of which class each of it is."""
    step, graph = adversarial_of(run.document.train), specs.lower(run.document)
    assert step is not None
    roles, shapes = roles_of(graph, step), {name: _known(shape) for name, shape in graph.input_shapes().items()}
    asked = {roles.noise: random.standard_normal((examples, *shapes[roles.noise])).astype(np.float32)}
    names = None if roles.condition is None else run.classes[roles.condition]
    numbers = np.arange(examples) % len(names or "-")
    if roles.condition is not None:
        asked[roles.condition] = np.eye(*shapes[roles.condition], dtype=np.float32)[numbers]
    x = run.model(run.document.name).predict(one_or_all({name: asked[name] for name in graph.inputs}), verbose=0)
    return np.asarray(x, np.float32), None if names is None else np.array(names)[numbers]


def _known(shape: Shape) -> tuple[int, ...]:
    return tuple(size or 0 for size in shape)


def _of_codes(run: Member, examples: int, random: np.random.Generator) -> Array:
    """What the second half of a variational autoencoder makes."""
    graph, model = run.graph, run.model(run.document.name)
    drawn = _drawing(graph, run.directory)
    end = next(iter(graph.outputs.values()))
    decoder = keras.Model(model.get_layer(drawn.name).output, model.get_layer(end.node).output)
    codes = random.standard_normal((examples, *decoder.input_shape[1:])).astype(np.float32)
    return _unscaled(np.asarray(decoder.predict(codes, verbose=0), np.float32), graph, end.reconstructs)


def _drawing(graph: Graph, directory: Path) -> Node:
    found = [node for node in graph.nodes if node.op == "GaussianSampling"]
    if len(found) != 1:
        raise UserError(
            f"{directory}: examples are made by a generator, or by a model with one GaussianSampling (got {len(found)})"
        )
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
