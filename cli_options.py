"""Options of the command line: those that several commands share, and the long lists of single ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PARTS = ("test", "validation", "train", "all")
SORTS = ("params", "macs", "depth", "memory", "top1")
NEEDS = ("params", "macs", "memory")
ORACLES = ("random", "bayesian", "hyperband", "grid", "tpe", "cma_es")

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

set_option = click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Give a param another value.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
trust_option = click.option("--trust", is_flag=True, help="Run an export that somebody else wrote, as a program.")
model_argument = click.argument("model", metavar="FILE|NAME")


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(value, indent=2))


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


show_options = _all(
    click.option(
        "--by", type=click.Choice(["layer", "block"]), default="layer", help="Sum up the layers of each block."
    ),
    click.option(
        "--depth", type=click.IntRange(min=1), default=1, show_default=True, help="How deep blocks are shown."
    ),
    click.option("--receptive-field", is_flag=True, help="Show size and stride of each receptive field, in pixels."),
    click.option("--memory", is_flag=True, help="Show the memory of a training step."),
    click.option("--sort", type=click.Choice(NEEDS), help="From the largest on, in place of the model's order."),
    click.option("--batch-size", type=click.IntRange(min=1), help="For the memory, in place of the spec's."),
    click.option(
        "--dtype", type=click.Choice(["float32", "float16", "bfloat16"]), default="float32", help="For the memory."
    ),
    click.option("--annotate", is_flag=True, help="Print the spec's own text with shapes and params behind the steps."),
    click.option("--svg", metavar="FILE.svg", type=click.Path(path_type=Path), help="Draw the model into a file."),
    click.option("--html", metavar="FILE.html", type=click.Path(path_type=Path), help="Draw a page that unfolds."),
    click.option(
        "--augment", metavar="FILE.png", type=click.Path(path_type=Path), help="Draw what train.augment does."
    ),
)
compare_options = _all(
    click.option("--sort", type=click.Choice(SORTS), help="In place of the order in which they are named."),
    click.option("--batch-size", type=click.IntRange(min=1), default=32, show_default=True, help="For the memory."),
    click.option("--svg", metavar="FILE.svg", type=click.Path(path_type=Path), help="Draw published accuracy by cost."),
)
tune_options = _all(
    click.option("--trials", type=click.IntRange(min=1), help="Number of trials, in place of the spec's."),
    click.option("--oracle", type=click.Choice(ORACLES), help="In place of the spec's."),
    click.option(
        "--workers",
        type=click.IntRange(min=0),
        help="Processes that run trials; one a GPU, or one in all, where not given. 0: in the command's own process.",
    ),
    click.option("--ray", metavar="ADDRESS", help="Run trials on the Ray cluster there; auto: the one around here."),
    out_option("the study; studies/NAME where not given"),
    click.option("--extend", is_flag=True, help="Go on with a changed search; what is still asked for is kept."),
    click.option("--fork", metavar="DIR", help="Begin a new study with the best points of the study in DIR."),
)
evaluate_options = _all(
    click.option("--data", type=click.Path(path_type=Path), help="Other data of the same kind, evaluated as a whole."),
    click.option("--part", type=click.Choice(PARTS), help="Part of the run's own data.  [default: test]"),
    click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="A page: see docs/diagnosing.md."),
)
trials_options = _all(
    click.option("--best", type=click.IntRange(min=1), metavar="N", help="Only the N best."),
    click.option("--front", is_flag=True, help="Only the front: what no trial is better than in all objectives."),
    click.option("--status", metavar="STATUS", help="Only trials that are done, pruned, failed or running."),
    click.option("--where", multiple=True, metavar="CONDITION", help="Only where it holds, as lr<0.01 or norm=batch."),
    click.option("--sort", metavar="KEY", help="By a param, score, epochs, seconds, trial; -KEY from the largest on."),
    click.option("--write", type=click.IntRange(min=1), metavar="N", help="Write trial N as a spec: trial-N.yaml."),
    click.option("--importance", is_flag=True, help="Say how much each param matters, and which did nothing."),
    click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write the report, one HTML file."),
    click.option("--csv", type=click.Path(path_type=Path), metavar="FILE", help="Write a row a trial; - prints them."),
    click.option("--tensorboard", type=click.Path(path_type=Path), metavar="DIR", help="Write TensorBoard's HParams."),
    click.option(
        "--optuna", type=click.Path(path_type=Path), metavar="FILE", help="Write a file for optuna-dashboard."
    ),
)
