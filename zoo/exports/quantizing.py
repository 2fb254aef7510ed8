"""LiteRT files with smaller numbers: written by TensorFlow's converter, and held against the plain model's answers.

A quantised model is another model. How far it may be off is part of how it is quantised, measured on real inputs where
there are any: the largest difference of a value, and how often the likeliest class is the same.
"""

import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph
from zoo.data import load_data
from zoo.exports.errors import ExportError
from zoo.exports.formats import FORMATS
from zoo.exports.manifest import SERVING
from zoo.exports.proving import Proof
from zoo.exports.verifying import BATCHES, Arrays, ask_fresh, difference
from zoo.exports.writers import converter_failures
from zoo.finished import Finished
from zoo.stepping import check_usual

LITERT = "litert"

CALIBRATION = 128
"""So many examples of the training part, drawn by a fixed seed, show int8 how large values become."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """How numbers are made smaller, and what that may cost."""

    tolerance: float
    """Largest difference of a value to the plain model's, as a fraction of the output's largest value."""
    agreement: float
    """Fraction of the real inputs, at least, that are of the same likeliest class."""


QUANTIZATIONS: dict[str, Quantization] = {
    "float16": Quantization(0.01, 0.98),
    "dynamic": Quantization(0.1, 0.95),
    "int8": Quantization(0.2, 0.9),
}
"""float16: weights, a half of the size. dynamic: weights as int8, values by what each call has. int8: both, by what was
seen of training examples; what comes in and goes out stays float32. The last two are a quarter of the size."""


@dataclass(frozen=True, slots=True)
class Quantized:
    """How a LiteRT file was quantised, and how well it agrees with the plain model."""

    how: str
    difference: float
    agreement: float | None
    """None where there is no class to agree on, or no real input."""
    examples: str
    """How many inputs of what kind were compared."""

    def __str__(self) -> str:
        same = "" if self.agreement is None else f", same class for {self.agreement:.1%}"
        return f"litert: {self.how}, off by {self.difference:.1e}{same} (on {self.examples})"


def check_quantize(how: str | None, formats: tuple[str, ...], origin: Finished | Document) -> None:
    """`UserError` where it is none of `QUANTIZATIONS`, where no LiteRT file is asked for, or where int8 has no data."""
    if how is None:
        return
    if how not in QUANTIZATIONS:
        raise UserError(f"--quantize: there is no such way (got {how}); there are {', '.join(QUANTIZATIONS)}")
    if LITERT not in formats:
        raise UserError(f"--quantize: LiteRT alone is quantised; add --format {','.join((*formats, LITERT))}")
    train = None if isinstance(origin, Finished) else origin.train
    if how == "int8" and isinstance(origin, Document) and (train is None or "data" not in train.model_fields_set):
        hint = "give the spec train: {data: …}, or choose float16 or dynamic"
        raise UserError(f"{origin.name}: int8 is calibrated on training data, and the spec names none; {hint}")


def quantized(
    how: str | None, origin: Finished | Document, graph: Graph, program: Path, folder: Path, proof: Proof | None
) -> Quantized | None:
    """Write the program as a quantised LiteRT file to a folder, where that is asked for.

    Raises `ExportError` where it is off too far from the answers of the plain model in `proof`.
    """
    if how is None or proof is None:
        return None
    examples = calibration_examples(origin) if how == "int8" else {}
    _write(how, program, graph, folder / FORMATS[LITERT].files[0], examples)
    return _proven(how, folder, graph, proof)


def calibration_examples(origin: Finished | Document) -> Arrays:
    """Examples of the training part by input."""
    document = origin.document if isinstance(origin, Finished) else origin
    check_usual(document, "int8")
    train = load_data(document).train
    return train.take(np.random.default_rng(0).permutation(len(train))[:CALIBRATION]).x


def _write(how: str, program: Path, graph: Graph, target: Path, examples: Arrays) -> None:
    from zoo.backend import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(program), signature_keys=[SERVING])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if how == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if how == "int8":
        converter.representative_dataset = lambda: _one_by_one(graph, examples)
    with converter_failures(LITERT), warnings.catch_warnings():
        # Of its own interpreter, with which it sees how large values become, as deprecated.
        warnings.simplefilter("ignore", UserWarning)
        target.write_bytes(converter.convert())


def _one_by_one(graph: Graph, examples: Arrays) -> Iterator[tuple[str, dict[str, Any]]]:
    dtypes = {name: getattr(graph.node(name).args, "dtype") for name in graph.inputs}  # noqa: B009  # an InputLayer's
    for at in range(len(next(iter(examples.values())))):
        yield SERVING, {name: examples[name][at : at + 1].astype(dtypes[name]) for name in graph.inputs}


def _proven(how: str, folder: Path, graph: Graph, proof: Proof) -> Quantized:
    """How well the file in a folder agrees, asked in a fresh process."""
    answers = _answers(folder, graph, proof)
    allowed = QUANTIZATIONS[how]
    worst = max(difference(key, answers[key], expected) for key, expected in _batched(proof.answers).items())
    same = _agreement({name: answers[f"{SERVING}/{len(proof)}/{name}"] for name in proof.answers}, proof)
    if worst > allowed.tolerance:
        told = f"off by {worst:.2f} of the largest value (at most {allowed.tolerance})"
        raise ExportError(f"litert: the model quantised to {how} is {told}")
    if same is not None and same < allowed.agreement:
        told = f"of another class for {1 - same:.1%} of {proof} (at most {1 - allowed.agreement:.0%})"
        raise ExportError(f"litert: the model quantised to {how} is {told}")
    return Quantized(how, worst, same, str(proof))


def _answers(folder: Path, graph: Graph, proof: Proof) -> Arrays:
    with tempfile.TemporaryDirectory() as place:
        question, answer = Path(place, "asked.npz"), Path(place, "answered.npz")
        dtypes = {name: getattr(graph.node(name).args, "dtype") for name in graph.inputs}  # noqa: B009
        asked = _batched({name: proof.x[name].astype(dtypes[name]) for name in graph.inputs})
        np.savez(question, allow_pickle=False, **asked)
        ask_fresh(LITERT, [(folder / FORMATS[LITERT].files[0], question, answer)])
        with np.load(answer, allow_pickle=False) as archive:
            return dict(archive)


def _batched(arrays: Arrays) -> Arrays:
    """The first inputs or answers in each batch size, and all of them, by SIGNATURE/BATCH/NAME."""
    return {f"{SERVING}/{size}/{name}": each[:size] for name, each in arrays.items() for size in (*BATCHES, len(each))}


def _agreement(answers: Arrays, proof: Proof) -> float | None:
    """Of outputs that choose among classes, the lowest fraction of real inputs with the same choice."""
    pairs = [(answers[name], plain) for name, plain in proof.answers.items() if plain.ndim > 1 and plain.shape[-1] > 1]
    if not proof.real or not pairs:
        return None
    return min(float((answer.argmax(-1) == plain.argmax(-1)).mean()) for answer, plain in pairs)
