"""Pictures in pages: in light and dark, the same bytes each time, in colours that everybody can tell apart."""

import base64
import io
import itertools
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from zoo.pictures import SERIES, Theme, image, picture, themes

Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

DEFICIENCIES = {
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""On linear RGB: Machado, Oliveira and Fernandes 2009, A physiologically-based model, table 1, severity 1."""


def linear(colour: str) -> Numbers:
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    low, high = sorted(float(linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: Numbers) -> Numbers:
    """CIELAB of linear sRGB; distances of about 2 are just seen."""
    matrix = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    scaled = np.array(matrix) @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(scaled > 216 / 24389, np.cbrt(scaled), (24389 / 27 * scaled + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_series_can_be_told_apart_by_everybody(theme: Theme) -> None:
    colours = [theme[name] for name in SERIES]
    for deficiency, matrix in DEFICIENCIES.items():
        seen = [lab(np.array(matrix) @ linear(colour)) for colour in colours]
        nearest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
        assert nearest > 25, deficiency


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_marks_and_words_stand_out_from_their_ground(theme: Theme) -> None:
    for ground in ("ground", "card"):
        assert all(contrast(theme[name], theme[ground]) >= 3 for name in SERIES)
        assert all(contrast(theme[name], theme[ground]) >= 4.5 for name in ("ink", "soft"))


def drawn(theme: Theme) -> Figure:
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [0, 1], color=theme.series(0))
    return figure


def test_a_picture_is_two_drawings_in_the_page_the_same_each_time() -> None:
    markup = picture(drawn, 'a line "up"')
    assert markup == picture(drawn, 'a line "up"')
    assert 'alt="a line &quot;up&quot;"' in markup
    dark, light = (base64.b64decode(each).decode() for each in re.findall(r"svg\+xml;base64,([^\"]+)", markup))
    assert themes()[0]["c0"] in light
    assert themes()[1]["c0"] in dark
    assert "<dc:date>" not in light
    assert re.search(r'<source srcset="data:[^"]+" media="screen and \(prefers-color-scheme: dark\)"><img ', markup)


def test_an_image_keeps_its_pixels() -> None:
    pixels = np.array([[[0.0], [300.0]], [[127.6], [np.nan]]])
    found = re.search(r"base64,([^\"]+)", image(pixels, "four"))
    assert found is not None
    assert np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1])))).tolist() == [[0, 255], [128, 0]]
