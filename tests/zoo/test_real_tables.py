"""The examples on the data that they are made for, in a shortened form; where that data lies beside the project."""

from itertools import islice
from pathlib import Path

import pytest

import zoo

DATA = Path(__file__).parents[2].resolve().parent / "shared" / "data"


def _head(folder: Path, name: str, count: int) -> str:
    if not (DATA / name).is_file():
        pytest.skip(f"{DATA / name} is not there")
    with (DATA / name).open(encoding="utf-8") as file:
        (folder / name).write_text("".join(islice(file, count)), encoding="utf-8")
    return str(folder / name)


def test_census_income_is_learnt_better_than_by_guessing(tmp_path: Path) -> None:
    run = zoo.train("adult_mlp", tmp_path / "run", data=_head(tmp_path, "adult-train.csv", 8_000))
    assert run.metrics["test"]["accuracy"] > 0.82  # the more frequent class alone: 0.76


def test_metal_and_rock_are_told_apart(tmp_path: Path) -> None:
    run = zoo.train("sonar_mlp", tmp_path / "run", data=_head(tmp_path, "sonar.csv", 300))
    assert run.metrics["test"]["accuracy"] > 0.65  # the more frequent class alone: 0.53
