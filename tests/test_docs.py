"""What the documentation shows is what happens: commands are run, the generated page is current, the map complete."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import specs
from specs.linting.page import page
from specs.render.reference import reference
from specs.render.zoo import page as zoo_page

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def _commands(text: str) -> list[str]:
    """The indented lines of the README that call zoo, without their comments."""
    return [shlex.join(shlex.split(line, comments=True)) for line in re.findall(r"^    (zoo .*)$", text, re.MULTILINE)]


def test_the_spec_in_the_readme_is_valid() -> None:
    (text,) = _blocks(README, "yaml")
    document = specs.loads(text)
    assert specs.lower(document).output_shapes() == {"output": (10,)}
    assert specs.lint(document) == ()


def test_the_mistakes_in_the_readme_are_told_so() -> None:
    told = (ROOT / "tests" / "invalid" / "mixed_five.errors.txt").read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in README.splitlines() if line.startswith("    mixed_five.yaml:")] == told


def test_the_commands_of_the_readme_run_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    search_path = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    commands = _commands(README)
    assert len(commands) >= 10
    for command in commands:
        done = subprocess.run(shlex.split(command), cwd=tmp_path, env=search_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "exports" / "mine" / "saved_model.pb").is_file()


def test_the_page_of_layers_is_current() -> None:
    text = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
    assert text == reference(), "run `make docs`"


def test_the_page_of_advice_is_current() -> None:
    text = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    assert text == page(), "run `make docs`"


def test_the_page_of_the_zoo_is_current() -> None:
    assert (ROOT / "docs" / "zoo.md").read_text(encoding="utf-8") == zoo_page(), "run `make docs`"


def test_the_code_map_is_current() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "code_map.py"))
    assert README.endswith(script["code_map"]()), "run `make docs`"
