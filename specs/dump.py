"""Document → YAML text that loads to the same document."""

import os
from pathlib import Path
from typing import Any

import yaml

from specs.document import Document
from specs.scalars import core_scalar
from specs.tree import plain

LONG_TEXT = 1_000
"""Characters above which a text is quoted without a look at what it would read as."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper for our scalars and without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    # PyYAML quotes what YAML 1.1 would misread; quote as well what YAML 1.2 would.
    reads_otherwise = len(value) > LONG_TEXT or core_scalar(value) != value
    # Only double quotes keep every line break and control character.
    style = '"' if not value.isprintable() else "'" if reads_otherwise else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: _Dumper, value: tuple[Any, ...]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, _list)


def dump(document: Document, folder: Path | None = None) -> str:
    """The spec as YAML with the values in force: `extends` merged in, references kept, so that it can be tuned again.

    `folder` is where the text will lie; the path of the data is written relative to it instead of to the old place.

    >>> from specs import load, loads
    >>> document = load("digits_mlp", units=64)
    >>> loads(dump(document)).params == document.params
    True
    """
    tree = plain(document.tree)
    if document.overrides:
        # Only what was given from outside: a param that is computed from others goes on being computed.
        tree["params"] = {**tree["params"], **document.overrides}
        tree.pop("expects", None)
    path = data_path(document)
    if path is not None and folder is not None and document.train is not None:
        kind = document.train.data.kind
        data = {**tree["train"]["data"][kind], "path": os.path.relpath(path, os.path.realpath(folder))}
        tree["train"] = {**tree["train"], "data": {kind: data}}
    return dump_tree(tree)


def dump_tree(tree: dict[str, Any]) -> str:
    """Plain data as YAML text of our scalars.

    >>> print(dump_tree({"body": ["Flatten", {"Dense": {"units": 3}}]}), end="")
    body:
    - Flatten
    - Dense: {units: 3}
    """
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)


def data_path(document: Document) -> Path | None:
    """Where the document's data lie, None for those that need no file. Paths are relative to the spec's folder."""
    path = getattr(document.train.data.args, "path", None) if document.train else None
    return None if path is None else Path(os.path.realpath(Path(document.file).parent / path))
