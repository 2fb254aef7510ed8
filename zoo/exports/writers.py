"""The program of an export in the formats that other runtimes read, written from its SavedModel; and Keras' own file.

No converter is trusted: some write what computes something else, or nothing, without a word. `verifying` asks.
"""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.backend import stderr_swallowed
from zoo.exports.errors import ExportError
from zoo.exports.manifest import SERVING

if TYPE_CHECKING:
    from zoo.backend import keras

OPSET = 18
"""Of ONNX: the newest that tf2onnx 1.17 writes."""

FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What converters raise at what they cannot write; they promise nothing, and this is what was seen and its like."""


@contextlib.contextmanager
def converter_failures(name: str) -> Iterator[None]:
    """A converter's failure as an `ExportError` of one line; what it prints meanwhile is swallowed."""
    from tensorflow.lite.python.convert_phase import ConverterError
    from tensorflow.python.framework.errors_impl import OpError

    with stderr_swallowed():
        try:
            yield
        except (*FAILURES, ConverterError, OpError) as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reason = f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
            failed = ExportError(f"{name} cannot be written ({reason})")
        else:
            return
    raise failed


def write_onnx(program: Path, model: "keras.Model", target: Path) -> None:
    """The signature `serving_default` as ONNX."""
    import tf2onnx
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    from zoo.backend import tensorflow as tf

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    tf.get_logger().setLevel(logging.ERROR)  # of its own functions, which tf2onnx calls, as deprecated
    with converter_failures("onnx"):
        loaded = tf.saved_model.load(str(program))  # held: its weights go with it
        serve = loaded.signatures[SERVING]
        # Frozen here: tf2onnx leaves weights that a loop reads as inputs that nobody can give.
        frozen = convert_variables_to_constants_v2(serve, lower_control_flow=False, aggressive_inlining=True)
        takes = _names(frozen.inputs, serve.structured_input_signature[1])
        gives = _names(frozen.outputs, serve.structured_outputs)
        tf2onnx.convert.from_graph_def(
            frozen.graph.as_graph_def(add_shapes=True),
            input_names=list(takes),
            output_names=list(gives),
            opset=OPSET,
            custom_op_handlers=dict(COMPOSED),
            tensors_to_rename={**takes, **gives},
            output_path=str(target),
        )


def _beside_one(op: str, *, one_first: bool) -> tuple[Any, list[Any]]:
    """How tf2onnx is to write 1 - op(x), or op(x) - 1."""

    def write(context: Any, node: Any, name: str, arguments: Any) -> None:
        shapes, dtypes = node.output_shapes, node.output_dtypes
        context.remove_node(node.name)
        made = context.make_node(op, node.input, shapes=shapes, dtypes=dtypes).output[0]
        one = context.make_const(f"{name}/one", np.ones((), np.float32)).output[0]
        inputs = [one, made] if one_first else [made, one]
        context.make_node("Sub", inputs, name=name, outputs=node.output, shapes=shapes, dtypes=dtypes)

    return write, []


COMPOSED = {"Erfc": _beside_one("Erf", one_first=True), "Expm1": _beside_one("Exp", one_first=False)}
"""What Keras computes gelu and celu by, and neither tf2onnx 1.17 nor ONNX has."""


def _names(tensors: Any, structure: dict[str, Any]) -> dict[str, str]:
    """Graph's name → ours; TensorFlow flattens a dict in the order of its sorted keys."""
    return {tensor.name: name for tensor, name in zip(tensors, sorted(structure), strict=True)}


def write_litert(program: Path, model: "keras.Model", target: Path) -> None:
    """The signature `serving_default` for LiteRT, by TensorFlow's own converter."""
    from zoo.backend import tensorflow as tf

    with converter_failures("litert"):
        converter = tf.lite.TFLiteConverter.from_saved_model(str(program), signature_keys=[SERVING])
        target.write_bytes(converter.convert())


def write_openvino(program: Path, model: "keras.Model", target: Path) -> None:
    """The signature `serving_default` for OpenVINO; unless told, it would halve the weights.

    Read by the runtime itself: `openvino.convert_model` takes a minute where TensorFlow is loaded.
    """
    import openvino

    with converter_failures("openvino"):
        openvino.save_model(openvino.Core().read_model(str(program)), str(target), compress_to_fp16=False)


def write_keras(program: Path, model: "keras.Model", target: Path) -> None:
    """The model as Keras saves it, trained weights and all, without auxiliary heads."""
    model.save(target)
