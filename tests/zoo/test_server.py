"""The server speaks TensorFlow Serving's REST, holds to its limits, and says in a sentence what is wrong."""

import asyncio
import base64
import contextlib
import io
import json
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

import zoo
from tests.zoo import browser as browsers
from zoo.backend import tensorflow as tf
from zoo.exports.manifest import Manifest
from zoo.server.app import Serving
from zoo.server.guard import Names
from zoo.server.limits import Limits
from zoo.server.page import form_of, page_of
from zoo.server.servable import Field, Servable, Signature, load

ROOT = Path(zoo.__file__).parents[1]
PREDICT = "/v1/models/made:predict"

Ask = Callable[..., tuple[int, Any]]


def concrete(name: str, function: Callable[..., Any], /, **inputs: Any) -> Signature:
    def named(**given: Any) -> Any:
        return function(**given)

    made = tf.function(named, autograph=False).get_concrete_function(**inputs)
    return Signature(name, fields(inputs), fields(made.structured_outputs), made)


def fields(specs: dict[str, Any]) -> dict[str, Field]:
    shapes = {name: None if spec.shape.rank is None else tuple(spec.shape.as_list()) for name, spec in specs.items()}
    return {name: Field(spec.dtype.name, shapes[name]) for name, spec in specs.items()}


def _decoded(image: Any) -> Any:
    pixels = tf.map_fn(lambda each: tf.io.decode_image(each, expand_animations=False)[0, 0, :1], image, tf.uint8)
    return {"first": pixels}


@pytest.fixture(scope="module")
def servable() -> Servable:
    """Signatures of every kind."""
    text = tf.TensorSpec([None], tf.string, "text")
    made = [
        concrete("serving_default", lambda x: {"y": 2 * x}, x=tf.TensorSpec([None, 2], tf.float32, "x")),
        concrete(
            "from_columns",
            lambda age, name: {"label": tf.strings.join([name, "!"]), "next": age + 1},
            age=tf.TensorSpec([None], tf.int32, "age"),
            name=tf.TensorSpec([None], tf.string, "name"),
        ),
        concrete("echo", lambda text: {"same_bytes": text}, text=text),
        concrete("image", lambda text: _decoded(text), text=text),
        concrete("flag", lambda on: {"off": tf.logical_not(on)}, on=tf.TensorSpec([None], tf.bool, "on")),
        concrete("whole", lambda x: {"sum": tf.reduce_sum(x)}, x=tf.TensorSpec([None], tf.float32, "x")),
    ]
    read: dict[str, Any] = {"name": "made", "trained": False, "classes": None, "gives": {}}  # what the server reads
    manifest = Manifest.model_construct(**read)
    return Servable(Path("made"), manifest, {each.name: each for each in made}, {"signature_def": {}})


