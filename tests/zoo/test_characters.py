"""Texts by their characters: what a window tells, in which part, and what a model goes on with."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import specs
import zoo
from cli import main
from specs.document import Document
from specs.errors import DataError, UserError

SPEC = """
name: reader
input: {{shape: [8], dtype: int32}}
body:
  - Embedding: {{input_dim: {size}, output_dim: 8}}
  - GRU: {{units: 24, return_sequences: true}}
  - Dense: {{units: {size}, activation: softmax}}
train:
  data: {{characters: {{path: {path}, window: 8, stride: {stride}, vocabulary: {size}}}}}
  optimizer: {{Adam: {{learning_rate: 0.03}}}}
  batch_size: 16
  epochs: {epochs}
"""


def document(path: Path, text: str, size: int = 6, stride: int = 2, epochs: int = 6) -> Document:
    path.write_text(text, encoding="utf-8")
    return specs.loads(SPEC.format(path=path, size=size, stride=stride, epochs=epochs))


def test_each_step_tells_the_next_character_and_parts_share_none(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + at) for at in range(200))
    data = zoo.load_data(document(tmp_path / "t.txt", text, size=300, stride=3))
    names = data.classes["output"]
    seen = []
    for part in (data.train, data.validation, data.test):
        x, y = part.all()
        assert (x["input"][:, 1:] == y["output"][:, :-1]).all()
        at = part.positions[:, None] * 3 + np.arange(9)
        seen.append({*at.ravel().tolist()})
        if part is data.train:
            told = [text[int(place)] for place in at[0]]
            assert [names[number] for number in (*x["input"][0], y["output"][0, -1])] == told
    assert not (seen[0] & seen[1] or seen[1] & seen[2])
    # What only the end of the text has is in no vocabulary.
    assert max(names) == text[max(seen[0])]
    assert (data.test.all().x["input"] == 0).all()


def test_what_is_no_text_or_too_short_is_refused(tmp_path: Path) -> None:
    short = document(tmp_path / "t.txt", "abcdefgh")
    with pytest.raises(DataError, match=r"has 8 characters; a window of 8 and what follows need 9"):
        zoo.load_data(short)
    (tmp_path / "t.txt").write_bytes(b"abc\xff")
    with pytest.raises(DataError, match=r"is no text in UTF-8 \(byte 4\)"):
        zoo.load_data(short)


def test_a_run_and_its_export_go_on_with_what_they_learnt(tmp_path: Path) -> None:
    zoo.train(document(tmp_path / "t.txt", "abcde" * 120), tmp_path / "run")
    assert zoo.sample(tmp_path / "run", "ab", length=23, temperature=0) == "abcde" * 5
    hot = [zoo.sample(tmp_path / "run", "ab", length=60, temperature=3, seed=seed) for seed in (0, 0, 1)]
    assert hot[0] == hot[1] != hot[2] and set(hot[2]) <= set("abcde")
    zoo.export(tmp_path / "run", tmp_path / "export")
    asked = ["sample", str(tmp_path / "export"), "--prompt", "?cd", "--length", "6", "--temperature", "0.01"]
    done = CliRunner().invoke(main, asked)
    assert (done.exit_code, done.output) == (0, "?cdeabcde\n")
    with pytest.raises(UserError, match="numbers its characters by the text that it was trained on"):
        zoo.evaluate(tmp_path / "run", tmp_path / "t.txt")
    for wrong in ({"prompt": ""}, {"prompt": "a", "length": 0}, {"prompt": "a", "temperature": -1.0}):
        with pytest.raises(UserError, match="a sample needs a prompt"):
            zoo.sample(tmp_path / "run", **wrong)


def test_what_tells_no_characters_is_not_sampled(tmp_path: Path) -> None:
    zoo.train("digits_autoencoder", tmp_path / "run", epochs=1)
    with pytest.raises(UserError, match="tells no characters"):
        zoo.sample(tmp_path / "run", "a")
