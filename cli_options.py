"""Options of the command line: those that several commands share, and the long lists of single ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

ORACLES = ("random", "bayesian", "hyperband", "grid")

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

set_option = click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Give a param another value.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
model_argument = click.argument("model", metavar="FILE|NAME")


def out_option(what: str) -> Decorator:
    """--out, the directory of what is written."""
    return click.option("--out", type=click.Path(path_type=Path), help=f"Directory of {what}.")


def _all(*options: Decorator) -> Decorator:
    """Options as one, shown in their order."""

    def give(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return give


tune_options = _all(
    click.option("--trials", type=click.IntRange(min=1), help="Number of trials, in place of the spec's."),
    click.option("--oracle", type=click.Choice(ORACLES), help="In place of the spec's."),
    click.option(
        "--workers",
        type=click.IntRange(min=0),
        help="Processes that run trials; one a GPU, or one in all, where not given. 0: in the command's own process.",
    ),
    out_option("the study; studies/NAME where not given"),
)
