"""An export needs no Python: a C program on the libtensorflow that lies in TensorFlow's wheel serves it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.backend import tensorflow

SOURCE = Path(__file__).with_name("serve.c")
CC = shutil.which("cc")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, compiled."""
    library = Path(tensorflow.__file__).parent
    if CC is None or not (library / "libtensorflow_cc.so.2").is_file():
        pytest.skip("there is no C compiler, or this TensorFlow has no libtensorflow_cc")
    target = tmp_path_factory.mktemp("c") / "serve"
    libraries = [str(library / f"libtensorflow_{part}.so.2") for part in ("cc", "framework")]
    flags = ["-Wall", "-Werror", f"-I{library / 'include'}", f"-Wl,-rpath,{library}"]
    subprocess.run([CC, "-o", str(target), str(SOURCE), *libraries, *flags], check=True)
    return target


def _signature(export: Path) -> Any:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    return (
        SavedModel.FromString((export / "saved_model.pb").read_bytes()).meta_graphs[0].signature_def["serving_default"]
    )


def test_a_program_without_python_answers_as_the_model(
    program: Path, exported: zoo.ExportReport, run: zoo.Run, dataset: zoo.Dataset
) -> None:
    found = _signature(exported.directory)
    names = [found.inputs["input"].name, found.outputs["output"].name]
    for count in (1, 7):
        x = dataset.test.all().x["input"][:count].astype("float32")
        done = subprocess.run(
            [str(program), str(exported.directory), *names, str(count), "8,8,1"],
            input=x.tobytes(),
            capture_output=True,
            check=False,
            env={"TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        assert done.returncode == 0, done.stderr.decode()
        answer = np.frombuffer(done.stdout, np.float32).reshape(count, 10)
        np.testing.assert_allclose(answer, run.fit.model(x, training=False), rtol=0, atol=1e-5)
