"""The commands that run an export: to serve it over HTTP, and to measure it."""

import re
from pathlib import Path

import click

from cli_options import json_option, print_json, trust_option
from specs.errors import UserError

UNITS = {"": 1, "k": 10**3, "ki": 2**10, "m": 10**6, "mi": 2**20, "g": 10**9, "gi": 2**30}


def size(text: str) -> int:
    """Bytes as a person writes them.

    >>> size("32MiB"), size("500 kB"), size("1000000")
    (33554432, 500000, 1000000)
    """
    found = re.fullmatch(r"(\d+) ?([kmg]i?)?b?", text.strip().lower())
    if found is None or int(found[1]) == 0:
        raise click.BadParameter(f"{text!r} is not a size; write one as 32MiB")
    return int(found[1]) * UNITS[found[2] or ""]


@click.command()
@click.argument("directory", metavar="EXPORT", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0: all.")
@click.option("--port", type=click.IntRange(0, 65535), default=8501, show_default=True, help="0: any that is free.")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name this server is called by.")
@click.option("--max-batch", type=click.IntRange(min=1), default=32, show_default=True, help="Rows computed together.")
@click.option("--max-queue", type=click.IntRange(min=1), default=256, show_default=True, help="Requests that wait.")
@click.option("--max-bytes", metavar="SIZE", default="32MiB", show_default=True, help="Size of a request's body.")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=30, show_default=True, help="For one request."
)
@click.option("--log", is_flag=True, help="Write a line of JSON on standard error for each request.")
@trust_option
def serve(
    directory: Path,
    host: str,
    port: int,
    hosts: tuple[str, ...],
    max_bytes: str,
    log: bool,
    trust: bool,
    **numbers: float,
) -> None:
    """Serve an export over HTTP, with TensorFlow Serving's REST paths and a page at /; Ctrl-C ends it."""
    bound = size(max_bytes)
    try:
        from zoo.server.limits import Limits
        from zoo.server.running import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "h11", "anyio"):
            raise
        raise UserError(f"serve needs {error.name}: pip install 'speczoo[serve]'") from None
    limits = Limits(max_bytes=bound, **numbers)  # type: ignore[arg-type]  # click gives each its type
    serve(directory, host, port, limits=limits, trust=trust, hosts=hosts, log=log, say=click.echo)


@click.command()
@click.argument("directories", metavar="EXPORT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--batch-size", default="1,8,32", show_default=True, metavar="N,N,...", help="Rows of a call.")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=5, show_default=True, help="For each figure."
)
@click.option("--cores", type=click.IntRange(min=1), help="Processor cores that each may use; all where not given.")
@trust_option
@json_option
def benchmark(
    directories: tuple[Path, ...], batch_size: str, seconds: float, cores: int | None, trust: bool, as_json: bool
) -> None:
    """Measure exports: latency, throughput, memory and size of each format, every format in its own process."""
    from zoo import printing
    from zoo.exports.benchmarking import batch_sizes_of, benchmark

    def say(line: str) -> None:
        click.echo(line, err=True)

    found = benchmark(directories, batch_sizes_of(batch_size), seconds, cores, trust=trust, say=say)
    print_json(printing.benchmark_json(found)) if as_json else click.echo(printing.benchmark_lines(found))


COMMANDS = (serve, benchmark)
