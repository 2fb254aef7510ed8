"""Which layer may import what: cli → tuner → zoo → specs, and no Keras where a check should take milliseconds."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("specs", "zoo", "tuner", "cli")
"""From the bottom; a layer imports itself and those before it."""
HEAVY = ("keras", "tensorflow", "numpy", "keras_tuner", "jax", "torch", "sklearn", "scipy", "PIL", "rich")

PROBE = """
import sys
{code}
print("heavy:", *sorted(set({heavy!r}) & set(sys.modules)))
"""


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, and whether at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node in tree.body) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: absolute imports only"
            yield node.module or "", node in tree.body


def files(layer: str) -> list[Path]:
    return sorted(ROOT.glob("cli*.py")) if layer == "cli" else sorted((ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize("layer", LAYERS)
def test_arrows_point_down(layer: str) -> None:
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    for path in files(layer):
        for name, _ in imports(path):
            top = name.partition(".")[0]
            assert top not in LAYERS or top in allowed, f"{path.name} imports {name}"


def test_specs_need_pydantic_and_yaml_only() -> None:
    known = {*sys.stdlib_module_names, "specs", "pydantic", "pydantic_core", "yaml"}
    for path in files("specs"):
        for name, _ in imports(path):
            assert name.partition(".")[0] in known, f"{path.name} imports {name}"


def test_keras_tuner_is_kept_in_one_module() -> None:
    for layer in LAYERS:
        for path in files(layer):
            if path != ROOT / "tuner" / "proposers.py":
                assert "keras_tuner" not in {name.partition(".")[0] for name, _ in imports(path)}, path.name


def test_the_command_line_imports_keras_nowhere_and_our_upper_layers_late() -> None:
    for path in files("cli"):
        for name, at_top in imports(path):
            top = name.partition(".")[0]
            assert top not in ("keras", "tensorflow", "numpy", "keras_tuner")
            assert not (at_top and top in ("zoo", "tuner")), f"{path.name} imports {name} at its top"


def heavy_after(code: str, folder: Path = ROOT) -> list[str]:
    command = [sys.executable, "-c", PROBE.format(code=code, heavy=HEAVY)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=True)
    return done.stdout.splitlines()[-1].removeprefix("heavy:").split()


def test_import_specs_is_light() -> None:
    assert heavy_after("import specs, specs.schema, specs.render, specs.starter, cli") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--json"],
        ["validate", "digits_resnet", "--set", "width=8"],
        ["show", "resnet50"],
        ["show", "inception_v3", "--html", "drawn.html"],
        ["schema"],
        ["lint", "resnet50"],
        ["diff", "digits_mlp", "digits_resnet"],
        ["new", "mine", "--from", "resnet50"],
        ["validate", "nonsense.yaml"],
        ["--help"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_commands_are_light(arguments: list[str], tmp_path: Path) -> None:
    code = f"import cli\ntry:\n    cli.main({arguments!r})\nexcept SystemExit:\n    pass"
    assert heavy_after(code, tmp_path) == []


def test_ruff_bans_the_same() -> None:
    text = "import keras\nimport tensorflow\nimport numpy\nimport keras_tuner\n"
    for name in ("specs/made_up.py", "cli.py", "tuner/made_up.py"):
        command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", name, "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT)
        assert done.stdout.count("TID251") == 4, f"{name}: {done.stdout}{done.stderr}"


LONGER_FILES = {"cli.py": 350}
LONGER_FUNCTIONS = {"zoo/training.py: fit": 60, "tuner/searching.py: search": 50}
"""What may have more than 250 and 40 lines: a command line of short commands, signatures with their docstrings."""


def test_files_and_functions_stay_small() -> None:
    for layer in LAYERS:
        for path in files(layer):
            text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
            most = LONGER_FILES.get(name, 250)
            assert text.count("\n") <= most, f"{name} has more than {most} lines"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    function = f"{name}: {node.name}"
                    assert (node.end_lineno or 0) - node.lineno < LONGER_FUNCTIONS.get(function, 40), function
