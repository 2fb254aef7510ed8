"""What the commands of the command line share: options, the values of --set, and printing JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from specs.errors import UserError
from specs.reader import read
from specs.tree import plain


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(value, indent=2))


def values(settings: tuple[str, ...]) -> dict[str, Any]:
    """The params of --set options: name=value, with the value as YAML writes it.

    >>> values(("units=64", "order=norm-act-conv", "rate=1e-3"))
    {'units': 64, 'order': 'norm-act-conv', 'rate': 0.001}
    """
    found = {}
    for each in settings:
        name, sign, text = each.partition("=")
        entries = read(f"value: {text}", "--set").entries
        if not sign or not name or len(entries) != 1:
            raise UserError(f"--set takes name=value (got {each!r})")
        found[name] = plain(entries[0].value)
    return found


set_option = click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Give a param another value.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
model_argument = click.argument("model", metavar="FILE|NAME")


def out_option(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """--out, the directory of what is written."""
    return click.option("--out", type=click.Path(path_type=Path), help=f"Directory of {what}.")


def write_new(path: Path, text: str) -> None:
    """Writes a file that is not there yet; UserError where it is or cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path} is there already; give another name or remove it") from None
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None
