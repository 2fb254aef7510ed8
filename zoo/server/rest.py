"""The bodies of TensorFlow Serving's REST API: predict in rows and in columns, status, metadata, errors.

Source: https://www.tensorflow.org/tfx/serving/api_rest
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoo.server.refusal import RefusalError, quoted
from zoo.server.servable import Array, Arrays, Servable, Signature
from zoo.server.tensors import as_array, as_json

DEFAULT = "serving_default"
VERSION = "1"
"""An export has one version."""

KEYS = ("signature_name", "instances", "inputs")


@dataclass(frozen=True, slots=True)
class Question:
    """What a predict request asks: a signature, its inputs, and whether it wants rows back or columns."""

    signature: Signature
    arrays: Arrays
    by_row: bool


def read_predict(body: bytes, signatures: Mapping[str, Signature]) -> Question:
    """The question in a body; `RefusalError` with 400, saying what is expected, where there is none."""
    asked = _object(body)
    signature = _signature(asked, signatures)
    by_row = "instances" in asked
    columns = _columns(asked["instances"], signature) if by_row else _inputs(asked["inputs"], signature)
    arrays = {name: as_array(columns[name], name, field) for name, field in signature.inputs.items()}
    if by_row or signature.batched:
        _check_rows(arrays)
    return Question(signature, arrays, by_row)


def _object(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except RecursionError:
        raise RefusalError(400, "the JSON is nested too deeply") from None
    except ValueError as error:
        raise RefusalError(400, f"the body is not JSON ({str(error)[:100]})") from None
    if not isinstance(asked, dict) or ("instances" in asked) == ("inputs" in asked):
        raise RefusalError(400, "the body is a JSON object with either 'instances' (rows) or 'inputs' (columns)")
    unknown = [key for key in asked if key not in KEYS]
    if unknown:
        raise RefusalError(400, f"the body has no key {quoted(unknown[0])}; it has {', '.join(KEYS)}")
    return asked


def _signature(asked: dict[str, Any], signatures: Mapping[str, Signature]) -> Signature:
    name = asked.get("signature_name", DEFAULT)
    if not isinstance(name, str) or name not in signatures:
        raise RefusalError(400, f"there is no signature {quoted(name)}; there are {', '.join(signatures)}")
    return signatures[name]


def _columns(instances: Any, signature: Signature) -> dict[str, Any]:
    """Rows as columns: each row is an object of inputs by name, or the value of the only input itself."""
    if not isinstance(instances, list) or not instances:
        raise RefusalError(400, f"'instances' is a list of at least one row of {signature}")
    names = signature.inputs.keys()
    if len(names) == 1 and not all(isinstance(row, dict) and row.keys() == names for row in instances):
        return dict.fromkeys(names, instances)
    for number, row in enumerate(instances):
        _check_names(row, signature, f"instances[{number}]")
    return {name: [row[name] for row in instances] for name in names}


def _inputs(inputs: Any, signature: Signature) -> dict[str, Any]:
    names = signature.inputs.keys()
    if len(names) == 1 and not (isinstance(inputs, dict) and inputs.keys() == names):
        if isinstance(inputs, dict) and inputs.keys() != {"b64"}:
            _check_names(inputs, signature, "'inputs'")
        return dict.fromkeys(names, inputs)
    _check_names(inputs, signature, "'inputs'")
    return dict(inputs)


def _check_names(row: Any, signature: Signature, what: str) -> None:
    if not isinstance(row, dict):
        raise RefusalError(400, f"{what} is an object of {signature} (got {quoted(row)})")
    missing = [name for name in signature.inputs if name not in row]
    unknown = [name for name in row if name not in signature.inputs]
    if missing or unknown:
        wrong = f"lacks {missing[0]!r}" if missing else f"has no input {quoted(unknown[0])}"
        raise RefusalError(400, f"{what} {wrong}; the signature takes {signature}")


def _check_rows(arrays: Arrays) -> None:
    counts = {name: len(array) if array.ndim else 0 for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name}: {count}" for name, count in counts.items())
        raise RefusalError(400, f"all inputs have the same number of rows (got {told})")


def write_predict(question: Question, outputs: Mapping[str, Array]) -> bytes:
    """The body that answers: `predictions` by row, `outputs` by column; the name of an only output is left out."""
    told = {name: as_json(array, name) for name, array in outputs.items()}
    if not question.by_row:
        return _json({"outputs": told if len(told) > 1 else next(iter(told.values()))})
    rows = {len(array) if array.ndim else None for array in outputs.values()}
    if len(rows) > 1 or None in rows:
        raise RefusalError(400, f"{question.signature.name} does not give a row for each row; ask it with 'inputs'")
    columns = list(told.values())
    by_name = [dict(zip(told, row, strict=True)) for row in zip(*columns, strict=True)]
    return _json({"predictions": by_name if len(told) > 1 else columns[0]})


def status_of(servable: Servable) -> dict[str, Any]:
    """What TensorFlow Serving tells of a model that is there."""
    fine = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": VERSION, "state": "AVAILABLE", "status": fine}]}


def metadata_of(servable: Servable) -> dict[str, Any]:
    """Name, version and signatures of the model."""
    model = {"name": servable.name, "signature_name": "", "version": VERSION}
    return {"model_spec": model, "metadata": servable.metadata}


def _json(value: Any) -> bytes:
    """NaN and Infinity are written so, as TensorFlow Serving does."""
    return json.dumps(value).encode()
