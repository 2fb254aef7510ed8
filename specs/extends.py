"""`extends:`, one spec written as what differs from another."""

import os
import re
from dataclasses import replace
from pathlib import Path

from specs.errors import Problem, SpecError, UserError, did_you_mean
from specs.files import read_file
from specs.shipped import shipped
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, is_null

MAX_CHAIN = 8
"""Specs that may extend one another in a row."""

AXIS = re.compile(r"search\.space\.\w+")
"""Paths of what a searched param may be: values or a range, which exclude each other."""

CHOICES = ("train.data", "train.optimizer", "train.loss")
"""Paths where one of several things is named."""

OWN = ("name", "summary", "source", "expects", "extends")
"""Sections that say something about one spec alone and are not inherited."""


def with_extends(tree: MappingNode, folder: Path, chain: tuple[str, ...] = ()) -> MappingNode:
    """The tree with what it extends merged under it; SpecError where that cannot be found or read.

    Mappings merge key by key. A `body` that is a list replaces the other; a `body` that is a mapping of names
    changes the steps of these names.
    """
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
        base = read_file(path, named, follow=False)
    except SpecError:
        raise
    except UserError as error:
        raise SpecError([Problem(node.mark, "extends", str(error))]) from None
    base = with_extends(base, path.parent, (*chain, key))
    kept = replace(base, entries=tuple(each for each in base.entries if each.key not in OWN))
    # An empty section changes nothing.
    own = replace(tree, entries=tuple(e for e in tree.entries if e.key != "extends" and not is_null(e.value)))
    return _merged(kept, own)


def _base_path(name: str, node: ScalarNode, folder: Path) -> Path:
    models = shipped()
    if name in models:
        return models[name]
    if not name.endswith((".yaml", ".yml")):
        hint = did_you_mean(name, models) or "a file beside this one is named with its .yaml"
        raise SpecError([Problem(node.mark, "extends", f"no shipped model is named {name!r}", hint)])
    path = folder / name
    inside = os.path.realpath(folder)
    if "\0" in name or os.path.commonpath([inside, os.path.realpath(path)]) != inside:
        raise SpecError([Problem(node.mark, "extends", f"{name!r} lies outside the folder of this spec")])
    return path


def _merged(base: MappingNode, own: MappingNode) -> MappingNode:
    """Both mappings, where a key stands in both their values merged."""
    entries = [_merged_entry(each, own.entry(each.key)) for each in base.entries]
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
    """Whether a mapping takes the place of another as a whole: a searched range, another optimizer, other data."""
    if AXIS.fullmatch(base.path):
        return True
    kept = {each.key for each in base.entries} & {each.key for each in own.entries}
    return base.path in CHOICES and len(own.entries) == 1 and not kept


def _edited(body: SequenceNode, changes: MappingNode) -> SequenceNode:
    """The body with the named steps changed: null takes a step out, the same layer merges, another replaces."""
    items: list[TreeNode] = []
    met: set[str] = set()
    for item in body.items:
        name = _name_of(item)
        change = changes.entry(name) if name else None
        if name is None or change is None:
            items.append(item)
            continue
        met.add(name)
        if not (isinstance(change.value, ScalarNode) and change.value.value is None):
            items.append(_changed_step(item, name, change))
    for entry in changes.entries:
        if entry.key not in met:
            names = [name for name in map(_name_of, body.items) if name]
            hint = did_you_mean(entry.key, names) or f"named steps are {', '.join(names) or 'none'}"
            raise SpecError([Problem(entry.key_mark, entry.value.path, "the extended body has no such step", hint)])
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
    beside = ("name", "from", "repeat", "when")
    old_kind = next((each.key for each in item.entries if each.key not in beside), None)
    new_kind = next((each.key for each in new.entries if each.key not in beside), None)
    if new_kind in (None, old_kind):
        return _merged(item, new)
    kept = tuple(each for each in item.entries if each.key in beside and new.entry(each.key) is None)
    return replace(new, entries=(*new.entries, *kept))
