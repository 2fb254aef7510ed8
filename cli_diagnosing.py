"""The command that asks whether a training learns at all."""

from pathlib import Path

import click

import specs
from cli_options import json_option, model_argument, print_json, set_option
from specs.errors import SpeczooError
from specs.settings import values

STUDIES = ("initializers", "norm_placement")


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
@click.option("--study", "studies", multiple=True, type=click.Choice(STUDIES), help="Also set variants side by side.")
@click.option(
    "--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a page with all that was measured."
)
@json_option
def diagnose(
    model: str,
    settings: tuple[str, ...],
    seconds: float,
    studies: tuple[str, ...],
    html: Path | None,
    as_json: bool,
) -> None:
    """Ask whether a training learns at all, before hours are spent: exit 0, or 1 where something is broken."""
    document = specs.load(model, **values(settings))
    import zoo
    from zoo.diagnosing.printing import diagnosis_json, diagnosis_lines, telling
    from zoo.diagnosing.studies import check_studies, studied
    from zoo.files import check_page, write_page

    check_studies(document, studies)
    if html:
        check_page(html)
    with telling(quiet=as_json) as tell:
        found = zoo.diagnose(document, seconds=seconds, **tell)
    beside = () if found.stopped else studied(document, studies, quiet=as_json)
    print_json(diagnosis_json(found, beside)) if as_json else click.echo(diagnosis_lines(found, beside))
    if html:
        from zoo.diagnosing.page import diagnosis_page

        write_page(html, diagnosis_page(found, beside))
        click.echo(f"wrote {html}; any browser shows it", err=True)
    if found.stopped:
        raise KeyboardInterrupt
    if found.verdict == "broken":
        raise SystemExit(SpeczooError.exit_code)


COMMANDS = (diagnose,)
