"""What each import brings along, in a fresh process."""

import subprocess
import sys
from pathlib import Path

import pytest

import zoo

ROOT = Path(zoo.__file__).parents[1]


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("zoo", {"keras", "tensorflow", "numpy", "PIL"}),
        ("zoo.data", {"keras", "tensorflow", "sklearn"}),
    ],
)
def test_imports_bring_no_more_than_needed(module: str, absent: set[str]) -> None:
    done = _python(f"import sys, {module}; print(*sorted({absent} & set(sys.modules)), sep=',')")
    assert (done.stdout, done.stderr, done.returncode) == ("\n", "", 0)


def test_serving_goes_without_keras_and_leaves_it_to_others() -> None:
    done = _python(
        "import sys, zoo.serving; print({'keras', 'sklearn'} & set(sys.modules));"
        "from zoo.backend import keras; print(keras.ops.ones(1).shape)"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("set()\n(1,)\n", "", 0)


def test_what_an_import_wrote_is_replayed_where_it_fails(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("import os; os.write(2, b'the ' + b'reason '); raise ImportError('no keras')")
    done = _python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from zoo.backend import keras")
    assert done.returncode == 1
    assert "the reason " in done.stderr
    assert "ImportError: no keras" in done.stderr


def test_ctrl_c_replays_nothing(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("import os; os.write(2, b'a log' + b' line'); raise KeyboardInterrupt")
    done = _python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from zoo.backend import keras")
    assert "KeyboardInterrupt" in done.stderr
    assert "a log line" not in done.stderr


def test_public_names_are_sorted_complete_and_documented() -> None:
    assert zoo.__all__ == sorted(zoo._MODULES) == dir(zoo)
    for name in zoo.__all__:
        assert getattr(zoo, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        zoo.nothing  # noqa: B018


def test_no_public_name_is_that_of_a_submodule() -> None:
    assert not {path.stem for path in Path(zoo.__file__).parent.iterdir()} & set(zoo.__all__)
