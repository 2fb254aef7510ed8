"""The models that come with speczoo: specs/models/<family>/<name>.yaml."""

from functools import cache
from pathlib import Path

MODELS = Path(__file__).parent / "models"

SCHEMA_FILE = Path(__file__).parent / "schema.json"
"""The JSON Schema of a spec, as `make schema` writes it."""


@cache
def shipped() -> dict[str, Path]:
    """Every shipped model's file by its name, in order of family and name.

    >>> "resnet50" in shipped()
    True
    """
    return {path.stem: path for path in sorted(MODELS.glob("*/*.yaml"))}


def family(path: Path) -> str:
    """The family that a shipped model belongs to: the name of its folder."""
    return path.parent.name
