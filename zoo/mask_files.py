"""Masks that a model gives, as PNG files: class numbers with a palette, so that they are read and seen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from specs.errors import RunError, UserError
from specs.infer.base import text
from zoo.answers import class_scores
from zoo.data.dataset import Array
from zoo.data.images import FORMATS, SUFFIXES
from zoo.files import written_atomically
from zoo.reading import batches
from zoo.serving import Answering, answering


@dataclass(frozen=True, slots=True)
class Written:
    """A mask that was written: what it is of, where it lies, and by class the share of its pixels, largest first."""

    source: str
    mask: Path
    shares: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        """One line on all three."""
        return f"{self.source}: {self.mask}, {', '.join(f'{name} {share:.1%}' for name, share in self.shares)}"


def write_masks(
    directory: str | Path, paths: Iterable[str | Path], out: str | Path, *, trust: bool = False
) -> Iterator[Written]:
    """Ask a run or an export about files, and write the mask of each as NAME.png into a folder, one after the other.

    A mask has the size of its image where the model gives one of the size of its input, else that of the model's
    output. Files are those that `zoo.predict` takes. Raises `UserError` where the model gives no masks or two files
    would have the same mask, `RunError` where one cannot be written, `DataError` where files cannot be used.
    """
    folder, target = Path(directory), Path(out)
    model = answering(folder, trust)
    output = _of_pixels(folder, model)
    names, seen = (model.classes or {}).get(output, ()), set[str]()
    for sources, x in batches(map(Path, paths), model.takes):
        for source, answer in zip(sources, model.ask(x)[output], strict=True):
            name = f"{Path(source).stem}.png"
            if name in seen:
                raise UserError(f"{source}: another file has the mask {target / name}; ask about them one by one")
            seen.add(name)
            classes = class_scores(answer, model.gives[output]).argmax(axis=-1).astype(np.uint8)
            _write(target / name, _fitted(classes, source, next(iter(x.values())).shape[1:3]))
            yield Written(source, target / name, _shares(classes, names))


def _of_pixels(folder: Path, model: Answering) -> str:
    """The first output that has a class for each pixel."""
    for name, shape in model.shapes.items():
        if len(shape) == 3 and model.gives[name] != "numbers":
            return name
    name, shape = next(iter(model.shapes.items()))
    raise UserError(f"{folder}: gives no masks: its output {name!r} is {text(shape)}")


def _fitted(classes: Array, source: str, size: tuple[int, ...]) -> Image.Image:
    """The mask in the size of the image in a file; an array has the size of the model already."""
    mask = Image.fromarray(classes, "P")
    mask.putpalette(palette())
    if classes.shape != tuple(size) or Path(source).suffix.lower() not in SUFFIXES:
        return mask
    with Image.open(source, formats=FORMATS) as image:
        return mask.resize(image.size, Image.Resampling.NEAREST)


def _shares(classes: Array, names: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    numbers, counts = np.unique(classes, return_counts=True)
    order = np.argsort(-counts, kind="stable").tolist()
    named = [(names[n] if n < len(names) else str(n)) for n in numbers.tolist()]
    return tuple((named[at], float(counts[at] / classes.size)) for at in order)


def _write(path: Path, mask: Image.Image) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_atomically(path) as partial:
            mask.save(partial, "PNG")
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error


def palette() -> list[int]:
    """Red, green and blue of 256 classes as PASCAL VOC paints its masks: the bits of a number, spread over the colours.

    >>> palette()[:9]
    [0, 0, 0, 128, 0, 0, 0, 128, 0]
    """
    return [value for number in range(256) for value in _colour(number)]


def _colour(number: int) -> tuple[int, int, int]:
    """Every third bit, beginning with the first, second and third, from the highest bit of a colour down."""
    red, green, blue = (
        sum((number >> (3 * place + colour) & 1) << (7 - place) for place in range(3)) for colour in range(3)
    )
    return red, green, blue


def painted(classes: Array) -> Array:
    """Class numbers (…, height, width) → their colours (…, height, width, 3), bytes."""
    colours: Array = np.array(palette(), np.uint8).reshape(256, 3)[np.asarray(classes).astype(np.uint8)]
    return colours
