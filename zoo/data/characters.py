"""The characters of a text file as numbers, cut into windows of which each step tells the next character."""

import math
from collections import Counter
from pathlib import Path

import numpy as np

from specs.errors import DataError
from specs.graph import Graph
from specs.sections.characters import Characters
from zoo.data.dataset import Array, Examples, InMemory
from zoo.data.splitting import consecutive_indices
from zoo.files import open_regular

MAX_BYTES = 256 * 1024**2
"""Of the file, which is read as a whole."""


def characters(arguments: Characters, folder: Path, graph: Graph) -> Examples:
    """Windows (window) of character numbers, and the numbers of the characters that follow each, (window).

    Raises `DataError` where the file is no UTF-8 or too short.
    """
    path, window, stride = folder / arguments.path, arguments.window, arguments.stride
    text = _read(path)
    count = (len(text) - window - 1) // stride + 1
    if count < 1:
        raise DataError(f"{path}: has {len(text)} characters; a window of {window} and what follows need {window + 1}")
    gap = math.ceil((window + 1) / stride) - 1
    train, _, _ = consecutive_indices(count, arguments, gap)
    names = vocabulary_of(text[: int(train[-1]) * stride + window + 1], arguments.vocabulary)
    numbers = numbers_of(text, names)
    windows = np.lib.stride_tricks.sliding_window_view(numbers, window)[::stride]
    following = np.lib.stride_tricks.sliding_window_view(numbers[1:], window)[::stride]
    y, classes = dict.fromkeys(graph.labelled, following[:count]), dict.fromkeys(graph.labelled, names)
    return Examples({graph.inputs[0]: InMemory(windows[:count])}, y, classes, gap=gap)


def vocabulary_of(text: str, size: int) -> tuple[str, ...]:
    """The characters by their numbers: 0 for any other, then the most frequent ones in the order of Unicode.

    >>> vocabulary_of("abracadabra", 4)
    ('', 'a', 'b', 'r')
    """
    counts = Counter(text)
    frequent = sorted(counts, key=lambda each: (-counts[each], each))[: size - 1]
    return ("", *sorted(frequent))


def numbers_of(text: str, names: tuple[str, ...]) -> Array:
    """The number of every character, int64 of shape (characters); 0 for those that have none.

    >>> numbers_of("bad", ("", "a", "b")).tolist()
    [2, 1, 0]
    """
    known = {name: number for number, name in enumerate(names) if name}
    return np.array([known.get(each, 0) for each in text], np.int64)


def _read(path: Path) -> str:
    with open_regular(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(f"{path}: is larger than {MAX_BYTES // 1024**2} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no text in UTF-8 (byte {error.start + 1})") from None
