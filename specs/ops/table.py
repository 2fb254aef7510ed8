"""Tables whose values are imported when they are first asked for: a check uses a few of the many layers."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TypeVar, cast

Value = TypeVar("Value")


class Table(MutableMapping[str, Value]):
    """Names with their values; each known at first as the module and the name under which it is found there.

    >>> Table({"floor": ("math", "floor")})["floor"](2.5)
    2
    """

    def __init__(self, places: Mapping[str, tuple[str, str]]) -> None:
        self._places: dict[str, tuple[str, str] | None] = dict(places)
        self._values: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            place = self._places[name]
            assert place is not None
            self._values[name] = cast(Value, getattr(import_module(place[0]), place[1]))
        return self._values[name]

    def __setitem__(self, name: str, value: Value) -> None:
        self._places[name], self._values[name] = None, value

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._values.pop(name, None)

    def __contains__(self, name: object) -> bool:
        # The inherited one would import the value to see whether it is there.
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def places(modules: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, str]]:
    """Where each name is found, from the names by module.

    >>> places({"math": ("floor", "ceil")})
    {'floor': ('math', 'floor'), 'ceil': ('math', 'ceil')}
    """
    return {name: (module, name) for module, names in modules.items() for name in names}
