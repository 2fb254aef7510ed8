"""What the documentation shows is what happens: commands are run, the generated page is current, the map complete."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import specs
import tuner
import zoo
from specs.linting.page import page
from specs.render.reference import reference
from specs.render.zoo import page as zoo_page

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").glob("*.md"))
ELSEWHERE = {"zoo diagnose mine.yaml --study initializers --study norm_placement --html mine.html"}
"""What takes minutes: tests/zoo/test_diagnosis_page.py has it on a smaller net."""


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def _commands(text: str) -> list[str]:
    """The indented lines of a page that call zoo, without their comments."""
    return [shlex.join(shlex.split(line, comments=True)) for line in re.findall(r"^    (zoo .*)$", text, re.MULTILINE)]


def test_the_spec_in_the_readme_is_valid() -> None:
    (text,) = _blocks(README, "yaml")
    document = specs.loads(text)
    assert specs.lower(document).output_shapes() == {"output": (10,)}
    assert specs.lint(document) == ()


def test_the_mistakes_in_the_readme_are_told_so() -> None:
    told = (ROOT / "tests" / "invalid" / "mixed_five.errors.txt").read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in README.splitlines() if line.startswith("    mixed_five.yaml:")] == told


def test_the_commands_of_the_readme_and_then_of_the_other_pages_run_in_their_order(tmp_path: Path) -> None:
    """Each once, in one folder: what a page shows begins where another ends."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    search_path = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    texts = [README, *(path.read_text(encoding="utf-8") for path in PAGES)]
    commands = list(dict.fromkeys(command for text in texts for command in _commands(text)))
    assert len(commands) >= 30 and set(commands) >= ELSEWHERE
    for command in commands:
        if command in ELSEWHERE:
            continue
        done = subprocess.run(shlex.split(command), cwd=tmp_path, env=search_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "exports" / "mine" / "saved_model.pb").is_file()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_python_of_the_pages_runs(path: Path) -> None:
    for code in _blocks(path.read_text(encoding="utf-8"), "python"):
        exec(compile(code, path.name, "exec"), {})


def test_every_check_of_a_diagnosis_is_told_of() -> None:
    checks = (ROOT / "zoo" / "diagnosing" / "checks.py").read_text(encoding="utf-8")
    asked = re.findall(r'Check\("([^"]+)", "([^"]+)"', checks)
    told = (ROOT / "docs" / "diagnosing.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (.+) \| (.+\?) \|$", told, re.MULTILINE) == asked


def test_the_site_is_built_and_no_link_leads_nowhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is a development dependency")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    api = (tmp_path / "site" / "api.html").read_text(encoding="utf-8")
    public = {f"{each.__name__}.{name}" for each in (specs, zoo, tuner) for name in each.__all__}
    assert public <= set(re.findall(r'id="?([\w.]+)', api))
    fetched = r'<(?:script|link|img|iframe)[^>]* (?:src|href)="?(https?:)?//'
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 40
    assert not [page.name for page in pages if re.search(fetched, page.read_text(encoding="utf-8"))]


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