@asynccontextmanager
async def client(serving: Serving, names: Names | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application itself: no socket."""
    transport = httpx.ASGITransport(serving.app(names or Names("127.0.0.1")), raise_app_exceptions=False)
    async with serving.lifespan(None), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as made:
        yield made


def asked(servable: Servable, *requests: dict[str, Any], limits: Limits | None = None) -> list[httpx.Response]:
    """The answers to requests that come at once."""

    async def run() -> list[httpx.Response]:
        async with client(Serving(servable, limits or Limits())) as http:
            return list(await asyncio.gather(*(http.request(**request) for request in requests)))

    return asyncio.run(run())


def post(body: Any, path: str = PREDICT, **more: Any) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {"method": "POST", "url": path, "content": content, **more}


def get(path: str, **more: Any) -> dict[str, Any]:
    return {"method": "GET", "url": path, **more}


@pytest.fixture
def ask(servable: Servable) -> Ask:
    def one(body: Any, **more: Any) -> tuple[int, Any]:
        (answer,) = asked(servable, post(body, **more))
        return answer.status_code, answer.json()

    return one


def b64(data: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(data).decode()}


def png(width: int, height: int, value: int = 0) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height), value).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"instances": [[1, 2], [3, 4.5]]}, {"predictions": [[2, 4], [6, 9]]}),
        ({"instances": [{"x": [1, 2]}]}, {"predictions": [[2, 4]]}),
        ({"inputs": [[1, 2]]}, {"outputs": [[2, 4]]}),
        ({"inputs": {"x": [[1, 2]]}, "signature_name": "serving_default"}, {"outputs": [[2, 4]]}),
        (
            {"signature_name": "from_columns", "instances": [{"age": 1, "name": "Ada"}, {"age": 2, "name": "é"}]},
            {"predictions": [{"label": "Ada!", "next": 2}, {"label": "é!", "next": 3}]},
        ),
        (
            {"signature_name": "from_columns", "inputs": {"name": ["Ada"], "age": [7]}},
            {"outputs": {"label": ["Ada!"], "next": [8]}},
        ),
        ({"signature_name": "echo", "instances": [b64(b"\xff\x00"), "a"]},
         {"predictions": [b64(b"\xff\x00"), b64(b"a")]}),
        ({"signature_name": "echo", "instances": [{"text": b64(b"\xff")}]}, {"predictions": [b64(b"\xff")]}),
        ({"signature_name": "image", "instances": [b64(png(2, 2, 9))]}, {"predictions": [[9]]}),
        ({"signature_name": "flag", "instances": [True, False]}, {"predictions": [False, True]}),
        ({"signature_name": "whole", "inputs": [1, 2, 3]}, {"outputs": 6}),
    ],
)  # fmt: skip
def test_predict_in_rows_and_in_columns(ask: Ask, body: dict[str, Any], answer: dict[str, Any]) -> None:
    assert ask(body) == (200, answer)


def test_what_json_has_no_words_for_is_written_as_tensorflow_serving_does(servable: Servable) -> None:
    (answer,) = asked(servable, post(b'{"instances": [[NaN, -Infinity]]}'))
    assert answer.text == '{"predictions": [[NaN, -Infinity]]}'


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "the body is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
        (b"\xff", "the body is not JSON ("),
        (b"[" * 100_000, "the JSON is nested too deeply"),
        (b"[1]", "the body is a JSON object with either 'instances' (rows) or 'inputs' (columns)"),
        ({"instances": [1], "inputs": [1]}, "either 'instances' (rows) or 'inputs' (columns)"),
        ({"instances": [[1, 2]], "signature": "a"}, "the body has no key 'signature'; it has signature_name, "),
        ({"instances": [[1, 2]], "signature_name": "y"}, "there is no signature 'y'; there are serving_default, from_"),
        ({"instances": [[1, 2]], "signature_name": [1]}, "there is no signature [1]; there are"),
        ({"instances": []}, "'instances' is a list of at least one row of x: float32 [batch, 2]"),
        ({"instances": [[1], [2]]}, "input 'x' takes float32 [batch, 2] (got shape [2, 1])"),
        ({"instances": [[1, 2], [3]]}, "input 'x' takes float32 [batch, 2] (got lists that differ in length)"),
        ({"instances": [[1, "2"]]}, "input 'x' takes float32 [batch, 2] (got '2' among the numbers)"),
        ({"instances": [[1, True]]}, "(got True among the numbers)"),
        ({"instances": [[1, None]]}, "(got None among the numbers)"),
        ({"instances": [[1, 1e300]]}, "(got a number that this type cannot hold)"),
        ({"instances": [[1, 10**400]]}, "(got a number that this type cannot hold)"),
        ({"inputs": {"z": [[1, 2]]}}, "'inputs' lacks 'x'; the signature takes x: float32 [batch, 2]"),
        ({"inputs": []}, "input 'x' takes float32 [batch, 2] (got shape [0])"),
        ({"signature_name": "whole", "inputs": []}, "input 'x' takes float32 [batch] (got no value at all)"),
        ({"signature_name": "whole", "instances": [1]}, "whole does not give a row for each row; ask it with 'inputs'"),
        ({"signature_name": "from_columns", "instances": [{"age": 1}]}, "instances[0] lacks 'name'; the signature"),
        ({"signature_name": "from_columns", "instances": [3]}, "instances[0] is an object of age: int32 [batch]"),
        (
            {"signature_name": "from_columns", "inputs": {"age": [1], "name": ["a"], "sex": [2]}},
            "'inputs' has no input 'sex'; the signature takes age: int32 [batch], name: string [batch]",
        ),
        (
            {"signature_name": "from_columns", "inputs": {"age": [1, 2], "name": ["a"]}},
            "all inputs have the same number of rows (got age: 2, name: 1)",
        ),
        ({"signature_name": "from_columns", "inputs": {"age": [1.0], "name": ["a"]}}, "(got 1.0 among the integers)"),
        ({"signature_name": "from_columns", "inputs": {"age": [2**40], "name": ["a"]}}, "this type cannot hold)"),
        ({"signature_name": "echo", "instances": [3]}, "input 'text' takes string [batch] (got 3; bytes are written"),
        ({"signature_name": "echo", "instances": [{"b64": "§"}]}, "(got b64 that is not base64)"),
        (b'{"signature_name": "echo", "instances": ["\\ud800"]}', "half of a surrogate pair"),
        ({"signature_name": "image", "instances": ["no image"]}, "the model cannot compute these inputs: "),
        ({"signature_name": "image", "instances": [b64(png(9000, 9000))]}, "the image has more than 50,000,000 pixels"),
    ],
)  # fmt: skip
def test_a_bad_request_is_told_what_is_wrong(ask: Ask, body: Any, sentence: str) -> None:
    status, told = ask(body)
    assert status == 400
    assert sentence in told["error"]


def test_paths_are_those_of_tensorflow_serving(servable: Servable) -> None:
    row = {"instances": [[1, 2]]}
    state = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    expected: list[tuple[dict[str, Any], int, Any]] = [
        (get("/v1/models/made"), 200, {"model_version_status": [state]}),
        (get("/v1/models/made/versions/1"), 200, {"model_version_status": [state]}),
        (post(row, "/v1/models/made/versions/1:predict"), 200, {"predictions": [[2, 4]]}),
        (get("/v1/models/half"), 404, {"error": "Servable not found for request: Latest(half); here is made"}),
        (
            post(row, "/v1/models/made/versions/2:predict"),
            404,
            {"error": "Servable not found for request: Specific(made, 2); here is made"},
        ),
        (get(PREDICT), 405, {"error": "this path is asked with POST (got GET)"}),
        (post(row, "/v1/models/made"), 405, {"error": "this path is asked with GET (got POST)"}),
        (
            post(row, "/v1/models/made:regress"),
            404,
            {"error": "there is no '/v1/models/made:regress'; ask /v1/models/made:predict"},
        ),
        (get("/nothing"), 404, {"error": "Not Found: GET '/nothing'"}),
        ({"method": "DELETE", "url": "/healthz"}, 405, {"error": "Method Not Allowed: DELETE '/healthz'"}),
        (get("/healthz"), 200, {"live": True, "ready": True}),
    ]  # fmt: skip
    answers = asked(servable, *(request for request, _, _ in expected))
    assert [(answer.status_code, answer.json()) for answer in answers] == [(code, body) for _, code, body in expected]


def test_what_comes_at_once_is_computed_together_and_each_gets_its_own(servable: Servable) -> None:
    sizes: list[int] = []
    plain = servable.signatures["serving_default"]

    def counted(x: Any) -> Any:
        sizes.append(len(x))
        return plain.function(x=x)

    observed = Signature("serving_default", plain.inputs, plain.outputs, counted)
    made = Servable(servable.folder, servable.manifest, {**servable.signatures, "serving_default": observed}, {})
    rows = [[[index, index]] for index in range(20)] + [[[0, 0]] * 19]
    answers = asked(made, *(post({"instances": each}) for each in rows), limits=Limits(max_batch=8))
    assert [answer.json() for answer in answers] == [
        {"predictions": [[2 * value for value in row] for row in each]} for each in rows
    ]
    assert sum(sizes) == 39
    assert max(sizes) == 8
    assert len(sizes) < 21


def test_one_bad_image_spoils_no_other_answer(servable: Servable) -> None:
    images = [b64(png(1, 1, 1)), b64(b"\x89PNG but broken"), b64(png(1, 1, 3))]
    answers = asked(servable, *(post({"signature_name": "image", "instances": [image]}) for image in images))
    assert [answer.status_code for answer in answers] == [200, 400, 200]
    assert [answers[0].json(), answers[2].json()] == [{"predictions": [[1]]}, {"predictions": [[3]]}]


@pytest.fixture
def slow(servable: Servable) -> Iterator[tuple[Servable, threading.Event]]:
    """A model that computes until the event is set."""
    done = threading.Event()
    plain = servable.signatures["serving_default"]

    def wait(x: Any) -> Any:
        done.wait(20)
        return plain.function(x=x)

    waiting = Signature("serving_default", plain.inputs, plain.outputs, wait)
    yield Servable(servable.folder, servable.manifest, {"serving_default": waiting}, {}), done
    done.set()


def test_a_full_queue_says_so(slow: tuple[Servable, threading.Event]) -> None:
    made, done = slow

    async def run() -> list[httpx.Response]:
        serving = Serving(made, Limits(max_queue=2, max_batch=1))
        async with client(serving) as http:
            first = asyncio.create_task(http.request(**post({"instances": [[1, 2]]})))
            while "speczoo_batch_rows_count 1" not in (await http.get("/metrics")).text:
                await asyncio.sleep(0.01)
            tasks = [asyncio.create_task(http.request(**post({"instances": [[1, 2]]}))) for _ in range(5)]
            refused = await asyncio.gather(*tasks[2:])
            done.set()
            return [*await asyncio.gather(first, *tasks[:2]), *refused]

    answers = asyncio.run(run())
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 429]
    assert answers[-1].json() == {"error": "2 requests are waiting already; come back in a second"}
    assert answers[-1].headers["retry-after"] == "1"


def test_what_takes_too_long_is_given_up(slow: tuple[Servable, threading.Event]) -> None:
    made, done = slow

    async def run() -> tuple[list[httpx.Response], httpx.Response, httpx.Response, httpx.Response]:
        async with client(Serving(made, Limits(seconds=0.3, max_batch=1))) as http:
            answers = await asyncio.gather(*(http.request(**post({"instances": [[1, 2]]})) for _ in range(2)))
            stuck, live = await until(http, 503), await http.get("/healthz/live")
            done.set()
            return answers, stuck, live, await until(http, 200)

    async def until(http: httpx.AsyncClient, status: int) -> httpx.Response:
        """The model begins a moment after a request has come, and ends one after it may."""
        while (answer := await http.get("/healthz")).status_code != status:
            await asyncio.sleep(0.01)
        return answer

    answers, stuck, live, ready = asyncio.run(run())
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [
        (504, "the model takes longer than 0.3 s for this"),
        (503, "it was not this request's turn within 0.3 s"),
    ]
    assert [stuck.status_code, live.status_code, ready.status_code] == [503, 200, 200]


def test_bodies_have_bounds(servable: Servable) -> None:
    small = Limits(max_bytes=100)
    too_large = post(b" " * 101)
    answers = asked(servable, too_large, post(b" " * 40), post({}, headers={"content-encoding": "gzip"}), limits=small)
    assert [answer.status_code for answer in answers] == [413, 400, 415]
    assert answers[0].json() == {"error": "a request has at most 100 bytes; ask about fewer rows"}

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 10

    async def stall() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(20)

    request = {"method": "POST", "url": PREDICT}
    (dripped,) = asked(servable, {**request, "content": drip()}, limits=small)
    (stalled,) = asked(servable, {**request, "content": stall()}, limits=Limits(seconds=0.2))
    assert (dripped.status_code, stalled.status_code) == (413, 408)
    assert stalled.json() == {"error": "the body did not arrive within 0.2 s"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:8501"}, 200),
        ({"host": "[::1]:8501"}, 200),
        ({"host": "localhost:8501", "origin": "http://localhost:8501"}, 200),
        ({"host": "evil.example:8501"}, 403),
        ({"host": "192.168.0.7"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:3000"}, 403),
    ],
)
def test_pages_of_strangers_cannot_use_a_server_on_loopback(
    servable: Servable, headers: dict[str, str], status: int
) -> None:
    (answer,) = asked(servable, post({"instances": [[1, 2]]}, headers=headers))
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_server_for_others_is_called_by_its_number_or_by_a_name_that_was_given() -> None:
    names = Names("0.0.0.0", ("zoo.example",))
    assert [names.knows(each) for each in ("10.0.0.3:80", "zoo.example", "[fe80::1]:1", socket.gethostname())] == [
        True
    ] * 4
    assert not names.knows("other.example")


def test_metrics_count_what_was_answered(servable: Servable) -> None:
    async def run() -> str:
        async with client(Serving(servable, Limits())) as http:
            for body in ({"instances": [[1, 2], [3, 4]]}, {}):
                await http.request(**post(body))
            return (await http.get("/metrics")).text

    text = asyncio.run(run())
    assert 'speczoo_requests_total{endpoint="predict",status="200"} 1' in text
    assert 'speczoo_requests_total{endpoint="predict",status="400"} 1' in text
    assert 'speczoo_request_seconds_count{endpoint="predict"} 2' in text
    assert 'speczoo_batch_rows_bucket{le="1"} 0' in text
    assert 'speczoo_batch_rows_bucket{le="2"} 1' in text
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+', line), line


def test_a_bug_of_ours_is_no_answer_of_the_model(servable: Servable) -> None:
    def fail(x: Any) -> Any:
        raise ZeroDivisionError

    broken = Signature("serving_default", *_kinds(servable), function=fail)
    made = Servable(servable.folder, servable.manifest, {"serving_default": broken}, {})
    answers = asked(made, post({"instances": [[1, 2]]}), get("/healthz"))
    assert [answer.status_code for answer in answers] == [500, 200]
    assert answers[0].json() == {"error": "the server failed; its log says why"}


def _kinds(servable: Servable) -> tuple[Any, Any]:
    plain = servable.signatures["serving_default"]
    return plain.inputs, plain.outputs


def test_the_page_asks_as_the_signatures_want_it(servable: Servable) -> None:
    def form(**signatures: Any) -> str:
        return form_of({name: concrete(name, lambda **x: x, **inputs) for name, inputs in signatures.items()})[0]

    image, text = {"i": tf.TensorSpec([None, 8, 8, 3])}, {"t": tf.TensorSpec([None, 1], tf.string)}
    assert form_of(servable.signatures)[0] == "columns"
    assert form(serving_default=image) == "pixels"
    assert form(serving_default=image, from_bytes=text) == "bytes"
    assert form(serving_default=text) == "text"
    assert form(serving_default={"a": tf.TensorSpec([None]), "b": tf.TensorSpec([None, 1])}) == "columns"
    assert form(serving_default={"a": tf.TensorSpec([None, 5])}) == "json"
    named = servable.manifest.model_copy(update={"classes": {"y": ("</script><b>", "é")}})
    page = page_of(Servable(servable.folder, named, servable.signatures, {}))
    assert "</script><b>" not in page
    assert "\\u003c/script\\u003e\\u003cb\\u003e" in page


# ---- a real process


def start(folder: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """A server and its address, once it says that it is ready."""
    command = [sys.executable, "-m", "cli", "serve", str(folder), "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"tiny is served at (http://127\.0\.0\.1:\d+)\n", line)
    assert found, (line, process.communicate(timeout=60))
    return process, found[1]


@pytest.fixture(scope="module")
def server(fresh: Path) -> Iterator[str]:
    process, address = start(fresh)
    yield address
    process.send_signal(signal.SIGINT)
    assert (process.wait(60), process.communicate()) == (0, ("", ""))


def test_the_server_answers_as_the_signature_does(server: str, fresh: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 1))
    answer = httpx.post(f"{server}/v1/models/tiny:predict", json={"instances": x.tolist()}, timeout=60)
    expected = load(fresh).signatures["serving_default"].ask({"input": x.astype(np.float32)})["output"]
    np.testing.assert_allclose(answer.json()["predictions"], expected, rtol=0, atol=1e-6)
    fields = httpx.get(f"{server}/v1/models/tiny/metadata").json()["metadata"]["signature_def"]["signature_def"]
    assert fields["serving_default"]["inputs"]["input"]["dtype"] == "DT_FLOAT"
    sizes = [each["size"] for each in fields["serving_default"]["inputs"]["input"]["tensor_shape"]["dim"]]
    assert sizes == ["-1", "8", "8", "1"]


def test_a_port_that_is_taken_is_said(server: str, fresh: Path) -> None:
    port = server.rpartition(":")[2]
    command = [sys.executable, "-m", "cli", "serve", str(fresh), "--port", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert (
        done.stderr == f"127.0.0.1:{port}: cannot be listened on (Address already in use); choose another with --port\n"
    )


def test_what_is_no_http_does_not_hurt(server: str) -> None:
    """And nothing of it is logged: the fixture looks at the end whether standard error is empty."""
    host, port = server.removeprefix("http://").split(":")
    chunked = f"POST /v1/models/tiny:predict HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n".encode()
    parts: list[tuple[bytes, ...]] = [
        (b"\x00\xff" * 100,),
        (b"GET /\r\n\r\n",),
        (b"POST " + b"a" * 100_000,),
        (b"GET / HTTP/1.1\r\n\r\n",),
        (chunked + b"\r\nno chunk\r\n",),
        (chunked + b"\r\n5\r\n{    \r\n", b"no chunk\r\n"),
        (chunked + b"Content-Encoding: gzip\r\n\r\n", b"no chunk\r\n"),
    ]
    for sent in parts:
        # The server may hang up before all is sent.
        with socket.create_connection((host, int(port)), timeout=30) as connection, contextlib.suppress(OSError):
            for part in sent:
                connection.sendall(part)
                time.sleep(0.2)
            connection.shutdown(socket.SHUT_WR)
            assert re.match(rb"HTTP/1\.1 4|$", connection.recv(1000)), sent
    assert httpx.get(f"{server}/healthz", timeout=60).status_code == 200


def test_sigterm_lets_what_runs_be_answered(fresh: Path) -> None:
    process, address = start(fresh, "--log")
    host, port = address.removeprefix("http://").split(":")
    body = json.dumps({"instances": np.zeros((1, 8, 8, 1)).tolist()}).encode()
    head = f"POST /v1/models/tiny:predict HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head + body[:-1])
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(body[-1:])
        answer = b"".join(iter(lambda: connection.recv(2**16), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert process.wait(60) == 0
    (line,) = process.communicate()[1].splitlines()
    logged = json.loads(line)
    assert (logged["path"], logged["status"], logged["client"]) == ("/v1/models/tiny:predict", 200, "127.0.0.1")


def test_many_clients_and_fuzzed_requests_get_answers_or_deliberate_refusals(server: str) -> None:
    script = runpy.run_path(str(ROOT / "benchmarks" / "serve.py"))
    port = int(server.rpartition(":")[2])
    script["check"](asyncio.run(script["load"](port, 16, 2)), script["fuzz"](port, 200))


@pytest.mark.skipif(browsers.CHROMIUM is None, reason="there is no Chromium on this machine")
def test_a_browser_shows_the_drawing_and_the_classes_of_a_picked_image(server: str, tmp_path: Path) -> None:
    with browsers.browser(tmp_path / "profile") as browser:
        browser.open(f"{server}/")
        assert browser.evaluate("document.querySelector('h1').innerText") == "tiny"
        drawn = browser.evaluate("[...document.querySelectorAll('.model svg text')].map(each => each.textContent)")
        names = ["input", "rescaling1", "flatten1", "dense1", "dropout1", "dense2"]
        assert [each for each in drawn if each in names] == ["input", *names], "input's box says so too"
        fill = "getComputedStyle(document.querySelector('.model .conv, .model .dense')).fill"
        assert browser.evaluate(fill) == "rgb(232, 222, 250)", "the drawing has its colours, by the page's policy"
        browser.pick("#file", ROOT / "examples" / "digits" / "digit.png")
        browser.wait_for("document.querySelector('.took')")
        shown = browser.evaluate("[...document.querySelectorAll('.score')].map(each => each.innerText.split('\\n'))")
        with Image.open(ROOT / "examples" / "digits" / "digit.png") as image:
            pixels = np.asarray(image.convert("L")).reshape(1, 8, 8, 1)
        body = {"instances": pixels.tolist()}
        scores = httpx.post(f"{server}/v1/models/tiny:predict", json=body, timeout=60).json()["predictions"][0]
        best = sorted(range(10), key=lambda index: -scores[index])
        assert shown == [[str(index), f"{100 * scores[index]:.1f} %"] for index in best]
        assert browser.complaints() == []
        assert all(address.startswith((server, f"blob:{server}", "data:")) for address in browser.addresses())
