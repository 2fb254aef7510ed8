"""What the data themselves tell: classes, repeated examples, columns."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from zoo.data.dataset import Array, Part
from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Answer, broken, fine, suspicious
from zoo.diagnosing.findings import Bar, Figure
from zoo.diagnosing.places import at

UNEVEN = 10.0
"""Times as many examples of one class as of another, from which a model does well that never says the rarer one."""
LEAKED, COPIED = 0.02, 0.2
"""Part of the held out examples that are in the training part as well."""
CONTRADICTED = 0.01
"""Part of the training examples whose inputs stand there with another label too."""
CHUNK = 256
SHARE = 0.05
"""Of the whole time, for comparing examples; what is not compared by then is not."""
TOLD = 20
"""Classes whose counts are drawn."""


def data(bench: Bench) -> Answer:
    """Balance of the classes, exact copies across the parts and with other labels, columns that say nothing."""
    found = [_balance(bench), _copies(bench), _columns(bench)]
    figures: dict[str, Figure] = {}
    for answer in found:
        figures.update(answer.more.pop("figures", {}))
    worst = min(found, key=lambda answer: ("broken", "suspicious", "fine").index(answer.verdict))
    bars = next((answer.more["bars"] for answer in found if "bars" in answer.more), ())
    told = worst.message if worst.verdict != "fine" else "; ".join(answer.message for answer in found if answer.message)
    return Answer(worst.verdict, told, {**worst.more, "figures": figures, "bars": bars})


def _balance(bench: Bench) -> Answer:
    name, classes = next(iter(bench.dataset.classes.items()), ("", ()))
    y = bench.dataset.train.examples.y[name][bench.dataset.train.positions] if name else np.zeros(0)
    if not classes or y.ndim != 1:
        return fine("")
    counts = np.bincount(y, minlength=len(classes))
    rare, common = (classes[int(each)] for each in (counts.argmin(), counts.argmax()))
    ratio = float(counts.max() / counts.min()) if counts.min() else float("inf")
    order = np.argsort(-counts)[:TOLD]
    bars = tuple(Bar(classes[int(each)], "training examples", float(counts[each])) for each in order)
    figures = {"classes": len(classes), "rarest": int(counts.min()), "most_common": int(counts.max())}
    suggestion = at(bench.view, "look at the labels", "train", "data")
    more = {"figures": figures, "bars": bars, "suggestion": suggestion}
    if (counts > 0).sum() < 2:
        return broken(f"all {len(y)} training examples are of one class, {common}", **more)
    if not counts.min():
        missing = f"{int((counts == 0).sum())} of {len(classes)} classes"
        return suspicious(f"there is no training example of {missing} ({rare})", **more)
    if ratio > UNEVEN and bench.train.class_weight is None:
        message = f"{common} has {ratio:.3g} times as many training examples as {rare} ({counts.max()}, {counts.min()})"
        return suspicious(message, **{**more, "suggestion": at(bench.view, "write class_weight: balanced", "train")})
    return fine(f"{len(classes)} classes of {counts.min()} to {counts.max()}", figures=figures, bars=bars)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Examples of a part by what they are: the label of each kind, and how many were looked at."""

    labels: Mapping[bytes, bytes]
    count: int
    contradicting: int


def _copies(bench: Bench) -> Answer:
    seconds = bench.left(SHARE) / 2
    train = _seen(bench, bench.dataset.train, seconds)
    held_out = [each for part in (bench.dataset.validation, bench.dataset.test) for each in _keys(part, bench, seconds)]
    copies = sum(key in train.labels for key, _ in held_out)
    figures = {"compared": train.count + len(held_out), "copies": copies, "contradicting": train.contradicting}
    share = copies / max(len(held_out), 1)
    suggestion = at(bench.view, "take copies out before the data are split", "train", "data")
    more = {"figures": figures, "suggestion": suggestion}
    if share > LEAKED:
        judge = broken if share > COPIED else suspicious
        message = f"{share:.0%} of the held out examples ({copies}) are exact copies of training examples"
        return judge(f"{message}: how good the model is cannot be told", **more)
    if train.contradicting > CONTRADICTED * max(train.count, 1):
        message = f"{train.contradicting} of {train.count} training examples are copies of others with another label"
        return suspicious(message, **more)
    return fine(f"{copies} of {len(held_out)} held out examples are copies of training examples", figures=figures)


def _seen(bench: Bench, part: Part, seconds: float) -> _Seen:
    labels: dict[bytes, bytes] = {}
    count = contradicting = 0
    for key, label in _keys(part, bench, seconds):
        count += 1
        contradicting += labels.setdefault(key, label) != label
    return _Seen(labels, count, contradicting)


def _keys(part: Part, bench: Bench, seconds: float) -> Iterator[tuple[bytes, bytes]]:
    """What tells the inputs of each example from others, and its labels, until the time is over."""
    end = bench.left() - seconds
    for start in range(0, len(part), CHUNK):
        x, y = part.take(np.arange(start, min(start + CHUNK, len(part))))
        for row in range(len(next(iter(y.values())))):
            yield _digest(x, row), _digest(y, row)
        if bench.left() < end:
            return


def _digest(named: Mapping[str, Array], row: int) -> bytes:
    found = hashlib.blake2b(digest_size=16)
    for array in named.values():
        value = np.asarray(array[row])
        found.update(repr(value.tolist()).encode() if value.dtype.hasobject else value.tobytes())
    return found.digest()


def _columns(bench: Bench) -> Answer:
    """Columns of tables that have one value throughout what is looked at."""
    x, _ = bench.dataset.train.take(bench.pool)
    constant = [
        _column(bench, name, index)
        for name, array in x.items()
        if array.ndim == 2 and array.dtype.kind in "buif"
        for index in range(array.shape[1])
        if len(array) > 1 and bool((array[:, index] == array[0, index]).all())
    ]
    figures = {"constant_columns": len(constant)}
    if not constant:
        return fine("", figures=figures)
    message = f"{len(constant)} columns have one value only ({', '.join(constant[:5])}): they say nothing"
    return suspicious(message, figures=figures, suggestion=at(bench.view, "leave them out", "train", "data"))


def _column(bench: Bench, name: str, index: int) -> str:
    columns = bench.dataset.train.examples.columns
    return columns[index] if index < len(columns) else f"{name}[{index}]"
