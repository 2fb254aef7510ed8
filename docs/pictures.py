"""Makes the pictures of docs/pictures anew: pages of zoo show --html, photographed in Chromium.

python -m docs.pictures
"""

import tempfile
from pathlib import Path
from urllib.parse import quote

import specs
from specs.drawing.unfold import unfolding
from tests.zoo.browser import CHROMIUM, Browser, browser

PICTURES = Path(__file__).parent / "pictures"
SIZE = (1280, 900)
SHOTS = (
    ("inception_v3", "light", {"open": "mixed0…2/mixed0"}, "mixed0…2/mixed0/concatenate1"),
    ("resnet50", "light", {"open": "stage2/bottleneck1"}, "stage2/bottleneck1"),
    ("densenet121", "dark", {"open": "block1/dense_layer1"}, "block1/dense_layer1/conv2"),
    ("mobilenet_v2", "light", {"width": "params"}, "conv_1"),
    ("unet", "dark", {}, "up1"),
)
"""The model, the colours, what is unfolded and how wide boxes are, and the part that is told of."""


def main() -> None:
    """Writes the PNG files."""
    if CHROMIUM is None:
        raise SystemExit("there is no Chromium on this machine")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder) / "profile") as found:
        for name, scheme, asked, path in SHOTS:
            document = specs.load(name)
            page = Path(folder) / f"{name}.html"
            page.write_text(unfolding(document, specs.lower(document)), encoding="utf-8")
            found.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            words = "&".join(f"{key}={quote(value)}" for key, value in asked.items())
            photograph(found, f"{page.as_uri()}#{words}", path, PICTURES / f"{name}.png")


def photograph(found: Browser, address: str, path: str, file: Path) -> None:
    """Opens a page, points at a part, and keeps what is seen."""
    found.open(address, *SIZE)
    found.wait_for("document.body.dataset.ready")
    found.evaluate(f"tell(parts.find(each => each.path === '{path}'))")
    found.screenshot(file)
    print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
