"""The best of a study is a run that can be exported: trained once, and again only where it was stopped."""

from pathlib import Path
from typing import Any

import pytest

import specs
import zoo
from specs.errors import UserError
from tuner.best import best_run

TEXT = "{{name: t, params: {{units: {units}}}, input: {{shape: [8, 8, 1]}}, body: [Flatten, Dense: {{units: $units}}]}}"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Trainings are told here in place of being done."""
    done: list[str] = []

    def train(document: specs.Document, out: Path, **tell: Any) -> None:
        out.mkdir()
        (out / "spec.yaml").write_text(specs.dump(document, out))
        done.append(f"train {document.params['units']}")

    def resume(run: Path, **tell: Any) -> None:
        (run / "metrics.json").write_text("{}")
        done.append("resume")

    monkeypatch.setattr(zoo, "train", train)
    monkeypatch.setattr(zoo, "resume", resume)
    return done


def test_the_best_is_trained_once(tmp_path: Path, log: list[str]) -> None:
    (tmp_path / "best.yaml").write_text(TEXT.format(units=10))
    for done in (["train 10"], ["train 10", "resume"], ["train 10", "resume"]):
        assert best_run(tmp_path) == tmp_path / "best"
        assert log == done


def test_what_is_no_best_is_said(tmp_path: Path, log: list[str]) -> None:
    with pytest.raises(UserError, match="its search has come to no best yet; go on with it: zoo tune"):
        best_run(tmp_path)
    (tmp_path / "best.yaml").write_text(TEXT.format(units=10))
    best_run(tmp_path)
    (tmp_path / "best.yaml").write_text(TEXT.format(units=11))
    with pytest.raises(UserError, match=r"best: has other values than .*best\.yaml, which is newer; move it away"):
        best_run(tmp_path)
    (tmp_path / "best" / "spec.yaml").unlink()
    with pytest.raises(UserError, match="best: is no run; move it away"):
        best_run(tmp_path)
