"""A client of yaml-language-server: JSON-RPC over its standard input and output, as an editor speaks to it."""

import itertools
import json
import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

ENTRY = Path("node_modules/yaml-language-server/bin/yaml-language-server")
PLACES = (os.environ.get("YAML_LANGUAGE_SERVER", ""), "~/.cache/speczoo/editors")
"""Folders in which `npm install yaml-language-server` may have been called."""
TIMEOUT = 20
"""Seconds for an answer."""


def server() -> Path | None:
    """The installed server, None where there is none or no node to run it."""
    found = (Path(place).expanduser() / ENTRY for place in PLACES if place)
    return next((path for path in found if path.is_file()), None) if shutil.which("node") else None


class LanguageServer:
    """One server process; open documents by their path."""

    def __init__(self, program: Path, folder: Path) -> None:
        command = ["node", str(program), "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.numbers = itertools.count(1)
        self.answers: dict[int, queue.Queue[Any]] = {}
        self.diagnostics: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        settings = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
        self.settings = settings["yaml"]
        documents = {"completion": {"completionItem": {"snippetSupport": True}}, "hover": {}}
        capabilities = {"textDocument": documents, "workspace": {"configuration": True}}
        self.ask("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": capabilities})
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": settings})

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """A request and its result."""
        number = next(self.numbers)
        self.answers[number] = queue.Queue()
        self._send({"id": number, "method": method, "params": params})
        return self.answers[number].get(timeout=TIMEOUT)

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """A notification."""
        self._send({"method": method, "params": params})

    def open(self, path: Path, text: str) -> list[str]:
        """Opens a document; the errors that the server finds in it, as line:message with lines from 1."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        while True:
            found = self.diagnostics.get(timeout=TIMEOUT)
            if found["uri"] == path.as_uri():
                return [f"{each['range']['start']['line'] + 1}:{each['message']}" for each in found["diagnostics"]]

    def close(self, path: Path) -> None:
        """Closes a document."""
        self.tell("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})

    def at(self, path: Path, line: int, column: int) -> dict[str, Any]:
        """A place in a document as LSP has it, counted from 0."""
        return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": column}}

    def completions(self, path: Path, line: int, column: int) -> dict[str, str]:
        """What is offered at a place: label → inserted text."""
        found = self.ask("textDocument/completion", self.at(path, line, column))
        items = found["items"] if isinstance(found, dict) else found or []
        return {item["label"]: item.get("textEdit", {}).get("newText", item.get("insertText", "")) for item in items}

    def hover(self, path: Path, line: int, column: int) -> str:
        """The text shown at a place, empty where there is none."""
        found = self.ask("textDocument/hover", self.at(path, line, column))
        contents = (found or {}).get("contents", "")
        return str(contents["value"] if isinstance(contents, dict) else contents)

    def stop(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe = self.process.stdin
        assert pipe is not None
        pipe.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        pipe.flush()

    def _read(self) -> None:
        pipe = self.process.stdout
        assert pipe is not None
        while line := pipe.readline():
            size = int(line.split(b":")[1])
            while pipe.readline().strip():
                pass
            self._take(json.loads(pipe.read(size)))

    def _take(self, message: dict[str, Any]) -> None:
        method, number = message.get("method"), message.get("id")
        if method == "textDocument/publishDiagnostics":
            self.diagnostics.put(message["params"])
        elif method == "workspace/configuration":
            asked = message["params"]["items"]
            self._send({"id": number, "result": [self.settings if a["section"] == "yaml" else {} for a in asked]})
        elif method is not None and number is not None:
            self._send({"id": number, "result": None})
        elif number in self.answers:
            self.answers[number].put(message.get("result"))
