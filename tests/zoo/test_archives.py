"""Archives are read as they are: what they hold, and what of them is refused."""

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from specs.errors import DataError
from zoo.data import archives
from zoo.data.archives import members

FILES = {"set/a/1.txt": b"one", "set/a/2.txt": b"", "set/b/1.txt": b"x" * 1024, "README": b"about"}


def as_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def as_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def as_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


MADE: dict[str, Callable[[Path, dict[str, bytes]], Path]] = {
    "folder": as_folder,
    "a.tar": as_tar,
    "a.tar.gz": as_tar,
    "a.tgz": as_tar,
    "A.ZIP": as_zip,
}


def read_all(path: Path) -> dict[str, bytes]:
    return {"/".join(member.parts): member.read() for member in members(path)}


@pytest.mark.parametrize("name", MADE)
def test_a_folder_and_its_archives_hold_the_same(tmp_path: Path, name: str) -> None:
    path = MADE[name](tmp_path / name, FILES)
    assert read_all(path) == FILES
    assert {"/".join(member.parts): member.size for member in members(path)} == {
        each: len(content) for each, content in FILES.items()
    }


@pytest.mark.parametrize("name", MADE)
def test_hidden_files_are_passed_over(tmp_path: Path, name: str) -> None:
    hidden = {"set/.DS_Store": b"", ".git/a/1.txt": b"", "__MACOSX/set/a/1.txt": b"", "set/a/1.txt": b"one"}
    assert read_all(MADE[name](tmp_path / name, hidden)) == {"set/a/1.txt": b"one"}


def test_what_is_not_wanted_is_not_read(tmp_path: Path) -> None:
    sizes = [member.size for member in members(as_tar(tmp_path / "a.tgz", FILES))]
    assert sum(sizes) == 1032


@pytest.mark.parametrize("name", ["../a.txt", "a/../../b.txt", "/etc/passwd"])
@pytest.mark.parametrize("make", [as_tar, as_zip])
def test_names_that_lead_out_are_refused(
    tmp_path: Path, name: str, make: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    path = make(tmp_path / ("a.zip" if make is as_zip else "a.tar"), {name: b""})
    with pytest.raises(DataError, match="leads out of it"):
        read_all(path)


def test_names_that_would_steer_a_terminal_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be shown"):
        read_all(as_tar(tmp_path / "a.tar", {"a\x1b[2J/1.txt": b""}))


def test_a_name_that_stands_in_it_twice_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("a/1.txt"))
        archive.addfile(tarfile.TarInfo("./a/1.txt"))
    with pytest.raises(DataError, match=r"has a/1\.txt twice"):
        read_all(tmp_path / "a.tar")


def test_links_and_devices_of_archives_are_never_followed(tmp_path: Path) -> None:
    kinds = {"soft": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "device": tarfile.CHRTYPE, "pipe": tarfile.FIFOTYPE}
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("real.txt"))
        for name, kind in kinds.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    assert read_all(tmp_path / "a.tar") == {"real.txt": b""}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        zipped.writestr(link, "/etc/passwd")
    assert read_all(tmp_path / "a.zip") == {}


def test_a_small_archive_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    zeros = {"a/1.txt": bytes(archives.SMALL // 2), "a/2.txt": bytes(archives.SMALL // 2), "b/1.txt": b"x"}
    for path in (as_tar(tmp_path / "a.tgz", zeros), as_zip(tmp_path / "a.zip", zeros)):
        with pytest.raises(DataError, match="unpacks to more than 64 MiB"):
            [member.parts for member in members(path)]


def test_a_header_that_claims_to_be_huge_is_refused_before_it_is_read(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("long")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    (tmp_path / "a.tgz").write_bytes(gzip.compress(entry.tobuf(tarfile.GNU_FORMAT) + bytes(4096)))
    with pytest.raises(DataError, match="unpacks to more than"):
        read_all(tmp_path / "a.tgz")


def test_a_sparse_file_is_passed_over(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("holes.txt")
    entry.type = tarfile.GNUTYPE_SPARSE
    (tmp_path / "a.tar").write_bytes(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    assert read_all(tmp_path / "a.tar") == {}


def test_one_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILE", 1023)
    for name, make in MADE.items():
        with pytest.raises(DataError, match=r"set/b/1\.txt is larger than"):
            read_all(make(tmp_path / name, FILES))


@pytest.mark.parametrize("name", ["a.tar", "a.tgz", "a.zip"])
def test_a_damaged_archive_is_a_sentence_wherever_it_is_cut(tmp_path: Path, name: str) -> None:
    whole = MADE.get(name, as_zip)(tmp_path / name, FILES).read_bytes()
    # A tar is filled up with blocks of zeros, of which the first tells its end.
    end = len(whole.rstrip(b"\0")) if name == "a.tar" else len(whole)
    for cut in [*range(0, end, 37), *range(0, end, 512)]:
        (tmp_path / name).write_bytes(whole[:cut])
        with pytest.raises(DataError, match="cannot be read"):
            read_all(tmp_path / name)


def test_an_archive_that_is_damaged_in_the_middle_is_not_read_up_to_there(tmp_path: Path) -> None:
    path = as_tar(tmp_path / "a.tar", FILES)
    content = bytearray(path.read_bytes())
    content[1024:1030] = b"xxxxxx"  # in the name of the second file
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged in the middle"):
        read_all(path)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.rar").touch()
    with pytest.raises(
        DataError, match=r"a\.rar: is neither a folder nor an archive \(\.tar, \.tar\.gz, \.tgz, \.zip\)"
    ):
        read_all(tmp_path / "a.rar")
    with pytest.raises(DataError, match="there is no such folder or archive"):
        read_all(tmp_path / "nowhere")
    (tmp_path / "folder.zip").mkdir()
    os.mkfifo(tmp_path / "pipe.tar")
    with pytest.raises(DataError, match="is not a regular file"):
        read_all(tmp_path / "pipe.tar")


def test_a_link_to_a_folder_around_it_is_not_walked_for_ever(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "set", {"a/1.txt": b"one"})
    (folder / "a" / "back").symlink_to(folder)
    (folder / "b").symlink_to(as_folder(tmp_path / "elsewhere", {"2.txt": b"two"}))
    assert read_all(folder) == {"a/1.txt": b"one", "b/2.txt": b"two"}
