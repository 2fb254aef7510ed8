"""The page of a diagnosis, drawn from made findings; and studies beside a diagnosis, from the command line."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import cli_diagnosing
import specs
from cli import main
from specs.errors import Mark
from tests.zoo import browser as browsers
from zoo.diagnosing.findings import Bar, Curve, Diagnosis, Finding, Moment, Suggestion
from zoo.diagnosing.histograms import drawn, small_multiples
from zoo.diagnosing.page import diagnosis_page
from zoo.diagnosing.signals import Histogram, Signal, spread
from zoo.diagnosing.studies import STUDIES, Study, Variant

SPEC = Path(__file__).parents[2] / "examples" / "initialising" / "ten_layers.yaml"


def signals(size: float, count: int = 3) -> tuple[Signal, ...]:
    values = size * np.random.default_rng(0).normal(size=1000)
    found = spread(values)
    return tuple(Signal(f"layer{n}", "Dense", "tanh", 7, found, found, saturated=0.75, dead=None) for n in range(count))


def made(folder: Path) -> Diagnosis:
    spec = folder / "spec.yaml"
    spec.write_text("name: a\nbody:\n  - Dense: {units: <b>}\n")
    suggestion = Suggestion("take fewer & wider", Mark(str(spec), 3, 5), "body[0].Dense")
    findings = (
        Finding("data", "Enough?", "fine", "10 classes", bars=(Bar("one", "training examples", 3.0),)),
        Finding(
            "signals",
            "Do they flow?",
            "broken",
            "they <vanish>",
            suggestion=suggestion,
            moments=(Moment(0, signals(1)), Moment(60, signals(1e-3))),
        ),
        Finding(
            "learning rate",
            "Right?",
            "suspicious",
            "too high",
            curves=(
                Curve("0.1", "step", "loss", (1.0, 2.0), (2.0, float("inf"))),
                Curve("test", "rate", "loss", (0.1, 1.0), (1.0, 2.0), True),
            ),
        ),
        Finding("throughput", "Fast?", "not asked", "no time was left"),
    )
    return Diagnosis("made", str(spec), "tensorflow", 12.3, findings)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    moment = Moment(0, signals(1.0))
    study = Study("initializers", "Which?", tuple(Variant(name, f"k: {name}", "keeps", moment) for name in "ab"))
    return diagnosis_page(made(tmp_path_factory.mktemp("page")), [study])


def test_what_is_wrong_stands_on_top_with_the_line_to_change(text: str) -> None:
    told = [
        re.sub("<[^>]+>", " ", each).replace("  ", " ")
        for each in re.findall(r'<div class="finding">(.*?)</div>', text)
    ]
    assert [each.split()[1] for each in told] == ["broken", "suspicious"]
    assert re.findall(r'<th scope="row">(\w+)</th><td>', text)[:2] == ["data", "throughput"]
    assert "they &lt;vanish&gt;" in told[0]
    assert "take fewer &amp; wider" in told[0]
    assert told[0].strip().endswith("spec.yaml:3 - Dense: {units: &lt;b&gt;}")
    assert "<h2>Layer by layer</h2>" in text
    assert "layer2" in text
    assert "75% saturated" in text
    assert "after 60 steps" in text


def test_a_page_is_one_file_that_loads_nothing(text: str) -> None:
    assert re.findall(r'(?:src|srcset|href)="(?!data:)', text) == []
    assert "script-src 'none'" in text
    assert " style=" not in text
    assert all("alt=" in each for each in re.findall(r"<img[^>]*>", text))
    assert text.count("<svg") == text.count('role="img"') == 12 + 12
    pictures = [base64.b64decode(each).decode() for each in re.findall(r"svg\+xml;base64,([^\"]+)", text)]
    # By layer, bars, curves of two kinds, and the study by layer: each in light and dark.
    assert len(pictures) == 10


def test_a_histogram_keeps_the_heights_of_its_bins() -> None:
    shape = str(drawn(Histogram(-1.0, 3.0, (0, 4, 4, 2)), "told"))
    # 150 wide and 40 high: bins of 37.5, the highest 38; 0 lies a quarter from the left.
    assert 'd="M0 40V40.0H37.5V2.0H112.5V21.0H150.0V40Z"' in shape
    assert '<line x1="37.5" x2="37.5" y1="0" y2="40" class="zero">' in shape


def test_of_a_deep_net_some_layers_are_shown() -> None:
    table = str(small_multiples({"": signals(1.0, count=200)}, ("outputs",)))
    assert table.count("<svg") == 40
    assert ">layer0<" in table
    assert ">layer199<" in table


@pytest.mark.skipif(browsers.CHROMIUM is None, reason="no Chromium here")
def test_paper_is_light_where_the_screen_is_dark(text: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(text)
    seen = {}
    with browsers.browser(tmp_path / "profile") as browser:
        for media in ("screen", "print"):
            dark = [{"name": "prefers-color-scheme", "value": "dark"}]
            browser.call("Emulation.setEmulatedMedia", media=media, features=dark)
            browser.open((tmp_path / "page.html").as_uri())
            seen[media] = browser.evaluate("getComputedStyle(document.body).color")
            picture = "document.querySelector('picture img').currentSrc === document.querySelector('picture img').src"
            assert browser.evaluate(picture) == (media == "print"), media
    assert seen == {"screen": "rgb(231, 235, 242)", "print": "rgb(24, 32, 44)"}


def test_variants_of_a_study_stand_side_by_side(text: str) -> None:
    assert "Study: initializers" in text
    assert "activations, b" in text
    assert "<code>k: b</code>" in text


def test_studies_come_with_a_diagnosis(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    small = ["--set", "width=8", "--set", "layers=3", "--seconds", "0.01"]
    command = ["diagnose", str(SPEC), *small, "--study", "initializers", "--html", str(page), "--json"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    (study,) = json.loads(done.stdout)["studies"]
    assert [each["name"] for each in study["variants"]] == ["zeros", "N(0, 0.01²)", "N(0, 1)", "Xavier", "He"]
    assert study["variants"][1]["written"] == "kernel_initializer: {RandomNormal: {stddev: 0.01}}"
    assert specs.loads(
        SPEC.read_text().replace("initializer: glorot_uniform", "initializer: {RandomNormal: {stddev: 0.01}}")
    ).params["initializer"] == {"RandomNormal": {"stddev": 0.01}}
    assert "Study: initializers" in page.read_text()
    assert page.stat().st_size < 5e6


def test_every_study_is_offered() -> None:
    assert set(cli_diagnosing.STUDIES) == set(STUDIES)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--study", "norm_placement"], "ten_layers: none of its steps is a conv unit with a norm"),
        (["--html", "page.svg"], "page.svg: the page is an .html; name it so"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_work(arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(main, ["diagnose", str(SPEC), *arguments])
    assert done.exit_code == 2
    assert told in done.stderr
