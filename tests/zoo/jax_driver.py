"""A process of its own for tests: Keras on JAX with two virtual CPU devices, and never TensorFlow: FOLDER."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import specs
import tuner
import zoo
from specs.errors import SpeczooError
from tests.zoo.devices_driver import SPEC, data, figures, stop_in_the_second_epoch
from zoo.diagnosing import running
from zoo.diagnosing.checks import CHECKS
from zoo.epochs import Diverged
from zoo.stacked import fit_stacked

NOISY = SPEC.replace("  - Dense: {units: 3,", "  - BatchNormalization\n  - Dropout: {rate: 0.3}\n  - Dense: {units: 3,")
"""On JAX a step is one program for all devices, so that neither of the two sees shares."""

LEARN = "epochs: 3, batch_size: 8, optimizer: {Adam: {learning_rate: 0.02}}"
TWO = "Dense: {units: 2, activation: softmax}"
TABLE = "csv: {path: some.csv, target: income, inputs: {numbers: [age, hours], group: [group]}}"
STEPS = "RandomFlip, RandomCrop: {height: 8, width: 8}, MixUp"

POLICIES = "[RandAugment: {num_ops: 1}, AugMix: {num_chains: 1, chain_depth: 1}, Equalization, RandomElasticTransform]"

SOURCES = {
    "npz": f"input: {{shape: [6]}}\nbody: [Dense: {{units: 3, activation: softmax}}]\n"
    f"train: {{{LEARN}, data: {{npz: {{path: some.npz}}}}}}",
    "csv": f"""
inputs: {{numbers: {{shape: [2]}}, group: {{shape: [1]}}}}
body:
  - {{FillMissing: {{}}, from: numbers}}
  - {{Normalization: {{}}, name: scaled}}
  - {{Discretization: {{num_bins: 3, output_mode: one_hot}}, from: group, name: known}}
  - {{Concatenate: {{}}, from: [scaled, known]}}
  - {TWO}
train: {{{LEARN}, data: {{{TABLE}}}}}
""",
    "image_folder": f"input: {{shape: [8, 8, 3]}}\nbody: [Rescaling: {{scale: 0.004}}, Flatten, {TWO}]\n"
    f"train: {{{LEARN}, data: {{image_folder: {{path: images}}}}, augment: [{STEPS}], loss: CategoricalCrossentropy}}",
    "policies": f"input: {{shape: [8, 8, 3]}}\nbody: [Rescaling: {{scale: 0.004}}, Flatten, {TWO}]\n"
    f"train: {{epochs: 2, batch_size: 24, data: {{image_folder: {{path: images}}}}, augment: {POLICIES}}}",
    "digits": "input: {shape: [8, 8, 1]}\n"
    "body: [Rescaling: {scale: 0.06}, Flatten, Dense: {units: 10, activation: softmax}]\n"
    "train: {epochs: 2, batch_size: 256}",
    "time_series": f"input: {{shape: [4, 1]}}\nbody: [GRU: {{units: 3}}, Dense: {{units: 1}}]\n"
    f"train: {{{LEARN}, loss: MeanSquaredError,"
    " data: {time_series: {path: some.csv, columns: age, window: 4}}}",
    # Some pairs are of equal examples, where a distance has no slope.
    "pairs": f"""
inputs: {{left: {{shape: [6]}}, right: {{shape: [6]}}}}
body:
  - {{Dense: {{units: 3}}, from: left, name: one}}
  - {{share: one, from: right, name: other}}
  - {{EuclideanDistance: , from: [one, other]}}
