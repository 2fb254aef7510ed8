"""What `make docs` does to pages on their way into the site: examples, links to files, drawings in place of Mermaid.

mkdocs calls the functions whose names begin with `on_`, griffe the class; mkdocs.yml names this file for both.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

import griffe
from mkdocs.structure.files import File, Files

import specs
from specs.drawing.svg import drawing

ROOT = Path(__file__).parent.parent
MERMAID = re.compile(r"`\w+` of (\w+), at its first use:\n\n```mermaid\n.*?```\n", re.DOTALL)
DOCTEST = re.compile(r"(?:^ *(?:>>>|\.\.\.) .*\n?)+(?:^(?! *>>>).*\S.*\n?)*", re.MULTILINE)
LINK = re.compile(r"\]\((?P<path>(?!\w+:)[^)#]+)")


def on_config(config: Any) -> Any:
    """Adds recipes, what was decided, what was measured and what changed to the table of contents."""
    config["nav"].insert(-2, {"Recipes": _beside()[:-1]})
    for title, folder in (("Decisions", "decisions"), ("Measured", "results")):
        names = sorted(path.name for path in (ROOT / "docs" / folder).glob("*.md"))
        config["nav"].append({title: [f"{folder}/{name}" for name in names]})
    config["nav"].append(_beside()[-1])
    return config


def _beside() -> list[str]:
    """Pages that stand beside docs: recipes, and the changelog."""
    recipes = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").glob("*/README.md"))
    return [*recipes, "CHANGELOG.md"]


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that stand beside docs, and the drawings that pages of the zoo show."""
    for name in _beside():
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    text = (ROOT / "docs" / "zoo.md").read_text(encoding="utf-8")
    for name in dict.fromkeys(MERMAID.findall(text)):
        document = specs.load(name)
        content = drawing(document, specs.lower(document))
        files.append(File.generated(config, f"drawings/{name}.svg", content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """A page with drawings for its Mermaid, and links to files of the project that lead to copies of them."""
    known: set[str] = set()

    def drawn(found: re.Match[str]) -> str:
        name = found[1]
        new = name not in known
        known.add(name)
        return f"[![how {name} is built](drawings/{name}.svg)](drawings/{name}.svg)\n" if new else ""

    markdown = MERMAID.sub(drawn, markdown)
    return LINK.sub(lambda found: _linked(found, page.file.src_uri, config, files), markdown)


def _linked(found: re.Match[str], page: str, config: Any, files: Files) -> str:
    """A link out of docs, as one to the page or the copy of what it leads to."""
    folder = posixpath.dirname(page)
    path = posixpath.normpath(posixpath.join("" if page in _beside() else "docs", folder, found["path"]))
    if path.startswith("docs/") or not (ROOT / path).is_file():
        return found[0]
    uri = path if path in _beside() else f"project/{path}.txt"
    if files.get_file_from_path(uri) is None:
        files.append(File.generated(config, uri, content=(ROOT / path).read_text(encoding="utf-8")))
    return f"]({posixpath.relpath(uri, folder or '.')}"


class Docstrings(griffe.Extension):
    """Examples of docstrings as code, and functions that are called as the modules that they come from."""

    def __init__(self) -> None:
        self._functions: dict[str, griffe.Function] = {}

    def on_module_members(self, *, mod: griffe.Module, **kwargs: Any) -> None:
        """Keeps the functions of a package before its modules take their names."""
        found = [each for each in mod.members.values() if mod.is_package and isinstance(each, griffe.Function)]
        self._functions.update({each.path: each for each in found})

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """`specs.load` and `specs.lower` are the functions, as they are in Python."""
        for name in pkg.exports or ():
            found = pkg.members.get(str(name))
            if isinstance(found, griffe.Module):
                own = self._functions.get(found.path)
                pkg.members[found.name] = own or griffe.Alias(found.name, found.members[found.name], parent=pkg)

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Puts a fence around each example."""
        if obj.docstring is not None:
            obj.docstring.value = DOCTEST.sub(_fenced, obj.docstring.value)


def _fenced(found: re.Match[str]) -> str:
    return f"```pycon\n{found[0].rstrip()}\n```\n"
