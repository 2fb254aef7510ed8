"""Writes the README's code map: one line a file, the first sentence of its module's docstring.

python docs/code_map.py
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADING = "## Code map"
TITLES = {
    "specs": "### specs: the language, without Keras",
    "zoo": "### zoo: everything that needs Keras",
    "tuner": "### tuner: the search",
}
HEAD = """\
- `cli.py`: the command line; `cli_options.py`: its options; `cli_exports.py`: its commands around exports,
  `cli_serving.py`: those that run them, `cli_diagnosing.py`: the one that asks whether a training learns
- `setup.sh`, `Makefile`: set up and run on a fresh machine
- `specs/models/<family>/<name>.yaml`: the zoo's content"""
TAIL = """\
### Beside them

- `tests/specs`, `tests/zoo`, `tests/tuner`: by layer; `tests/valid` and `tests/golden`: specs and their tables;
  `tests/invalid`: wrong specs and the exact text of their errors
- `benchmarks`: one script a claim, ratios measured side by side; `docs/results`: what they gave
- `examples`: complete small projects"""


def code_map() -> str:
    """The section of the README, from its heading to the end."""
    parts = [HEADING, HEAD]
    for layer, title in TITLES.items():
        lines = [f"- `{path.relative_to(ROOT).as_posix()}`: {sentence(path)}" for path in files(ROOT / layer)]
        parts += [title, "\n".join(lines)]
    return "\n\n".join([*parts, TAIL]) + "\n"


def files(folder: Path) -> list[Path]:
    """The modules of a layer, those at its top first."""
    found = [path for path in folder.rglob("*.py") if path.name != "__init__.py"]
    return sorted(found, key=lambda path: (len(path.parts), path))


def sentence(path: Path) -> str:
    """What a module's docstring begins with."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").rstrip(".")


def main() -> None:
    """Rewrites the section in place."""
    readme = ROOT / "README.md"
    before = readme.read_text(encoding="utf-8").split(HEADING)[0]
    readme.write_text(before + code_map(), encoding="utf-8")


if __name__ == "__main__":
    main()
