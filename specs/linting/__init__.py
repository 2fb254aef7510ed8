"""What the field knows of models that are valid and still likely wrong: advice, each with its reason and its source.

Imported only when somebody asks, by `specs.lint` and `zoo lint`; a check does without it.
"""

from specs.document import Document
from specs.graph import Graph
from specs.linting.rule import Advice, Rule
from specs.linting.rules import RULES
from specs.linting.view import View


def advice_on(document: Document, graph: Graph) -> tuple[Advice, ...]:
    """The advice on a document in the order of its text, without the codes that it ignores.

    A rule speaks of a place once, however often the block is used that it stands in.

    >>> from specs import load, lower
    >>> document = load("digits_mlp")
    >>> advice_on(document, lower(document))
    ()
    """
    view = View(document, graph)
    ignored = document.lint.ignore if document.lint is not None else ()
    found: dict[tuple[object, str], Advice] = {}
    for rule in RULES:
        for mark, path, message in rule.find(view) if rule.code not in ignored else ():
            advice = Advice(rule.code, mark, path, message, rule.reason, rule.source)
            found.setdefault((mark, rule.code), advice)
    return tuple(sorted(found.values(), key=lambda each: (each.mark.file, each.mark.line, each.mark.column)))


__all__ = ["RULES", "Advice", "Rule", "advice_on"]
