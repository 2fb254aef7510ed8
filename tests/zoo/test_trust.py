"""What this user exported is loaded, what anybody else wrote is not, unless that is said."""

import json
import shutil
import stat
from pathlib import Path

import pytest

import specs
from specs.errors import UserError
from zoo.exports.manifest import CODE, MANIFEST, SERVING, described, serving_signature, write_manifest
from zoo.exports.origin import Needs, Origin
from zoo.exports.trust import check_trusted, key_path, sign

TEXT = "{name: two, input: {shape: [4]}, body: [Dense: {units: 2}]}"


def _made(folder: Path) -> Path:
    """A directory as an export makes it, of files that nobody loads here."""
    (folder / "variables").mkdir(parents=True)
    for name in ("saved_model.pb", "variables/variables.index"):
        (folder / name).write_text("")  # an empty program has no operations
    graph = specs.lower(specs.loads(TEXT))
    signatures = {SERVING: serving_signature(graph)}
    origin = Origin(needs=Needs(params=10, macs=8, memory=None))
    write_manifest(folder, described(graph, signatures, None, {}, origin, {}, {"saved_model": "saved_model.pb"}))
    return folder


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = key_path()
    assert path is not None
    return path


def test_the_first_export_makes_a_key_that_is_the_user_s_alone(tmp_path: Path, key: Path) -> None:
    folder = _made(tmp_path / "two")
    assert sign(folder)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32
    assert [path.name for path in key.parent.iterdir()] == ["key"]
    assert check_trusted(folder).name == "two"
    before = key.read_bytes()
    assert sign(_made(tmp_path / "three"))
    assert key.read_bytes() == before


def test_an_export_may_be_moved_and_copied(tmp_path: Path, key: Path) -> None:
    folder = _made(tmp_path / "two")
    sign(folder)
    shutil.copytree(folder, tmp_path / "copy")
    folder.rename(tmp_path / "moved")
    (tmp_path / "link").symlink_to(tmp_path / "moved")
    for name in ("copy", "moved", "link"):
        assert check_trusted(tmp_path / name).name == "two"


def test_a_stranger_s_export_is_refused_unless_it_is_trusted(tmp_path: Path, key: Path) -> None:
    theirs = _made(tmp_path / "theirs")
    with pytest.raises(UserError, match=r"theirs: you did not export it here, .* add --trust"):
        check_trusted(theirs)
    sign(theirs)
    key.write_bytes(bytes(32))
    with pytest.raises(UserError, match="add --trust"):
        check_trusted(theirs)
    assert check_trusted(theirs, trust=True).name == "two"
    ours = _made(tmp_path / "ours")
    sign(ours)
    shutil.copy(ours / CODE, theirs / CODE)
    (theirs / MANIFEST).write_text((theirs / MANIFEST).read_text().replace("two", "too"))
    with pytest.raises(UserError, match="add --trust"):
        check_trusted(theirs)


@pytest.mark.parametrize("trust", [False, True])
def test_whatever_was_changed_is_refused(tmp_path: Path, key: Path, trust: bool) -> None:
    folder = _made(tmp_path / "two")
    sign(folder)
    extra = folder / "variables" / "saved_model.cpb"
    extra.write_text("TensorFlow would take it")
    with pytest.raises(UserError, match=r"variables/saved_model\.cpb: is no part of the export; take it out"):
        check_trusted(folder, trust)
    extra.unlink()
    extra.symlink_to(folder / "saved_model.pb")
    with pytest.raises(UserError, match="is no part of the export"):
        check_trusted(folder, trust)
    extra.unlink()
    (folder / "saved_model.pb").rename(tmp_path / "same.pb")
    (folder / "saved_model.pb").symlink_to(tmp_path / "same.pb")
    with pytest.raises(UserError, match=r"saved_model\.pb: is no part of the export"):
        check_trusted(folder, trust)
    (folder / "saved_model.pb").unlink()
    with pytest.raises(UserError, match=r"saved_model\.pb: there is no such file"):
        check_trusted(folder, trust)
    (folder / "saved_model.pb").write_text("another")
    with pytest.raises(UserError, match=r"saved_model\.pb: was changed after the export"):
        check_trusted(folder, trust)


@pytest.mark.parametrize("name", ["../key", "/etc/passwd", "a/../../b", "./saved_model.pb", "a//b", "", ".", "a\\b"])
def test_a_manifest_that_names_files_elsewhere_is_none(tmp_path: Path, name: str) -> None:
    folder = _made(tmp_path / "two")
    found = json.loads((folder / MANIFEST).read_text())
    found["files"][name] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(found))
    with pytest.raises(UserError, match="is no file of the export"):
        check_trusted(folder, trust=True)


def test_a_key_that_others_can_read_marks_nothing(tmp_path: Path, key: Path) -> None:
    folder = _made(tmp_path / "two")
    sign(folder)
    key.chmod(0o644)
    for use in (check_trusted, sign):
        with pytest.raises(UserError, match=r"key: others can use the key .* chmod 600"):
            use(folder)
    key.chmod(0o600)
    key.write_bytes(b"short")
    with pytest.raises(UserError, match="key: is no key; remove it"):
        check_trusted(folder)


def test_where_no_key_can_be_kept_the_export_needs_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for number, home in enumerate((str(tmp_path / "file"), "not/absolute")):
        monkeypatch.setenv("XDG_CONFIG_HOME", home)
        folder = _made(tmp_path / str(number))
        assert not sign(folder)
        with pytest.raises(UserError, match="add --trust"):
            check_trusted(folder)
        assert check_trusted(folder, trust=True).name == "two"
