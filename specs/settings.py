"""What is given beside a spec on the command line: values of params."""

from typing import Any

from specs.errors import UserError
from specs.reader import read
from specs.tree import plain


def values(settings: tuple[str, ...]) -> dict[str, Any]:
    """The params of --set options: name=value, with the value as YAML writes it.

    >>> values(("units=64", "order=norm-act-conv", "rate=1e-3"))
    {'units': 64, 'order': 'norm-act-conv', 'rate': 0.001}
    """
    found = {}
    for each in settings:
        name, sign, text = each.partition("=")
        entries = read(f"value: {text}", "--set").entries
        if not sign or not name or len(entries) != 1:
            raise UserError(f"--set takes name=value (got {each!r})")
        found[name] = plain(entries[0].value)
    return found


def numbers(text: str | None) -> list[float] | None:
    """Numbers between commas; UserError where one is none.

    >>> numbers("1,2.5")
    [1.0, 2.5]
    """
    if text is None:
        return None
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise UserError(f"write numbers with commas between them, as 1,2.5 (got {text[:40]})") from None
