"""The language: YAML text → checked document → flat graph. No Keras, no TensorFlow, no NumPy.

    text ──read──► tree ──parse──► Document ──expand──► Graph ──check──► Proof

`check` gives the Proof with every problem; `load` and `lower` raise SpecError with them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specs.document import Document as Document
from specs.dump import dump as dump
from specs.errors import Problem as Problem
from specs.errors import Problems
from specs.errors import SpecError as SpecError
from specs.errors import UserError as UserError
from specs.graph import Graph as Graph
from specs.graph import Node as Node
from specs.load import parse, read_source, read_text
from specs.lower import Proof as Proof
from specs.lower import lower as lower
from specs.lower import prove
from specs.shipped import shipped as shipped
from specs.tree import MappingNode

if TYPE_CHECKING:
    from specs.inactive import Settle
    from specs.linting import Advice
    from specs.points import Survey
    from specs.regions import Region as Region

__all__ = [
    "Document",
    "Graph",
    "Node",
    "Problem",
    "Proof",
    "Region",
    "SpecError",
    "UserError",
    "check",
    "dump",
    "infeasible",
    "lint",
    "load",
    "loads",
    "lower",
    "settling",
    "shipped",
    "survey",
    "with_adapted",
    "with_columns",
    "with_params",
]


def check(name_or_path: str | Path, **params: Any) -> Proof:
    """Everything that can be said of a spec without running it: its graph and all its problems.

    Text that is no YAML, a file that cannot be read, or more problems than are worth reading raise SpecError or
    UserError.

    >>> proof = check("resnet50")
    >>> proof.problems, proof.graph.params
    ((), 25636712)
    """
    return _check(*read_source(name_or_path), params)


def _check(tree: MappingNode, file: str, params: Mapping[str, Any]) -> Proof:
    problems = Problems()
    document = parse(tree, file, params, problems.report)
    proof = prove(document, problems)
    if tree.get("search") is not None:
        # What proves a search space is imported only where there is one.
        from specs.search_space import check_search, without_search

        alone = without_search(tree)
        proof = check_search(proof, lambda values: _plain_check(alone, file, {**params, **values}))
    return _explained(proof, tree, params) if proof.problems else proof


def _explained(proof: Proof, tree: MappingNode, params: Mapping[str, Any]) -> Proof:
    """The proof with a repair for each problem where one was tried and mends it, and the files that led to it."""
    from specs.extends import extended
    from specs.repairs import size_of, tried
    from specs.search_space import check_names

    def recheck(changed: MappingNode) -> tuple[tuple[Problem, ...], int]:
        try:
            found = check_names(_plain_check(changed, proof.document.file, params))
        except SpecError as error:
            return error.problems, 0
        return found.problems, size_of(found.document.body)

    problems = extended(tried(proof.problems, tree, size_of(proof.document.body), recheck), tree)
    pairs = zip(proof.problems, problems, strict=True)
    return replace(proof, problems=problems, left_out=tuple(told for found, told in pairs if found in proof.left_out))


def _plain_check(tree: MappingNode, file: str, params: Mapping[str, Any]) -> Proof:
    problems = Problems()
    return prove(parse(tree, file, params, problems.report), problems)


def _proven(proof: Proof) -> Document:
    """The document; combinations of searched params that do not fit are for the tuner to leave out."""
    if any(each not in proof.left_out for each in proof.problems):
        raise SpecError(proof.problems)
    return proof.document


def load(name_or_path: str | Path, **params: Any) -> Document:
    """The document of a shipped model or a file with the given params; SpecError with every problem it has.

    >>> load("digits_mlp", units=64).params["units"]
    64
    """
    return _proven(check(name_or_path, **params))


def loads(text: str, file: str = "<text>", **params: Any) -> Document:
    """The document of a spec that is at hand as text; `file` is what its problems call it."""
    return _proven(_check(*read_text(text, file), params))


def lint(model: str | Path | Document, **params: Any) -> "tuple[Advice, ...]":
    """What the field advises on a valid spec, each with its place and source; SpecError where it is not valid.

    >>> lint("digits_mlp")
    ()
    """
    # What advises is imported only when it is asked: a check does without it.
    from specs.linting import advice_on

    if isinstance(model, Document):
        document = with_params(model, **params) if params else model
        return advice_on(document, lower(document))
    proof = check(model, **params)
    document = _proven(proof)
    return advice_on(document, proof.graph or lower(document))


def with_params(document: Document, **params: Any) -> Document:
    """The same spec with other values of its params; SpecError where they do not fit.

    >>> document = load("digits_mlp")
    >>> with_params(document, units=64).params["units"]
    64
    """
    values = {**document.overrides, **params}
    return _proven(_plain_check(document.tree, document.file, values))


def with_adapted(document: Document, values: Mapping[str, Mapping[str, Any]]) -> Document:
    """The same spec with what was measured for its layers, by their names, under `adapted:`."""
    if not values:
        return document
    from specs.tree import Entry, from_plain

    mark = document.tree.mark
    entry = Entry("adapted", mark, from_plain({name: dict(each) for name, each in values.items()}, mark, "adapted"))
    others = tuple(each for each in document.tree.entries if each.key != "adapted")
    tree = replace(document.tree, entries=(*others, entry))
    return _proven(_plain_check(tree, document.file, document.overrides))


def with_columns(document: Document, columns: Sequence[str]) -> Document:
    """The same spec with the columns that the only input of a table got where the spec left them to the file."""
    from specs.edits import Edit, edited
    from specs.tree import MappingNode

    node: Any = document.tree
    keys = ("train", "data", document.train.data.kind if document.train else "")
    for key in keys[:-1]:
        node = node.get(key) if isinstance(node, MappingNode) else None
    section = node.entry(keys[-1]) if isinstance(node, MappingNode) else None
    tree = edited(document.tree, [Edit("set", section.key_mark, list(columns), "inputs")]) if section else None
    return _proven(_plain_check(tree, document.file, document.overrides)) if tree else document


def infeasible(document: Document) -> "tuple[Region, ...]":
    """The parts of a document's search space where the spec does not fit, as partial assignments; see specs.points.

    >>> infeasible(load("digits_resnet"))
    ()
    """
    return survey(document).regions


def survey(document: Document) -> "Survey":
    """What is proven of a document's search space: the regions that do not fit, and for how much of it all is known.

    >>> survey(load("digits_resnet")).proven
    1.0
    """
    from specs.search_space import surveyed

    return surveyed(prove(document, []), _at_points(document))


def settling(document: Document) -> "Settle | None":
    """What gives each searched param that is inactive at a point its value in a second one; None where none ever is.

    All points that differ in inactive params alone are then one.

    >>> settling(load("digits_mlp")) is None
    True
    """
    from specs.inactive import settling

    return settling(prove(document, []), _at_points(document))


def _at_points(document: Document) -> Callable[[Mapping[str, Any]], Proof]:
    def check_at(values: Mapping[str, Any]) -> Proof:
        return _plain_check(document.tree, document.file, {**document.overrides, **values})

    return check_at


def __getattr__(name: str) -> Any:
    if name != "Region":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from specs.regions import Region

    return Region
