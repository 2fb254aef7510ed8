"""The page of `zoo diagnose --html`: what is wrong and where to change it on top, and below what was measured."""

import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from specs.errors import Mark
from specs.pages.markup import Markup, tag
from specs.pages.page import page, section
from zoo.diagnosing.figures import bars, by_layer, lines
from zoo.diagnosing.findings import SEVERITY, Curve, Diagnosis, Finding, Moment
from zoo.diagnosing.histograms import MAX_ROWS, small_multiples
from zoo.diagnosing.printing import headline
from zoo.diagnosing.studies import Study
from zoo.pictures import picture

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
SIGNS = {"broken": "✗", "suspicious": "!", "fine": "✓", "not asked": "–"}
"""Beside the words, so that nobody needs the colours."""
WRONG = ("broken", "suspicious")


def diagnosis_page(diagnosis: Diagnosis, studies: Sequence[Study] = ()) -> str:
    """The page as text; of equal diagnoses it is equal."""
    parts = [_head(diagnosis), _verdicts(diagnosis), *_layers(diagnosis), *_drawings(diagnosis), *map(_study, studies)]
    foot = f"{diagnosis.seconds:.0f} s on {diagnosis.backend}. What the checks are: docs/diagnosing.md."
    return page(f"{diagnosis.name}: does it learn?", *parts, tag("footer", foot), style=STYLE)


def _head(diagnosis: Diagnosis) -> Markup:
    told = tag("p", headline(diagnosis), class_="headline")
    counts = {verdict: sum(each.verdict == verdict for each in diagnosis.findings) for verdict in SEVERITY}
    tiles = [
        tag("div", tag("b", count), tag("span", f"{SIGNS[name]} {name}"), class_="tile")
        for name, count in counts.items()
    ]
    where = tag("p", diagnosis.file, class_="soft")
    return tag("header", tag("h1", diagnosis.name), where, told, tag("div", *tiles, class_="tiles"))


def _verdicts(diagnosis: Diagnosis) -> Markup:
    main = diagnosis.main
    ordered = sorted(diagnosis.findings, key=lambda each: (each is not main, SEVERITY[each.verdict]))
    wrong = [each for each in ordered if each.verdict in WRONG]
    others = [tag("tr", *_row(each)) for each in ordered if each.verdict not in WRONG]
    text = "What most likely explains the others stands first; each says which line to change." if wrong else ""
    table = tag("div", tag("table", *others), class_="scroll", tabindex="0") if others else ""
    return section("Findings", text, *map(_finding, wrong), table)


def _badge(finding: Finding) -> Markup:
    return tag("span", f"{SIGNS[finding.verdict]} {finding.verdict}", class_=f"verdict {finding.verdict}")


def _row(finding: Finding) -> Iterator[Markup]:
    yield tag("td", _badge(finding))
    yield tag("th", finding.check, scope="row")
    yield tag("td", tag("span", finding.question, class_="soft"), tag("div", finding.message))


def _finding(finding: Finding) -> Markup:
    question = tag("span", f" {finding.question}", class_="soft")
    parts = [_badge(finding), tag("h3", finding.check), question, tag("p", finding.message)]
    suggestion = finding.suggestion
    if suggestion is not None:
        parts.append(tag("p", tag("b", "Change: "), suggestion.text))
        if suggestion.mark is not None:
            parts.append(_line(suggestion.mark, suggestion.path))
    return tag("div", *parts, class_="finding")


def _line(mark: Mark, path: str) -> Markup:
    """The line of the spec that should change, as it stands there; its place alone where it cannot be read."""
    place = tag("i", f"{mark.file}:{mark.line}")
    try:
        text = Path(mark.file).read_text(encoding="utf-8").splitlines()[mark.line - 1].strip()
    except (OSError, UnicodeDecodeError, IndexError):
        text = path
    return tag("pre", place, tag("code", text))


def _layers(diagnosis: Diagnosis) -> Iterator[Markup]:
    moments = [moment for finding in diagnosis.findings for moment in finding.moments if moment.signals]
    if not moments:
        return
    named = {_when(each): each.signals for each in moments}
    count = len(moments[0].signals)
    told = (
        "Each histogram has an axis of its own, with 0 dashed; from layer to layer the spread should stay of one size. "
        "Gradients are those of the loss with respect to what the layer gives."
    )
    if count > MAX_ROWS:
        told += f" {MAX_ROWS} of {count} layers, evenly far from each other."
    drawn = picture(partial(by_layer, moments=named), "The spread of activations and gradients from layer to layer")
    yield section("Layer by layer", told, drawn, small_multiples(named, ("outputs", "gradients")))


def _when(moment: Moment) -> str:
    return f"after {moment.step} steps" if moment.step else "at the start"


def _drawings(diagnosis: Diagnosis) -> Iterator[Markup]:
    """What checks have drawn besides, two beside each other."""
    found = []
    for finding in diagnosis.findings:
        drawn = [picture(partial(lines, curves=group), _alt(group)) for group in _grouped(finding.curves)]
        if finding.bars and not finding.curves:
            alt = ", ".join(f"{each.of} {each.value:.3g}" for each in finding.bars[:20])
            drawn.append(picture(partial(bars, found=finding.bars), f"{finding.bars[0].name}: {alt}"))
        if drawn:
            found.append(section(finding.check.capitalize(), finding.message, *drawn))
    if found:
        yield tag("div", *found, class_="halves")


def _grouped(curves: Sequence[Curve]) -> Iterator[list[Curve]]:
    """Curves with the same axes together."""
    for _, group in itertools.groupby(curves, key=lambda each: (each.x_title, each.y_title, each.logarithmic)):
        yield list(group)


def _alt(curves: Sequence[Curve]) -> str:
    ends = ", ".join(f"{each.name} from {each.y[0]:.3g} to {each.y[-1]:.3g}" for each in curves if each.y)
    return f"{curves[0].y_title} over {curves[0].x_title}: {ends}"


def _study(study: Study) -> Markup:
    rows = [
        tag("tr", tag("th", each.name, scope="row"), tag("td", tag("code", each.written)), tag("td", each.message))
        for each in study.variants
    ]
    parts: list[object] = []
    curves = [each.curve for each in study.variants if each.curve is not None]
    if curves:
        parts.append(picture(partial(lines, curves=curves), _alt(curves)))
    moments = {each.name: each.moment.signals for each in study.variants if each.moment is not None}
    if moments:
        parts.append(picture(partial(by_layer, moments=moments), f"The spread from layer to layer: {study.question}"))
    parts.append(tag("div", tag("table", *rows), class_="scroll", tabindex="0"))
    if moments:
        parts.append(small_multiples(moments, ("outputs",)))
        parts.append(small_multiples(moments, ("gradients",)))
    return section(f"Study: {study.name}", study.question, *parts)
