"""A name or a path → a Document, with every problem of its text found on the way."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from specs.blocks import read_blocks
from specs.combinators import COMBINATORS
from specs.document import Document
from specs.errors import Problem, UserError, did_you_mean, got
from specs.extends import with_extends
from specs.ops import OPS
from specs.ops.base import Frozen
from specs.ops.core import InputLayer
from specs.reader import read, read_file
from specs.resolve import Report, Scope, params_scope, resolve
from specs.sections import Expects, OutputSpec, Search, Train
from specs.shipped import shipped
from specs.steps import LAYERS, Context, read_steps, read_unused
from specs.tree import MappingNode, ScalarNode, TreeNode, kind_of, plain
from specs.validate import problems_of, validated

SECTIONS = (
    "name", "summary", "source", "expects", "extends", "params", "input", "inputs",
    "defaults", "blocks", "body", "outputs", "train", "search",
)  # fmt: skip
"""Keys of a document, in the order in which it is written."""

Model = TypeVar("Model", bound=Frozen)


def read_source(name_or_path: str | Path) -> tuple[MappingNode, str]:
    """The tree of a shipped model or of a file, `extends` merged in, and the path it was read from."""
    models, word = shipped(), str(name_or_path)
    if word in models:
        path = models[word]
        return with_extends(read_file(path, path.name), path.parent), str(path)
    path = Path(word)
    if path.suffix not in (".yaml", ".yml") and not path.exists():
        hint = did_you_mean(word, models)
        raise UserError(f"{word!r} is neither a shipped model nor a file" + (f"; {hint}" if hint else ""))
    return with_extends(read_file(path, word), path.parent), word


def read_text(text: str, file: str) -> tuple[MappingNode, str]:
    """The tree of a spec that is at hand as text; `file` is the path to name and to look for `extends` beside."""
    return with_extends(read(text, file), Path(file).parent), file


def parse(tree: MappingNode, file: str, overrides: Mapping[str, Any], report: Report) -> Document:
    """The document of a tree with the given params; what is wrong is reported, and the rest is read on."""
    _check_sections(tree, report)
    scope = params_scope(tree.get("params"), overrides, tree.mark, report)
    blocks = read_blocks(tree.get("blocks"), LAYERS, report)
    defaults = _defaults(tree.get("defaults"), scope, blocks, report)
    context = Context(scope, blocks, defaults, report)
    if tree.get("body") is None:
        report(Problem(tree.mark, "body", "is required", "body: a list of steps"))
    body = read_steps(tree.get("body"), scope, context)
    read_unused(context)
    section = _Sections(tree, scope, report)
    return Document(
        name=section.text("name"),
        file=file,
        summary=section.text("summary", required=False),
        source=section.text("source", required=False),
        params={name: plain(node) for name, node in scope.values.items()},
        overrides=dict(overrides),
        expects=section.model("expects", Expects) if not overrides else None,
        defaults={kind: plain(node) for kind, node in defaults.items()},
        inputs=_inputs(section, tree, report),
        body=body,
        outputs=_outputs(section),
        train=section.model("train", Train),
        search=section.model("search", Search),
        tree=tree,
    )


def _check_sections(tree: MappingNode, report: Report) -> None:
    for entry in tree.entries:
        if entry.key not in SECTIONS:
            hint = did_you_mean(entry.key, SECTIONS) or f"a spec has {', '.join(SECTIONS)}"
            report(Problem(entry.key_mark, entry.key, f"a spec has no section {entry.key!r}", hint))


class _Sections:
    """Reads the sections of one tree."""

    def __init__(self, tree: MappingNode, scope: Scope, report: Report) -> None:
        self.tree, self.scope, self.report = tree, scope, report

    def node(self, key: str) -> TreeNode | None:
        node = self.tree.get(key)
        return None if node is None else resolve(node, self.scope, self.report)

    def text(self, key: str, *, required: bool = True) -> str:
        node = self.node(key)
        if node is None:
            if required:
                self.report(Problem(self.tree.mark, key, "is required"))
            return ""
        value = plain(node)
        is_name = isinstance(value, str) and value.isascii() and value.isidentifier() and len(value) <= 100
        if key == "name" and not is_name:
            self.report(Problem(node.mark, key, f"must be letters, digits and underscores {got(value)}"))
        elif not isinstance(value, str):
            self.report(Problem(node.mark, key, f"must be text {got(value)}"))
        return str(value)

    def model(self, key: str, model: type[Model]) -> Model | None:
        node = self.node(key)
        if isinstance(node, ScalarNode) and node.value is None and key in ("train", "search"):
            node = MappingNode((), node.mark, key)
        return None if node is None else validated(model, node, key, self.report)

    def models(self, key: str, read_one: Callable[[TreeNode, str], Model | None]) -> dict[str, Model]:
        node = self.node(key)
        if not isinstance(node, MappingNode) or not node.entries:
            place = node or self.tree
            self.report(Problem(place.mark, key, f"must be a mapping of names (got {kind_of(place)})"))
            return {}
        for entry in node.entries:
            if not entry.key.isidentifier() or not entry.key.isascii():
                message = f"{entry.key!r} is no name: letters, digits and underscores"
                self.report(Problem(entry.key_mark, entry.value.path, message))
        found = ((entry.key, read_one(entry.value, entry.key)) for entry in node.entries)
        return {name: model for name, model in found if model is not None}


def _inputs(section: _Sections, tree: MappingNode, report: Report) -> dict[str, InputLayer]:
    def one(node: TreeNode, name: str) -> InputLayer | None:
        return validated(InputLayer, node, name, report)

    if tree.get("inputs") is not None:
        if tree.get("input") is not None:
            entry = tree.entry("input")
            assert entry is not None
            report(Problem(entry.key_mark, "input", "input and inputs exclude each other"))
        return section.models("inputs", one)
    node = section.node("input")
    if node is None:
        report(Problem(tree.mark, "input", "is required", "input: {shape: [height, width, channels]}"))
        return {}
    found = one(node, "input")
    return {} if found is None else {"input": found}


def _outputs(section: _Sections) -> dict[str, OutputSpec] | None:
    def one(node: TreeNode, name: str) -> OutputSpec | None:
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            return OutputSpec.model_validate({"from": node.value})
        return validated(OutputSpec, node, name, section.report)

    return None if section.tree.get("outputs") is None else section.models("outputs", one)


def _defaults(
    section: TreeNode | None, scope: Scope, blocks: Mapping[str, Any], report: Report
) -> dict[str, MappingNode]:
    """The defaults by kind of step, with values; those that fit nothing are reported and left out."""
    if section is None:
        return {}
    if not isinstance(section, MappingNode):
        report(Problem(section.mark, "defaults", f"must be a mapping of steps to arguments (got {kind_of(section)})"))
        return {}
    found = {}
    for entry in section.entries:
        model = COMBINATORS.get(entry.key) or (OPS[entry.key] if entry.key in LAYERS else None)
        node = resolve(entry.value, scope, report)
        if model is None:
            hint = did_you_mean(entry.key, [*COMBINATORS, *LAYERS]) or "defaults are for layers and combinators"
            report(Problem(entry.key_mark, entry.value.path, "no such layer", hint))
        elif not isinstance(node, MappingNode):
            report(Problem(node.mark, node.path, f"must be a mapping of arguments {got(plain(node))}"))
        else:
            found[entry.key] = _fitting(entry.key, model, node, report)
    return found


def _fitting(kind: str, model: type[Frozen], node: MappingNode, report: Report) -> MappingNode:
    """The defaults of one kind without those that its steps would refuse, each reported here, once."""
    bad = set()
    for entry in node.entries:
        alone = MappingNode((entry,), node.mark, node.path)
        for problem in _field_problems(model, alone, kind):
            report(problem)
            bad.add(entry.key)
    return MappingNode(tuple(entry for entry in node.entries if entry.key not in bad), node.mark, node.path)


def _field_problems(model: type[Frozen], node: MappingNode, kind: str) -> list[Problem]:
    from pydantic import ValidationError

    try:
        model.model_validate(plain(node))
    except ValidationError as error:
        return [each for each in problems_of(error, model, node, kind) if not each.message.endswith("is required")]
    return []
