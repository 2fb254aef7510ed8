"""Images of folders and archives: the same pixels wherever they come from, and all mistakes at once."""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from specs.errors import DataError
from zoo.data import folders
from zoo.data.dataset import InMemory
from zoo.data.folders import read_folder
from zoo.data.image_files import ImageFiles
from zoo.data.images import read_image
from zoo.data.memory import available, room_for_data
from zoo.data.threads import in_threads
from zoo.progress import counted

SHAPE = (4, 6, 3)


def _encoded(seed: int, suffix: str = "png") -> bytes:
    pixels = np.random.default_rng(seed).integers(256, size=(8, 12, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, {"png": "PNG", "jpg": "JPEG"}[suffix])
    return file.getvalue()


FILES = {f"{kind}/{number}.{suffix}": _encoded(number + len(kind), suffix)
         for kind in ("dog", "mouse") for number, suffix in enumerate(("png", "jpg", "png"))}  # fmt: skip


def _folder(path: Path, files: dict[str, bytes], below: str = "") -> Path:
    for name, content in files.items():
        file = path / below / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path


def _archive(path: Path, files: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w:gz" if path.suffix != ".tar" else "w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz", "a.zip"])
def test_an_archive_gives_what_its_folder_gives(tmp_path: Path, name: str) -> None:
    hidden = {"train/dog/.hidden.png": b"", "train/readme.txt": b"pets"}
    shuffled = {f"train/{name}": FILES[name] for name in reversed(FILES)}
    x, y, classes = read_folder(_archive(tmp_path / name, {**shuffled, **hidden}), SHAPE)
    expected, labels, names = read_folder(_folder(tmp_path / "pets", FILES, "data/train"), SHAPE)
    every = np.arange(6)
    np.testing.assert_array_equal(x.take(every), expected.take(every))
    assert x.shape == (6, *SHAPE)
    assert x.take(every).dtype == np.uint8
    assert (y.tolist(), classes) == (labels.tolist(), names) == ([0, 0, 0, 1, 1, 1], ("dog", "mouse"))


def test_pixels_are_those_that_serving_sees(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "pets", FILES)
    x, _, _ = read_folder(folder, SHAPE)
    for position, name in enumerate(sorted(FILES)):
        np.testing.assert_array_equal(x.take(np.array([position]))[0], read_image(folder / name, *SHAPE))


def test_a_folder_beyond_the_memory_stays_in_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _folder(tmp_path / "pets", FILES)
    kept, labels, _ = read_folder(folder, SHAPE)
    monkeypatch.setattr(folders, "room_for_data", lambda: 5 * 4 * 6 * 3)
    files, again, _ = read_folder(folder, SHAPE)
    assert isinstance(kept, InMemory)
    assert isinstance(files, ImageFiles)
    some = np.array([5, 0, 3])
    np.testing.assert_array_equal(files.take(some), kept.take(some))
    assert labels.tolist() == again.tolist()
    assert b"".join(files.content(some)) == b"".join(kept.content(some)), "the same data, whatever the memory"
    (folder / "dog" / "0.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"dog/0\.png: is not a readable image"):
        read_folder(folder, SHAPE)


def test_an_archive_beyond_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "room_for_data", lambda: 5 * 4 * 6 * 3)
    with pytest.raises(DataError, match=r"a\.zip: its images take more than .* of memory; unpack it"):
        read_folder(_archive(tmp_path / "a.zip", FILES), SHAPE)


def test_unreadable_images_of_an_archive_are_all_named(tmp_path: Path) -> None:
    broken = {f"dog/broken{number}.jpg": FILES["dog/1.jpg"][:40] for number in range(6)}
    with pytest.raises(DataError) as caught:
        read_folder(_archive(tmp_path / "a.tar.gz", {**FILES, **broken}), SHAPE)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"6 of 12 images in {tmp_path}/a.tar.gz cannot be used:"
    assert lines[1].startswith(f"    {tmp_path}/a.tar.gz/dog/broken0.jpg: is not a readable image (")
    assert lines[-1] == "    … and 1 more"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"train/cat/1.png": b"", "test/cat/1.png": b""},
            "has images in test/cat and in train/cat; one folder",
        ),
        ({"cat/1.png": b"", "dog/old/1.png": b""}, "has images in cat and in dog/old; one folder a class is needed"),
        ({"1.png": b"", "dog/1.png": b""}, r"has images in \. and in dog; one folder a class is needed"),
        ({"1.png": b""}, "has no folders with images"),
        ({"pets/cat/1.png": b""}, r"has one class only \(cat\)"),
    ],
)
def test_folders_that_are_no_classes(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    content = dict.fromkeys(files, FILES["dog/0.png"])
    with pytest.raises(DataError, match=message):
        read_folder(_archive(tmp_path / "a.tar", content), SHAPE)


def test_threads_keep_the_order_and_read_only_a_little_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    results = in_threads(lambda number: -number, items(), chunk=2)
    assert [next(results) for _ in range(5)] == [0, -1, -2, -3, -4]
    assert len(taken) < 1000
    results.close()  # type: ignore[attr-defined]


def test_room_is_a_part_of_what_is_there() -> None:
    assert 0 < room_for_data() <= available() / 3


def test_long_work_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    assert list(counted("abcd", "letters read", 4)) == [*"abcd"]
    assert capsys.readouterr().err == "letters read: 2 of 4\nletters read: 4 of 4\n"
