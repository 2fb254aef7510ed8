"""Asks an export about files: TensorFlow, NumPy and Pillow only, no Keras."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import DataError, UserError
from zoo.backend import tensorflow as tf
from zoo.data.images import SUFFIXES, image_shape, read_image
from zoo.data.labelling import with_channel
from zoo.data.sources import as_floats, read_npz
from zoo.files import open_regular
from zoo.manifest import Manifest, check_files, read_manifest


@dataclass(frozen=True, slots=True)
class Score:
    """A class and the model's output for it: a probability where the model ends in softmax."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best classes for one example, best first. `source` is its file, with [i] where a file holds several."""

    source: str
    top: tuple[Score, ...]


def predict(export: str | Path, paths: Iterable[str | Path], top: int = 3) -> list[Prediction]:
    """Classify images (.png, .jpg, .gif, .bmp) and arrays (.npy; .npz with `x`): one example or several a file.

    Images are resized to the model's input; arrays have its shape, pixels from 0 to 255. Classes of a model that was
    not trained are called by their number. An export is a program: one that was changed after it was written is not
    loaded, but only ask exports whose origin you trust.

    Raises `UserError` where the export is none of ours, `DataError` where a file cannot be used.
    """
    folder = Path(export)
    manifest = read_manifest(folder)
    output = _classifying_output(folder, manifest)
    check_files(folder, manifest)
    examples = [example for path in paths for example in _examples(Path(path), manifest)]
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]
    return [Prediction(source, _best(_ask(serve, manifest, x)[output], manifest, top)) for source, x in examples]


def _classifying_output(folder: Path, manifest: Manifest) -> str:
    name, shape = next(iter(manifest.outputs.items()))
    if len(shape) != 1 or len(manifest.inputs) != 1:
        raise UserError(f"{folder}: only a model with one input and one number a class can be asked about files")
    return name


def _examples(path: Path, manifest: Manifest) -> Iterator[tuple[str, NDArray[Any]]]:
    """Name and value of each example in a file."""
    shape = next(iter(manifest.inputs.values())).shape
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        yield str(path), read_image(path, *image_shape(shape))
    elif suffix in (".npy", ".npz"):
        yield from _array_examples(path, shape)
    else:
        raise DataError(f"{path}: is neither an image nor an array ({', '.join(sorted(SUFFIXES))}, .npy, .npz)")


def _array_examples(path: Path, shape: tuple[int | None, ...]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    array = read_npz(path, ("x",))["x"] if path.suffix.lower() == ".npz" else _read_npy(path)
    x = as_floats(path, array)
    if _fits(x.shape, shape):
        yield str(path), x
    elif _fits((several := with_channel(x, shape)).shape[1:], shape):
        yield from ((f"{path}[{index}]", example) for index, example in enumerate(several))
    else:
        raise DataError(f"{path}: the model takes {list(shape)}, alone or in a row of them (got {list(x.shape)})")


def _fits(got: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(got) == len(wanted) and all(want in (None, have) for have, want in zip(got, wanted, strict=True))


def _read_npy(path: Path) -> NDArray[Any]:
    with open_regular(path) as file:
        try:
            return np.lib.format.read_array(file, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{path}: is not a readable .npy file ({error})") from None


def _ask(serve: Any, manifest: Manifest, x: NDArray[Any]) -> dict[str, Any]:
    name, spec = next(iter(manifest.inputs.items()))
    answers: dict[str, Any] = serve(**{name: tf.constant(x[np.newaxis].astype(spec.dtype))})
    return answers


def _best(output: Any, manifest: Manifest, top: int) -> tuple[Score, ...]:
    values = output.numpy()[0]
    labels = manifest.classes or ()
    return tuple(
        Score(labels[index] if index < len(labels) else str(index), float(values[index]))
        for index in np.argsort(-values, kind="stable")[:top].tolist()
    )
