"""Small specs and what is expensive to make, made once."""

import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest

import specs
import zoo
from specs.document import Document

TINY = """
name: tiny
params: {units: 16, learning_rate: 0.01}
input: {shape: [8, 8, 1]}
body:
  - Rescaling: {scale: 0.00392156862745098}
  - Flatten
  - Dense: {units: $units, activation: relu}
  - Dropout: {rate: 0.2}
  - Dense: {units: 10, activation: softmax}
train:
  optimizer: {Adam: {learning_rate: $learning_rate}}
  epochs: 4
"""


@pytest.fixture
def spec(tmp_path: Path) -> Callable[[str], Document]:
    """Text → document whose file lies in tmp_path."""

    def load(text: str) -> Document:
        return specs.loads(text, file=str(tmp_path / "spec.yaml"))

    return load


@pytest.fixture(scope="session")
def tiny() -> Document:
    return specs.loads(TINY, file="tiny.yaml")


@pytest.fixture(scope="session")
def dataset(tiny: Document) -> zoo.Dataset:
    return zoo.load_data(tiny)


@pytest.fixture(scope="session")
def run(tiny: Document, tmp_path_factory: pytest.TempPathFactory) -> zoo.Run:
    return zoo.train(tiny, out=tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="session")
def exported(run: zoo.Run, tmp_path_factory: pytest.TempPathFactory) -> zoo.ExportReport:
    return zoo.export(run.directory, out=tmp_path_factory.mktemp("exports") / "tiny")


@pytest.fixture(scope="session")
def fresh(tiny: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export for tests that have no use for trained weights or for the proof: a tenth of the time."""
    from zoo.exports import exporting

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "verify", lambda *arguments: 0.0)
        return zoo.export(tiny, out=tmp_path_factory.mktemp("fresh") / "tiny").directory
