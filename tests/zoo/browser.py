"""A real browser for tests: Chromium without a window, spoken to over the DevTools protocol through a pipe.

Source: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

READS, WRITES = 3, 4
"""The file descriptors that Chromium takes commands from and answers on."""

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--remote-debugging-pipe",
)  # fmt: skip


class Browser:
    """One page."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._rest, self._number = b"", 0
        self.events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """One command and its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, told["error"]
                return told["result"]
            self.events.append(told)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._reading, 2**16)
            assert part, "the browser is gone"
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)  # type: ignore[no-any-return]

    def open(self, url: str, width: int = 1200, height: int = 1000) -> None:
        """Go to an address."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, expression: str) -> Any:
        """What JavaScript's expression is on the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 60) -> None:
        """Waits until an expression is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"!!({expression})"):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)

    def pick(self, selector: str, file: Path) -> None:
        """Choose a file in an input, as a person does in the dialog."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def screenshot(self, path: Path) -> None:
        """The whole page as PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """What the browser logged: exceptions, refused by the policy, failed requests."""
        self.evaluate("0")
        logged = [each["params"]["entry"] for each in self.events if each.get("method") == "Log.entryAdded"]
        thrown = [each["params"] for each in self.events if each.get("method") == "Runtime.exceptionThrown"]
        return [each["text"] for each in logged if each["level"] == "error"] + [str(each) for each in thrown]

    def addresses(self) -> set[str]:
        """Whatever the page asked for."""
        sent = [each["params"] for each in self.events if each.get("method") == "Network.requestWillBeSent"]
        return {each["request"]["url"] for each in sent}


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser that keeps what it keeps in a folder."""
    assert CHROMIUM is not None
    its_reading, writing = os.pipe()
    reading, its_writing = os.pipe()

    def give() -> None:
        # Either may have the number that the other is to get.
        given = fcntl.fcntl(its_reading, fcntl.F_DUPFD, 10), fcntl.fcntl(its_writing, fcntl.F_DUPFD, 10)
        os.dup2(given[0], READS)
        os.dup2(given[1], WRITES)

    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder}"]
    process = subprocess.Popen(command, pass_fds=(READS, WRITES), preexec_fn=give, stderr=subprocess.DEVNULL)
    os.close(its_reading)
    os.close(its_writing)
    try:
        yield Browser(reading, writing)
    finally:
        os.close(writing)
        process.terminate()
        process.wait(60)
        os.close(reading)
