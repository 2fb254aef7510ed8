"""A name or a path → a Document, with every problem of its text found on the way."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from specs.blocks import read_blocks
from specs.defaults import read_defaults
from specs.document import Document
from specs.errors import UserError, did_you_mean
from specs.extends import merged_alone, with_extends
from specs.files import read_file
from specs.reader import read
from specs.resolve import Report, params_scope
from specs.section_reader import Sections, check_sections, from_here, inputs_of, is_empty, outputs_of
from specs.shipped import shipped
from specs.step import LAYERS, MAX_STEPS, Context
from specs.steps import read_steps, read_unused
from specs.tree import MappingNode, plain


def read_source(name_or_path: str | Path) -> tuple[MappingNode, str]:
    """The tree of a shipped model or of a file, `extends` merged in, and the path it was read from."""
    models, word = shipped(), str(name_or_path)
    if word in models:
        path = models[word]
        return with_extends(read_file(path, path.name), path.parent), str(path)
    path = Path(word)
    if path.suffix not in (".yaml", ".yml") and not os.path.exists(word):
        hint = did_you_mean(word, models)
        raise UserError(f"{word!r} is neither a shipped model nor a file" + (f"; {hint}" if hint else ""))
    return with_extends(read_file(path, word), path.parent), word


def read_text(text: str, file: str) -> tuple[MappingNode, str]:
    """The tree of a spec that is at hand as text; `file` is the path to name and to look for `extends` beside."""
    return with_extends(read(text, file), Path(file).parent), file


def parse(tree: MappingNode, file: str, overrides: Mapping[str, Any], report: Report) -> Document:
    """The document of a tree with the given params; what is wrong is reported, and the rest is read on."""
    check_sections(tree, report)
    scope = params_scope(tree.get("params"), overrides, tree.mark, report)
    blocks = read_blocks(tree.get("blocks"), tuple(LAYERS), report)
    defaults = read_defaults(tree.get("defaults"), scope, report)
    context = Context(scope, blocks, defaults, report)
    body = () if is_empty(tree.get("body")) else read_steps(tree.get("body"), scope, context)
    read_unused(context)
    if context.count > MAX_STEPS:
        # Reported already; there is no use in expanding the beginning of it.
        body = ()
    section = Sections(tree, scope, report)
    return Document(
        name=section.name(),
        file=file,
        summary=section.text("summary"),
        source=section.text("source"),
        params={name: plain(node) for name, node in scope.values.items()},
        overrides=dict(overrides),
        published=section.model("published", "Published"),
        expects=section.model("expects", "Expects") if not overrides else None,
        original=section.model("original", "OriginalChoice"),
        weights=section.text("weights"),
        top=section.text("top"),
        defaults={kind: plain(node) for kind, node in defaults.items()},
        inputs=inputs_of(section, tree, report),
        body=body,
        outputs=outputs_of(section),
        adapted=section.adapted(),
        train=section.model("train", "Train", from_here),
        search=section.model("search", "Search"),
        export=section.model("export", "Export"),
        lint=section.model("lint", "Lint"),
        limits=section.model("limits", "Limits"),
        tree=merged_alone(tree),
    )
