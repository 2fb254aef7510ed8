"""An export in memory: what its signatures take and give, and how they are asked, with TensorFlow and no Keras."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import RunError, UserError
from zoo.exports.manifest import Manifest
from zoo.exports.manifest import Signature as Listed
from zoo.exports.trust import check_trusted
from zoo.server.refusal import RefusalError

Array = NDArray[Any]
Arrays = dict[str, Array]

PROGRAM = "saved_model.pb"


@dataclass(frozen=True, slots=True)
class Field:
    """An input or output of a signature: type, and shape with the batch axis first; None is a size that is free."""

    dtype: str
    shape: tuple[int | None, ...] | None
    """None where even the number of axes is free."""

    def __str__(self) -> str:
        if self.shape is None:
            return self.dtype
        first = ["batch" if size is None else str(size) for size in self.shape[:1]]
        rest = ["any" if size is None else str(size) for size in self.shape[1:]]
        return f"{self.dtype} [{', '.join(first + rest)}]"

    @property
    def numpy(self) -> np.dtype[Any]:
        """The type of arrays; texts are objects, of bytes."""
        return np.dtype(object if self.dtype == "string" else self.dtype)


@dataclass(frozen=True)
class Signature:
    """One of the functions of an export."""

    name: str
    inputs: Mapping[str, Field]
    outputs: Mapping[str, Field]
    function: Callable[..., Mapping[str, Any]]

    @cached_property
    def batched(self) -> bool:
        """Whether rows of several requests may be asked together: each row in gives one row out, of a known size."""
        takes = all(field.shape is not None and field.shape[:1] == (None,) for field in self.inputs.values())
        gives = all(
            field.shape is not None and field.shape[:1] == (None,) and None not in field.shape[1:]
            for field in self.outputs.values()
        )
        return takes and gives

    def ask(self, arrays: Arrays) -> Arrays:
        """The outputs for inputs; `RefusalError` with 400 where the model cannot compute such values."""
        from zoo.backend import tensorflow as tf

        try:
            given = {name: tf.constant(arrays[name], dtype=field.dtype) for name, field in self.inputs.items()}
            return {name: value.numpy() for name, value in self.function(**given).items()}
        except tf.errors.ResourceExhaustedError:
            raise RefusalError(503, "the memory is too small for this request; ask about fewer rows") from None
        except tf.errors.InvalidArgumentError as error:
            raise RefusalError(400, f"the model cannot compute these inputs: {reason(error.message)}") from None

    def __str__(self) -> str:
        return ", ".join(f"{name}: {field}" for name, field in self.inputs.items())


@dataclass(frozen=True, slots=True)
class Servable:
    """What is served: an export's manifest and signatures, and what TensorFlow Serving's metadata say of them."""

    folder: Path
    manifest: Manifest
    signatures: Mapping[str, Signature]
    metadata: Mapping[str, Any]

    @property
    def name(self) -> str:
        """How the model is called in the paths."""
        return self.manifest.name


def load(folder: Path, *, trust: bool = False) -> Servable:
    """Load an export that this user wrote, or with `trust` anybody's; its files are those that it was written with.

    Raises `UserError` where the folder is no such export, `RunError` where TensorFlow cannot load it.
    """
    manifest = check_trusted(folder, trust)
    if PROGRAM not in manifest.files:
        raise UserError(f"{folder}: has no SavedModel, which is what is served; export it with --format saved_model")
    from zoo.backend import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(folder))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise RunError(f"{folder}: TensorFlow cannot load it ({reason(str(error))})") from error
    written = _signature_defs(folder)
    signatures = {
        name: Signature(name, *_taken_and_given(written[name], manifest.signatures.get(name)), function)
        for name, function in sorted(loaded.signatures.items())
    }
    told = {name: _as_json(written[name]) for name in signatures}
    return Servable(folder, manifest, signatures, {"signature_def": {"signature_def": told}})


def _signature_defs(folder: Path) -> Mapping[str, Any]:
    """What the SavedModel says of its signatures: names of inputs are any text there, and not those of arguments."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    return SavedModel.FromString((folder / PROGRAM).read_bytes()).meta_graphs[0].signature_def  # type: ignore[no-any-return]


def _taken_and_given(written: Any, listed: Listed | None) -> tuple[dict[str, Field], dict[str, Field]]:
    """Inputs and outputs in the manifest's order; a SavedModel has none."""
    return (
        _fields(written.inputs, () if listed is None else listed.inputs),
        _fields(written.outputs, () if listed is None else listed.outputs),
    )


def _fields(tensors: Mapping[str, Any], order: Iterable[str]) -> dict[str, Field]:
    from zoo.backend import tensorflow as tf

    found = {}
    for name in dict.fromkeys([*(name for name in order if name in tensors), *sorted(tensors)]):
        shape = tf.TensorShape(tensors[name].tensor_shape)
        sizes = None if shape.rank is None else tuple(shape.as_list())
        found[name] = Field(tf.dtypes.as_dtype(tensors[name].dtype).name, sizes)
    return found


def _as_json(signature: Any) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

    found = MessageToDict(signature, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return dict(found)


def reason(message: str) -> str:
    """What TensorFlow says of an error, without the places in its graph.

    >>> reason("Graph execution error:\\n\\nDetected at node d\\nUnknown image format.\\n\\t [[{{node d}}]] [Op:x]")
    'Unknown image format.'
    """
    lines = [line.strip() for line in re.sub(r"\s*\[\[?\{\{node.*", "", message, flags=re.DOTALL).splitlines()]
    told = [
        line for line in lines if line and not line.startswith(("Graph execution", "Detected at", "<stack", "File"))
    ]
    return (told[-1] if told else "no reason is given")[:300]
