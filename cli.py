"""The command line: parse arguments, call one function, print, choose the exit code.

`specs` is imported at the top, `zoo` and `tuner` inside the command that needs them: to list, check and show models
takes no Keras. Exit codes: 0 done, 1 it failed while running, 2 the spec or the call is wrong.
"""

import atexit
import gc
import os
import sys
from pathlib import Path
from typing import Any

# Imports make no garbage; looking for it at every 700th object, and once more at the end, takes a fifth of a check.
gc.set_threshold(100_000)
atexit.register(gc.freeze)
# Nor may a plugin that happens to be installed have a say in what a spec is; looking for some takes milliseconds.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

import click

import cli_diagnosing
import cli_exports
import cli_serving
import specs
from cli_options import (
    compare_options,
    evaluate_options,
    json_option,
    model_argument,
    out_option,
    print_json,
    set_option,
    show_options,
    trials_options,
    tune_options,
)
from specs.errors import SpeczooError, UserError, listed
from specs.settings import numbers, values

VOTES = ("mean", "logits", "majority")
INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells count it."""


class Commands(click.Group):
    """Prints what is a user's error as a sentence; everything else stays a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command of the context."""
        try:
            return super().invoke(ctx)
        except SpeczooError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            # The reader of our output went away, as `head` does; what is left in the buffer goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except KeyboardInterrupt as stop:
            click.echo(str(stop) or "stopped", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="speczoo", prog_name="zoo")
def main() -> None:
    """A Keras model zoo in declarative YAML: check, show, train, tune and export models."""


@main.command("list")
@click.option("--family", help="Only models of this family.")
@click.option("--max-params", type=click.IntRange(min=1), help="Only models of at most so many weights.")
@click.option("--search", help="Only models with this text in name or summary.")
@json_option
def list_models(as_json: bool, **filters: Any) -> None:
    """List the shipped models by family."""
    from specs.render import models_table
    from specs.render.zoo import models

    found = models(**filters)
    print_json({"models": found}) if as_json else click.echo(models_table(found))


@main.command()
@click.argument("models", metavar="FILE|NAME...", nargs=-1, required=True)
@set_option
@click.option("--watch", is_flag=True, help="Check again whenever a file is saved, until Ctrl-C.")
@json_option
def validate(models: tuple[str, ...], settings: tuple[str, ...], watch: bool, as_json: bool) -> None:
    """Check specs: exit 0, or 2 with every error."""
    from specs.render.space import checked

    if watch and as_json:
        raise UserError("--watch goes on and on, --json prints one object: keep one")
    if watch:
        from specs.watching import watched

        click.echo("watching; Ctrl-C ends it", err=True)
        for line in watched(models, values(settings)):
            click.echo(line)
    found = checked(models, values(settings), (lambda line: None) if as_json else click.echo)
    print_json(found.as_json()) if as_json else click.echo(found.errors, err=True, nl=bool(found.errors))
    if found.errors:
        raise SystemExit(UserError.exit_code)


@main.command()
@model_argument
@set_option
@show_options
@json_option
def show(
    model: str,
    settings: tuple[str, ...],
    annotate: bool,
    svg: Path | None,
    html: Path | None,
    augment: Path | None,
    as_json: bool,
    **view: Any,
) -> None:
    """Print a model's layers: shape, parameters, multiply-accumulates."""
    document = specs.load(model, **values(settings))
    if sum(map(bool, (annotate, as_json, augment, svg or html))) > 1:
        raise UserError("--annotate prints a spec, --json an object, and the others draw: keep one")
    if augment:
        from zoo.contact_sheet import contact_sheet

        click.echo(contact_sheet(document, augment))
        return
    if svg:
        from specs.drawing.svg import drawing, written

        click.echo(written(drawing(document, specs.lower(document)), svg))
    if html:
        from specs.drawing.svg import written
        from specs.drawing.unfold import unfolding

        click.echo(written(unfolding(document, specs.lower(document)), html))
    if svg or html:
        return
    if annotate:
        from specs.annotate import annotated

        click.echo(annotated(document), nl=False)
        return
    from specs.render.needs import View, shown, shown_json

    print_json(shown_json(document, View(**view))) if as_json else click.echo(shown(document, View(**view)))


