"""Artefacts that a stranger made to have something run, read or written: what each is, and how it is met.

Each function makes one in an empty folder and gives the command that meets it; what it would touch is CANARY, beside
the folder.
"""

import io
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import specs
import zoo
from zoo.backend import tensorflow as tf
from zoo.exports.golden import GOLDEN
from zoo.exports.manifest import CODE, MANIFEST, SERVING, described, serving_signature, write_manifest
from zoo.exports.origin import Needs, Origin
from zoo.running import versions

Make = Callable[[Path, Path], list[str]]

SPEC = "name: two\ninput: {shape: [4]}\nbody: [Dense: {units: 2}]\n"
CANARY = "canary"


class _Run:
    """Runs where it is unpickled."""

    def __init__(self, canary: str) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return (open, (self.canary, "w"))


def export(folder: Path, spec: str = SPEC, program: bytes = b"", extra: dict[str, bytes] | None = None) -> Path:
    """A stranger's export: everything fits its manifest."""
    made = folder / "export"
    (made / "variables").mkdir(parents=True)
    files = {"saved_model.pb": program, "spec.yaml": spec.encode(), "variables/variables.index": b"", **(extra or {})}
    for name, content in files.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content)
    listed(made)
    return made


def listed(made: Path, **more: str) -> None:
    """Write the manifest of what is in an export, and files that it names besides."""
    (made / MANIFEST).unlink(missing_ok=True)
    origin = Origin(needs=Needs(params=10, macs=8, memory=None))
    graph = specs.lower(specs.loads(SPEC))
    signatures, formats = {SERVING: serving_signature(graph)}, {"saved_model": "saved_model.pb"}
    write_manifest(made, described(graph, signatures, None, {}, origin, {}, formats))
    found = json.loads((made / MANIFEST).read_text())
    found["files"] |= more
    (made / MANIFEST).write_text(json.dumps(found))


def program(call: Callable[[Any], Any], folder: Path, track: Any = None) -> bytes:
    """A SavedModel whose signature calls that."""
    module = tf.Module()
    module.tracked = track
    signature = tf.TensorSpec((None, 4), tf.float32, "input")
    serve = tf.function(lambda x: {"output": call(x)}, autograph=False).get_concrete_function(signature)
    tf.saved_model.save(module, str(folder / "made"), signatures={"serving_default": serve})
    content = (folder / "made" / "saved_model.pb").read_bytes()
    shutil.rmtree(folder / "made")
    return content


def _reaching(call: Callable[[Any, str], Any]) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        export(folder, program=program(lambda x: call(x, str(canary)), folder))
        np.save(folder / "x.npy", np.zeros((1, 4), np.float32))
        return ["predict", "--trust", "export", "x.npy"]

    return make


def _after(x: Any, op: Any) -> Any:
    with tf.control_dependencies([op]):
        return tf.identity(x)


def _python(x: Any, canary: str) -> Any:
    return tf.py_function(lambda each: open(canary, "w") and each, [x], tf.float32)


def _lines(x: Any, canary: str) -> Any:
    return x + tf.data.TextLineDataset(canary).reduce(0.0, lambda total, line: total + 1.0)


def _table(x: Any, canary: str) -> Any:
    init = tf.lookup.TextFileInitializer(canary, tf.string, 0, tf.int64, 1)
    return x + tf.cast(
        tf.raw_ops.LookupTableSizeV2(table_handle=tf.lookup.StaticHashTable(init, 0).resource_handle), tf.float32
    )


PROGRAMS: dict[str, Make] = {
    "a signature that writes a file": _reaching(lambda x, canary: _after(x, tf.io.write_file(canary, "x"))),
    "a signature that reads a file": _reaching(lambda x, canary: _after(x, tf.io.read_file(canary))),
    "a signature that lists files": _reaching(lambda x, canary: _after(x, tf.io.matching_files(canary))),
    "a signature that prints into a file": _reaching(
        lambda x, canary: _after(x, tf.print("x", output_stream=f"file://{canary}"))
    ),
    "a signature that calls Python": _reaching(_python),
    "a signature that reads lines": _reaching(_lines),
    "a signature that saves": _reaching(
        lambda x, canary: _after(
            x, tf.raw_ops.SaveV2(prefix=canary, tensor_names=["x"], shape_and_slices=[""], tensors=[x])
        )
    ),
    "a signature that restores": _reaching(
        lambda x, canary: tf.raw_ops.RestoreV2(
            prefix=canary, tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32]
        )[0]
    ),
    "a signature that maps a file": _reaching(
        lambda x, canary: x + tf.raw_ops.ImmutableConst(dtype=tf.float32, shape=[4], memory_region_name=canary)
    ),
}


def _export(*command: str, **changes: Any) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        export(folder, **changes)
        return list(command)

    return make


def _named(name: str) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        listed(export(folder), **{name.format(canary=canary): "0" * 64})
        return ["verify", "--trust", "export"]

    return make


