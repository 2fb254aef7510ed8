"""A server under load, and under requests that are none: nothing but answers and deliberate refusals.

    python benchmarks/serve.py [CLIENTS [SECONDS [FUZZED]]]      # 64 clients, 60 s, 5,000 fuzzed requests

Exports a small residual network with fresh weights, serves it in a process of its own, and asks it from as many
clients as are given, each with a connection of its own, one request after the other. Memory is that of the server's
process as /metrics tells it, after the clients have asked for a sixth of the time and at the end. Then come fuzzed
requests: bodies, headers, paths, types, sizes, slow clients, connections that are half closed or cut. After each
hundred the server must answer a good request.
"""

import asyncio
import itertools
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
SPEC = "{name: tiny, extends: digits_resnet}"
HOST = "127.0.0.1"
PATH = "/v1/models/tiny:predict"
DELIBERATE = {200, 429}


def body(rows: int, seed: int = 0) -> bytes:
    """Pixels of so many images."""
    pixels = random.Random(seed)
    images = [[[[pixels.randrange(256)] for _ in range(8)] for _ in range(8)] for _ in range(rows)]
    return json.dumps({"instances": images}).encode()


def start(folder: Path, *options: str) -> tuple[subprocess.Popen[str], int]:
    """A server and its port."""
    command = [sys.executable, "-m", "cli", "serve", str(folder), "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r":(\d+)$", process.stdout.readline().strip())
    assert found, "the server did not start"
    return process, int(found[1])


def memory(port: int) -> float:
    """Megabytes of the server's process."""
    text = httpx.get(f"http://{HOST}:{port}/metrics", timeout=60).text
    found = re.search(r"^process_resident_memory_bytes (\S+)$", text, re.MULTILINE)
    assert found
    return float(found[1]) / 1e6


async def client(port: int, number: int, end: float, statuses: Counter[int], seconds: list[float]) -> None:
    """One after the other, on one connection, until the end."""
    requests = [request(body(rows, number)) for rows in (1, 1, 1, 4)]
    reader, writer = await asyncio.open_connection(HOST, port)
    for asked in itertools.cycle(requests):
        if time.monotonic() > end:
            break
        started = time.perf_counter()
        writer.write(asked)
        status = await answered(reader)
        seconds.append(time.perf_counter() - started)
        statuses[status] += 1
        if status == 429:
            await asyncio.sleep(1)
    writer.close()


def request(content: bytes) -> bytes:
    """A good request as it goes over the wire: a client of a few lines leaves the processor to the server."""
    return f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


async def answered(reader: asyncio.StreamReader) -> int:
    """The status of an answer that was read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
    assert length, head
    await reader.readexactly(int(length[1]))
    return int(head.split()[1])


async def load(port: int, clients: int, duration: float) -> dict[str, Any]:
    """What came of so many clients."""
    statuses: Counter[int] = Counter()
    times: list[float] = []
    await asyncio.gather(
        *(client(port, each, time.monotonic() + duration / 6, Counter(), []) for each in range(clients))
    )
    before = memory(port)
    started = time.monotonic()
    await asyncio.gather(*(client(port, each, started + duration, statuses, times) for each in range(clients)))
    took = time.monotonic() - started
    cuts = statistics.quantiles(times, n=100)
    return {
        "clients": clients,
        "seconds": round(took, 1),
        "answers": dict(statuses),
        "per second": round(len(times) / took, 1),
        "median ms": round(cuts[49] * 1000, 1),
        "95th percentile ms": round(cuts[94] * 1000, 1),
        "MB before": round(before, 1),
        "MB after": round(memory(port), 1),
    }


# ---- requests that are none

VALUES: list[Any] = [
    None, True, 0, -1, 1e308, 2**70, "", "a" * 5000, "\x00", "é", [], [[]], [[[[]]]], {}, {"b64": "!"}, {"b64": 1},
    [[1, 2], [3]], [None], [[[["1"]]]], {"instances": 1}, [float("nan")], [[[[float("inf")] * 8] * 8]],
]  # fmt: skip
PATHS = [
    PATH, "/", "/v1/models/", "/v1/models/x:predict", "/v1/models/tiny", "/v1/models/tiny/versions/9",
    "/v1/models/tiny/metadata", "/../../etc/passwd", "/%2e%2e/%00", "/metrics", "/healthz", "/page.js",
    "/v1/models/tiny:classify", "//", "/?" + "x=1&" * 500, "*", "http://other/", "/v1/models/\xed\xa0\x80",
    "/" + "a" * 9000,
]  # fmt: skip
METHODS = ["POST"] * 6 + ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "CONNECT", "BREW", "", "G\x00T"]
HEADERS = [
    "Content-Length: 99999999999999", "Content-Length: -1", "Content-Length: 3\r\nContent-Length: 4",
    "Host: evil.example", "Origin: http://evil.example", "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip", "Expect: 100-continue",
    "Connection: upgrade\r\nUpgrade: websocket", "X: " + "y" * 40_000, "No colon", ": empty",
    "Content-Type: text/plain", "Content-Type: multipart/form-data", "Range: bytes=0-", "Cookie: \xff\xfe",
    "Accept: " + "*," * 900,
]  # fmt: skip


def fuzzed_body(chance: random.Random) -> bytes:
    """A good body, changed; or values at random; or bytes at random."""
    kind = chance.randrange(6)
    if kind == 0:
        return chance.randbytes(chance.randrange(3000))
    if kind == 1:
        return chance.choice([b"[", b'{"a":']) * chance.choice([1, 100, 50_000])
    if kind == 2:
        good = bytearray(body(1))
        for _ in range(chance.randrange(1, 9)):
            good[chance.randrange(len(good))] = chance.randrange(256)
        return bytes(good)
    keys = chance.sample(["instances", "inputs", "signature_name", "x", "b64", ""], chance.randrange(4))
    value = {key: chance.choice(VALUES) for key in keys}
    if kind == 3 and "instances" in value:
        value["instances"] = [chance.choice(VALUES) for _ in range(chance.randrange(5))]
    return json.dumps(value if kind < 5 else chance.choice(VALUES)).encode()


def fuzzed(chance: random.Random) -> bytes:
    """One request as bytes."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(1, 2000))
    content = fuzzed_body(chance)
    headers = [f"Host: {HOST}", f"Content-Length: {len(content)}"]
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        headers.insert(chance.randrange(len(headers) + 1), chance.choice(HEADERS))
    if chance.random() < 0.1:
        headers.pop(chance.randrange(len(headers)))
    version = chance.choice(["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/2.0", ""])
    path = PATH if chance.random() < 0.6 else chance.choice(PATHS)
    head = "\r\n".join([f"{chance.choice(METHODS)} {path} {version}", *headers, "", ""])
    return head.encode("latin-1", "replace") + content


def send(port: int, chance: random.Random) -> str:
    """Send one and say what came: a status, or how the connection ended."""
    data = fuzzed(chance)
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.settimeout(chance.choice([0.05, 0.2, 2]))
        try:
            if chance.random() < 0.03:  # a slow client
                for start in range(0, min(len(data), 60), 10):
                    connection.sendall(data[start : start + 10])
                    time.sleep(0.02)
            else:
                connection.sendall(data[: chance.randrange(1, len(data) + 1)] if chance.random() < 0.15 else data)
            if chance.random() < 0.2:
                connection.shutdown(socket.SHUT_WR)
            if chance.random() < 0.1:
                return "cut by us"
            answer = connection.recv(4096)
        except TimeoutError:
            return "still waiting"
        except OSError:
            return "reset"
    found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    return found[1].decode() if found else "closed" if not answer else "no HTTP"


def fuzz(port: int, count: int, seed: int = 0) -> dict[str, Any]:
    """What came of so many fuzzed requests; the server answers a good one after each hundred."""
    chance, outcomes = random.Random(seed), Counter[str]()
    before = memory(port)
    for number in range(count):
        outcomes[send(port, chance)] += 1
        if number % 100 == 99:
            answer = httpx.post(f"http://{HOST}:{port}{PATH}", content=body(1), timeout=60)
            assert answer.status_code == 200, f"after {number + 1} fuzzed requests: {answer.status_code}"
    told = dict(sorted(outcomes.items()))
    return {"fuzzed": count, "outcomes": told, "MB before": round(before, 1), "MB after": round(memory(port), 1)}


def check(loaded: dict[str, Any], survived: dict[str, Any]) -> None:
    """The claims."""
    assert set(loaded["answers"]) <= DELIBERATE, loaded
    assert loaded["MB after"] < 1.1 * loaded["MB before"] + 20, loaded
    assert not {"500", "no HTTP"} & set(survived["outcomes"]), survived
    assert survived["MB after"] < 1.1 * survived["MB before"] + 60, survived


def main(clients: int = 64, seconds: float = 60, count: int = 5000) -> None:
    """Load, then fuzz, then a graceful end."""
    import specs
    import zoo

    with tempfile.TemporaryDirectory() as folder:
        export = zoo.export(specs.loads(SPEC), out=Path(folder) / "tiny").directory
        process, port = start(export)
        try:
            loaded = asyncio.run(load(port, clients, seconds))
            print(json.dumps(loaded), flush=True)
            survived = fuzz(port, count)
            print(json.dumps(survived), flush=True)
            check(loaded, survived)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, "the server did not end well"


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main(*map(int, sys.argv[1:]))
