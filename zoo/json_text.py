"""Results as JSON, which has no word for a number that is not finite."""

import json
import math
from collections.abc import Mapping
from typing import Any


def finite(value: Any) -> Any:
    """The value with None for every number that JSON has no word for.

    >>> finite({"loss": float("nan"), "params": {"rates": [0.5, float("inf")]}})
    {'loss': None, 'params': {'rates': [0.5, None]}}
    """
    if isinstance(value, Mapping):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_text(value: object) -> str:
    """One indented JSON value that ends with its line."""
    return json.dumps(finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