train: {{{LEARN}, loss: Contrastive, data: {{pairs: {{of: {{npz: {{path: twice.npz}}}}, count: 200}}}}}}
""",
}

REFUSED = {
    "text": "input: {shape: [], dtype: string}\n"
    f"body: [TextVectorization: {{max_tokens: 9, output_mode: multi_hot, pad_to_max_tokens: true}}, {TWO}]\n"
    "train: {data: {text_folder: {path: texts}}}",
    "lookup": "input: {shape: [1], dtype: int32}\n"
    f"body: [IntegerLookup: {{vocabulary: [1, 2], output_mode: one_hot}}, {TWO}]\n"
    "train: {data: {csv: {path: some.csv, target: income, inputs: [group]}}}",
    "workers": f"input: {{shape: [2]}}\nbody: [{TWO}]\n"
    "train: {data: {csv: {path: some.csv, target: income, inputs: [age, group]}}, distribution: {over: workers}}",
    "diverges": f"input: {{shape: [2]}}\nbody: [Dense: {{units: 3}}, {TWO}]\n"
    "train: {data: {csv: {path: some.csv, target: income, inputs: [age, group]}},"
    " optimizer: {SGD: {learning_rate: 1.0e+30}}}",
}


AT_ONCE = """
name: small
params: {units: 5, rate: 0.3, decay: 0.1, learning_rate: 0.05}
input: {shape: [6]}
body:
  - Dense: {units: $units, activation: tanh}
  - Dropout: {rate: $rate}
  - Dense: {units: 3, activation: softmax}
train:
  data: {npz: {path: some.npz, validation_split: 0.25, test_split: 0.25}}
  optimizer: {AdamW: {learning_rate: $learning_rate, weight_decay: $decay, use_ema: true, ema_momentum: 0.8}}
  batch_size: 16
  epochs: 5
  early_stopping: {patience: 1}
search:
  trials: 7
  trials_per_step: 3
  space: {learning_rate: {min_value: 0.01, max_value: 1.0, sampling: log}, rate: {values: [0.1, 0.3]}}
