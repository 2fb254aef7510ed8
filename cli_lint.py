"""`zoo lint`: what the field advises on valid specs; a command of `cli.py` in a file of its own."""

import json
from typing import TYPE_CHECKING

import click

import specs
from specs.errors import UserError, listed

if TYPE_CHECKING:
    from specs.linting import Advice

FOUND = 1
"""The exit code of --strict where there is advice."""


@click.command()
@click.argument("models", metavar="FILE|NAME...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--strict", is_flag=True, help="Exit with 1 where there is advice.")
@click.option("--explain", metavar="CODE", help="Print what a rule is about, why, and where it was published.")
@click.option("--list", "list_rules", is_flag=True, help="List the rules.")
def lint(models: tuple[str, ...], as_json: bool, strict: bool, explain: str | None, list_rules: bool) -> None:
    """Advise on specs that are valid and still likely wrong: exit 0, or 2 where one is not valid."""
    from specs.linting.page import explained, listed_rules

    if explain is not None or list_rules:
        click.echo(explained(explain) if explain is not None else listed_rules())
        return
    if not models:
        raise click.UsageError("name a spec, or write --list or --explain CODE")
    found: list[Advice] = []
    problems: list[specs.Problem] = []
    for model in models:
        try:
            found += specs.lint(model)
        except specs.SpecError as error:
            problems += error.problems
    if as_json:
        rows = [each.as_dict() for each in found]
        click.echo(
            json.dumps({"ok": not problems, "advice": rows, "errors": [p.as_dict() for p in problems]}, indent=2)
        )
    else:
        for each in found:
            click.echo(str(each))
        click.echo(listed(problems) if problems else _summary(len(found)), err=True)
    if problems or (found and strict):
        raise SystemExit(UserError.exit_code if problems else FOUND)


def _summary(count: int) -> str:
    """What there is to say at the end.

    >>> _summary(0), _summary(1)
    ('no advice', '1 piece of advice; zoo lint --explain CODE says why')
    """
    if not count:
        return "no advice"
    return f"{count} piece{'s' if count > 1 else ''} of advice; zoo lint --explain CODE says why"
