"""The page of `zoo evaluate --html`: one file in which a trained model is looked at.

Each part of it stands there only where it says something of the model: images of images, classes of classifiers.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from specs.pages.markup import Markup, tag
from specs.pages.page import page, section
from zoo.answers import class_scores
from zoo.backend import keras
from zoo.confusion import MAX_DRAWN, confusion_figure
from zoo.data.dataset import Array, Part
from zoo.evaluating import Evaluation, feed_of
from zoo.feeding import Feed
from zoo.files import write_page
from zoo.finished import Finished
from zoo.inspecting.calibration import calibration
from zoo.inspecting.features import features_of, first_filters, penultimate, projected
from zoo.inspecting.figures import feature_map, learning_curves, reliability
from zoo.inspecting.mistakes import Asked, looks_section, mistakes_section
from zoo.inspecting.overfitting import overfitting_from
from zoo.pictures import image, picture
from zoo.run_directory import HISTORY, METRICS
from zoo.scoring import Scores, answers_of

STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
MAX_POINTS = 1_000
"""Examples whose features are projected."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the parts of the page are made of; the last three are of the first output, where that learns classes."""

    finished: Finished
    model: keras.Model
    part: Part
    found: Evaluation
    feed: Feed
    output: str
    names: tuple[str, ...] = ()
    labels: Array | None = None
    probabilities: Array | None = None


def write_report(path: Path, finished: Finished, model: keras.Model, part: Part, found: Evaluation) -> None:
    """Write the page of what was evaluated on a part; equal models and data give equal files on a CPU.

    `UserError` where it cannot be written.
    """
    looked = _looked(finished, model, part, found)
    parts = (_head(looked), *_sections(looked))
    write_page(path, page(f"{finished.name} on {found.part}", *parts, style=STYLE))


def _looked(finished: Finished, model: keras.Model, part: Part, found: Evaluation) -> Looked:
    output, feed = next(iter(finished.graph.outputs)), feed_of(finished, part)
    looked = Looked(finished, model, part, found, feed, output)
    if not found.confusion:
        return looked
    gives = finished.members[0].gives[output]
    probabilities = np.concatenate([class_scores(each, gives) for each in answers_of(model, output, feed)])
    labels = part.examples.y[output][part.positions]
    return replace(
        looked, names=tuple(each.label for each in found.classes), labels=labels, probabilities=probabilities
    )


def _head(looked: Looked) -> Markup:
    found = looked.found
    told = (
        f"{found.examples:,} examples of the {found.part} part"
        if found.part != "all"
        else f"{found.examples:,} examples"
    )
    tiles = [_tile(name, value, name == "accuracy") for name, value in found.metrics.items()]
    where = tag("p", f"{looked.finished.directory}, {told}", class_="soft")
    return tag("header", tag("h1", found.name), where, tag("div", *tiles, class_="tiles figures"))


def _tile(name: str, value: float, first: bool) -> Markup:
    return tag("div", tag("b", f"{value:.4f}"), tag("span", name), class_="tile first" if first else "tile")


def _sections(looked: Looked) -> Iterator[Markup]:
    yield from _curves(looked)
    if looked.probabilities is not None and looked.labels is not None:
        whose = (looked.finished, looked.output, looked.part, looked.feed)
        asked = Asked(*whose, looked.names, looked.probabilities, looked.labels)
        yield from mistakes_section(asked)
        yield tag("div", *_confusion(looked), _calibration(looked.probabilities, looked.labels), class_="halves")
        yield from looks_section(asked)
        yield from _features(looked, looked.labels)
    yield from _filters(looked)


def _curves(looked: Looked) -> Iterator[Markup]:
    for member in looked.finished.members:
        history = json.loads((member.directory / HISTORY).read_text(encoding="utf-8"))
        best = json.loads((member.directory / METRICS).read_text(encoding="utf-8"))["best_epoch"] - 1
        overfits = overfitting_from(history)
        if overfits is None:
            told = f"Best epoch: {best + 1} of {len(history)}; it did not overfit."
        else:
            lowest, end = history[overfits]["val_loss"], history[-1]["val_loss"]
            told = (
                f"Overfits from epoch {overfits + 1} of {len(history)} on: the loss in training went on falling, "
                f"the loss in validation rose from {lowest:.4g} to {end:.4g}."
            )
        title = "Learning curves" + (f": {member.directory.name}" if len(looked.finished.members) > 1 else "")
        draw = partial(learning_curves, history=history, best=best, overfits=overfits)
        yield section(title, told, picture(draw, f"Figures of training and validation by epoch. {told}"))


def _confusion(looked: Looked) -> Iterator[Markup]:
    found = looked.found
    if len(found.classes) > MAX_DRAWN:
        return
    scores = Scores(found.classes, found.confusion)
    worst = min(found.classes, key=lambda each: each.recall)
    told = "A row for each class, a column for what it was taken for."
    told += f" Least often found: {worst.label}, {worst.recall:.0%}."
    drawn = picture(lambda theme: confusion_figure(scores, theme.strengths, (theme["ink"], theme["card"])), told)
    yield section("What is taken for what", told, drawn)


def _calibration(probabilities: Array, labels: Array) -> Markup:
    found = calibration(probabilities, labels)
    sure, right = float(probabilities.max(axis=-1).mean()), float(np.mean(probabilities.argmax(axis=-1) == labels))
    how = "too sure" if sure > right else "too careful"
    told = (
        f"Expected calibration error {found.error:.3f}: answers have a probability of {sure:.1%} on average and "
        f"{right:.1%} are right"
        + (f", so the model is {how}." if abs(sure - right) > 0.02 else ".")
        + " Bars below the diagonal: surer than right."
    )
    return section("As sure as right?", told, picture(partial(reliability, found=found), told))


def _features(looked: Looked, labels: Array) -> Iterator[Markup]:
    graph = looked.finished.graph
    node = penultimate(graph, looked.output)
    if node is None or looked.finished.voting is not None:
        return
    steps = min(looked.feed.steps, math.ceil(MAX_POINTS / looked.feed.batch_size))
    features = features_of(looked.model, node, (looked.feed[index][0] for index in range(steps)))
    found = projected(features[:MAX_POINTS])
    if found is None:
        return
    told = (
        f"What {node.name} gives for {len(found.points):,} examples, in the two directions in which it varies most "
        "(principal components). Classes that lie apart here are told apart by the last layer."
    )
    draw = partial(feature_map, found=found, labels=labels[:MAX_POINTS], names=looked.names)
    yield section("What the last layer sees", told, picture(draw, told))


def _filters(looked: Looked) -> Iterator[Markup]:
    found = first_filters(looked.model, looked.finished.graph) if looked.finished.voting is None else None
    if found is None:
        return
    name, filters = found
    told = f"The {len(filters)} filters of {name}. Gray is 0, white and black the largest weights of a filter."
    shown = [image(each, f"filter {number}", class_="pixels") for number, each in enumerate(filters, 1)]
    yield section("What the first convolution looks for", told, tag("div", *shown, class_="filters"))