def _linked(name: str) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        made = export(folder)
        (made / name).unlink(missing_ok=True)
        (made / name).symlink_to(canary)
        return ["verify", "--trust", "export"]

    return make


def _raw_manifest(content: bytes) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        (export(folder) / MANIFEST).write_bytes(content)
        return ["verify", "--trust", "export"]

    return make


def _golden(write: Callable[[io.BytesIO, Path], None]) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        file = io.BytesIO()
        write(file, canary)
        export(folder, extra={GOLDEN: file.getvalue()})
        return ["verify", "--trust", "export"]

    return make


def _pickled(file: io.BytesIO, canary: Path) -> None:
    arrays: Any = {"asked/serving_default/1/input": np.array([_Run(str(canary))], object)}
    np.savez(file, **arrays)


def _vast(file: io.BytesIO, canary: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**13,)})
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("asked/serving_default/1/input.npy", header.getvalue())


def _bomb(file: io.BytesIO, canary: Path) -> None:
    arrays: Any = {"asked/serving_default/1/input": np.zeros((1, 4_000_000), np.float32)}
    np.savez_compressed(file, **arrays)


def _climbing(file: io.BytesIO, canary: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"../{canary.name}", b"pwned")


def _a_stranger_s(folder: Path, canary: Path) -> list[str]:
    made = export(folder)
    (made / CODE).write_text("0" * 64)
    return ["recover", "export"]


def _beside(name: str) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        (export(folder) / name).write_bytes(b"TensorFlow takes it in place of saved_model.pb")
        return ["predict", "--trust", "export", "x.npy"]

    return make


EXPORTS: dict[str, Make] = {
    "an export of somebody else": _a_stranger_s,
    "a chunked program beside the program": _beside("saved_model.cpb"),
    "a program as text beside the program": _beside("saved_model.pbtxt"),
    "a manifest that names ../": _named("../canary"),
    "a manifest that names an absolute file": _named("{canary}"),
    "a manifest that names a file by detours": _named("variables/../../canary"),
    "a link in place of the program": _linked("saved_model.pb"),
    "a link in place of the variables": _linked("variables/variables.index"),
    "a link in place of the manifest": _linked(MANIFEST),
    "a manifest nested 100,000 deep": _raw_manifest(b"[" * 100_000),
    "a manifest that is a pickle": _raw_manifest(pickle.dumps(_Run("nowhere"))),
    "a manifest with words of its own": _raw_manifest(b'{"format": 1, "run": "os.system"}'),
    "a program that is cut off": _export("verify", "--trust", "export", program=b"\x12\xff\xff\x03abc"),
    "golden answers that are pickled": _golden(_pickled),
    "golden answers of 40 TB": _golden(_vast),
    "golden answers that unpack to more": _golden(_bomb),
    "golden answers with a member above": _golden(_climbing),
    "a spec in an export that extends a file": _export(
        "recover", "--trust", "export", spec="extends: ../canary\nname: two\n"
    ),
    "a spec in an export with a Lambda": _export(
        "recover", "--trust", "export", spec=SPEC.replace("Dense: {units: 2}", "Lambda: {function: os.system}")
    ),
    "a spec in an export with a YAML tag": _export(
        "recover", "--trust", "export", spec=SPEC + "summary: !!python/object/apply:os.system [touch pwned]\n"
    ),
    "variables that are none": _export("recover", "--trust", "export"),
}


def _spec(step: str) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        (folder / "t.yaml").write_text(f"name: t\ninput: {{shape: [4]}}\nbody: [{step.format(canary=canary)}]\n")
        return ["train", "t.yaml"]

    return make


def _vocabulary(layer: str) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        text = f"name: t\ninput: {{shape: [], dtype: string}}\nbody: [{layer}: {{vocabulary: {canary}}}]\n"
        (folder / "t.yaml").write_text(text)
        return ["train", "t.yaml"]

    return make


def _vast_shape(folder: Path, canary: Path) -> list[str]:
    (folder / "t.yaml").write_text("name: t\ninput: {shape: [4]}\nbody: [Dense: {units: 99999999999999999999}]\n")
    return ["train", "t.yaml"]


SPECS: dict[str, Make] = {
    "Lambda in a spec": _spec("Lambda: {{function: os.system}}"),
    "TFSMLayer in a spec": _spec("TFSMLayer: {{filepath: {canary}}}"),
    "a layer by the path of its module": _spec("os.system: {{command: x}}"),
    "a callable as activation": _spec("Dense: {{units: 2, activation: 'builtins:print'}}"),
    "a vocabulary by its path": _vocabulary("TextVectorization"),
    "a vocabulary of a lookup by its path": _vocabulary("StringLookup"),
    "a size beyond all memory": _vast_shape,
}


def _archive(config: Any, **members: bytes) -> Make:
    def make(folder: Path, canary: Path) -> list[str]:
        text = json.dumps(config).replace("CANARY", str(canary)) if not isinstance(config, bytes) else config.decode()
        with zipfile.ZipFile(folder / "m.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", text)
            archive.writestr("metadata.json", "{}")
            for name, content in members.items():
                archive.writestr(name, content)
        return ["import", "m.keras"]

    return make


