"""The page on which a model unfolds: all of it in one file, by hand and by keyboard, whatever its layers are called."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import specs
from cli import main
from specs.drawing.nested import nested
from specs.drawing.unfold import ELK, ELK_VERSION, unfolding
from tests.zoo import browser as browsers

EVIL = "</script><script>document.title='run'</script><img src=x onerror=alert(1)>"
FOLDER = Path(specs.__file__).parent
CSS = "".join((FOLDER / name).read_text() for name in ("drawing/unfolding/page.css", "pages/look.css"))
SHA256 = "b1032b7cfd2a57c54c6f0e8369d7665e19a579954f7cd20a6dae28f1912ea0d7"


def written(folder: Path, name: str = "resnet50") -> Path:
    out = folder / "page.html"
    done = CliRunner().invoke(main, ["show", name, "--html", str(out)])
    assert (done.exit_code, done.output) == (0, f"wrote {out}; any browser shows it\n")
    return out


def test_the_layout_engine_is_the_one_that_was_looked_at() -> None:
    assert ELK_VERSION == "0.12.1"
    assert hashlib.sha256(ELK.read_bytes()).hexdigest() == SHA256
    assert ELK.with_name("LICENSE.md").read_text().startswith("# Eclipse Public License - v 2.0")
    assert not re.search(rb"\beval\(|new Function|</script", ELK.read_bytes())


def test_a_page_holds_everything_and_asks_for_nothing(tmp_path: Path) -> None:
    text = written(tmp_path, "densenet121").read_text()
    assert len(text.encode()) < 2_500_000
    head, _, rest = text.partition("<body>")
    assert "default-src 'none'" in head and "unsafe" not in head
    without_scripts = re.sub(r"<script.*?</script>", "", rest, flags=re.DOTALL)
    assert not re.search(r"\b(src|href|style|on\w+)=", without_scripts)
    document = specs.load("densenet121")
    assert text == unfolding(document, specs.lower(document))


def test_parts_say_what_they_are() -> None:
    document = specs.load("resnet50")
    found = nested(document, specs.lower(document))
    stage = next(part for part in found["parts"] if part["name"] == "stage3")
    assert [(part["name"], part["form"], part.get("times")) for part in stage["inside"]] == [
        ("bottleneck1", "residual", None), ("bottleneck2…4", "repeats", 3),
    ]  # fmt: skip
    conv = stage["inside"][0]["inside"][0]["inside"][0]
    assert (conv["layer"], conv["shape"], conv["params"], conv["macs"]) == ("Conv2D", "28×28×128", 32896, 25690112)
    assert dict(conv["arguments"])["filters"] == "128"
    file, _, line = conv["place"].rpartition(":")
    whole = Path(document.file).read_text().splitlines()
    assert (file, found["lines"][conv["place"]]) == ("resnet50.yaml", whole[int(line) - 1].strip())


@pytest.mark.parametrize(
    ("name", "part", "form"),
    [
        ("inception_v3", "mixed3", "parallel"), ("unet", "up4", "skip"), ("densenet121", "transition1", "chain"),
        ("densenet121", "block1", "stage"), ("vgg16", "predictions", "layer"),
    ],
)  # fmt: skip
def test_forms(name: str, part: str, form: str) -> None:
    document = specs.load(name)
    found = nested(document, specs.lower(document))
    assert {each["name"]: each["form"] for each in found["parts"]}[part] == form


def test_lines_of_a_spec_that_is_extended_are_those_of_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("name: base\ninput: {shape: [4]}\nbody:\n  - Dense: {units: 3}\n")
    (tmp_path / "mine.yaml").write_text("# a longer head\nextends: base.yaml\nname: mine\n")
    document = specs.load(str(tmp_path / "mine.yaml"))
    found = nested(document, specs.lower(document))
    assert list(found["lines"].values()) == ["input: {shape: [4]}", "- Dense: {units: 3}"]
    (tmp_path / "base.yaml").unlink()
    assert nested(document, specs.lower(document))["lines"] == {}, "gone meanwhile"


def colours(scheme: int) -> dict[str, str]:
    """The colours of the light page, or of the dark one."""
    found: dict[str, str] = {}
    for number, block in enumerate(re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)):
        if scheme or number % 2 == 0:
            found.update(re.findall(r"--([\w-]+): (#\w{6})", block))
    return found


def lightness(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((lightness(one), lightness(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_stand_out_from_every_box_and_lines_from_the_page(scheme: int) -> None:
    """WCAG 2.2: 4.5 for text, 3 for what has to be seen."""
    given = colours(scheme)
    boxes = [name for name in given if f"{name}-line" in given]
    assert len(boxes) == 11
    for name in [*boxes, "ground", "card"]:
        assert contrast(given["ink"], given[name]) >= 7, name
        assert contrast(given["soft"], given[name]) >= 4.5, name
    for name in ("edge", "skip"):
        assert contrast(given[name], given["ground"]) >= 3, name


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[browsers.Browser]:
    if browsers.CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with browsers.browser(tmp_path / "profile") as found:
        yield found


def shown(browser: browsers.Browser) -> list[str]:
    """The paths of the parts that are seen."""
    browser.wait_for("document.body.dataset.ready")
    return browser.evaluate("[...canvas.querySelectorAll('[data-part]')].map(each => parts[each.dataset.part].path)")  # type: ignore[no-any-return]


def press(browser: browsers.Browser, key: str, code: int) -> None:
    for kind in ("keyDown", "keyUp"):
        text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
        browser.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)


def click(browser: browsers.Browser, path: str) -> None:
    place = f"faceOf(parts.find(each => each.path === '{path}')).getBoundingClientRect()"
    x, y = browser.evaluate(f"(place => [place.x + place.width / 2, place.y + 8])({place})")
    turn = browser.evaluate("turn")
    for kind in ("mousePressed", "mouseReleased"):
        browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    browser.wait_for(f"document.body.dataset.ready > {turn}")


def test_a_block_unfolds_by_click_and_by_keyboard_down_to_its_layers(browser: browsers.Browser, tmp_path: Path) -> None:
    browser.open(written(tmp_path).as_uri())
    folded = shown(browser)
    assert folded[-6:] == ["stage2", "stage3", "stage4", "stage5", "avg_pool", "predictions"]
    click(browser, "stage2")
    assert set(shown(browser)) - set(folded) == {"stage2/bottleneck1", "stage2/bottleneck2…3"}
    for _ in range(2):
        turn = browser.evaluate("turn")
        press(browser, "Tab", 9)
        press(browser, "Enter", 13)
        browser.wait_for(f"document.body.dataset.ready > {turn}")
    assert {"stage2/bottleneck1/conv1", "stage2/bottleneck1/conv1/conv"} <= set(shown(browser))
    press(browser, "Tab", 9)
    told = browser.evaluate("details.innerText")
    for word in ("Conv2D", "56×56×64", "4,160", "12,845,056", "11 /4", "kernel_size", "resnet50.yaml:37", "- conv: {"):
        assert word in told, (word, told)
    assert "open=stage2" in browser.evaluate("decodeURIComponent(location.hash)")
    click(browser, "stage2")
    assert shown(browser) == folded, "folded again, with all that was inside"
    assert browser.complaints() == []
    assert {address.partition(":")[0] for address in browser.addresses()} == {"file"}


def test_an_address_says_what_is_unfolded_and_how_wide_boxes_are(browser: browsers.Browser, tmp_path: Path) -> None:
    browser.open(f"{written(tmp_path).as_uri()}#open=stage5/bottleneck1&width=params")
    assert "stage5/bottleneck1/conv3" in shown(browser)
    widths = browser.evaluate(
        "Object.fromEntries([...canvas.querySelectorAll('.box')].map(each =>"
        "[parts[each.closest('[data-part]').dataset.part].path, +each.getAttribute('width')]))"
    )
    document = specs.load("resnet50")
    params = {part["name"]: part["params"] for part in nested(document, specs.lower(document))["parts"]}
    assert widths["stage4"] / widths["stage3"] == pytest.approx(params["stage4"] / params["stage3"])
    assert browser.evaluate("document.querySelector('input:checked').value") == "params"


def test_what_leaves_repeats_in_several_places_leaves_them_side_by_side(
    browser: browsers.Browser, tmp_path: Path
) -> None:
    """GoogLeNet's auxiliary classifiers stand behind the first and the fourth of five blocks that are one box."""
    browser.open(written(tmp_path, "googlenet").as_uri())
    assert {"auxiliary1", "auxiliary2", "pool4"} <= set(shown(browser))
    lines = browser.evaluate("[...canvas.querySelectorAll('.edge')].map(each => each.getAttribute('d'))")
    assert len({line.partition("L")[0] for line in lines}) == len(lines)


def test_names_and_lines_are_no_markup(browser: browsers.Browser, tmp_path: Path) -> None:
    text = f'name: a\nsource: "{EVIL}"\ninput: {{shape: [4]}}\nbody:\n  - Dense: {{units: 2}} # {EVIL}\n'
    (tmp_path / "a.yaml").write_text(text)
    browser.open(written(tmp_path, str(tmp_path / "a.yaml")).as_uri())
    assert shown(browser) == ["input", "dense1"]
    press(browser, "Tab", 9)
    browser.evaluate("faceOf(parts[1]).focus()")
    assert EVIL in browser.evaluate("details.innerText")
    assert browser.evaluate("[document.title, document.querySelectorAll('img').length]") == ["a", 0]
    assert browser.complaints() == []
