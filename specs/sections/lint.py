"""`lint:`, what a spec has to say to those who advise on it."""

from typing import Literal

from specs.ops.base import Frozen

Code = Literal[
    "N01", "N02", "N03", "N04", "N05", "N06", "N07", "A01", "A02", "A03", "A04", "A05", "R01", "R02", "R03", "R04",
    "I01", "I02", "I03", "L01", "L02", "L03", "L04", "L05", "L06", "L07", "S01", "S02", "S03", "S04", "S05",
    "C01", "C02", "C03", "C04", "D01", "D02", "D03", "G01", "G02", "G03", "G04", "T01", "T02", "T03", "T04", "T05",
    "T06", "H01", "H02", "H03", "H04", "H05", "H06", "H07", "H08", "U01", "U02", "U03",
]  # fmt: skip
"""Codes of the rules in `specs.linting.RULES`, here so that a check need not import them; a test holds them equal."""


class Lint(Frozen):
    """Which advice does not apply to the model."""

    ignore: tuple[Code, ...] = ()
    """Codes of the rules that say nothing of it; `zoo lint --explain CODE` says what each is about."""
