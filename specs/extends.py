"""`extends:`, one spec written as what differs from another."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from specs.blocks import BESIDE
from specs.errors import Mark, Problem, SpecError, UserError
from specs.files import read_file
from specs.shipped import shipped
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, is_null

if TYPE_CHECKING:
    from specs.within import Extended

MAX_CHAIN = 8
"""Specs that may extend one another in a row."""

MAX_NAMES = 20
"""Steps that a hint names."""

AXIS = re.compile(r"search\.space\.\w+")
"""Paths of what a searched param may be: values or a range, which exclude each other."""

CHOICES = re.compile(r"train\.(data|loss|optimizer(\.\w+\.learning_rate)?)|original")
"""Paths where one of several things is named."""

TAKEN_OUT = ("original", "weights")
"""Sections that an empty one takes out: a variant may be built otherwise than the original of what it extends."""

OWN = ("name", "summary", "source", "published", "expects", "adapted", "extends")
"""Sections that say something about one spec alone and are not inherited."""


def with_extends(tree: MappingNode, folder: Path) -> MappingNode:
    """The tree with what it extends merged under it; SpecError where that cannot be found or read.

    Mappings merge key by key. A `body` that is a list replaces the other; a `body` that is a mapping of names
    changes the steps of these names. An output that is null is taken out. Its `extends` names the file that was merged
    in, and so on for each of the chain.
    """
    bases: dict[Path, MappingNode] = {}
    try:
        return _with_base(tree, folder, (), bases)
    except SpecError as error:
        from specs.repairs import tried

        def recheck(changed: MappingNode) -> tuple[tuple[Problem, ...], int]:
            try:
                _with_base(changed, folder, (), bases)
            except SpecError as again:
                return again.problems, 1
            return (), 1

        raise SpecError(tried(error.problems, tree, 1, recheck)) from None


def merged_alone(tree: MappingNode) -> MappingNode:
    """The tree without the names of the files that were merged in."""
    if tree.entry("extends") is None:
        return tree
    return replace(tree, entries=tuple(each for each in tree.entries if each.key != "extends"))


def extended(problems: Iterable[Problem], tree: MappingNode) -> tuple[Problem, ...]:
    """The problems; those in an extended file with the specs that extend it, the nearest first."""
    bases = (each.value for each in tree.entries if each.key == "extends" and isinstance(each.value, ScalarNode))
    by = {str(node.value): node.mark for node in bases}
    return tuple(replace(each, within=(*each.within, *_extending(each.mark, by))) for each in problems)


def _extending(mark: Mark, by: Mapping[str, Mark]) -> "Iterator[Extended]":
    from specs.within import Extended

    for _ in range(MAX_CHAIN):
        if mark.file in by:
            mark = by[mark.file]
            yield Extended(mark)


def _with_base(tree: MappingNode, folder: Path, chain: tuple[str, ...], bases: dict[Path, MappingNode]) -> MappingNode:
    """The merged tree; `bases` holds the files that were read, so that no repair that is tried reads one again."""
    entry = tree.entry("extends")
    if entry is None:
        return tree
    node = entry.value
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        raise SpecError([Problem(node.mark, "extends", "must be the name of a shipped model or of a file beside this")])
    path = _base_path(node.value, node, folder)
    key = os.path.realpath(path)
    if key in chain or len(chain) >= MAX_CHAIN:
        reason = (
            "the specs extend one another in a circle"
            if key in chain
            else f"more than {MAX_CHAIN} specs extend one another in a row"
        )
        raise SpecError([Problem(node.mark, "extends", reason)])
    try:
        named = path.name if node.value in shipped() else str(path)
        base = bases.get(path) or read_file(path, named, follow=False)
        bases[path] = base
    except SpecError as error:
        from specs.within import Extended

        raise SpecError(replace(each, within=(Extended(node.mark),)) for each in error.problems) from None
    except UserError as error:
        raise SpecError([Problem(node.mark, "extends", str(error))]) from None
    base = _with_base(base, path.parent, (*chain, key), bases)
    kept = _inherited(base, tree)
    # Any other empty section changes nothing.
    own = replace(tree, entries=tuple(e for e in tree.entries if e.key != "extends" and not is_null(e.value)))
    merged = _merged(kept, own)
    first = replace(entry, value=replace(node, value=named))
    others = (each for each in base.entries if each.key == "extends")
    return replace(merged, entries=(*merged.entries, first, *others))


def _inherited(base: MappingNode, tree: MappingNode) -> MappingNode:
    """What passes on to a spec: neither what says something of the base alone, nor an original that it takes out."""
    taken_out = {each.key for each in tree.entries if each.key in TAKEN_OUT and is_null(each.value)}
    kept = (each for each in base.entries if each.key not in OWN and each.key not in taken_out)
    return replace(base, entries=tuple(kept))


def _base_path(name: str, node: ScalarNode, folder: Path) -> Path:
    models = shipped()
    if name in models:
        return models[name]
    if not name.endswith((".yaml", ".yml")):
        from specs.repairs import spelled

        hint, repairs = "a file beside this one is named with its .yaml", spelled(node.mark, name, models)
        raise SpecError([Problem(node.mark, "extends", f"no shipped model is named {name!r}", hint, repairs)])
    path = folder / name
    inside = os.path.realpath(folder)
    if "\0" in name or os.path.commonpath([inside, os.path.realpath(path)]) != inside:
        raise SpecError([Problem(node.mark, "extends", f"{name!r} lies outside the folder of this spec")])
    return path


def _merged(base: MappingNode, own: MappingNode) -> MappingNode:
    """Both mappings, where a key stands in both their values merged; an output that is null is taken out."""
    by_key = {each.key: each for each in own.entries}
    entries = [_merged_entry(each, by_key.get(each.key)) for each in base.entries]
    if base.path == "outputs":
        entries = [each for each in entries if not is_null(each.value)]
    known = {each.key for each in base.entries}
    return replace(own, entries=(*entries, *(each for each in own.entries if each.key not in known)))


def _merged_entry(base: Entry, own: Entry | None) -> Entry:
    if own is None:
        return base
    if isinstance(base.value, MappingNode) and isinstance(own.value, MappingNode):
        return own if _is_another_choice(base.value, own.value) else replace(own, value=_merged(base.value, own.value))
    if base.key == "body" and isinstance(base.value, SequenceNode) and isinstance(own.value, MappingNode):
        return replace(own, value=_edited(base.value, own.value))
    return own


def _is_another_choice(base: MappingNode, own: MappingNode) -> bool:
    """Whether a mapping takes the place of another as a whole: a range, another optimizer, schedule or data."""
    if AXIS.fullmatch(base.path):
        return True
    kept = {each.key for each in base.entries} & {each.key for each in own.entries}
    return CHOICES.fullmatch(base.path) is not None and len(own.entries) == 1 and not kept


def _edited(body: SequenceNode, changes: MappingNode) -> SequenceNode:
    """The body with the named steps changed: null takes a step out, the same layer merges, another replaces."""
    items: list[TreeNode] = []
    met: set[str] = set()
    by_name = {each.key: each for each in changes.entries}
    for item in body.items:
        name = _name_of(item)
        change = by_name.get(name) if name else None
        if name is None or change is None:
            items.append(item)
            continue
        met.add(name)
        if not (isinstance(change.value, ScalarNode) and change.value.value is None):
            items.append(_changed_step(item, name, change))
    for entry in changes.entries:
        if entry.key not in met:
            names = [name for name in map(_name_of, body.items) if name]
            from specs.repairs import spelled

            hint, message = (
                f"named steps are {', '.join(names[:MAX_NAMES]) or 'none'}",
                "the extended body has no such step",
            )
            repairs = spelled(entry.key_mark, entry.key, names)
            raise SpecError([Problem(entry.key_mark, entry.value.path, message, hint, repairs)])
    return replace(body, items=tuple(items))


def _name_of(item: TreeNode) -> str | None:
    name = item.get("name") if isinstance(item, MappingNode) else None
    return str(name.value) if isinstance(name, ScalarNode) else None


def _changed_step(item: TreeNode, name: str, change: Entry) -> TreeNode:
    new = change.value
    if isinstance(new, ScalarNode):
        new = MappingNode((Entry(str(new.value), new.mark, replace(new, value=None)),), new.mark, new.path)
    if not isinstance(new, MappingNode) or not isinstance(item, MappingNode):
        raise SpecError([Problem(change.key_mark, change.value.path, "must be a step, or null to take it out")])
    old_kind = next((each.key for each in item.entries if each.key not in BESIDE), None)
    new_kind = next((each.key for each in new.entries if each.key not in BESIDE), None)
    if new_kind in (None, old_kind):
        return _merged(item, new)
    kept = tuple(each for each in item.entries if each.key in BESIDE and new.entry(each.key) is None)
    return replace(new, entries=(*new.entries, *kept))
