"""Writes the pages that are generated: docs/language.md, layers.md, lint.md and zoo.md.

python docs/pages.py
"""

from collections.abc import Callable
from pathlib import Path

from specs.linting.page import page as lint_page
from specs.render.language import filled
from specs.render.reference import reference
from specs.render.zoo import page as zoo_page

HERE = Path(__file__).parent

PAGES: dict[str, Callable[[], str]] = {
    "language.md": lambda: filled((HERE / "language.in.md").read_text(encoding="utf-8")),
    "layers.md": reference,
    "lint.md": lint_page,
    "zoo.md": zoo_page,
}
"""The text of every generated page by its file's name."""

if __name__ == "__main__":
    for name, text in PAGES.items():
        (HERE / name).write_text(text(), encoding="utf-8")