def _holding(class_name: str, module: str, config: dict[str, Any], registered: str | None = None) -> dict[str, Any]:
    """The config of a sequential model with one layer."""
    layer = {"module": module, "class_name": class_name, "config": config, "registered_name": registered}
    inside = {"name": "s", "layers": [layer], "build_input_shape": [None, 4]}
    return {"module": "keras", "class_name": "Sequential", "config": inside, "registered_name": None}


CODE_OF_LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}

KERAS: dict[str, Make] = {
    "a Lambda in a .keras file": _archive(_holding("Lambda", "keras.layers", {"function": CODE_OF_LAMBDA})),
    "a TFSMLayer in a .keras file": _archive(_holding("TFSMLayer", "keras.layers", {"filepath": "CANARY"})),
    "another module in a .keras file": _archive(_holding("system", "os", {"command": "touch CANARY"})),
    "a function of another module": _archive(_holding("function", "builtins", {"module": "os", "name": "system"})),
    "a registered class of a stranger": _archive(_holding("Mine", "evil", {}, "evil>Mine")),
    "a lambda as activation": _archive(_holding("Dense", "keras.layers", {"units": 2, "activation": CODE_OF_LAMBDA})),
    "a member above the archive": _archive(_holding("ReLU", "keras.layers", {}), **{"../canary": b"pwned"}),
    "a member at an absolute place": _archive(_holding("ReLU", "keras.layers", {}), **{"/tmp/canary": b"pwned"}),
    "a config nested 100,000 deep": _archive(b"[" * 100_000),
    "a config of 100 MB": _archive(b" " * 100_000_000),
    "a model that is a class of another module": _archive(
        {"module": "subprocess", "class_name": "Popen", "config": {"args": "touch CANARY"}}
    ),
}


def _run_with(content: Callable[[Path, Path], None]) -> Make:
    """A finished run with another model."""

    def make(folder: Path, canary: Path) -> list[str]:
        run = folder / "run"
        run.mkdir()
        (run / "spec.yaml").write_text(SPEC + "train: {data: {npz: {path: none.npz}}}\n")
        (run / "classes.json").write_text("{}")
        (run / "metrics.json").write_text('{"data": {"fingerprint": ""}}')
        content(run / "model.keras", canary)
        np.save(folder / "x.npy", np.zeros((1, 4), np.float32))
        return ["predict", "run", "x.npy"]

    return make


def _h5(fill: Callable[[h5py.Group, str, Path], None]) -> Make:
    """A model as Keras saved it, but for its kernel."""

    def content(path: Path, canary: Path) -> None:
        zoo.build(specs.loads(SPEC)).save(path)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        inside = io.BytesIO(members["model.weights.h5"])
        with h5py.File(inside, "r+") as file:
            kernels: list[str] = []
            file.visititems(lambda name, each: kernels.append(name) if getattr(each, "shape", 0) == (4, 2) else None)
            del file[kernels[0]]
            fill(file, kernels[0], canary)
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in {**members, "model.weights.h5": inside.getvalue()}.items():
                archive.writestr(name, data)

    return _run_with(content)


def _external_link(file: h5py.Group, kernel: str, canary: Path) -> None:
    file[kernel] = h5py.ExternalLink(str(canary), "/kernel")


def _external_data(file: h5py.Group, kernel: str, canary: Path) -> None:
    file.create_dataset(kernel, (4, 2), "f4", external=[(str(canary), 0, 32)])


def _shape_bomb(file: h5py.Group, kernel: str, canary: Path) -> None:
    file.create_dataset(kernel, (10**6, 10**6), "f4", chunks=(1000, 1000), compression="gzip")


def _pickled_model(path: Path, canary: Path) -> None:
    path.write_bytes(pickle.dumps(_Run(str(canary))))


def _resumed(folder: Path, canary: Path) -> list[str]:
    run = folder / "run"
    run.mkdir()
    text = "name: t\ninput: {shape: [8, 8, 1]}\nbody: [Flatten, Dense: {units: 10}]\ntrain: {data: digits}\n"
    (run / "spec.yaml").write_text(text)
    begun = {"fingerprint": zoo.load_data(specs.loads(text)).fingerprint, "seed": 0, "replicas": 1}
    (run / "run.json").write_text(json.dumps({**begun, "versions": versions()}))
    np.savez(run / "checkpoint.npz", said=np.array([_Run(str(canary))], object))
    return ["train", "--resume", "run"]


RUNS: dict[str, Make] = {
    "weights with an external link": _h5(_external_link),
    "weights with data in another file": _h5(_external_data),
    "weights of 4 TB": _h5(_shape_bomb),
    "a model that is a pickle": _run_with(_pickled_model),
    "a checkpoint that is pickled": _resumed,
}

GADGETS = PROGRAMS | EXPORTS | SPECS | KERAS | RUNS
