"""Document → YAML text that loads to the same document."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from specs.document import Document
from specs.scalars import core_scalar
from specs.shipped import shipped
from specs.tree import plain

LONG_TEXT = 1_000
"""Characters above which a text is quoted without a look at what it would read as."""


ONE_LINE = 90
"""Characters of arguments that are written on one line although there are lists among them."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper for our scalars and without aliases."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        """Arguments on one line where they hold no mappings: kernel_size: [1, 7] needs no lines of its own."""
        node = super().represent_mapping(tag, mapping, flow_style)
        if mapping and not any(_has_mapping(each) for each in mapping.values()) and len(repr(mapping)) <= ONE_LINE:
            node.flow_style = True
        return node

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _has_mapping(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, (list, tuple)) and any(_has_mapping(each) for each in value))


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
    if folder is not None and data_paths(document):
        base = os.path.realpath(folder)
        data = _with_paths(
            tree["train"]["data"], _data(document), lambda path: os.path.relpath(_real(document, path), base)
        )
        tree["train"] = {**tree["train"], "data": data}
    teacher = teacher_path(document)
    if teacher is not None and folder is not None:
        moved = {**tree["train"]["teacher"], "path": os.path.relpath(teacher, os.path.realpath(folder))}
        tree["train"] = {**tree["train"], "teacher": moved}
    start = weights_path(document)
    if start is not None and folder is not None:
        tree["weights"] = os.path.relpath(start, os.path.realpath(folder))
    return dump_tree(tree)


def dump_tree(tree: dict[str, Any]) -> str:
    """Plain data as YAML text of our scalars.

    >>> print(dump_tree({"body": ["Flatten", {"Dense": {"units": 3}}]}), end="")
    body:
    - Flatten
    - Dense: {units: 3}
    """
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)


def data_folder(document: Document) -> Path:
    """Where the path of the data counts from: the spec's folder; for a shipped spec, where there are no data, here."""
    return Path() if Path(document.file) in shipped().values() else Path(document.file).parent


def data_paths(document: Document) -> tuple[Path, ...]:
    """Where the document's data lie; none for those that need no file."""
    found: list[Path] = []

    def keep(path: str) -> str:
        found.append(_real(document, path))
        return path

    _with_paths(_data(document), _data(document), keep)
    return tuple(found)


def _data(document: Document) -> Any:
    """`train.data` as plain data, references followed."""
    return {} if document.train is None else document.train.data.model_dump(exclude_unset=True)


def _real(document: Document, path: str) -> Path:
    return Path(os.path.realpath(data_folder(document) / path))


def _with_paths(written: Any, meant: Any, moved: Callable[[str], str]) -> Any:
    """What is written with every `path` in it moved; `meant` is the same with references followed."""
    if isinstance(written, dict) and isinstance(meant, dict):
        return {
            key: moved(meant[key]) if key == "path" else _with_paths(each, meant.get(key), moved)
            for key, each in written.items()
        }
    if isinstance(written, (list, tuple)) and isinstance(meant, (list, tuple)):
        return [_with_paths(each, other, moved) for each, other in zip(written, meant, strict=True)]
    return written


def teacher_path(document: Document) -> Path | None:
    """Where the run lies that the model learns from, None where it learns from none."""
    teacher = None if document.train is None else document.train.teacher
    return None if teacher is None else _real(document, teacher.path)


def weights_path(document: Document) -> Path | None:
    """Where the weights lie that the document starts from, None for fresh and for published ones."""
    if document.weights in ("", "imagenet"):
        return None
    return Path(os.path.realpath(Path(document.file).parent / document.weights))
