"""The examples on the data that they are made for, in a shortened form; where that data lies beside the project."""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

import zoo
from zoo.data.archives import members

DATA = Path(__file__).parents[2].resolve().parent / "shared" / "data"


def _there(name: str) -> Path:
    if not (DATA / name).is_file():
        pytest.skip(f"{DATA / name} is not there")
    return DATA / name


def _head(folder: Path, name: str, count: int) -> str:
    with _there(name).open(encoding="utf-8") as file:
        (folder / name).write_text("".join(islice(file, count)), encoding="utf-8")
    return str(folder / name)


def _first_of_each_class(folder: Path, name: str, ending: str, count: int) -> str:
    """So many files of each class of an archive, unpacked."""
    taken = Counter[str]()
    for member in members(_there(name)):
        kind = member.parts[-2] if len(member.parts) > 1 else ""
        if member.parts[-1].endswith(ending) and taken[kind] < count:
            taken[kind] += 1
            (folder / "data" / kind).mkdir(parents=True, exist_ok=True)
            (folder / "data" / kind / member.parts[-1]).write_bytes(member.read())
    return str(folder / "data")


def test_census_income_is_learnt_better_than_by_guessing(tmp_path: Path) -> None:
    run = zoo.train("adult_mlp", tmp_path / "run", data=_head(tmp_path, "adult-train.csv", 8_000))
    assert run.metrics["test"]["accuracy"] > 0.82  # the more frequent class alone: 0.76


def test_metal_and_rock_are_told_apart(tmp_path: Path) -> None:
    run = zoo.train("sonar_mlp", tmp_path / "run", data=_head(tmp_path, "sonar.csv", 300))
    assert run.metrics["test"]["accuracy"] > 0.65  # the more frequent class alone: 0.53


def test_praise_of_films_is_found(tmp_path: Path) -> None:
    data = _first_of_each_class(tmp_path, "review_polarity.tar.gz", ".txt", 300)
    run = zoo.train("reviews_embedding", tmp_path / "run", data=data, words=600, epochs=10)
    assert run.metrics["test"]["accuracy"] > 0.65  # half of the reviews praise


def test_images_of_ten_classes_are_learnt_by_the_recipe_of_cifar(tmp_path: Path) -> None:
    data = _first_of_each_class(tmp_path, "cifar10-train.tar.gz", ".jpg", 60)
    run = zoo.train("cifar_resnet20_recipe", tmp_path / "run", data=data, repeat=1, batch_size=32, epochs=6)
    assert run.metrics["train"]["accuracy"] > 0.2  # each class: 0.1


def test_tomorrow_is_told_better_than_by_yesterday(tmp_path: Path) -> None:
    data = _head(tmp_path, "daily-min-temperatures.csv", 1_201)
    run = zoo.train("temperatures_gru", tmp_path / "run", data=data, window=7, epochs=12, learning_rate=1e-2)
    assert run.metrics["test"]["mae"] < 0.95 * run.metrics["test"]["naive_mae"]
