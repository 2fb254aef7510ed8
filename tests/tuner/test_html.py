"""The report of a study: all of it in one file, nothing in it that a study could run, and what matters said rightly."""

import base64
import hashlib
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from specs.sections.search import Axis, Search
from tests.tuner.test_trials import DEFAULTS, ROWS, SPACE, write_study, zoo
from tuner.reports.html import SCRIPT, write_html
from tuner.reports.importance import FEWEST, importances
from tuner.reports.reading import Record, read_study
from tuner.reports.scales import Range, scales_of
from tuner.study import Trial

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028"


class Page(HTMLParser):
    """Every element with its attributes, and the text inside scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def count(self, tag: str, look: str) -> int:
        return sum(name == tag and look in (given.get("class") or "").split() for name, given in self.elements)


def page(folder: Path) -> Page:
    return Page(text(folder))


def text(folder: Path) -> str:
    write_html(read_study(folder), folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def test_every_trial_is_drawn_where_it_belongs(tmp_path: Path) -> None:
    found = page(write_study(tmp_path))
    scored, failed = 3, 1
    assert found.count("circle", "dot") == scored * (1 + len(SPACE))
    assert found.count("path", "cross") == failed
    assert found.count("path", "line") == scored
    assert found.count("tr", "failed") == failed
    assert [given["data-trial"] for tag, given in found.elements if tag == "tr" and "data-trial" in given] == [
        *("3", "4", "1", "2", "5")
    ]
    assert set(json.loads(found.scripts[0])) == {"1", "2", "3", "4", "5"}


def test_equal_studies_give_equal_files(tmp_path: Path) -> None:
    one, other = (write_study(tmp_path / name / "mine") for name in "ab")
    assert text(one) == text(other)


def test_nothing_of_a_study_is_markup_or_script(tmp_path: Path) -> None:
    bad: tuple[dict[str, Any], ...] = ({"norm": EVIL, "score": 0.5, "epoch": 1}, {"norm": EVIL, "reason": EVIL})
    write_study(tmp_path / "<img src=y>", (*bad, *ROWS))
    found = page(tmp_path / "<img src=y>")
    assert {tag for tag, _ in found.elements} & {"img", "link", "iframe", "object", "base"} == set()
    assert not [name for _, given in found.elements for name in given if name.startswith("on") or name == "style"]
    assert [given.get("type") for tag, given in found.elements if tag == "script"] == ["application/json", None]
    assert found.scripts[1] == SCRIPT
    assert json.loads(found.scripts[0])["2"]["values"][-1] == ["reason", EVIL]


def test_the_page_forbids_every_other_script_and_fetches_nothing(tmp_path: Path) -> None:
    whole = text(write_study(tmp_path))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', whole)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert policy and policy[1].startswith("default-src 'none'; ")
    assert policy[1].endswith(f"script-src 'sha256-{digest}'")
    assert not re.search(r"(src|href)=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", whole)


@pytest.mark.parametrize("rows", [(), ({},), ({"reason": "all bad"},), ({"score": 0.5, "epoch": 1},)], ids=len)
def test_a_study_with_little_in_it(tmp_path: Path, rows: tuple[dict[str, Any], ...]) -> None:
    found = text(write_study(tmp_path, rows))
    assert ("all bad" in found) == ("all bad" in str(rows))
    assert not re.search(r'="[^"]*(nan|inf)[^"]*"', found)


def test_a_score_far_off_leaves_room_for_the_others(tmp_path: Path) -> None:
    rows = tuple({"score": score, "epoch": 1} for score in (0.5, 0.6, 0.55, 0.52, 0.58, 1e6))
    write_study(tmp_path, rows, objective="val_loss")
    found = page(tmp_path)
    assert found.count("path", "far") == 1 + len(SPACE)
    heights = {given["cy"] for tag, given in found.elements if tag == "circle" and given.get("data-trial")}
    assert len(heights) >= 5


@pytest.mark.parametrize(
    ("low", "high", "sampling", "ticks"),
    [
        (0.0, 0.6, "linear", ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6"]),
        (1e-4, 1e-1, "log", ["0.0001", "0.001", "0.01", "0.1"]),
        (0.01, 0.03, "log", ["0.01", "0.02"]),
        (16, 512, "linear", ["100", "200", "300", "400", "500"]),
        (0.123, 0.124, "linear", ["0.123", "0.1232", "0.1234", "0.1236", "0.1238", "0.124"]),
    ],
)
def test_neat_numbers_along_an_axis(low: float, high: float, sampling: Any, ticks: list[str]) -> None:
    assert [text for _, text in Range(low, high, sampling, isinstance(low, int)).ticks()] == ticks


def test_a_value_has_its_place_on_the_axis_it_was_drawn_from() -> None:
    assert Range(1.0, 100.0, "log").at(10) == pytest.approx(0.5)
    assert Range(1.0, 100.0, "reverse_log").at(91) == pytest.approx(0.5)
    assert (Range(1.0, 100.0).at(1000), Range(1.0, 100.0).at(-5), Range(1.0, 100.0).at("a")) == (1.0, 0.0, None)


def made_up(trials: int, noise: float, seed: int = 0) -> Record:
    """Scores of `rate` and of `units` where `norm` is batch, with noise; `bias` does nothing."""
    chance = random.Random(seed)
    drawn = []
    for number in range(1, trials + 1):
        values = {name: chance.choice(axis.values) for name, axis in SPACE.items() if axis.values}
        rate = chance.uniform(0.0, 1.0)
        effect = rate if noise < 9 else 0.0
        score = effect + (0.8 * (values["units"] == 16) if values["norm"] == "batch" and noise < 9 else 0.0)
        score += chance.gauss(0.0, noise)
        drawn.append(Trial(number, "done", {"rate": rate, **values}, score=score, epoch=1))
    space = {**SPACE, "rate": Axis(min_value=0.0, max_value=1.0)}
    return Record(Path("mine"), Search(space=space), DEFAULTS, tuple(drawn))


def test_what_matters_is_told_from_what_did_nothing() -> None:
    found = {each.name: each for each in importances(made_up(60, noise=0.05)).params}
    assert {name for name, each in found.items() if each.verdict == "matters"} == {"rate", "units", "norm"}
    assert found["bias"].verdict == "nothing"
    # norm acts through units as well as by itself.
    assert found["norm"].together > found["norm"].alone + 0.05
    assert found["rate"].alone == pytest.approx(found["rate"].together, abs=0.15)


def test_noise_is_said_to_be_noise() -> None:
    assert {each.verdict for each in importances(made_up(30, noise=9)).params} == {"nothing"}


def test_too_few_trials_say_nothing() -> None:
    refused = importances(made_up(FEWEST - 1, 0.0)).refused
    assert refused == f"needs {FEWEST} trials with a score (there are {FEWEST - 1})"


def test_equal_values_count_once(tmp_path: Path) -> None:
    rows = tuple({"rate": 10.0 ** -(1 + index % 3), "score": index % 3 / 10, "epoch": 1} for index in range(12))
    assert importances(read_study(write_study(tmp_path, rows))).trials == 3


def test_importance_on_the_command_line_and_params_of_one_value(tmp_path: Path) -> None:
    write_study(tmp_path, tuple({"rate": 0.001 + i / 1000, "score": i / 10, "epoch": 1} for i in range(14)))
    found = json.loads(zoo(str(tmp_path), "--importance", "--json").stdout)["importance"]
    judged = {each["name"]: each["verdict"] for each in found["params"]}
    assert judged == {"rate": "matters", "units": "one value", "norm": "one value", "bias": "one value"}


def test_integers_of_a_short_range_have_places_of_their_own() -> None:
    search = Search(space={"layers": Axis(min_value=1, max_value=4), "units": Axis(min_value=1, max_value=400)})
    found = scales_of(search, [{"layers": 6, "units": 3}])
    assert [text for _, text in found["layers"].ticks()] == ["1", "2", "3", "4", "5", "6"]
    assert isinstance(found["units"], Range)
