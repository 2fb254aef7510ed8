"""Requests with which TensorFlow Serving warms up: it answers them before it says that a model is ready."""

import importlib.util
from collections import defaultdict
from pathlib import Path
from typing import Any

from zoo.backend import import_quietly
from zoo.exports.verifying import Arrays

REQUESTS = Path("assets.extra", "tf_serving_warmup_requests")
"""Where TensorFlow Serving looks for them in a SavedModel."""


def write_requests(folder: Path, name: str, asked: Arrays) -> bool:
    """A request of one example for each signature, out of what they were asked by SIGNATURE/BATCH/INPUT.

    False, and nothing written, where tensorflow-serving-api is not installed.
    """
    if importlib.util.find_spec("tensorflow_serving") is None:
        return False
    from zoo.backend import tensorflow as tf

    inputs: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for key, value in asked.items():
        signature, batch, each = key.split("/", 2)
        if batch == "1":
            inputs[signature][each] = value
    path = folder / REQUESTS
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, values in inputs.items():
            writer.write(_request(name, signature, values))
    return True


def _request(name: str, signature: str, values: Arrays) -> bytes:
    from zoo.backend import tensorflow as tf

    apis = "tensorflow_serving.apis"
    log = import_quietly(f"{apis}.prediction_log_pb2").PredictionLog()
    request = log.predict_log.request
    request.model_spec.name, request.model_spec.signature_name = name, signature
    for each, value in values.items():
        request.inputs[each].CopyFrom(tf.make_tensor_proto(value))
    written: bytes = log.SerializeToString(deterministic=True)
    return written
