"""The points of `search.try_first` as a search takes them: with the spec's own values for what a point leaves out."""

from collections.abc import Mapping

from specs.errors import UserError, yaml_text
from specs.sections.search import Search, Value
from specs.try_first import held
from tuner.space import space_of


def tried_first(search: Search, defaults: Mapping[str, object]) -> list[Mapping[str, Value]]:
    """The points with a value of every searched param.

    Raises UserError where one has none in the space that is searched: a value of the spec's own that is not searched,
    or one between those that a grid takes from a range.

    >>> from specs.sections.search import Axis
    >>> space = {"units": Axis(values=(8, 16)), "rate": Axis(min_value=0.1, max_value=0.5)}
    >>> tried_first(Search(space=space, try_first=({"units": 16},)), {"units": 8, "rate": 0.2})
    [{'rate': 0.2, 'units': 16}]
    """
    space = space_of(search.space, grid=search.oracle == "grid")
    found: list[Mapping[str, Value]] = []
    for number, point in enumerate(search.try_first):
        written = {**defaults, **point}
        values = {each.name: held(search.space[each.name], written[each.name]) for each in space.dimensions}
        for dimension in space.dimensions:
            if values[dimension.name] is None or dimension.encode(values[dimension.name]) is None:
                raise UserError(_refusal(search, number, dimension.name, defaults))
        found.append(values)
    return found


def _refusal(search: Search, number: int, name: str, defaults: Mapping[str, object]) -> str:
    place = f"search.try_first[{number}]"
    if name not in search.try_first[number]:
        value = yaml_text(defaults[name])
        return f"{place}: leaves {name} at the spec's {value}, which is not searched; name it, or widen search.space"
    value = yaml_text(search.try_first[number][name])
    return f"{place}.{name}: is none of the values that a grid takes of it (got {value}); write a step, or values"
