"""Texts that a model of characters goes on with: one character after the other, drawn as the model rates them."""

from pathlib import Path

import numpy as np

import specs
from specs.errors import UserError
from zoo.answers import class_scores
from zoo.data.characters import numbers_of
from zoo.data.dataset import Array
from zoo.serving import Answering, answering


def sample(
    directory: str | Path,
    prompt: str,
    length: int = 200,
    temperature: float = 1.0,
    seed: int = 0,
    *,
    trust: bool = False,
) -> str:
    """The prompt and `length` characters that a run or an export of a model of characters continues it with.

    Each is drawn with the probabilities p^(1/temperature), normalised; at 0 it is the likeliest. Equal seeds give equal
    texts. Of a prompt longer than the model's window its end counts; a character that the training part did not have
    is read as unknown, and none is drawn.

    Raises `UserError` where the model was not trained on characters, or where prompt or temperature cannot be used.
    """
    if not prompt or length < 1 or not 0 <= temperature < np.inf:
        got = f"(got {len(prompt)} characters, length {length} and temperature {temperature:g})"
        raise UserError(f"a sample needs a prompt, a length of at least 1 and a temperature of at least 0 {got}")
    folder = Path(directory)
    model = answering(folder, trust)
    output, names = _vocabulary(folder, model)
    random, text = np.random.default_rng(seed), prompt
    name, takes = next(iter(model.takes.inputs.items()))
    window = int(takes.shape[0] or 0)
    for _ in range(length):
        seen = numbers_of(text[-window:], names)
        # What stands behind the last character is not read by what tells the next one.
        x = np.pad(seen, (0, window - len(seen)))[np.newaxis]
        scores = class_scores(model.ask({name: x})[output][0, len(seen) - 1], model.gives[output])
        text += names[_drawn(scores[: len(names)], temperature, random)]
    return text


def _vocabulary(folder: Path, model: Answering) -> tuple[str, tuple[str, ...]]:
    """The output that tells the next character, and what its numbers stand for."""
    spec = model.takes.spec
    train = specs.load(spec).train if spec is not None and spec.is_file() else None
    output = next(iter(model.shapes))
    if train is None or train.data.kind != "characters" or not model.classes:
        raise UserError(f"{folder}: tells no characters; what was trained on `data: {{characters: …}}` can be sampled")
    return output, model.classes[output]


def _drawn(scores: Array, temperature: float, random: np.random.Generator) -> int:
    """The number of a character that has one."""
    known = np.asarray(scores, np.float64)[1:]
    if temperature == 0:
        return 1 + int(known.argmax())
    powers = np.log(np.maximum(known, 1e-300)) / temperature
    rated = np.exp(powers - powers.max())
    return 1 + int(random.choice(len(rated), p=rated / rated.sum()))
