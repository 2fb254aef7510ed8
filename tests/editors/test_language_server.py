"""What an editor with yaml-language-server shows in a spec: completion, hover text, and errors only where they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import specs
from specs.blocks import BESIDE
from specs.combinators import COMBINATORS
from specs.ops import OPS
from specs.section_reader import SECTIONS
from specs.sections import Axis, Search, Train
from specs.shipped import SCHEMA_FILE
from specs.starter import starter
from specs.step import LAYERS
from tests.editors.language_server import LanguageServer, server

SERVER = server()
VALID = sorted((Path(__file__).parents[1] / "valid").glob("*.yaml"))
MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE.as_uri()}\n"
HEAD = "name: mine\ninput: {shape: [8, 8, 1]}\n"

pytestmark = pytest.mark.skipif(
    SERVER is None,
    reason="no yaml-language-server: npm install it into a folder, and name that folder in YAML_LANGUAGE_SERVER",
)


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    assert SERVER is not None
    found = LanguageServer(SERVER, tmp_path_factory.mktemp("editor"))
    yield found
    found.stop()


def place(text: str) -> tuple[str, int, int]:
    """The text without its cursor, `|`, and the line and column where that stood."""
    before, after = text.split("|")
    return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1


def offered(editor: LanguageServer, path: Path, body: str) -> dict[str, str]:
    text, line, column = place(MODELINE + HEAD + body)
    editor.open(path, text)
    found = editor.completions(path, line, column)
    editor.close(path)
    return found


def errors(editor: LanguageServer, path: Path, body: str) -> list[str]:
    found = editor.open(path, MODELINE + HEAD + body)
    editor.close(path)
    return found


@pytest.mark.parametrize("path", specs.shipped().values(), ids=lambda path: path.stem)
def test_no_error_in_shipped_specs(editor: LanguageServer, path: Path) -> None:
    assert editor.open(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_no_error_in_what_the_checker_accepts(editor: LanguageServer, path: Path, tmp_path: Path) -> None:
    assert editor.open(tmp_path / path.name, MODELINE + path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("base", [None, "resnet50"])
def test_no_error_in_a_new_spec(editor: LanguageServer, base: str | None, tmp_path: Path) -> None:
    assert editor.open(tmp_path / "mine.yaml", starter("mine", "mine.yaml", base)) == []


@pytest.mark.parametrize("body", ["body:\n  - |\n", "body:\n  - Flatten\n  - D|\n", "body: [Flatten, D|]\n"])
def test_layer_names_are_offered(editor: LanguageServer, body: str, tmp_path: Path) -> None:
    found = offered(editor, tmp_path / "a.yaml", body)
    assert {*LAYERS, "conv", "parallel", "residual", "dense"} <= set(found)


INSIDE = "blocks:\n  b:\n    body:\n      - residual:\n          body:\n            - |\nbody:\n  - b\n"


def test_layer_names_are_offered_inside_blocks(editor: LanguageServer, tmp_path: Path) -> None:
    assert {*LAYERS, "conv"} <= set(offered(editor, tmp_path / "a.yaml", INSIDE))


@pytest.mark.parametrize("body", ["body:\n  - Conv2D:\n      |\n", "body:\n  - Conv2D: {filters: 3, k|}\n"])
def test_argument_names_are_offered(editor: LanguageServer, body: str, tmp_path: Path) -> None:
    found = set(offered(editor, tmp_path / "a.yaml", body))
    arguments = set(OPS["Conv2D"].model_fields)
    given = {"filters"} if "filters" in body else set()
    assert arguments - given <= found
    assert "pool_size" not in found
    assert "units" not in found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("body:\n  - Conv2D: {filters: 3, kernel_size: 3, padding: |}\n", {"valid", "same"}),
        ("body:\n  - conv: {filters: 3, kernel_size: 3, order: |}\n", {"conv-norm-act", "norm-act-conv"}),
        ("body:\n  - Dense:\n      activation: |\n", {"relu", "softmax"}),
        ("body:\n  - Flatten\ntrain:\n  optimizer: |\n", {"Adam", "SGD"}),
        ("body:\n  - Flatten\nsearch:\n  oracle: |\n", {"random", "hyperband"}),
        ("body:\n  - Flatten\n    |\n", set()),
        ("body:\n  - Dense: {units: 3}\n    |\n", {"name", "from", "repeat", "when"}),
    ],
)
def test_values_are_offered(editor: LanguageServer, body: str, words: set[str], tmp_path: Path) -> None:
    assert words <= set(offered(editor, tmp_path / "a.yaml", body))


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("body:\n  - Dense: {units: 0}\n", 5, "minimum of 1"),
        ("body:\n  - Flatten\n  - Dense: {units: three}\n", 6, "integer"),
        ("body:\n  - Conv2D: {filters: 3, kernal_size: 3}\n", 5, "kernal_size"),
        ("body:\n  - conv:\n      filters: 3\n      kernel_size: 3\n      order: norm-conv-act\n", 8, "conv-norm-act"),
        ("body:\n  - residual:\n      body:\n        - Dense: {units: -1}\n", 7, "1"),
        ("body:\n  - Flatten\ntrain:\n  epochs: 0\n", 7, "1"),
        ("body:\n  - Flatten\ntrian: {}\n", 6, "trian"),
    ],
)
def test_errors(editor: LanguageServer, body: str, line: int, words: str, tmp_path: Path) -> None:
    found = errors(editor, tmp_path / "a.yaml", body)
    assert len(found) == 1, found
    assert found[0].startswith(f"{line}:"), found
    assert words in found[0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("body:\n  - De|nse: {units: 3}\n", "Matrix product"),
        ("body:\n  - Dense: {uni|ts: 3}\n", "Size of the output's last axis"),
        ("body:\n  - conv: {filters: 3, kernel_size: 3, ord|er: conv-norm-act}\n", "full pre-activation"),
        ("body:\n  - Dense: {units: 3, use_b|ias: true}\n", "bias"),
        ("body:\n  - Dense: {units: 3}\n    rep|eat: 3\n", "how many times"),
        ("par|ams: {a: 3}\nbody:\n  - Flatten\n", "named values"),
        ("body:\n  - Flatten\ntrain:\n  epo|chs: 3\n", "Passes over the training examples"),
        ("body:\n  - Flatten\ntrain:\n  optimizer:\n    SGD: {nest|erov: true}\n", "Nesterov"),
        ("body:\n  - Flatten\nsearch:\n  ora|cle: random\n", "Who proposes the next trial"),
        ("params: {a: 3}\nbody:\n  - Flatten\nsearch:\n  space:\n    a: {samp|ling: log}\n", "evenly in its logarithm"),
        ("blocks:\n  b:\n    body:\n      - Dense: {uni|ts: 3}\nbody:\n  - b\n", "Size of the output's last axis"),
        ("blocks:\n  b:\n    par|ams: {a: 3}\n    body:\n      - Flatten\nbody:\n  - b\n", "each with its default"),
        (
            "body:\n  - residual:\n      short|cut: auto\n      body:\n        - Flatten\n",
            "auto: that where shapes differ",
        ),
        ("body:\n  - residual:\n      body:\n        - conv: {ord|er: conv-norm-act}\n", "full pre-activation"),
        ("body:\n  - Flatten\nlim|its: {params: 5}\n", "what the model may cost"),
    ],
)
def test_hover(editor: LanguageServer, body: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    text, line, column = place(MODELINE + HEAD + body)
    editor.open(path, text)
    found = editor.hover(path, line, column)
    editor.close(path)
    assert words in found.replace("&nbsp;", " ").replace("\\", "")


PLACES = {
    "a step in a body": ("body:\n  - Flatten\n  - |\n", {*LAYERS, *COMBINATORS}),
    "arguments of a unit": ("body:\n  - conv:\n      |\n", set(COMBINATORS["conv"].model_fields)),
    "arguments of a combinator": ("body:\n  - residual:\n      |\n", set(COMBINATORS["residual"].model_fields)),
    "a step in a residual's body": ("body:\n  - residual:\n      body:\n        - |\n", {*LAYERS, *COMBINATORS}),
    "a step in a branch": ("body:\n  - parallel:\n      branches:\n        - - |\n", {*LAYERS, *COMBINATORS}),
    "keys of a block": ("blocks:\n  b:\n    |\nbody:\n  - b\n", {"params", "body"}),
    "arguments in a block": (
        "blocks:\n  b:\n    body:\n      - Dense:\n          |\nbody:\n  - b\n",
        set(OPS["Dense"].model_fields),
    ),
    "what may stand beside a step in a block": (
        "blocks:\n  b:\n    body:\n      - Dense: {units: 3}\n        |\nbody:\n  - b\n",
        set(BESIDE),
    ),
    "arguments of a layer inside a layer": (
        "body:\n  - TimeDistributed:\n      layer:\n        Dense:\n          |\n",
        set(OPS["Dense"].model_fields),
    ),
    "arguments of an initialiser": (
        "body:\n  - Dense:\n      units: 3\n      kernel_initializer:\n        VarianceScaling:\n          |\n",
        {"scale", "mode", "distribution"},
    ),
    "keys of train": ("body:\n  - Flatten\ntrain:\n  |\n", set(Train.model_fields)),
    "arguments of an optimizer": (
        "body:\n  - Flatten\ntrain:\n  optimizer:\n    Adam:\n      |\n",
        {"learning_rate", "beta_1", "amsgrad"},
    ),
    "keys of search": ("body:\n  - Flatten\nsearch:\n  |\n", set(Search.model_fields)),
    "keys of a searched param": (
        "params: {a: 3}\nbody:\n  - Flatten\nsearch:\n  space:\n    a:\n      |\n",
        set(Axis.model_fields),
    ),
    "keys of an output": ("body:\n  - Flatten\noutputs:\n  one:\n    |\n", {"from", "loss_weight"}),
    "keys of the document": ("body:\n  - Flatten\n|\n", {*SECTIONS} - {"name", "input", "body"}),
}


@pytest.mark.parametrize("name", PLACES)
def test_completion_in_every_place(editor: LanguageServer, name: str, tmp_path: Path) -> None:
    body, words = PLACES[name]
    assert words <= set(offered(editor, tmp_path / "a.yaml", body))


def test_arguments_are_offered_under_defaults(editor: LanguageServer, tmp_path: Path) -> None:
    found = offered(editor, tmp_path / "a.yaml", "body:\n  - Flatten\ndefaults:\n  conv:\n    |\n")
    assert {"order", "padding", "kernel_regularizer"} <= set(found)
