"""What a classifier was most wrong about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from specs.pages.markup import Markup, tag
from specs.pages.page import section
from zoo.data.dataset import Array, Part
from zoo.feeding import Feed
from zoo.finished import Finished
from zoo.inspecting.looking_at import grad_cam
from zoo.pictures import image, tinted

MOST = 18
"""Mistakes that are shown."""
SIDE = 144
"""Pixels of the longer side of what is shown of an image, at most."""

MAX_TEXT = 200
"""Letters of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """An example that was taken for a class; `at` is its place in the part, `sure` the probability of that class.

    `of_truth` is what the true class was given.
    """

    at: int
    truth: int
    found: int
    sure: float
    of_truth: float


def worst(probabilities: Array, labels: Array, most: int) -> tuple[Mistake, ...]:
    """The mistakes to whose true class the least probability was given, by their order; at most so many.

    >>> given = np.array([[0.9, 0.1], [0.4, 0.6], [0.01, 0.99]])
    >>> [(each.at, each.truth, each.found) for each in worst(given, np.array([0, 0, 0]), 5)]
    [(2, 0, 1), (1, 0, 1)]
    """
    found, rows = probabilities.argmax(axis=-1), np.arange(len(labels))
    sure, of_truth = probabilities[rows, found], probabilities[rows, labels]
    wrong = np.flatnonzero(found != labels)
    order = wrong[np.argsort(of_truth[wrong], kind="stable")][:most]
    return tuple(
        Mistake(int(at), int(labels[at]), int(found[at]), float(sure[at]), float(of_truth[at])) for at in order
    )


def images_of(part: Part, places: list[int]) -> Array | None:
    """Examples of a part as images of shape (places, height, width, 1 or 3), from 0 to 255; None where they are none.

    Values from 0 to 1 are stretched; what lies elsewhere is, each image from its lowest to its highest.
    """
    if len(part.examples.x) != 1 or not places:
        return None
    (array,) = part.take(np.array(places)).x.values()
    if array.ndim != 4 or array.shape[-1] not in (1, 3) or array.dtype.kind not in "fiu":
        return None
    values = array.astype(np.float64)
    low, high = values.min(), values.max()
    if low < 0 or high > 255:
        span = (1, 2, 3)
        low, high = values.min(span, keepdims=True), values.max(span, keepdims=True)
        return np.asarray(255 * (values - low) / np.maximum(high - low, 1e-12))
    return np.asarray(255 * values if high <= 1 else values)


def texts_of(part: Part, places: list[int]) -> list[str]:
    """The beginnings of examples that are texts; empty where they are none."""
    if len(part.examples.x) != 1 or not places:
        return []
    (array,) = part.take(np.array(places)).x.values()
    if array.dtype.kind not in "OUS" or array.size != len(places):
        return []
    texts = [each.decode(errors="replace") if isinstance(each, bytes) else str(each) for each in array.ravel()]
    return [text[:MAX_TEXT] + (" …" if len(text) > MAX_TEXT else "") for text in texts]


@dataclass(frozen=True, slots=True)
class Asked:
    """A classifier and what it was asked about: its answers, of shape (examples, classes), and the true classes."""

    finished: Finished
    output: str
    part: Part
    feed: Feed
    names: Sequence[str]
    probabilities: Array
    labels: Array


def mistakes_section(asked: Asked) -> Iterator[Markup]:
    """The worst mistakes with their images, and where the model looked; of texts and tables a row for each."""
    found = worst(asked.probabilities, asked.labels, MOST)
    if not found:
        return
    wrong = int(np.sum(asked.probabilities.argmax(axis=-1) != asked.labels))
    told = f"{wrong:,} of {len(asked.labels):,} examples were taken for another class; here those most surely so."
    places = [each.at for each in found]
    images = images_of(asked.part, places)
    if images is None:
        yield section("The worst mistakes", told, _table(found, asked.names, texts_of(asked.part, places)))
        return
    maps = _looked_at(asked, found)
    told += "" if maps is None else f" Beside each image what spoke for the wrong class{_of_maps(maps)}"
    yield section("The worst mistakes", told, _cards(found, asked.names, images, maps))


def looks_section(asked: Asked) -> Iterator[Markup]:
    """Of each class, of so many as there is room for, the image that was most surely taken for what it is."""
    sure = asked.probabilities[np.arange(len(asked.labels)), asked.labels]
    right = asked.probabilities.argmax(axis=-1) == asked.labels
    best = [int(np.where(right & (asked.labels == each), sure, -1).argmax()) for each in range(len(asked.names))]
    truths = [
        Mistake(at, number, number, float(sure[at]), float(sure[at]))
        for number, at in enumerate(best)
        if right[at] and asked.labels[at] == number
    ][:MOST]
    images = images_of(asked.part, [each.at for each in truths])
    maps = None if images is None else _looked_at(asked, truths)
    if images is None or maps is None:
        return
    told = f"Of each class the image that was most surely found, and beside it what spoke for the class{_of_maps(maps)}"
    yield section("What it looks at", told, _cards(truths, asked.names, images, maps))


def _looked_at(asked: Asked, found: Sequence[Mistake]) -> Array | None:
    places = np.array([each.at for each in found])
    taken = asked.feed.form(*asked.feed.part.take(places), 0, 0, 0)[0]
    return grad_cam(asked.finished, asked.output, taken, np.array([each.found for each in found]))


def _of_maps(maps: Array) -> str:
    return f": the brighter, the more (Grad-CAM, on a grid of {maps.shape[1]} × {maps.shape[2]})."


def _cards(found: Sequence[Mistake], names: Sequence[str], images: Array, maps: Array | None) -> Markup:
    looked = [None] * len(found) if maps is None else list(maps)
    shown = [_card(*each, names) for each in zip(found, images, looked, strict=True)]
    return tag("div", *shown, class_="mistakes")


def _card(mistake: Mistake, pixels: Array, looked: Array | None, names: Sequence[str]) -> Markup:
    truth, found = names[mistake.truth], names[mistake.found]
    told = "" if truth == found else f" taken for {found}"
    shown = [image(pixels, f"example {mistake.at}: {truth}{told}", SIDE, class_="pixels")]
    if looked is not None:
        shown.append(image(tinted(pixels, looked), f"what spoke for {found}", SIDE, class_="pixels"))
    words = tag("figcaption", tag("b", truth), f"{told} ", tag("span", f"{mistake.sure:.0%}", class_="soft"))
    return tag("figure", tag("div", *shown), words)


def _table(found: Sequence[Mistake], names: Sequence[str], texts: Sequence[str]) -> Markup:
    heads = ["example", "is", "taken for", "probability", "its class had", *(["text"] if texts else [])]
    rows = [
        [
            str(each.at), names[each.truth], names[each.found], f"{each.sure:.1%}", f"{each.of_truth:.1%}",
            *([texts[place]] if texts else []),
        ]
        for place, each in enumerate(found)
    ]  # fmt: skip
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    return tag("div", tag("table", tag("tr", *(tag("th", head) for head in heads)), *body), class_="scroll")
