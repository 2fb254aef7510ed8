"""Expected texts in files: compared, or written anew with UPDATE_GOLDEN=1."""

import os
from pathlib import Path


def assert_golden(path: Path, text: str) -> None:
    """The text is what the file says."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: run UPDATE_GOLDEN=1 pytest, and read what it writes"
    assert text == path.read_text(encoding="utf-8")