@main.command()
@click.argument("models", metavar="[FILE|NAME]...", nargs=-1)
@set_option
@compare_options
@json_option
def compare(models: tuple[str, ...], settings: tuple[str, ...], svg: Path | None, as_json: bool, **how: Any) -> None:
    """Print what models cost, side by side; all shipped ones where none is named."""
    from specs.render.compare import compared, figures_json, figures_text

    found = compared(models, values(settings), **how)
    if svg:
        from specs.drawing.scatter import scatter
        from specs.drawing.svg import written

        click.echo(written(scatter(found), svg))
        return
    print_json(figures_json(found)) if as_json else click.echo(figures_text(found))


@main.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
def diff(before: str, after: str, as_json: bool) -> None:
    """Show what differs from model A to model B: layers, parameters, MACs, memory, weights."""
    from specs.diff import compare
    from specs.render.difference import difference_json, difference_text

    found = compare(specs.load(before), specs.load(after))
    print_json(difference_json(found)) if as_json else click.echo(difference_text(found))


@main.command()
@click.argument("models", metavar="FILE|NAME...", nargs=-1)
@json_option
@click.option("--strict", is_flag=True, help="Exit with 1 where there is advice.")
@click.option("--explain", metavar="CODE", help="Print what a rule is about, why, and where it was published.")
@click.option("--list", "list_rules", is_flag=True, help="List the rules.")
def lint(models: tuple[str, ...], as_json: bool, strict: bool, explain: str | None, list_rules: bool) -> None:
    """Advise on specs that are valid and still likely wrong: exit 0, or 2 where one is not valid."""
    from specs.linting.page import advised, explained, listed_rules, summary

    if explain is not None or list_rules:
        click.echo(explained(explain) if explain is not None else listed_rules())
        return
    if not models:
        raise click.UsageError("name a spec, or write --list or --explain CODE")
    found, problems = advised(models)
    if as_json:
        rows = [each.as_dict() for each in found]
        print_json({"ok": not problems, "advice": rows, "errors": [problem.as_dict() for problem in problems]})
    else:
        for each in found:
            click.echo(str(each))
        click.echo(listed(problems) if problems else summary(len(found)), err=True)
    if problems or (found and strict):
        raise SystemExit(UserError.exit_code if problems else SpeczooError.exit_code)


@main.command()
@click.argument("name")
@click.option("--from", "base", metavar="MODEL", help="Write a spec that extends this shipped model.")
def new(name: str, base: str | None) -> None:
    """Write NAME.yaml, a commented spec to start from."""
    from specs.starter import starter, write_new

    path = Path(f"{name}.yaml")
    write_new(path, starter(name, path.name, base))
    click.echo(f"wrote {path}; check it with: zoo validate {path}")


@main.command("import")
@click.argument("source", metavar="MODEL.keras|keras.applications.NAME")
@click.option("--out", type=click.Path(path_type=Path), help="File of the spec; NAME.yaml where not given.")
def import_spec(source: str, out: Path | None) -> None:
    """Write a spec that computes what a Keras model computes, proven on random inputs."""
    import zoo
    from specs.starter import write_new

    text = zoo.import_model(source)
    path = out or Path(f"{specs.loads(text).name}.yaml")
    write_new(path, text)
    click.echo(f"wrote {path}; every layer gave the same as the model's on random inputs")


@main.command()
def schema() -> None:
    """Print the JSON Schema of specs, for editors."""
    from specs.schema import schema as specs_schema

    print_json(specs_schema())


