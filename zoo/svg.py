"""Matplotlib's figures as SVG files."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure


def write_svg(figure: Figure, path: Path) -> None:
    """Write a figure to a file; equal figures give equal files."""
    # Names of parts of the picture are random, and its date is today's, unless they are given.
    with rc_context({"svg.hashsalt": "speczoo", "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None})
