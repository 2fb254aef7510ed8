"""Time to check a model's spec against building the same model with Keras: as whole processes, and in one process.

python benchmarks/validate.py
"""

import subprocess
import sys
from functools import partial
from pathlib import Path

from side_by_side import measure

import specs
from zoo.backend import keras

ROOT = Path(__file__).parent.parent
MODELS = {"resnet50": "ResNet50", "inception_v3": "InceptionV3", "densenet121": "DenseNet121"}


def process(*command: str) -> None:
    """Runs Python with arguments, its output thrown away; fails where the process fails."""
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)


def build(original: str) -> None:
    """Builds the model with Keras alone."""
    keras.backend.clear_session()
    getattr(keras.applications, original)(weights=None)


def main() -> None:
    """Prints two lines a model."""
    print(f"{'':29}  {'validate':>8}    {'build':>8}")
    for name, original in MODELS.items():
        code = f"import keras; keras.applications.{original}(weights=None)"
        whole = measure(partial(process, "cli.py", "validate", name), partial(process, "-c", code), runs=5)
        print(f"{name:14} whole process {whole}", flush=True)
        inside = measure(partial(specs.check, name), partial(build, original))
        print(f"{name:14} in a process  {inside}", flush=True)


if __name__ == "__main__":
    main()
