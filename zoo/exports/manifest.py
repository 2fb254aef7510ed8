"""speczoo.json, the list of contents by which we know an export of ours and see whether it was changed."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import pydantic

from specs.errors import DataError, UserError
from specs.graph import Graph, Shape
from specs.ops.base import Frozen
from specs.ops.core import InputLayer
from zoo.answers import Gives
from zoo.data.dataset import Classes
from zoo.exports.origin import Origin
from zoo.files import open_regular, sha256_of

MANIFEST = "speczoo.json"
CODE = "speczoo.hmac"
"""Tells that this user wrote the manifest: see zoo.exports.trust."""

MAX_BYTES = 16 * 2**20
"""A manifest is not larger."""


def _inside(name: str) -> str:
    """The name of a file in the folder, written in the one way."""
    parts = PurePosixPath(name).parts
    if not parts or "/".join(parts) != name or ".." in parts or name.startswith("/") or {"\\", "\0"} & set(name):
        raise ValueError("is no file of the export")
    return name


FileName = Annotated[str, pydantic.AfterValidator(_inside)]
Sha256 = Annotated[str, pydantic.Field(pattern="^[0-9a-f]{64}$")]

FORMAT_NAMES = ("saved_model", "onnx", "litert", "openvino", "keras")
"""What an export can be written as."""

SERVING = "serving_default"
"""The signature that every export has: the inputs and outputs of the model itself."""


class Tensor(Frozen):
    """What goes in or comes out under a name."""

    shape: tuple[int | None, ...]
    """Sizes without the batch axis; null where a size is free."""
    dtype: Literal["float32", "float16", "int32", "int64", "string"]


class Signature(Frozen):
    """One way to ask: everything that it takes and gives, by name."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


class Manifest(Frozen):
    """What an export takes and gives, and the SHA-256 of each of its files but this."""

    format: Literal[1] = 1
    name: str
    trained: bool
    """Whether the weights come from a run; otherwise they are freshly initialised."""
    signatures: dict[str, Signature]
    """The ways to ask, by name; pixels of inputs go from 0 to 255."""
    classes: dict[str, tuple[str, ...]] | None
    """By output that gives classes: the name of each by its number; null where the model was not trained."""
    gives: dict[str, Gives]
    """By output: what its numbers are."""
    origin: Origin
    versions: dict[str, str]
    """Of what wrote the export."""
    formats: dict[str, FileName]
    """By format: the file that is opened."""
    quantized: str | None = None
    """How the LiteRT file was quantised, which then is another model; null where it was not."""
    files: dict[FileName, Sha256]

    @pydantic.field_validator("signatures")
    @classmethod
    def _serves(cls, signatures: dict[str, Signature]) -> dict[str, Signature]:
        if SERVING not in signatures:
            raise ValueError(f"there is no {SERVING}")
        return signatures

    @pydantic.field_validator("formats")
    @classmethod
    def _known(cls, formats: dict[str, str]) -> dict[str, str]:
        if foreign := sorted({*formats} - {*FORMAT_NAMES}):
            raise ValueError(f"there is no format {foreign[0]}")
        return formats

    @property
    def inputs(self) -> dict[str, InputLayer]:
        """Shape without the batch axis, and type, of every input of the model."""
        found = self.signatures[SERVING].inputs
        return {name: InputLayer(shape=each.shape, dtype=each.dtype) for name, each in found.items()}

    @property
    def outputs(self) -> dict[str, Shape]:
        """Shape of every output of the model, without the batch axis."""
        return {name: each.shape for name, each in self.signatures[SERVING].outputs.items()}


def described(
    graph: Graph,
    signatures: Mapping[str, Signature],
    classes: Classes | None,
    gives: Mapping[str, Gives],
    origin: Origin,
    versions: dict[str, str],
    formats: dict[str, str],
    quantized: str | None = None,
) -> Manifest:
    """The manifest of an export whose files are not written yet."""
    return Manifest(
        name=graph.name,
        trained=bool(origin.runs),
        signatures=dict(signatures),
        classes=None if classes is None else {name: classes[name] for name in graph.outputs if name in classes},
        gives=dict(gives),
        origin=origin,
        versions=versions,
        quantized=quantized,
        formats=formats,
        files={},
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write down what was described, with every file in the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}
    manifest = manifest.model_copy(update={"files": files})
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def serving_signature(graph: Graph) -> Signature:
    """What the model itself takes and gives: its inputs as they are, every output as float32."""
    inputs = {name: graph.node(name).args for name in graph.inputs}
    return Signature(
        inputs={n: Tensor(shape=a.shape, dtype=a.dtype) for n, a in inputs.items() if isinstance(a, InputLayer)},
        outputs={name: Tensor(shape=shape, dtype="float32") for name, shape in graph.output_shapes().items()},
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a directory; `UserError` where the directory is no export of ours."""
    return parsed_manifest(folder, raw_manifest(folder))


def raw_manifest(folder: Path) -> bytes:
    """The manifest as it is written; no link to one, which may lead anywhere."""
    if (folder / MANIFEST).is_symlink():
        raise UserError(f"{folder / MANIFEST}: is a link; an export has none")
    try:
        with open_regular(folder / MANIFEST) as file:
            return file.read(MAX_BYTES)
    except DataError:
        raise UserError(f"{folder}: is not an export of speczoo: it has no {MANIFEST}") from None


def parsed_manifest(folder: Path, raw: bytes) -> Manifest:
    """What a manifest says; `UserError` where it is none of ours."""
    try:
        return Manifest.model_validate_json(raw)
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(key) for key in first["loc"])
        raise UserError(f"{folder / MANIFEST}: is not a manifest of speczoo ({where}: {first['msg']})") from None


def check_replaceable(folder: Path, *, trained: bool) -> None:
    """`UserError` where the directory is no export of ours, or where replacing it would lose what cannot be remade.

    `trained` says whether the export that is to come has trained weights.
    """
    manifest = read_manifest(folder)
    for path in _unlisted(folder, manifest):
        raise UserError(f"{path}: is no part of the export and would be lost; move it or choose another --out")
    if manifest.trained and not trained:
        raise UserError(f"{folder}: has trained weights, which fresh ones do not replace; choose another --out")


def check_files(folder: Path, manifest: Manifest) -> None:
    """`UserError` where a file of the export is missing, was changed, or came there after the export.

    What came is refused for what TensorFlow would make of it: of several forms of a SavedModel it takes the first.
    """
    for path in _unlisted(folder, manifest):
        raise UserError(f"{path}: is no part of the export; take it out")
    for name, wanted in manifest.files.items():
        if sha256_of(folder / name) != wanted:
            raise UserError(f"{folder / name}: was changed after the export")


def _unlisted(folder: Path, manifest: Manifest) -> Iterator[Path]:
    """What lies in the folder and is not in the manifest; links are never part of an export."""
    known = {MANIFEST, CODE, *manifest.files}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_dir() or name in known):
            yield path
