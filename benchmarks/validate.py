"""Time to check a model's spec against building the same model with Keras: as whole processes, and in one process.

    python benchmarks/validate.py

The last line checks every shipped spec in one call, against building with Keras those that keras.applications has.
"""

import subprocess
import sys
from functools import partial
from pathlib import Path

from side_by_side import measure

import specs
from zoo.backend import keras

ROOT = Path(__file__).parent.parent
MODELS = ("resnet50", "inception_v3", "densenet121", "inception_resnet_v2")


def original(name: str) -> str:
    """The call that makes the model of keras.applications which a spec names."""
    choice = specs.load(name).original
    assert choice is not None
    arguments = "".join(f", {key}={value!r}" for key, value in choice.args.model_dump(exclude_unset=True).items())
    return f"keras.applications.{choice.kind}(weights=None{arguments})"


def process(*command: str) -> None:
    """Runs Python with arguments, its output thrown away; fails where the process fails."""
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)


def build(kind: str) -> None:
    """Builds the model with Keras alone."""
    keras.backend.clear_session()
    getattr(keras.applications, kind)(weights=None)


def main() -> None:
    """Prints two lines a model, and one for all of them."""
    print(f"{'':34}  {'validate':>8}    {'build':>8}")
    for name in MODELS:
        code = f"import keras; {original(name)}"
        whole = measure(partial(process, "cli.py", "validate", name), partial(process, "-c", code), runs=5)
        print(f"{name:19} whole process {whole}", flush=True)
        kind = specs.load(name).original
        assert kind is not None
        inside = measure(partial(specs.check, name), partial(build, kind.kind))
        print(f"{name:19} in a process  {inside}", flush=True)
    shipped = list(specs.shipped())
    known = [name for name in shipped if specs.load(name).original is not None]
    code = "; ".join(["import keras", *(f"keras.backend.clear_session(); {original(name)}" for name in known)])
    every = measure(partial(process, "cli.py", "validate", *shipped), partial(process, "-c", code), runs=1)
    print(f"all {len(shipped)} in one call, against building {len(known)}: {every}", flush=True)


if __name__ == "__main__":
    main()
