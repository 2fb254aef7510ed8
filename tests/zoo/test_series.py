"""Time series as training data: windows, and parts that share no value."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import specs
import zoo
from specs.document import Document
from specs.errors import DataError
from zoo.data.dataset import Part
from zoo.progress import result

Spec = Callable[[str], Document]

TEMPERATURES = Path(__file__).parents[3] / "shared" / "data" / "daily-min-temperatures.csv"

MODEL = """
name: small
input: {{shape: [{window}, {count}]}}
body: [Flatten, Dense: {{units: {horizon}}}]
train:
  data: {{time_series: {{path: {path}, window: {window}, horizon: {horizon}, {more}}}}}
  loss: MeanSquaredError
"""


def _document(path: Path, window: int = 3, horizon: int = 1, count: int = 1, more: str = "columns: a") -> Document:
    text = MODEL.format(path=path, window=window, horizon=horizon, count=count, more=more)
    return specs.loads(text, file=str(path.parent / "spec.yaml"))


def _days(rows: int) -> NDArray[Any]:
    return np.datetime64("2000-02-20") + np.arange(rows)


def _csv(path: Path, rows: int = 40) -> Path:
    """Columns a = 0, 1, 2, …, b = 1000, 1001, … and days."""
    lines = [f'"{day}", {at} ,{1000 + at}' for at, day in enumerate(_days(rows))]
    path.write_text("\n".join(["day,a,b", *lines]) + "\n", encoding="utf-8")
    return path


def _arrays(part: Part) -> tuple[Any, Any]:
    batch = part.all()
    return batch.x["input"], batch.y["output"]


def test_windows_and_what_follows_them(tmp_path: Path) -> None:
    more = "columns: [a, b], target: b, date_column: day"
    dataset = zoo.load_data(_document(_csv(tmp_path / "s.csv"), window=3, horizon=2, count=2, more=more))
    x, y = _arrays(dataset.train)
    assert x[0].tolist() == [[0, 1000], [1, 1001], [2, 1002]]
    assert y[:2].tolist() == [[1003, 1004], [1004, 1005]]
    assert [x.dtype.name, y.dtype.name, dataset.classes] == ["float32", "float32", {}]


def test_the_target_need_not_be_seen(tmp_path: Path) -> None:
    x, y = _arrays(zoo.load_data(_document(_csv(tmp_path / "s.csv"), more="columns: a, target: b")).train)
    assert (x[0].ravel().tolist(), y[0].tolist()) == ([0, 1, 2], [1003])


def test_repeating_the_last_value_is_measured(tmp_path: Path) -> None:
    more = "columns: a, target: b, stride: 2, test_split: 0.3"
    document = _document(_csv(tmp_path / "s.csv"), window=3, horizon=3, more=more)
    run = zoo.train(document, tmp_path / "run")
    # b rises by 1 a day: the last value is 1, 2 and 3 behind the three that follow it.
    assert [run.metrics[part]["naive_mae"] for part in ("train", "validation", "test")] == [2, 2, 2]
    assert zoo.evaluate(run.directory).metrics["naive_mae"] == 2
    assert ", naive_mae 2.0000, smoothing_mae 2.0000, loss " in result(run.metrics)


def test_smoothing_is_fitted_on_the_training_part_alone(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    values = 10 + random.normal(size=300).cumsum() * 0.2 + random.normal(size=300)

    def baselines(changed: NDArray[Any]) -> tuple[float | None, dict[str, float]]:
        lines = [f"{day},{value},0" for day, value in zip(_days(300), changed, strict=True)]
        (tmp_path / "s.csv").write_text("\n".join(["day,a,b", *lines]), encoding="utf-8")
        dataset = zoo.load_data(_document(tmp_path / "s.csv", window=4, horizon=2, more="columns: a"))
        assert dataset.train.examples.past is not None
        return dataset.train.examples.past.alpha, dataset.test.baselines()

    alpha, errors = baselines(values)
    assert alpha is not None and 0.05 < alpha < 0.6
    levels = [values[0]]
    for value in values[1:]:
        levels.append(alpha * value + (1 - alpha) * levels[-1])
    # 295 windows of which the last 59 are the test part: each error is that of the two values behind row at + 3.
    told = [abs(values[at + 3 + ahead] - levels[at + 3]) for at in range(236, 295) for ahead in (1, 2)]
    assert errors["smoothing_mae"] == pytest.approx(np.mean(told), rel=1e-4)
    assert errors["smoothing_mae"] < errors["naive_mae"]
    assert baselines(np.where(np.arange(300) < 200, values, -values))[0] == alpha


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_no_value_stands_in_two_parts_and_few_are_left_out(
    tmp_path_factory: pytest.TempPathFactory, window: int, horizon: int, stride: int
) -> None:
    path = _csv(tmp_path_factory.mktemp("series") / "s.csv", rows=400)
    dataset = zoo.load_data(_document(path, window, horizon, more=f"columns: a, stride: {stride}"))
    seen = [{*x.ravel().tolist(), *y.ravel().tolist()} for x, y in map(_arrays, _parts(dataset))]
    assert max(seen[0]) < min(seen[1]) <= max(seen[1]) < min(seen[2])
    # Not one example more could be kept: with the first that is left out the parts would share a value.
    assert min(seen[1]) - max(seen[0]) <= stride
    assert min(seen[2]) - max(seen[1]) <= stride


def _parts(dataset: zoo.Dataset) -> tuple[Part, Part, Part]:
    return dataset.train, dataset.validation, dataset.test


def _refusal(document: Document) -> str:
    with pytest.raises(DataError) as caught:
        zoo.load_data(document)
    return str(caught.value)


def test_a_series_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = _csv(tmp_path / "s.csv", rows=12)
    assert _refusal(_document(path, window=12)) == f"{path}: has 12 rows; a window of 12 and a horizon of 1 need 13"
    assert _refusal(_document(path, window=3)) == (
        "9 examples, of which 3 are left out between parts, are too few: none is left for validation "
        "(validation_split 0.15, test_split 0.2)"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("day,b\n2000-01-01,1\n", "has no column 'a'; it has day, b"),
        ("a\n1\n?0.2\n\ninf\n3\n", "2 values are no finite numbers: line 3 has '?0.2' in 'a', line 5 has 'inf' in 'a'"),
        ("a,b\n1,2\n1,2,3\n", "line 3 has 3 fields, the header has 2"),
        ('a\n"1', "is no CSV file in UTF-8 (unexpected end of data)"),
        ("", "has no column 'a'; it has nothing"),
    ],
)
def test_what_is_no_series_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(text, encoding="utf-8")
    assert _refusal(_document(path)) == f"{path}: {message}"


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ("2000-01-02 2000-01-01", "line 3, 2000-01-01, is not later than 2000-01-02 00:00:00; sort the rows by time"),
        ("2000-01-01 2000-01-01", "line 3, 2000-01-01, is not later than 2000-01-01 00:00:00; sort the rows by time"),
        ("2000-01-01 yesterday", "line 3 has 'yesterday' in 'day'; write 1990-12-31"),
        (
            "2000-01-01 2000-01-02T00:00+01:00",
            "line 3 has '2000-01-02T00:00+01:00' after 2000-01-01 00:00:00: only one",
        ),
    ],
)
def test_rows_have_to_be_in_the_order_of_time(tmp_path: Path, days: str, message: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text("\n".join(["day,a", *(f"{day},1" for day in days.split())]), encoding="utf-8")
    assert _refusal(_document(path, more="columns: a, date_column: day")).startswith(f"{path}: {message}")


@pytest.mark.skipif(not TEMPERATURES.is_file(), reason=f"the temperatures are not there: {TEMPERATURES}")
def test_the_temperatures_are_read_with_the_days_that_they_leave_out() -> None:
    document = _document(TEMPERATURES, window=14, more="columns: Temp, date_column: Date, test_split: 0.1")
    dataset = zoo.load_data(document)
    assert [len(part) for part in _parts(dataset)] == [2713, 531, 364]
    assert _arrays(dataset.train)[0][0, :3, 0].tolist() == pytest.approx([20.7, 17.9, 18.8])
    assert _arrays(dataset.test)[1][-1].tolist() == [13.0]
