"""Commands around a spec, besides those that every model goes through: what differs between two."""

import click

import specs
from cli_options import json_option, print_json


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
def diff(before: str, after: str, as_json: bool) -> None:
    """Show what differs from model A to model B: layers, parameters, MACs, weights."""
    from specs.diff import compare
    from specs.render.difference import difference_json, difference_text

    found = compare(specs.load(before), specs.load(after))
    print_json(difference_json(found)) if as_json else click.echo(difference_text(found))


COMMANDS: tuple[click.Command, ...] = (diff,)
