"""Names and paths that lead elsewhere: nothing outside the spec's folder is read, made or taken away.

Two fresh processes check all of them, with a hook on what Python tells auditors of files, processes and sockets.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specs.ops import OPS

ROOT = Path(__file__).parents[2]
HEAD = "name: t\ninput: {shape: [8]}\n"

PATHS = (
    "../outside.yaml", "./../outside.yaml", "sub/../../outside.yaml", "../inside/../outside.yaml", "//outside.yaml",
    "{outside}/outside.yaml", "/etc/passwd", "/etc/passwd.yaml", "/dev/zero", "/dev/stdin", "/proc/self/environ",
    "/proc/self/cwd/../outside.yaml", "file://{outside}/outside.yaml", "file:../outside.yaml", "http://127.0.0.1:9/x.yaml",
    "https://example.org/x.yaml", "ftp://example.org/x.yaml", "s3://bucket/x.yaml", "gs://bucket/x.yaml",
    "\\\\server\\share\\x.yaml", "C:\\outside.yaml", "C:/outside.yaml", "..\\outside.yaml", "~/home.yaml",
    "~root/x.yaml",
    "$HOME/home.yaml", "%2e%2e/outside.yaml", "..%2foutside.yaml", "%00.yaml", "\0.yaml", "../outside.yaml\0.yaml",
    "link.yaml", "folder_link/outside.yaml", "loop.yaml", "pipe.yaml", "folder.yaml", "device.yaml",
    "…/outside.yaml", "․․/outside.yaml", "‥/outside.yaml", "..／outside.yaml", "x" * 5_000 + ".yaml",
    "a/" * 3_000 + "x.yaml",
    ".", "..", "/", "", " ", "-", "--help.yaml", "*.yaml", "?.yaml", "[a-z].yaml", "|id.yaml", "`id`.yaml",
    "$(id).yaml",
    "models/resnet/resnet50.yaml", "../models/resnet/resnet50", "resnet50/../../resnet50", "outside.yaml\n",
)  # fmt: skip
"""What `extends` and the command line are given, and every other place where a spec names something."""

LAYERS = (
    "Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "Layer", "Wrapper", "Functional",
    "Sequential", "Model", "deserialize", "serialize", "get", "__import__", "eval", "exec", "open", "os.system",
    "keras.layers.Dense", "keras.layers.Lambda", "layers.Dense", "builtins.eval", "_Merge", "__class__", "__init__",
    "load_model", "FeatureSpace", "InputLayer", "dense ", "DENSE", "Dense\0", "../Dense", "Dense.yaml",
)  # fmt: skip
"""Layers that a spec cannot have, whatever Keras or Python know by the name."""

PLACES = (
    "name: @\ninput: {shape: [8]}\nbody: [ReLU]\n",
    HEAD + "body:\n  - {ReLU, name: @}\n",
    HEAD + "body:\n  - {ReLU, from: @}\n",
    HEAD + "body:\n  - {ReLU, share: @}\n",
    HEAD + "body:\n  - StringLookup: {vocabulary: @}\n",
    HEAD + "body:\n  - TextVectorization: {vocabulary: @}\n",
    HEAD + "body:\n  - IntegerLookup: {vocabulary: @}\n",
    HEAD + "body:\n  - Embedding: {input_dim: 2, output_dim: 2, weights: @}\n",
    HEAD + "body:\n  - Dense: {units: 1, kernel_initializer: @}\n",
    HEAD + "body:\n  - Dense: {units: 1, activation: @}\n",
    HEAD + "body:\n  - @\n",
    HEAD + "body: [ReLU]\ntrain: {data: @}\n",
    HEAD + "body: [ReLU]\ntrain: {optimizer: @}\n",
    HEAD + "body: [ReLU]\nblocks: {@: {body: [ReLU]}}\n",
    "name: t\ninputs: {@: {shape: [8]}}\nbody: [ReLU]\n",
    HEAD + "body: [ReLU]\noutputs: {@: nowhere}\n",
)
"""Where a spec names something; each is refused with each of the paths."""

PROBE = """
import json, os, sys
import specs
specs.check("digits_mlp")
seen, watching = [], False
PREFIXES = ("os.", "shutil.", "subprocess.", "socket.", "urllib.", "glob.", "tempfile.", "ctypes.", "webbrowser.")
def hook(event, arguments):
    if watching and (event == "open" or event.startswith(PREFIXES)):
        path = arguments[0] if arguments else ""
        if not isinstance(path, int):  # a file that is open already
            seen.append((event, os.path.abspath(os.fsdecode(path)) if path else ""))
sys.addaudithook(hook)
found = []
for kind, text in json.load(sys.stdin):
    seen.clear()
    watching = True
    try:
        specs.load(text) if kind == "command" else specs.loads(text, "spec.yaml")
        refused = False
    except specs.UserError as error:
        refused = True
    watching = False
    found.append((refused, list(seen)))
print(json.dumps(found))
"""
"""Gives for each text or name whether it is refused, and what was done to files for it."""

OWN = tuple(os.path.realpath(each) for each in (ROOT / "specs", sys.prefix, sys.base_prefix))
"""Where modules are loaded from when they are first needed, and shipped models."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The spec's folder, and one beside it that nothing may touch."""
    outside = tmp_path_factory.mktemp("outside")
    inside = outside / "inside"
    inside.mkdir()
    for path in (outside / "outside.yaml", outside / "home.yaml"):
        path.write_text(HEAD + "body: [ReLU]\n", encoding="utf-8")
    (inside / "link.yaml").symlink_to("../outside.yaml")
    (inside / "folder_link").symlink_to("..")
    (inside / "loop.yaml").symlink_to("loop.yaml")
    (inside / "device.yaml").symlink_to("/dev/zero")
    (inside / "folder.yaml").mkdir()
    os.mkfifo(inside / "pipe.yaml")
    return inside, outside


