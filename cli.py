"""The command line: parse arguments, call one function, print, choose the exit code.

`specs` is imported at the top, `zoo` and `tuner` inside the command that needs them: to list, check and show models
takes no Keras. Exit codes: 0 done, 1 it failed while running, 2 the spec or the call is wrong.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import specs
from cli_lint import lint
from specs.errors import SpeczooError, UserError, listed
from specs.reader import read
from specs.tree import plain

ORACLES = ("random", "bayesian", "hyperband", "grid")
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


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="speczoo", prog_name="zoo")
def main() -> None:
    """A Keras model zoo in declarative YAML: check, show, train, tune and export models."""


@main.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List the shipped models."""
    from specs.render import model_json, models_table

    loaded = ((path, specs.load(name)) for name, path in specs.shipped().items())
    models = [model_json(path, specs.lower(document), document.summary) for path, document in loaded]
    print_json({"models": models}) if as_json else click.echo(models_table(models))


@main.command()
@click.argument("models", metavar="FILE|NAME...", nargs=-1, required=True)
@set_option
@json_option
def validate(models: tuple[str, ...], settings: tuple[str, ...], as_json: bool) -> None:
    """Check specs: exit 0, or 2 with every error."""
    problems: list[specs.Problem] = []
    for model in models:
        try:
            proof = specs.check(model, **values(settings))
        except specs.SpecError as error:
            problems += error.problems
            continue
        problems += proof.problems
        if not proof.problems and (graph := proof.graph) is not None and not as_json:
            click.echo(f"{model}: ok, {graph.params:,} params, {len(graph.nodes)} layers")
    if as_json:
        print_json({"ok": not problems, "errors": [problem.as_dict() for problem in problems]})
    elif problems:
        click.echo(listed(problems), err=True)
    if problems:
        raise SystemExit(UserError.exit_code)


@main.command()
@model_argument
@set_option
@click.option("--by", type=click.Choice(["layer", "block"]), default="layer", help="Sum up the layers of each block.")
@click.option("--depth", type=click.IntRange(min=1), default=1, show_default=True, help="How deep blocks are shown.")
@click.option("--receptive-field", is_flag=True, help="Show size and stride of each receptive field, in pixels.")
@click.option("--memory", is_flag=True, help="Show the memory of a training step.")
@click.option("--batch-size", type=click.IntRange(min=1), help="For the memory, in place of the spec's.")
@click.option(
    "--dtype", type=click.Choice(["float32", "float16", "bfloat16"]), default="float32", help="For the memory."
)
@json_option
def show(model: str, settings: tuple[str, ...], as_json: bool, **view: Any) -> None:
    """Print a model's layers: shape, parameters, multiply-accumulates."""
    from specs.render.needs import View, shown, shown_json

    document = specs.load(model, **values(settings))
    print_json(shown_json(document, View(**view))) if as_json else click.echo(shown(document, View(**view)))


@main.command()
@click.argument("name")
@click.option("--from", "base", metavar="MODEL", help="Write a spec that extends this shipped model.")
def new(name: str, base: str | None) -> None:
    """Write NAME.yaml, a commented spec to start from."""
    from specs.starter import starter

    path = Path(f"{name}.yaml")
    text = starter(name, path.name, base)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path} is there already; give another name or remove it") from None
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None
    click.echo(f"wrote {path}; check it with: zoo validate {path}")


@main.command()
def schema() -> None:
    """Print the JSON Schema of specs, for editors."""
    from specs.schema import schema as specs_schema

    print_json(specs_schema())


@main.command()
@model_argument
@set_option
@out_option("the run; runs/NAME, numbered, where not given")
@json_option
def train(model: str, settings: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Train a model as its spec says, and keep the run."""
    document = specs.load(model, **values(settings))
    import zoo
    from zoo.progress import say_epoch

    run = zoo.train(document, out, on_epoch=say_epoch)
    if as_json:
        print_json({"out": str(run.directory), "metrics": run.metrics})
        return
    test = run.metrics["test"]
    click.echo(f"test accuracy {test['accuracy']:.4f}, loss {test['loss']:.4f} after {run.metrics['epochs']} epochs")
    click.echo(f"run: {run.directory}")


@main.command()
@model_argument
@set_option
@click.option("--trials", type=click.IntRange(min=1), help="Number of trials, in place of the spec's.")
@click.option("--oracle", type=click.Choice(ORACLES), help="In place of the spec's.")
@out_option("the study; studies/NAME where not given")
@json_option
def tune(
    model: str, settings: tuple[str, ...], trials: int | None, oracle: Any, out: Path | None, as_json: bool
) -> None:
    """Search the space that a spec gives; the same command goes on where it was."""
    document = specs.load(model, **values(settings))
    import tuner
    from tuner import report

    objective = document.search.objective if document.search else ""
    with report.live(objective) as on_event:
        result = tuner.search(document, out, trials=trials, oracle=oracle, on_event=on_event)
    print_json(report.as_json(result)) if as_json else report.show(result)


@main.command()
@click.argument("source", metavar="FILE|NAME|RUN")
@set_option
@out_option("the export; exports/NAME where not given")
@json_option
def export(source: str, settings: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Export a run, or a spec with fresh weights, as a SavedModel that serves without Keras."""
    given = values(settings)
    target: Any = Path(source)
    if not target.is_dir():
        target, given = specs.load(source, **given), {}
    import zoo

    done = zoo.export(target, out, **given)
    weights = "trained" if done.trained else "fresh (not trained)"
    if as_json:
        found = {"out": str(done.directory), "name": done.name, "trained": done.trained, "bytes": done.size}
        print_json({**found, "difference": done.difference})
        return
    click.echo(f"SavedModel: {done.directory} ({done.size / 1e6:.1f} MB, {weights} weights)")
    click.echo(f"served without Keras in a fresh process, largest difference {done.difference:.1e}")


@main.command()
@click.argument("directory", metavar="EXPORT", type=click.Path(path_type=Path))
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=3, show_default=True, help="Classes shown for an input.")
@json_option
def predict(directory: Path, inputs: tuple[Path, ...], top: int, as_json: bool) -> None:
    """Ask an exported model about images and arrays; runs TensorFlow, not Keras."""
    import zoo

    found = zoo.predict(directory, inputs, top)
    if as_json:
        rows = [{"source": e.source, "top": [{"label": s.label, "score": s.value} for s in e.top]} for e in found]
        print_json({"predictions": rows})
        return
    for each in found:
        click.echo(f"{each.source}: " + ", ".join(f"{score.label} {score.value:.4f}" for score in each.top))


main.add_command(lint)

if __name__ == "__main__":
    main()
