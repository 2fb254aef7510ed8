"""The commands around what is exported: to write it, and to ask it."""

from pathlib import Path
from typing import Any

import click

import specs
from cli_options import json_option, out_option, print_json, set_option, trust_option
from specs.errors import UserError
from specs.settings import values

FORMATS = "What to write, with commas between: saved_model, onnx, litert, openvino, keras."


@click.command()
@click.argument("source", metavar="FILE|NAME|RUN|STUDY")
@set_option
@out_option("the export; exports/NAME where not given")
@click.option("--format", "formats", default="saved_model", show_default=True, help=FORMATS)
@click.option("--optimize", is_flag=True, help="Fold batch norms, leave idle layers out, freeze the weights.")
@click.option("--quantize", metavar="HOW", help="Smaller numbers in LiteRT: float16, dynamic, or int8.")
@json_option
def export(
    source: str,
    settings: tuple[str, ...],
    out: Path | None,
    formats: str,
    optimize: bool,
    quantize: str | None,
    as_json: bool,
) -> None:
    """Export a run, an ensemble, the best of a study, or a spec with fresh weights, to serve without Keras."""
    given = values(settings)
    target: Any = Path(source)
    if not target.is_dir():
        target, given = specs.load(source, **given), {}
    elif (target / "study.sqlite").is_file():
        if given:
            raise UserError(f"{source}: the best of a study has its values already (got {', '.join(given)})")
        from tuner.best import best_run
        from zoo.progress import told

        with told(quiet=as_json) as tell:
            target = best_run(target, **tell)
    import zoo
    from zoo import printing

    done = zoo.export(target, out, formats=formats.split(","), optimize=optimize, quantize=quantize, **given)
    print_json(printing.export_json(done)) if as_json else click.echo(printing.export_lines(done))


@click.command()
@click.argument("directory", metavar="EXPORT|RUN", type=click.Path(path_type=Path))
@click.option("--prompt", required=True, help="The text that is gone on with.")
@click.option("--length", type=click.IntRange(min=1), default=200, show_default=True, help="Characters that are drawn.")
@click.option("--temperature", type=click.FloatRange(min=0), default=1.0, show_default=True, help="0: the likeliest.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Fixes what is drawn.")
@trust_option
@json_option
def sample(directory: Path, as_json: bool, **how: Any) -> None:
    """Go on with a text as a model of characters would."""
    import zoo

    text = zoo.sample(directory, **how)
    print_json({"text": text}) if as_json else click.echo(text)


@click.command()
@click.argument("directory", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .npz file to write.")
@click.option("--examples", type=click.IntRange(min=1), default=100, show_default=True, help="How many are made.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Fixes what is drawn.")
@json_option
def generate(directory: Path, as_json: bool, **how: Any) -> None:
    """Have a generator or a variational autoencoder make new examples."""
    import zoo

    made = zoo.generate(directory, **how)
    classes = [] if made.y is None else sorted(set(made.y.tolist()))
    told = {"out": str(made.path), "shape": list(made.x.shape), "classes": classes}
    labels = f", y of {len(classes)} classes" if classes else ""
    print_json(told) if as_json else click.echo(f"wrote {made.path}: x of shape {made.x.shape}{labels}")


@click.command()
@click.argument("directory", metavar="EXPORT|RUN", type=click.Path(path_type=Path))
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=3, show_default=True, help="Classes shown for an input.")
@click.option("--masks", type=click.Path(path_type=Path), help="Write the class of each pixel as PNG into this folder.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write a row for each input; - prints them.")
@click.option("--draw", metavar="DIR", type=click.Path(path_type=Path), help="Draw the boxes that are found in images.")
@trust_option
@json_option
def predict(
    directory: Path,
    inputs: tuple[Path, ...],
    top: int,
    masks: Path | None,
    csv_file: Path | None,
    draw: Path | None,
    trust: bool,
    as_json: bool,
) -> None:
    """Ask an export (without Keras), a run or an ensemble about images, arrays, texts, tables, and folders."""
    from zoo import printing
    from zoo.serving import drawn, predictions

    if as_json and csv_file:
        raise UserError("--csv writes rows, --json prints an object: keep one")
    if masks is not None:
        if csv_file:
            raise UserError("--csv writes rows, --masks images: keep one")
        _write_masks(directory, inputs, masks, trust, as_json)
        return
    found = predictions(directory, inputs, top, trust=trust)
    if draw:
        found = drawn(found, draw)
    if as_json:
        print_json({"predictions": [printing.prediction_json(each) for each in found]})
    else:
        printing.write_csv(found, csv_file) if csv_file else printing.print_predictions(found)


def _write_masks(directory: Path, inputs: tuple[Path, ...], out: Path, trust: bool, as_json: bool) -> None:
    from zoo.mask_files import write_masks

    written = write_masks(directory, inputs, out, trust=trust)
    if as_json:
        rows = [{"source": each.source, "mask": str(each.mask), "shares": dict(each.shares)} for each in written]
        print_json({"masks": rows})
    else:
        for each in written:
            click.echo(str(each))


@click.command()
@click.argument("directory", metavar="EXPORT", type=click.Path(path_type=Path))
@out_option("the run; runs/NAME, numbered, where not given")
@trust_option
@json_option
def recover(directory: Path, out: Path | None, trust: bool, as_json: bool) -> None:
    """Bring back spec and trainable model from an export alone, as a run."""
    import zoo
    from zoo import printing

    found = zoo.recover(directory, out, trust=trust)
    print_json(printing.recovered_json(found)) if as_json else click.echo(printing.recovered_lines(found))


@click.command()
@click.argument("directory", metavar="EXPORT", type=click.Path(path_type=Path))
@trust_option
@json_option
def verify(directory: Path, trust: bool, as_json: bool) -> None:
    """Check that an export is what was written: exit 0; 1 where it answers otherwise; 2 where its files differ."""
    import zoo
    from zoo import printing

    found = zoo.verify_export(directory, trust=trust)
    print_json(printing.verified_json(found)) if as_json else click.echo(printing.verified_lines(found))


COMMANDS = (export, predict, sample, generate, recover, verify)
