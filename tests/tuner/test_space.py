"""The search space as data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.errors import UserError
from specs.sections.search import Axis
from tuner.space import Dimension, Space, space_of


def dimension(axis: Axis, *, grid: bool = False) -> Dimension:
    return space_of({"x": axis}, grid=grid).dimensions[0]


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        (Axis(values=(True, False)), (True, False)),
        (Axis(values=(32, 0.5)), (32, 0.5)),
        (Axis(min_value=0.1, max_value=0.5, step=0.1), (0.1, 0.2, 0.3, 0.4, 0.5)),
        (Axis(min_value=6, max_value=13, step=3), (6, 9, 12)),
        (Axis(min_value=2, max_value=32, step=2, sampling="log"), (2, 4, 8, 16, 32)),
        (Axis(min_value=0.001, max_value=10, step=10, sampling="log"), (0.001, 0.01, 0.1, 1.0, 10.0)),
        (Axis(min_value=1, max_value=8, step=2, sampling="reverse_log"), (8, 7, 5, 1)),
    ],
)
def test_listed_and_stepped_axes_hold_their_values(axis: Axis, values: tuple[object, ...]) -> None:
    found = dimension(axis).values
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        (Axis(min_value=1, max_value=12), tuple(range(1, 13))),
        (Axis(min_value=0, max_value=0.9), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)),
        (Axis(min_value=1, max_value=4, sampling="log"), (1, 2, 3, 4)),
    ],
)
def test_a_grid_lists_ranges(axis: Axis, values: tuple[object, ...]) -> None:
    assert dimension(axis, grid=True).values == values


def test_an_axis_too_long_to_list_is_refused() -> None:
    with pytest.raises(UserError, match=r"search\.space\.x: has 1000000 values to list, at most 10000"):
        dimension(Axis(min_value=1, max_value=1_000_000), grid=True)


def test_a_range_is_kept_where_keras_tuner_steps_over_its_end() -> None:
    assert dimension(Axis(min_value=1, max_value=9, sampling="log")).decode(10) == 9
    assert dimension(Axis(min_value=0.1, max_value=0.3)).decode(0.30000000000000004) == 0.3


def test_a_default_outside_has_the_nearer_end_in_a_continuum_and_no_code_elsewhere() -> None:
    assert dimension(Axis(min_value=1e-6, max_value=1e-2, sampling="log")).encode(0.0) == 1e-6
    assert dimension(Axis(min_value=1, max_value=9)).encode(12) is None
    assert dimension(Axis(values=(1, 2))).encode(True) is None
    assert dimension(Axis(min_value=0.0, max_value=1.0)).encode("none") is None


def test_the_order_of_the_params_changes_nothing() -> None:
    one, two = Axis(values=(1, 2)), Axis(min_value=0.0, max_value=1.0)
    assert space_of({"a": one, "b": two}) == space_of({"b": two, "a": one})


numbers = st.integers(1, 40)
axes = st.one_of(
    st.lists(numbers, min_size=1, max_size=5, unique=True).map(lambda values: Axis(values=tuple(values))),
    st.tuples(numbers, numbers).map(lambda pair: Axis(min_value=pair[0], max_value=pair[0] + pair[1])),
    st.tuples(numbers, numbers, numbers).map(lambda t: Axis(min_value=t[0], max_value=t[0] + t[1], step=t[2])),
)


@given(st.dictionaries(st.sampled_from("abc"), axes, min_size=1))
def test_points_are_all_different_and_survive_coding(space: dict[str, Axis]) -> None:
    found: Space = space_of(space)
    points = list(found.points()) if (found.count or 0) <= 2000 else []
    assert len({tuple(point.items()) for point in points}) == len(points)
    assert not points or len(points) == found.count
    assert all(found.encode(found.decode(point)) == point for point in points)
