"""Is an export still what was written? Its files, and what it answers, in a fresh process as when it was written."""

from dataclasses import dataclass, replace
from pathlib import Path

import specs
from zoo.exports.formats import check_installed
from zoo.exports.golden import read_golden
from zoo.exports.quantizing import LITERT
from zoo.exports.recovering import whole_spec
from zoo.exports.trust import check_trusted
from zoo.exports.verifying import verify
from zoo.run_directory import SPEC


@dataclass(frozen=True, slots=True)
class Verified:
    """An export that is what it was."""

    directory: Path
    name: str
    files: int
    """How many files have the hashes of the manifest."""
    difference: float | None
    """Largest difference in any format to the answers that it gave, as a fraction of the output's largest value; None
    of a quantised file alone, of which the hash is all that was looked at."""


def verify_export(directory: str | Path, *, trust: bool = False) -> Verified:
    """Hold an export against its manifest and against the answers of its model, which lie in it.

    Raises `UserError` where it may not be loaded, or where its files are not those of the manifest, `ExportError` where
    it cannot be served here or answers otherwise than it did.
    """
    folder = Path(directory)
    manifest = check_trusted(folder, trust)
    path = folder / (SPEC if (folder / SPEC).is_file() else "member1.yaml")
    graph = replace(specs.lower(whole_spec(path)).served(), name=manifest.name)
    asked, expected = read_golden(folder, graph)
    check_installed(manifest.formats)
    # What was quantised never gave these answers.
    exact = [kind for kind in manifest.formats if not (kind == LITERT and manifest.quantized)]
    worst = max((verify(folder, asked, expected, kind) for kind in exact), default=None)
    return Verified(folder, manifest.name, len(manifest.files), worst)
