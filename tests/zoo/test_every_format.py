"""Every family of shipped models goes into every format and passes the gate there, or is refused by layer and format.

EVERY_FORMAT=families takes one model of each family, shrunk as in test_every_model, which takes some minutes of a
processor; EVERY_FORMAT=shrunk every model that tests/zoo/shrunk.yaml has a row for, EVERY_FORMAT=full every shipped
model at full size, which takes hours. Without it only FEW are taken. Each format's client asks all models in one
process; with -s a table of differences is printed.
"""

import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import specs
from specs.errors import UserError
from specs.graph import Graph
from tests.zoo.test_every_model import shrinking, small
from zoo.building import build, served
from zoo.exports.formats import FORMATS, check_expressible, write_format
from zoo.exports.program import write_program
from zoo.exports.verifying import Arrays, ask_fresh, compared, golden_inputs, golden_outputs

WANTED = os.environ.get("EVERY_FORMAT", "")
REFUSED = {
    "adult_mlp": {"onnx", "litert", "openvino"},
    "reviews_embedding": {"onnx", "litert", "openvino"},
    "reviews_bilstm": {"onnx", "litert", "openvino"},
    "temperatures_gru": {"litert"},
    "rows_lstm": {"litert"},
    "imdb_bilstm": {"litert"},
    "characters_gru": {"litert"},
    "characters_rnn": {"litert"},
    "temperatures_bilstm": {"litert"},
    "temperatures_week": {"litert"},
}
"""What the formats cannot express: inputs of text, layers that look up words, loops."""


def families() -> dict[str, str]:
    """One model by family: the first that has a row in shrunk.yaml, else the first."""
    rows = list(shrinking())
    members: dict[str, list[str]] = {}
    for name, path in specs.shipped().items():
        members.setdefault(path.parent.name, []).append(name)
    return {
        family: min(names, key=lambda name: (rows.index(name) if name in rows else len(rows), name))
        for family, names in members.items()
    }


FEW = ["digits_mlp", "temperatures_gru"]
"""Small ones: dense layers, and a loop, which one of the formats does not take."""

MODELS = {
    "": FEW,
    "families": sorted(families().values()),
    "shrunk": sorted({*families().values(), *shrinking()}),
    "full": sorted(specs.shipped()),
}[WANTED]


@dataclass(frozen=True, slots=True)
class Written:
    """A model in a folder, in the formats that it was not refused in."""

    folder: Path
    formats: tuple[str, ...]
    refused: dict[str, str]
    asked: Arrays
    expected: Arrays


def _write(name: str, folder: Path) -> Written:
    graph = specs.lower(specs.load(name)) if WANTED == "full" else small(name)
    model, graph = served(build(graph), graph)
    refused = {kind: told for kind in FORMATS if (told := _refusal(graph, kind))}
    formats = tuple(kind for kind in FORMATS if kind not in refused)
    asked = golden_inputs(graph)
    write_program(model, graph, folder)
    for kind in formats:
        write_format(kind, folder, model, folder)
    np.savez(folder / "asked.npz", allow_pickle=False, **asked)
    return Written(folder, formats, refused, asked, golden_outputs(model, graph, asked))


def _refusal(graph: Graph, kind: str) -> str:
    try:
        check_expressible(graph, [kind])
    except UserError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Written]]:
    """Every model, written."""
    folder = tmp_path_factory.mktemp("every")
    found = {}
    for name in MODELS:
        found[name] = _write(name, folder / name)
        gc.collect()
    yield found


@pytest.fixture(scope="module")
def differences(written: dict[str, Written]) -> dict[str, dict[str, float]]:
    """By format and model, what the format's client got."""
    found: dict[str, dict[str, float]] = {}
    for kind, form in FORMATS.items():
        there = {name: each for name, each in written.items() if kind in each.formats}
        files = [(each.folder / form.files[0], each.folder / "asked.npz") for each in there.values()]
        answers = {name: each.folder / f"{kind}.npz" for name, each in there.items()}
        ask_fresh(kind, [(*pair, answer) for pair, answer in zip(files, answers.values(), strict=True)])
        found[kind] = {name: compared(dict(np.load(answers[name])), there[name].expected, kind) for name in there}
    for name in written:
        print(f"| {name} |", " | ".join(f"{found[kind][name]:.0e}" if name in found[kind] else "—" for kind in FORMATS))
    return found


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", MODELS)
def test_it_passes_the_gate_or_is_refused(
    name: str, kind: str, written: dict[str, Written], differences: dict[str, dict[str, float]]
) -> None:
    assert set(written[name].refused) == REFUSED.get(name, set())
    if kind in written[name].refused:
        assert f"{kind} cannot express the" in written[name].refused[kind]
    else:
        assert differences[kind][name] <= FORMATS[kind].tolerance


def test_every_family_is_taken_where_that_is_asked_for() -> None:
    assert families().keys() == {path.parent.name for path in specs.shipped().values()}
    assert all(specs.shipped()[name].parent.name == family for family, name in families().items())
