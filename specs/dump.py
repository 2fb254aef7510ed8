"""Document → YAML text that loads to the same document."""

from typing import Any

import yaml

from specs.document import Document
from specs.reader import core_scalar
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
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="'" if reads_otherwise else None)


def _list(dumper: _Dumper, value: tuple[Any, ...]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, _list)


def dump(document: Document) -> str:
    """The spec as YAML with the values in force: `extends` merged in, references kept, so that it can be tuned again.

    >>> from specs import load, loads
    >>> document = load("digits_mlp", units=64)
    >>> loads(dump(document)).params == document.params
    True
    """
    tree = plain(document.tree)
    if document.params:
        tree["params"] = dict(document.params)
    if document.overrides:
        tree.pop("expects", None)
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)
