"""Studies: the same net with one thing about it changed, side by side, for `zoo diagnose --study`."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from specs.document import Document
from specs.variants import check_norms
from zoo.data.dataset import Dataset
from zoo.data.loading import load_data
from zoo.diagnosing.findings import Curve, Moment
from zoo.diagnosing.initialising import initialising
from zoo.diagnosing.norm_placing import TAIL, Placed, norm_placing
from zoo.progress import say

OnStudy = Callable[[str], None]
"""Is told what is looked at next."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The net with one thing changed: how a spec has it, what came of it in words, and what there is to draw."""

    name: str
    written: str
    message: str
    moment: Moment | None = None
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """All variants of one net, in an order that is that of the study and not of their merit."""

    name: str
    question: str
    variants: tuple[Variant, ...]


def initializers(document: Document, dataset: Dataset, on_study: OnStudy) -> Study:
    """What flows through the net before the first step, by what its kernels start from."""
    found = initialising(document, dataset=dataset, on_study=on_study)
    variants = tuple(
        Variant(
            each.initializer,
            f"kernel_initializer: {_yaml(each.kernel_initializer)}",
            each.verdict,
            Moment(0, each.layers),
        )
        for each in found
    )
    return Study("initializers", "What do kernels have to start from, so that every layer gets something?", variants)


def norm_placement(document: Document, dataset: Dataset, on_study: OnStudy) -> Study:
    """The losses of a short training, by the place of the norm."""
    found = norm_placing(document, dataset=dataset, on_study=on_study)
    question = "Does the norm belong before the activation, after it, before the convolution, or nowhere?"
    return Study("norm_placement", question, tuple(map(_placed, found)))


def _placed(each: Placed) -> Variant:
    written = f"order: {each.order}" if each.norm is None else f"norm: {each.norm}"
    steps = tuple(map(float, range(1, len(each.losses) + 1)))
    message = f"a loss of {each.end:.3g} in the last {TAIL} of {len(steps)} steps, {each.losses[0]:.3g} at the start"
    return Variant(each.place, written, message, curve=Curve(each.place, "step", "loss", steps, each.losses))


STUDIES: Mapping[str, Callable[[Document, Dataset, OnStudy], Study]] = {
    "initializers": initializers,
    "norm_placement": norm_placement,
}
"""By the name that `--study` takes."""


def studied(document: Document, names: Iterable[str], quiet: bool = False) -> tuple[Study, ...]:
    """The studies of these names, each once; a line on standard error says what is looked at."""
    names = tuple(dict.fromkeys(names))
    if not names:
        return ()
    dataset = load_data(document)

    def on_study(name: str) -> None:
        if not quiet:
            say(f"study: {name}")

    return tuple(STUDIES[name](document, dataset, on_study) for name in names)


def check_studies(document: Document, names: Iterable[str]) -> None:
    """`UserError` where one of these studies has nothing to change in the document."""
    if "norm_placement" in names:
        check_norms(document)


def study_lines(study: Study) -> str:
    """A line for each variant."""
    width = max(len(each.name) for each in study.variants)
    rows = [f"  {each.name:<{width}}  {each.message}  ({each.written})" for each in study.variants]
    return "\n".join([f"{study.name}: {study.question}", *rows])


def _yaml(value: Any) -> str:
    """A value in one line as a spec has it.

    >>> _yaml({"RandomNormal": {"stddev": 0.01}}), _yaml("zeros")
    ('{RandomNormal: {stddev: 0.01}}', 'zeros')
    """
    return value if isinstance(value, str) else json.dumps(value).replace('"', "")