def probed(cases: list[tuple[str, str]], folders: tuple[Path, Path]) -> list[tuple[bool, list[list[str]]]]:
    inside, outside = folders
    environment = {
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
        "HOME": str(outside),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    before = sorted(map(str, outside.rglob("*")))
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        cwd=inside,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(map(str, outside.rglob("*"))) == before
    found: list[tuple[bool, list[list[str]]]] = json.loads(done.stdout)
    assert len(found) == len(cases)
    return found


def outside_of(inside: Path, seen: list[list[str]]) -> list[list[str]]:
    """What was done elsewhere than in the spec's folder and where our modules lie."""
    # An import looks over a folder of modules that has changed, as it has when another process compiled one.
    allowed = {"open": (str(inside.resolve()), *OWN), "os.listdir": OWN}
    return [each for each in seen if not os.path.realpath(each[1]).startswith(allowed.get(each[0], ()))]


def quoted(name: str, folders: tuple[Path, Path]) -> str:
    return json.dumps(name.replace("{outside}", str(folders[1])))


def test_there_are_enough() -> None:
    assert len(set(PATHS)) >= 50


def test_extends(folders: tuple[Path, Path]) -> None:
    cases = [("text", f"name: t\nextends: {quoted(path, folders)}\n") for path in PATHS]
    for path, (refused, seen) in zip(PATHS, probed(cases, folders), strict=True):
        assert refused, path
        assert not outside_of(folders[0], seen), path


def test_everything_else_that_a_spec_names(folders: tuple[Path, Path]) -> None:
    words = [(place, path) for place in PLACES for path in PATHS]
    cases = [("text", place.replace("@", quoted(path, folders))) for place, path in words]
    for (place, path), (refused, seen) in zip(words, probed(cases, folders), strict=True):
        assert refused, (place, path)
        assert not outside_of(folders[0], seen), (place, path)
        assert not [each for each in seen if each[1].startswith(str(folders[0].resolve()))], (place, path)


def test_names_on_the_command_line_are_read_as_they_are(folders: tuple[Path, Path]) -> None:
    """No ~ or variable is put in, no address asked: what is opened is the path itself, and only to be read."""
    # What is there may be read, because a person names it; a link is followed.
    there = {path for path in PATHS if (folders[0] / path.replace("\0", "_")[:200]).is_file()}
    named = [path for path in PATHS if path not in there and not path.startswith("/proc/self/cwd")]
    for path, (refused, seen) in zip(named, probed([("command", p) for p in named], folders), strict=True):
        assert refused, path
        others = [each for each in seen if each != ["open", os.path.abspath(folders[0].resolve() / path)]]
        assert not outside_of(folders[0], others), path


def test_layers_come_from_a_list(folders: tuple[Path, Path]) -> None:
    inner = "TimeDistributed: {{layer: {{{}: {{}}}}}}"
    steps = [
        step.format(json.dumps(name)) for name in LAYERS for step in ("{}: {{}}", "{{{}: {{function: x}}}}", inner)
    ]
    cases = [("text", f"{HEAD}body:\n  - {step}\n") for step in steps]
    for step, (refused, seen) in zip(steps, probed(cases, folders), strict=True):
        assert refused, step
        assert not outside_of(folders[0], seen), step


LOOKED_UP = {
    "getattr(keras.initializers, value.kind)": "one of the names that specs.ops.arguments lists",
    "getattr(keras.constraints, value.kind)": "one of the names that specs.ops.arguments lists",
    "getattr(keras.applications, choice.kind)": "one of the names that specs.sections.original lists",
    "getattr(keras.optimizers, name)": "each of the names that specs.sections.train lists",
    "getattr(keras.losses, name)": "each of the names that specs.sections.judging lists",
    "getattr(keras.metrics, choice.kind)": "one of the names that specs.sections.judging lists",
    "getattr(keras.datasets, name)": "one of the names that specs.sections.keras_datasets lists",
    "getattr(keras.applications, name)": "named on the command line, and one of the module's own",
}
"""Attributes of Keras that are looked up by a name that is not written in the code, and what the name can be."""


def looked_up() -> Iterator[str]:
    for path in (ROOT / "zoo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]) if not isinstance(
                    name, ast.Constant
                ):
                    if "keras" in ast.unparse(owner):
                        yield ast.unparse(node)
                case ast.Call(func=ast.Attribute(attr="deserialize" | "import_module"), args=[*_]):
                    yield ast.unparse(node)


def test_nothing_of_keras_is_looked_up_by_what_a_spec_says() -> None:
    lazily = "importlib.import_module("
    assert {each for each in looked_up() if not each.startswith(lazily)} == set(LOOKED_UP)
    assert all("_MODULES" in each or "'" in each or "module" in each for each in looked_up() if each.startswith(lazily))


SUSPECT = ("path", "file", "url", "dir", "weights", "module", "function", "fn", "callable", "config", "class_name")
"""Parts of names of arguments by which a Keras layer would read a file, ask an address or run code."""
HARMLESS = {"idf_weights": "numbers", "use_bias": "a boolean"}


@pytest.mark.parametrize("op", sorted(OPS))
def test_no_argument_reads_a_file(op: str) -> None:
    fields: dict[str, Any] = OPS[op].model_fields
    found = [name for name in fields if set(name.split("_")) & set(SUSPECT) and name not in HARMLESS]
    assert not found, f"{op}: {found}"
