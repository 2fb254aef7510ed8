"""Tools around a spec: what differs between two, its text with shapes beside the steps, checking it on every save."""

import os
import time
from pathlib import Path
from typing import Any

import click

import specs
from cli_options import json_option, print_json, write_new
from specs.errors import UserError
from specs.tree import walk

INTERVAL = 0.2
"""Seconds between two looks at the files that are watched."""

Saved = tuple[int, int, int]
"""What changes when a file is saved: its inode, time and size."""


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


def print_annotated(document: specs.Document, as_json: bool) -> None:
    """`zoo show --annotate`."""
    from specs.annotate import annotated

    if as_json:
        raise UserError("--annotate prints a spec, --json an object: keep one")
    click.echo(annotated(document), nl=False)


def watch(models: tuple[str, ...], params: dict[str, Any], as_json: bool) -> None:
    """`zoo validate --watch`: checks the specs, and again each one that was saved, until it is interrupted."""
    if as_json:
        raise UserError("--watch goes on and on, --json prints one object: keep one")
    files = {model: [specs.shipped().get(model, Path(model))] for model in models}
    seen: dict[str, dict[Path, Saved]] = {}
    click.echo("watching; Ctrl-C ends it", err=True)
    while True:
        for model, paths in files.items():
            # Looked at before it is read: what is saved meanwhile is seen the next time.
            now = _saved(paths)
            # Some editors write a new file and rename it: while it is gone, the old answer stands.
            if model in seen and (now == seen[model] or paths[0] not in now):
                continue
            files[model] = _check(model, paths[0], params)
            seen[model] = {**_saved(files[model]), **now}
        time.sleep(INTERVAL)


def _check(model: str, path: Path, params: dict[str, Any]) -> list[Path]:
    """Prints what checking a spec found; gives the files it is written in, its own first."""
    click.secho(f"{time.strftime('%H:%M:%S')} {model}: ", nl=False)
    try:
        proof = specs.check(model, **params)
    except UserError as error:
        click.echo(f"wrong\n{error}")
        return [path]
    if proof.problems or proof.graph is None:
        click.echo(f"wrong\n{specs.SpecError(proof.problems)}")
    else:
        click.echo(f"ok, {proof.graph.params:,} params, {len(proof.graph.nodes)} layers")
    extended = {node.mark.file for node in walk(proof.document.tree)} - {model, path.name}
    return [path, *(Path(each) for each in sorted(extended) if os.path.exists(each))]


def _saved(paths: list[Path]) -> dict[Path, Saved]:
    found = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return found


@click.command("import")
@click.argument("source", metavar="MODEL.keras|keras.applications.NAME")
@click.option("--out", type=click.Path(path_type=Path), help="File of the spec; NAME.yaml where not given.")
def import_spec(source: str, out: Path | None) -> None:
    """Write a spec that computes what a Keras model computes, proven on random inputs."""
    import zoo

    text = zoo.import_model(source)
    path = out or Path(f"{specs.loads(text).name}.yaml")
    write_new(path, text)
    click.echo(f"wrote {path}; every layer gave the same as the model's on random inputs")


COMMANDS: tuple[click.Command, ...] = (diff, import_spec)
