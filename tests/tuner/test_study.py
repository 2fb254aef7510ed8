"""The record of a search."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tuner.errors import StudyChangedError, StudyError
from tuner.study import Study, Trial

RUNNING = Trial(1, "running", {"rate": 0.1, "norm": "batch", "bias": True, "units": 8})
DONE = Trial(
    1,
    "done",
    dict(RUNNING.values),
    score=0.1 + 0.2,
    epoch=2,
    seconds=1.5,
    history=({"loss": 2.0},),
    checkpoint="ab",
    trainings=(0.1, 0.5),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "studies" / "one" / "study.sqlite"


def filled(path: Path) -> Path:
    with Study.open(path) as study:
        study.claim({"search": {"seed": 0, "oracle": "grid"}, "data": "abc"})
        study.start(RUNNING)
        study.finish(DONE)
    return path


def test_a_trial_comes_back_as_it_was_written(path: Path) -> None:
    with Study.open(filled(path)) as study:
        assert study.trials() == (DONE,)
        assert [type(value) for value in study.trials()[0].values.values()] == [float, str, bool, int]


def test_the_file_alone_is_the_study_at_any_time(path: Path, tmp_path: Path) -> None:
    with Study.open(path) as study:
        study.start(RUNNING)
        copy = Path(shutil.copy(path, tmp_path / "copy.sqlite"))
        assert not path.with_name("study.sqlite-wal").exists()
    with Study.open(copy) as study:
        assert study.trials() == (RUNNING,)


def test_starts_are_counted_until_a_trial_ends_in_good_order(path: Path) -> None:
    with Study.open(path) as study:
        study.start(RUNNING)
        study.start(RUNNING)
        study.put_back(RUNNING)
        assert study.trials()[0].starts == 1


def test_every_change_is_on_the_disk_when_it_returns(path: Path) -> None:
    with Study.open(path) as study:
        settings = {
            name: study._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
        }
    assert settings == {"synchronous": 3, "journal_mode": "delete"}


def test_a_second_process_is_refused_and_a_reader_is_not(path: Path) -> None:
    with Study.open(filled(path)) as study:
        with pytest.raises(StudyError, match="another process is searching here"), Study.open(path):
            pass
        reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        assert reader.execute("SELECT count(*) FROM trials").fetchone() == (1,)
        reader.close()
        assert study.trials() == (DONE,)
    with Study.open(path):
        pass


def test_what_changed_is_said_value_by_value(path: Path) -> None:
    with Study.open(filled(path)) as study, pytest.raises(StudyChangedError) as caught:
        study.claim({"search": {"seed": 1, "oracle": "grid"}, "data": "abd", "train": {"epochs": 3}})
    assert str(caught.value).splitlines() == [
        f"{path.parent}: holds a study of something else:",
        "  search.seed: 0 -> 1",
        "  data: 'abc' -> 'abd'",
        "  train: absent -> {epochs: 3}",
        "Undo the change to go on; --extend does not, scores from before and after could not be compared (data); "
        f"--out NEW --fork {path.parent} starts a new study from its best points.",
    ]
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("damage", [b"", b"no database at all, but longer than a header of SQLite's own, which is 100"])
def test_text_is_no_study_and_an_empty_file_is_a_new_one(path: Path, damage: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(damage * 3)
    if not damage:
        with Study.open(path) as study:
            assert study.trials() == ()
        return
    with pytest.raises(StudyError, match=r"is damaged .*Move it away"), Study.open(path):
        pass
    assert path.read_bytes() == damage * 3


def test_any_damage_is_a_sentence(path: Path) -> None:
    whole = filled(path).read_bytes()
    for start in range(0, len(whole), 97):
        path.write_bytes(whole[:start] + bytes(byte ^ 0xFF for byte in whole[start : start + 64]) + whole[start + 64 :])
        try:
            with Study.open(path) as study:
                study.claim({"search": {"seed": 0, "oracle": "grid"}, "data": "abc"})
                study.trials()
        except (StudyError, StudyChangedError) as error:
            assert re.search(r"study\.sqlite|holds a study", str(error))


def test_a_cut_file_is_a_sentence(path: Path) -> None:
    whole = filled(path).read_bytes()
    for length in range(1, len(whole), 301):
        path.write_bytes(whole[:length])
        with pytest.raises(StudyError), Study.open(path) as study:
            study.trials()


def test_a_strange_database_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir(parents=True)
    strange = sqlite3.connect(path)
    strange.execute("CREATE TABLE treasure (coin TEXT)")
    strange.commit()
    strange.close()
    before = path.read_bytes()
    with pytest.raises(StudyError, match="is no study; it is left as it is"), Study.open(path):
        pass
    assert path.read_bytes() == before


def test_a_later_format_is_refused(path: Path) -> None:
    connection = sqlite3.connect(filled(path))
    connection.execute("PRAGMA user_version = 8")
    connection.close()
    with pytest.raises(StudyError, match="has format 8, this version of speczoo reads 7"), Study.open(path):
        pass


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StudyError, match="file"), Study.open(tmp_path / "file" / "study.sqlite"):
        pass
