"""A spec's own text with what was inferred behind each step: `# (28, 28, 64), 9,408 params`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from specs.document import Document
from specs.errors import SpecError
from specs.expand import BROKEN, NOWHERE
from specs.files import text_of
from specs.graph import Graph
from specs.infer.base import text
from specs.lower import expand, lower
from specs.step import Step

COMMENT = re.compile(r"  # \([^#]*\), [\d,]+(…[\d,]+)? params( × [\d,]+)?$")
"""What this module writes, and nothing else: it is taken off before it is written anew."""


@dataclass(frozen=True, slots=True)
class Use:
    """A step as it was carried out once: the shape at its end, as text, and the weights of the nodes it gave."""

    step: Step
    shape: str
    params: int


def annotated(document: Document) -> str:
    """The text of the document's file with a comment behind the line of each step; otherwise as it stands.

    A step that is carried out several times gets its first and last shape and count, and how many times it was.
    Comments of an earlier call are replaced. Steps of a spec that is extended stand in another file and are left out.

    >>> from specs import load
    >>> print(annotated(load("digits_mlp")).splitlines()[23])
      - Dense: {units: $units, activation: $activation}  # (128,), 8,320 params
    """
    source = text_of(Path(document.file), document.file)
    comments = {line: _comment(uses) for line, uses in _by_line(document, _uses(document)).items()}
    whole = _lines_in_scalars(source)
    return "".join(
        line if number in whole else _with_comment(line, comments.get(number))
        for number, line in enumerate(source.splitlines(keepends=True), start=1)
    )


def _with_comment(line: str, comment: str | None) -> str:
    body = line.rstrip("\r\n")
    ending = line[len(body) :]
    return COMMENT.sub("", body) + (f"  # {comment}" if comment else "") + ending


def _uses(document: Document) -> list[Use]:
    """Every step that was carried out, in order; SpecError where the document has no graph."""
    lower(document)
    found: list[tuple[Step, str, int, int]] = []

    def trace(step: Step, end: str, first: int, after: int) -> None:
        found.append((step, end, first, after))

    graph = expand(document, _raise, trace)
    assert graph is not None, "lower had one"
    return [_use(graph, *each) for each in found if each[1] not in (BROKEN, NOWHERE)]


def _raise(problem: Any) -> None:
    raise SpecError([problem])


def _use(graph: Graph, step: Step, end: str, first: int, after: int) -> Use:
    made = graph.nodes[first:after]
    return Use(step, text(graph.node(end).output_shape), sum(node.params for node in made))


def _by_line(document: Document, uses: Iterable[Use]) -> dict[int, list[Use]]:
    """The uses by line of the document's own file; of steps inside one another in one line the outermost."""
    own = document.tree.mark.file
    lines: dict[int, list[Use]] = {}
    for use in uses:
        if use.step.kind and use.step.mark.file == own:
            lines.setdefault(use.step.mark.line, []).append(use)
    return {line: list(_outermost(found)) for line, found in lines.items()}


def _outermost(uses: list[Use]) -> Iterator[Use]:
    column = min(use.step.mark.column for use in uses)
    first = next(use for use in uses if use.step.mark.column == column)
    inside = [use for use in uses if not use.step.path.startswith(f"{first.step.path}.") or use is first]
    # Of several steps side by side in one line, the last says what comes out of it.
    last = max(inside, key=lambda use: use.step.mark.column).step.mark.column
    return (use for use in inside if use.step.mark.column == last)


def _comment(uses: list[Use]) -> str:
    shapes = _first_and_last([use.shape for use in uses])
    params = _first_and_last([f"{use.params:,}" for use in uses])
    return f"{shapes}, {params} params" + (f" × {len(uses):,}" if len(uses) > 1 else "")


def _first_and_last(values: list[str]) -> str:
    """One value where all are the same, else first…last.

    >>> _first_and_last(["1", "1"]), _first_and_last(["1", "2", "3"])
    ('1', '1…3')
    """
    return values[0] if len(set(values)) == 1 else f"{values[0]}…{values[-1]}"


def _lines_in_scalars(source: str) -> set[int]:
    """Lines whose end lies inside a value, where # begins no comment."""
    return {
        line + 1
        for token in yaml.scan(source)
        if isinstance(token, yaml.ScalarToken)
        for line in range(token.start_mark.line, token.end_mark.line)
    }
