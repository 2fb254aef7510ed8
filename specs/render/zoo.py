"""The shipped models as data, and docs/zoo.md: a table and the blocks of every family."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import specs
from specs.errors import UserError, did_you_mean
from specs.render.json import model_json
from specs.render.mermaid import blocks_drawn
from specs.render.table import accuracy_text, size_text
from specs.shipped import family as family_of
from specs.tree import MappingNode

HEAD = """\
# The zoo

Generated from the specs by `make docs`. Counts are of the whole model with its classifier; MACs are the
multiply-accumulates of convolutions and dense layers for one input. Accuracies are those published for trained weights,
with their source.
"""


def models(*, family: str | None = None, max_params: int | None = None, search: str | None = None) -> list[Any]:
    """The shipped models that pass all filters, by family and name, as `zoo list --json` has them.

    UserError where no family is called so.

    >>> [model["name"] for model in models(family="digits", max_params=5_000)]
    ['digits_autoencoder', 'digits_student']
    """
    shipped = specs.shipped()
    families = dict.fromkeys(family_of(path) for path in shipped.values())
    if family is not None and family not in families:
        hint = did_you_mean(family, families) or f"there are {', '.join(families)}"
        raise UserError(f"no family is called {family!r}; {hint}")
    loaded = ((path, specs.load(name)) for name, path in shipped.items() if family in (None, family_of(path)))
    found = [model_json(path, specs.lower(document), document) for path, document in loaded]
    return [model for model in found if _passes(model, max_params, search)]


def _passes(model: dict[str, Any], max_params: int | None, search: str | None) -> bool:
    if max_params is not None and model["params"] > max_params:
        return False
    return search is None or search.lower() in f"{model['name']} {model['summary']}".lower()


def page() -> str:
    """docs/zoo.md as Markdown."""
    by_family = groupby(models(), key=lambda model: model["family"])
    return "\n".join([HEAD, *(_chapter(family, list(each)) for family, each in by_family)])


def _chapter(family: str, found: Sequence[dict[str, Any]]) -> str:
    head = ["| model | params | MACs | input | published top-1 |", "|---|--:|--:|---|---|"]
    rows = [
        f"| [{model['name']}](../specs/models/{family}/{model['name']}.yaml) | {model['params']:,} | {model['macs']:,} "
        f"| {size_text(model['input_shape'])} | {accuracy_text(model['published'])} |"
        for model in found
    ]
    texts = [f"- **{model['name']}**: {model['summary']}. {model['source']}" for model in found]
    drawings = [part for model in found for part in _drawings(model["name"])]
    return "\n".join([f"## {family}", "", *head, *rows, "", *texts, "", *drawings])


def _drawings(name: str) -> Iterator[str]:
    """The blocks that a model writes down itself; those of a model that it extends are drawn there."""
    document = specs.load(name)
    written = document.tree.get("blocks")
    marks = {entry.key: entry.key_mark for entry in written.entries} if isinstance(written, MappingNode) else {}
    for block, drawing in blocks_drawn(document).items():
        if marks[block].file == f"{name}.yaml":
            yield f"`{block}` of {name}, at its first use:\n\n```mermaid\n{drawing}\n```\n"