"""

POINTS: tuple[dict[str, Any], ...] = (
    *({"learning_rate": 0.05}, {"learning_rate": 0.01, "rate": 0.1}, {"learning_rate": 1e30}),
    *({"units": 7}, {"learning_rate": 0.8, "decay": 0.01, "rate": 0.5}),
)
"""The third diverges, the fourth is another model, and the last stops early."""


class Examples:
    """The arrays as a sequence of examples."""

    def __len__(self) -> int:
        return 100

    def __getitem__(self, at: int) -> tuple[Any, Any]:
        return data()[0][at], data()[1][at]


def write_files(folder: Path) -> None:
    """One small file or folder for each source."""
    x, y = data()
    np.savez(folder / "some.npz", x=x, y=y)
    np.savez(folder / "twice.npz", x=np.repeat(x[::2], 2, axis=0), y=np.repeat(y[::2], 2))
    rows = [f"{at},{at % 7 if at % 9 else ''},{at % 5},{'rich' if at > 30 else 'poor'}" for at in range(60)]
    (folder / "some.csv").write_text("\n".join(["age,hours,group,income", *rows]), encoding="utf-8")
    for at in range(24):
        name = "ab"[at % 2]
        for kind in ("images", "texts"):
            (folder / kind / name).mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(at).integers(100, size=(10, 10, 3)) + 150 * (at % 2)
        Image.fromarray(pixels.astype(np.uint8)).resize((8, 8)).save(folder / "images" / name / f"{at}.png")
        (folder / "texts" / name / f"{at}.txt").write_text(f"film {name}", encoding="utf-8")


def document(folder: Path, text: str) -> specs.Document:
    """The spec, in that folder."""
    return specs.loads(f"name: small\n{text}\n", file=str(folder / "spec.yaml"))


def learnt(folder: Path) -> dict[str, list[float]]:
    """The loss of each epoch, by the source of the examples."""
    found = {}
    given: dict[str, Any] = {"arrays": data(), "sequence": Examples()}
    for name, text in {**SOURCES, **dict.fromkeys(given, SOURCES["npz"])}.items():
        spec = document(folder, text)
        fitted = zoo.fit(spec, given.get(name) or zoo.load_data(spec))
        found[name] = [logs["loss"] for logs in fitted.history]
    return found


def refused(folder: Path) -> dict[str, str]:
    """What is said of each that cannot be."""
    found = {}
    for name, text in REFUSED.items():
        try:
            zoo.train(document(folder, text), folder / name)
        except SpeczooError as error:
            found[name] = str(error)
    return found


def repeated(folder: Path) -> dict[str, Any]:
    """What deterministic training gives twice, and what is said where JAX was started without its flag."""
    spec = document(folder, f"{SOURCES['npz'].replace('epochs: 3', 'epochs: 2, deterministic: true')}")
    runs = [zoo.fit(spec, data()).history for _ in range(2)]
    flags = os.environ.pop("XLA_FLAGS")
    try:
        zoo.fit(spec, data())
    except SpeczooError as error:
        return {"runs": runs, "told": str(error)}
    finally:
        os.environ["XLA_FLAGS"] = flags
    return {"runs": runs, "told": ""}


def trained(folder: Path) -> dict[str, Any]:
    """One device and two, each without a pause and with one."""
    found: dict[str, Any] = {}
    for name, more in {"one": "", "two": "  distribution: {over: devices}\n"}.items():
        spec = specs.loads(NOISY + more, file="x.yaml")
        found[name] = figures(zoo.train(spec, folder / name, data=data()))
        try:
            zoo.train(spec, folder / f"{name}_again", data=data(), on_batch=stop_in_the_second_epoch)
        except KeyboardInterrupt:
            found[f"{name}_again"] = figures(zoo.resume(folder / f"{name}_again", data=data()))
    return found


def told(fit: Any) -> Any:
    """What came of a training, for JSON."""
    if fit is None or isinstance(fit, Diverged):
        return fit and str(fit)
    weights = [each.tolist() for each in fit.model.get_weights()]
    return {"history": fit.history, "best": fit.best_epoch, "weights": weights}


def at_once(folder: Path) -> dict[str, Any]:
    """Trainings at once, and each alone; two searches that differ in that."""
    document = specs.loads(AT_ONCE, file=str(folder / "spec.yaml"))
    documents, dataset = [specs.with_params(document, **point) for point in POINTS], zoo.load_data(document)
    epochs: list[tuple[int, int]] = []
    together = fit_stacked(documents, dataset, on_epoch=lambda index, epoch, logs: epochs.append((index, epoch)))
    alone: list[Any] = []
    for each in documents:
        try:
            alone.append(zoo.fit(each, dataset))
        except Diverged as error:
            alone.append(error)
    single = specs.loads(AT_ONCE.replace("trials_per_step: 3", "trials_per_step: 1"), file=document.file)
    searches = [
        tuner.search(each, folder / name, workers=0) for each, name in ((document, "at_once"), (single, "single"))
    ]
    scores = [{trial.id: [trial.score, trial.epoch] for trial in search.trials} for search in searches]
    return {"together": [*map(told, together)], "alone": [*map(told, alone)], "epochs": epochs, "scores": scores}


def diagnosed() -> dict[str, Any]:
    """What a diagnosis says of what flows through a deep and through a shallow net of sigmoids."""
    running.CHECKS = tuple(check for check in CHECKS if check.name == "signals at the start")
    found = {}
    for name, layers in {"deep": 14, "shallow": 2}.items():
        layer = f"{{Dense: {{units: 6, activation: sigmoid}}, repeat: {layers}}}"
        body = f"[Rescaling: {{scale: 0.004}}, Flatten, {layer}, Dense: {{units: 10, activation: softmax}}]"
        document = specs.loads(f"name: net\ninput: {{shape: [8, 8, 1]}}\nbody: {body}\ntrain: {{data: digits}}\n")
        (finding,) = zoo.diagnose(document).findings
        found[name] = [finding.verdict, len(finding.moments[0].signals)]
    return found


if __name__ == "__main__":
    place = Path(sys.argv[1])
    write_files(place)
    answer: dict[str, Any] = {
        "at_once": at_once(place),
        "diagnosed": diagnosed(),
        "learnt": learnt(place),
        "refused": refused(place),
        "repeated": repeated(place),
        **trained(place),
    }
    print(json.dumps({**answer, "tensorflow": "tensorflow" in sys.modules}))
