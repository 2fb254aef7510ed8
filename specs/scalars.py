"""What an unquoted scalar means: YAML 1.2's core schema, because PyYAML's own is YAML 1.1."""

import re

_CONSTANTS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
_CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BASES = {"0o": 8, "0x": 16}


def is_number(text: str) -> bool:
    """Whether an unquoted scalar is a finite number, however long.

    >>> is_number("1e-3"), is_number("1_000")
    (True, False)
    """
    return bool(_INT.fullmatch(text) or _FLOAT.fullmatch(text))


def core_scalar(text: str) -> bool | int | float | str | None:
    """What an unquoted scalar means in YAML 1.2's core schema.

    >>> [core_scalar(t) for t in ("1e-3", "no", "017", "0o17", "~", "1_000", "true")]
    [0.001, 'no', 17, 15, None, '1_000', True]
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text[2:], _BASES[text[:2]]) if text[:2] in _BASES else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL.fullmatch(text)
    if special:
        return float("nan") if special[3] else float(f"{special[1]}inf")
    return text
