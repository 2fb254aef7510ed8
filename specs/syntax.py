"""PyYAML's syntax errors in our words: what is wrong in the text, where, and how it is put right."""

import yaml

from specs.errors import Mark, Problem


def syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """The problem that PyYAML's parser stopped at."""
    if isinstance(error, yaml.MarkedYAMLError):
        return _marked(error, text, file)
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        place = Mark(file, before.count("\n") + 1, error.position - before.rfind("\n"))
        return Problem(place, "", f"the character U+{ord(text[error.position]):04X} has no place in a text file")
    return Problem(Mark(file, 1, 1), "", f"not YAML: {error}")


def _marked(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Mark(file, mark.line + 1, mark.column + 1) if mark else Mark(file, 1, 1)
    began = error.context_mark.line + 1 if error.context_mark else place.line
    message, hint = _words(error.problem or "", error.context or "", began, _before(text, place))
    return Problem(place, "", message, hint)


def _before(text: str, place: Mark) -> str:
    """What stands in the line before the place."""
    lines = text.split("\n")
    return lines[place.line - 1][: place.column - 1] if place.line <= len(lines) else ""


def _words(problem: str, context: str, began: int, before: str) -> tuple[str, str | None]:
    flow = {"while parsing a flow mapping": "}", "while parsing a flow sequence": "]"}.get(context)
    if problem.startswith("found character '\\t'"):
        return "a tab cannot stand here", "YAML is indented with spaces"
    if problem.startswith("found character"):
        return f"a text cannot begin with {problem.split()[2]}", "put quotes around it"
    if problem == "mapping values are not allowed here":
        hint = "a step with keys beside it ends in a colon (- Flatten:), and a text that holds ': ' needs quotes"
        return "a second ': ' where one value is expected", hint
    if flow and before.endswith("$"):
        return "braces cannot follow $ here", "a reference is $name, an expression $(…)"
    if flow:
        return f"a comma or the closing {flow} is missing before this place", f"it opens in line {began}"
    if problem.startswith("expected <block end>"):
        return "indented differently from the lines above it", f"its list or mapping begins in line {began}"
    if problem == "could not find expected ':'":
        return "a key without its colon", f"it begins in line {began}"
    if "unexpected end of stream" in problem and context == "while scanning a quoted scalar":
        return "a quote is not closed", f"it opens in line {began}"
    if context == "while scanning an alias":
        return "an alias * without a name", "put quotes around a text that begins with *"
    return f"not YAML: {problem or context}", f"{context} in line {began}" if context and problem else None
