"""docs/lint.md and `zoo lint --explain`: the rules as text, from the rules themselves."""

from collections.abc import Iterable

import specs
from specs.errors import Problem, SpecError, UserError, did_you_mean
from specs.linting.rule import Advice, Rule
from specs.linting.rules import RULES, THEMES

HEAD = """\
# Advice

Generated from the rules by `make docs`. `zoo lint FILE` gives advice on specs that are valid and still likely wrong:
each piece with its place, and a code that is explained here and by `zoo lint --explain CODE`. The exit code is 0, with
`--strict` 1 where there is any advice, and 2 for a spec that is wrong. A spec says which rules are not meant for it:

```yaml
lint: {ignore: [N01]}
```
"""


def page() -> str:
    """The page as Markdown.

    >>> page().splitlines()[0]
    '# Advice'
    """
    parts = [HEAD]
    for title, rules in THEMES.items():
        parts.append(f"## {title}\n")
        parts += [f"### {rule.code}: {rule.title}\n\n{rule.reason}\n\nSource: {rule.source}\n" for rule in rules]
    return "\n".join(parts)


def explained(code: str) -> str:
    """A rule as the terminal shows it; UserError where there is none of that code.

    >>> print(explained("n04").splitlines()[0])
    N04: a norm right after a norm
    """
    rule = _rules().get(code.upper())
    if rule is None:
        hint = did_you_mean(code.upper(), _rules()) or "zoo lint --list shows them all"
        raise UserError(f"no rule has the code {code[:20]!r}; {hint}")
    return f"{rule.code}: {rule.title}\n{rule.reason}\nSource: {rule.source}"


def listed_rules() -> str:
    """Every code with its title, one a line."""
    return "\n".join(f"{rule.code}  {rule.title}" for rule in RULES)


def _rules() -> dict[str, Rule]:
    return {rule.code: rule for rule in RULES}


def summary(count: int) -> str:
    """What there is to say at the end.

    >>> summary(0), summary(1)
    ('no advice', '1 piece of advice; zoo lint --explain CODE says why')
    """
    if not count:
        return "no advice"
    return f"{count} piece{'s' if count > 1 else ''} of advice; zoo lint --explain CODE says why"


def advised(models: Iterable[str]) -> tuple[list[Advice], list[Problem]]:
    """The advice on specs, and the problems of those that are not valid."""
    found: list[Advice] = []
    problems: list[Problem] = []
    for model in models:
        try:
            found += specs.lint(model)
        except SpecError as error:
            problems += error.problems
    return found, problems
