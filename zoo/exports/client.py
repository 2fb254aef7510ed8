"""Asks an export as a stranger's server would: a script of its own with one runtime and NumPy, nothing of ours.

    python -I client.py FORMAT FILE ASKED.npz ANSWERED.npz [FILE ASKED.npz ANSWERED.npz …]

FILE is the format's main file. ASKED holds arrays named SIGNATURE/BATCH/INPUT, ANSWERED will hold
SIGNATURE/BATCH/OUTPUT, for every batch; texts of answers are bytes in UTF-8. Every question is asked twice.
`zoo.exports.verifying` starts it in a fresh process to prove that the export needs neither Keras nor speczoo; `OPEN` is
also how an export is asked in this process.
"""

import os
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOREIGN = frozenset({"keras", "zoo", "specs"})
"""What a server does not have; of the format `keras` it needs Keras, and for layers of ours also where they are."""

OURS = "SPECZOO_LAYERS"
"""The environment's name for the folder of this project, which a Keras file with layers of ours needs."""

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Signature and inputs by name → outputs by name."""


def saved_model(file: str) -> Ask:
    """A SavedModel, by TensorFlow alone."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(Path(file).parent))

    def ask(signature: str, inputs: dict[str, Any]) -> dict[str, Any]:
        answers = loaded.signatures[signature](**{name: tf.constant(value) for name, value in inputs.items()})
        return {name: value.numpy() for name, value in answers.items()}

    return ask


def onnx(file: str) -> Ask:
    """An ONNX file, by onnxruntime on the CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda _, inputs: dict(zip(names, session.run(names, inputs), strict=True))


def litert(file: str) -> Ask:
    """A LiteRT file, by ai-edge-litert; its runner resizes the inputs to the batch."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(file)

    def ask(signature: str, inputs: dict[str, Any]) -> dict[str, Any]:
        # The runner's arrays may lie in the interpreter's memory, which the next call overwrites.
        answers = interpreter.get_signature_runner(signature)(**inputs)
        return {name: value.copy() for name, value in answers.items()}

    return ask


def openvino(file: str) -> Ask:
    """OpenVINO's files; without the hint it computes in bfloat16 on processors that have it."""
    import openvino as ov

    model = ov.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda _, inputs: {port.get_any_name(): value.copy() for port, value in model(inputs).items()}


def keras(file: str) -> Ask:
    """A Keras file; its only output has no name there and is called output."""
    if has_ours(file):
        sys.path.append(os.environ[OURS])
        import zoo.layers
        import zoo.penalties  # noqa: F401  # with these Keras knows everything of ours
    import keras

    model = keras.saving.load_model(file, compile=False)
    names = [tensor.name for tensor in model.inputs]

    def ask(_: str, inputs: dict[str, Any]) -> dict[str, Any]:
        given = {name: keras.ops.convert_to_tensor(inputs.pop(name)) for name in names}
        if inputs:
            sys.exit(f"the Keras file takes no {', '.join(sorted(inputs))}")
        answers = model(given if len(given) > 1 else given[names[0]], training=False)
        named = answers if isinstance(answers, dict) else {"output": answers}
        return {name: keras.ops.convert_to_numpy(value) for name, value in named.items()}

    return ask


OPEN: dict[str, Callable[[str], Ask]] = {
    "saved_model": saved_model,
    "onnx": onnx,
    "litert": litert,
    "openvino": openvino,
    "keras": keras,
}


def answer(ask: Ask, asked: str, answered: str) -> None:
    """Ask every question twice and write down what came back."""
    import numpy as np

    calls: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for key, value in np.load(asked, allow_pickle=False).items():
        signature, batch, name = key.split("/", 2)
        calls[signature, batch][name] = value
    answers = {}
    for (signature, batch), inputs in calls.items():
        first, second = (
            {name: value.astype(np.bytes_) if value.dtype == object else value for name, value in once.items()}
            for once in (ask(signature, dict(inputs)), ask(signature, dict(inputs)))
        )
        for name, value in first.items():
            key = f"{signature}/{batch}/{name}"
            if value.tobytes() != second[name].tobytes():
                sys.exit(f"{key}: the same question got another answer the second time")
            answers[key] = value
    np.savez(answered, allow_pickle=False, **answers)


def has_ours(file: str) -> bool:
    """Whether a Keras file says of a layer that it is of speczoo."""
    with zipfile.ZipFile(file) as archive:
        return b'"speczoo>' in archive.read("config.json")


def main(kind: str, *paths: str) -> None:
    """Open every file in the format and ask it; exit with 1 where something of ours was needed for it."""
    calls = list(zip(*[iter(paths)] * 3, strict=True))
    needs = {"keras"} if kind == "keras" else set()
    if needs and any(has_ours(file) for file, _, _ in calls):
        needs |= FOREIGN
    if not needs:
        # TensorFlow imports Keras by itself where it is installed. None makes Python say that it is not.
        sys.modules["keras"] = None  # type: ignore[assignment]
    for file, asked, answered in calls:
        answer(OPEN[kind](file), asked, answered)
    present = {name.split(".")[0] for name, module in sys.modules.items() if module is not None}
    loaded = (FOREIGN - needs) & present
    if loaded:
        sys.exit(f"the export was served with the help of {', '.join(sorted(loaded))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
