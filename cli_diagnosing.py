"""The command that asks whether a training learns at all."""

import click

import specs
from cli_options import json_option, model_argument, print_json, set_option
from specs.errors import SpeczooError
from specs.settings import values


@click.command()
@model_argument
@set_option
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    help="For all checks together; what there is no time for is not asked.",
)
@json_option
def diagnose(model: str, settings: tuple[str, ...], seconds: float, as_json: bool) -> None:
    """Ask whether a training learns at all, before hours are spent: exit 0, or 1 where something is broken."""
    document = specs.load(model, **values(settings))
    import zoo
    from zoo.diagnosing.printing import diagnosis_lines, telling

    with telling(quiet=as_json) as tell:
        found = zoo.diagnose(document, seconds=seconds, **tell)
    print_json(found.as_json()) if as_json else click.echo(diagnosis_lines(found))
    if found.stopped:
        raise KeyboardInterrupt
    if found.verdict == "broken":
        raise SystemExit(SpeczooError.exit_code)


COMMANDS = (diagnose,)