@main.command()
@click.argument("model", metavar="FILE|NAME", required=False)
@set_option
@out_option("the run; runs/NAME, numbered, where not given")
@click.option("--resume", metavar="RUN", help="Go on with a training that was stopped or killed.")
@json_option
def train(model: str | None, settings: tuple[str, ...], out: Path | None, resume: str | None, as_json: bool) -> None:
    """Train a model as its spec says, and keep the run."""
    if (model is None) == (resume is None) or (resume and (settings or out)):
        raise click.UsageError("name a spec, or --resume RUN alone")
    document = specs.load(model, **values(settings)) if model else None
    import zoo
    from zoo.progress import result, told

    with told(quiet=as_json) as tell:
        run = zoo.train(document, out, **tell) if document else zoo.resume(str(resume), **tell)
    if as_json:
        print_json({"out": str(run.directory), "metrics": run.metrics})
        return
    click.echo(run.metrics["started"] or "", err=True, nl=bool(run.metrics["started"]))
    click.echo(f"{result(run.metrics)}\n{run}")


@main.command("lr-find")
@model_argument
@set_option
@click.option("--from", "min_learning_rate", default=1e-7, show_default=True, help="Learning rate of the first step.")
@click.option("--to", "max_learning_rate", default=10.0, show_default=True, help="Learning rate of the last step.")
@click.option("--steps", default=100, show_default=True, help="Steps of the test.")
@click.option("--out", type=click.Path(path_type=Path), help="The drawing, an SVG; NAME.lr.svg where not given.")
@click.option("--write", is_flag=True, help="Put the suggestion into the spec; comments and layout stay.")
@json_option
def lr_find(model: str, settings: tuple[str, ...], as_json: bool, **how: Any) -> None:
    """Suggest a learning rate: train with one that rises, and draw the loss over it."""
    document = specs.load(model, **values(settings))
    from zoo import lr_report

    report = lr_report.reported(document, quiet=as_json, **how)
    print_json(lr_report.report_json(report)) if as_json else click.echo(lr_report.report_lines(report))
    lr_report.refuse_without_suggestion(report)


@main.command()
@model_argument
@set_option
@tune_options
@json_option
def tune(model: str, settings: tuple[str, ...], out: Path | None, as_json: bool, **how: Any) -> None:
    """Search the space that a spec gives; the same command goes on where it was."""
    document = specs.load(model, **values(settings))
    import tuner
    from tuner import report
    from tuner.reports.live import live

    with live(document.search.objective[0] if document.search else "", as_json) as told:
        result = tuner.search(document, out, on_survey=report.say_left_out, **told, **how)
    print_json(report.as_json(result)) if as_json else report.show(result)


@main.command()
@click.argument("study", metavar="STUDY", type=click.Path(path_type=Path))
@trials_options
@json_option
def trials(study: Path, as_json: bool, **how: Any) -> None:
    """List the trials of a study, also while it runs, and write them for people and programs."""
    from tuner.reports.command import told

    found, lines = told(study, as_json, **how)
    print_json(found) if as_json else click.echo(found, nl=bool(found))
    click.echo("\n".join(lines), err=True, nl=bool(lines))


@main.command()
@click.argument("run", type=click.Path(path_type=Path))
@evaluate_options
@json_option
def evaluate(run: Path, as_json: bool, **how: Any) -> None:
    """Say how good a run or an ensemble is: loss, metrics, and which classes are taken for which."""
    import zoo
    from zoo import printing

    found = zoo.evaluate(run, **how)
    print_json(printing.evaluation_json(found)) if as_json else click.echo(printing.evaluation_lines(found))


@main.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Directory of the ensemble.")
@click.option("--vote", type=click.Choice(VOTES), default="mean", show_default=True, help="What makes one of them.")
@click.option("--weights", metavar="N,N,...", help="How much each run counts.")
@json_option
def ensemble(runs: tuple[Path, ...], out: Path, vote: Any, weights: str | None, as_json: bool) -> None:
    """Let runs on the same data vote; the ensemble can be evaluated, asked and exported as a run can."""
    import zoo
    from zoo import printing

    found = zoo.ensemble(runs, out, vote, numbers(weights))
    print_json(printing.ensemble_json(found)) if as_json else click.echo(printing.ensemble_lines(found))


for each in (*cli_diagnosing.COMMANDS, *cli_exports.COMMANDS, *cli_serving.COMMANDS):
    main.add_command(each)

if __name__ == "__main__":
    main()
