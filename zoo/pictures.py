"""Matplotlib's figures as pictures of a page: one in light, one in dark, in the page's own colours.

A picture is a `data:` address, so that a page has all of it in itself; equal figures give equal bytes.
"""

import base64
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from specs.pages.markup import Markup, tag
from specs.pages.page import LOOK
from zoo.data.dataset import Array

SERIES = ("c0", "c1", "c2", "c3", "c4")
"""Colours of lines and marks, told apart by the colour-blind too."""
STRENGTHS = tuple(f"s{number}" for number in range(10))
"""Colours from little to much."""


SHOWN = 96
"""Pixels that small images are shown with."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a page in light or in dark, by the names that its style has for them."""

    colours: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.colours[name]

    @property
    def strengths(self) -> LinearSegmentedColormap:
        """From the ground of a card, where nothing is, to the strongest."""
        return LinearSegmentedColormap.from_list("strengths", [self["card"], *(self[name] for name in STRENGTHS)])

    def series(self, number: int) -> str:
        """The colour of the line or mark with this number; of more than five they come again."""
        return self[SERIES[number % len(SERIES)]]

    @property
    def settings(self) -> dict[str, object]:
        """What matplotlib is told while it draws."""
        ink, soft, line = self["ink"], self["soft"], self["line"]
        return {
            "svg.hashsalt": "speczoo",
            "svg.fonttype": "none",
            "font.size": 9.5,
            "text.color": ink,
            "axes.edgecolor": line,
            "axes.facecolor": "none",
            "axes.labelcolor": soft,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlecolor": ink,
            "axes.titlesize": 9.5,
            "figure.facecolor": "none",
            "grid.color": self["faint"],
            "grid.linewidth": 0.8,
            "legend.frameon": False,
            "legend.labelcolor": soft,
            "xtick.color": line,
            "xtick.labelcolor": soft,
            "ytick.color": line,
            "ytick.labelcolor": soft,
        }


def themes() -> tuple[Theme, Theme]:
    """The colours in light and in dark, as `look.css` has them.

    >>> light, dark = themes()
    >>> light["card"], dark["card"]
    ('#ffffff', '#181e28')
    """
    light, dark = (re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part) for part in _parts())
    return Theme(dict(light)), Theme({**dict(light), **dict(dark)})


def _parts() -> tuple[str, str]:
    before, _, after = LOOK.partition("@media screen and (prefers-color-scheme: dark)")
    return before, after


def picture(draw: Callable[[Theme], Figure], alt: str) -> Markup:
    """The figure as `draw` gives it for each theme, shown as the page is; `alt` says in words what is to be seen."""
    light, dark = (f"data:image/svg+xml;base64,{_coded(_svg(draw, theme))}" for theme in themes())
    inner = (
        tag("source", srcset=dark, media="screen and (prefers-color-scheme: dark)"),
        tag("img", src=light, alt=alt),
    )
    return tag("picture", *inner)


def _svg(draw: Callable[[Theme], Figure], theme: Theme) -> bytes:
    written = io.BytesIO()
    # Names of parts of the picture are random, and its date is today's, unless they are given.
    with rc_context(theme.settings):
        FigureCanvasSVG(draw(theme)).print_svg(written, metadata={"Date": None})
    return written.getvalue()


def image(pixels: Array, alt: str, side: int | None = None, **attributes: object) -> Markup:
    """An image of shape (height, width, 1 or 3), values from 0 to 255, as a PNG in the page.

    One that is larger than `side` is made smaller.
    """
    from PIL import Image

    values = np.clip(np.nan_to_num(pixels), 0, 255).round().astype(np.uint8)
    shown, written = Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values), io.BytesIO()
    if side is not None and max(shown.size) > side:
        shown.thumbnail((side, side))
    shown.save(written, "PNG")
    return tag("img", src=f"data:image/png;base64,{_coded(written.getvalue())}", alt=alt, **attributes)


def tinted(pixels: Array, strengths: Array) -> Array:
    """An image, values from 0 to 255, under colours that say how much each place counts, from 0 to 1.

    `strengths` has places of its own, which are stretched over the image; a small image is enlarged for that. What
    counts for nothing is dark, so that the picture says the same without colours.
    """
    from PIL import Image

    times = max(1, SHOWN // max(pixels.shape[:2]))
    pixels = pixels.repeat(times, axis=0).repeat(times, axis=1)
    height, width = pixels.shape[:2]
    grid = Image.fromarray(strengths.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    colours = colormaps["inferno"](np.clip(np.asarray(grid), 0, 1))[..., :3] * 255
    return np.asarray(0.4 * pixels.mean(axis=-1, keepdims=True) + 0.6 * colours)


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode()
