"""Where a diagnosed spec says what should change: the value itself, followed through `$name` to the param."""

from collections.abc import Iterable

from specs.graph import Node
from specs.linting import Advice, advice_on
from specs.linting.view import Place, View
from zoo.diagnosing.findings import Suggestion


def at(view: View, text: str, *keys: str) -> Suggestion:
    """A suggestion for a value of a section, or for the innermost section around it that was written."""
    return _suggestion(view, text, view.nearest(*keys))


def at_node(view: View, text: str, node: Node, argument: str = "") -> Suggestion:
    """A suggestion for an argument of a layer, or for the step where that is not written."""
    return _suggestion(view, text, view.place(node, argument))


def _suggestion(view: View, text: str, place: Place) -> Suggestion:
    written = view.raw.get(place[0])
    name = written.strip().removeprefix("$") if isinstance(written, str) and written.startswith("$") else ""
    mark, path = (view.written("params", name) if name in view.document.params else None) or place
    return Suggestion(text, mark, path)


def of_advice(advice: Advice, text: str | None = None) -> Suggestion:
    """What a rule of `zoo lint` advises, at its place."""
    return Suggestion(text or f"{advice.code} {advice.message}", advice.mark, advice.path)


def advice_of(view: View, codes: Iterable[str]) -> tuple[Advice, ...]:
    """What `zoo lint` says of the document by the rules of these codes."""
    wanted = set(codes)
    return tuple(each for each in advice_on(view.document, view.graph) if each.code in wanted)
