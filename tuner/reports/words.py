"""Values and times in a few words."""

from collections.abc import Mapping


def short(value: object) -> str:
    """A value, numbers with four digits.

    >>> short(0.0012345678), short(True), short("batch"), short(100000), short(1e-7)
    ('0.001235', 'true', 'batch', '100000', '1e-07')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def values_text(values: Mapping[str, object]) -> str:
    """Values in a few words.

    >>> values_text({"rate": 0.0012345678, "units": 32, "bias": True})
    'rate 0.001235, units 32, bias true'
    """
    return ", ".join(f"{name} {short(value)}" for name, value in values.items())


def score_text(score: float | None, std: float | None = None) -> str:
    """A score, with its standard deviation where it is a mean; empty where there is none.

    >>> score_text(0.91234), score_text(0.91234, 0.01), score_text(None)
    ('0.9123', '0.9123 ± 0.0100', '')
    """
    if score is None:
        return ""
    return f"{score:.4f}" + ("" if std is None else f" ± {std:.4f}")


def duration(seconds: float) -> str:
    """Seconds in the units in which one thinks of them.

    >>> duration(4.24), duration(75), duration(3600 * 5 + 125)
    ('4.2 s', '1 min 15 s', '5 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"
