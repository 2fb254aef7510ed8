"""Time to draw every shipped model, as a picture and as a page that unfolds, and to see two of the pages in a browser.

    python -m benchmarks.draw

Each model is loaded, inferred and drawn once, in one process without TensorFlow; both wall and processor time are told,
since other programs may run beside. The browser's time is from opening the file to the end of the first drawing.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import specs
from specs.drawing.svg import drawing
from specs.drawing.unfold import unfolding
from tests.zoo.browser import CHROMIUM, browser

SEEN = ("inception_v3", "densenet121")


def main() -> None:
    """Prints the medians and the slowest of all models, then a line for each page that was opened."""
    for kind, draw in (("--svg", drawing), ("--html", unfolding)):
        wall, processor, sizes = {}, {}, {}
        for name in specs.shipped():
            start = time.perf_counter(), time.process_time()
            document = specs.load(name)
            text = draw(document, specs.lower(document))
            wall[name], processor[name] = time.perf_counter() - start[0], time.process_time() - start[1]
            sizes[name] = len(text.encode())
        for title, each in (("wall", wall), ("processor", processor)):
            slowest = max(each, key=lambda name: each[name])
            middle = statistics.median(each.values())
            print(
                f"{kind:6} {len(each)} models, {title:9} median {middle:.3f} s, {slowest} {each[slowest]:.3f} s at most"
            )
        largest = max(sizes, key=lambda name: sizes[name])
        print(f"{kind:6} largest file {largest}: {sizes[largest] / 1e6:.2f} MB", flush=True)
    assert "tensorflow" not in sys.modules
    if CHROMIUM is not None:
        opened()


def opened() -> None:
    """Opens pages folded, one after the other, in a browser that runs already."""
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder) / "profile") as found:
        for name in SEEN:
            document = specs.load(name)
            page = Path(folder) / f"{name}.html"
            page.write_text(unfolding(document, specs.lower(document)), encoding="utf-8")
            for _ in range(3):
                found.call("Page.navigate", url="about:blank")
                found.open(page.as_uri(), 1400, 1000)
                found.wait_for("document.body.dataset.ready")
                print(f"{name} in the browser after {found.evaluate('performance.now()') / 1000:.2f} s", flush=True)


if __name__ == "__main__":
    main()
