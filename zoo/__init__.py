"""Everything that needs Keras: build, train, export and serve what `specs` describes.

Importing this package loads neither Keras nor TensorFlow nor NumPy; each name below loads what it needs when it is
first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.building import build as build
    from zoo.data import Dataset as Dataset
    from zoo.data import as_dataset as as_dataset
    from zoo.data import load_data as load_data
    from zoo.diagnosing.findings import Diagnosis as Diagnosis
    from zoo.diagnosing.running import diagnose as diagnose
    from zoo.ensembling import Ensemble as Ensemble
    from zoo.ensembling import ensemble as ensemble
    from zoo.epochs import Diverged as Diverged
    from zoo.evaluating import Evaluation as Evaluation
    from zoo.evaluating import evaluate as evaluate
    from zoo.exports.exporting import ExportError as ExportError
    from zoo.exports.exporting import ExportReport as ExportReport
    from zoo.exports.exporting import export as export
    from zoo.exports.rechecking import Verified as Verified
    from zoo.exports.rechecking import verify_export as verify_export
    from zoo.exports.recovering import Recovered as Recovered
    from zoo.exports.recovering import recover as recover
    from zoo.generating import Generated as Generated
    from zoo.generating import generate as generate
    from zoo.importing import import_model as import_model
    from zoo.lr_finding import RangeTest as RangeTest
    from zoo.lr_finding import lr_find as lr_find
    from zoo.recompiling import CompiledModels as CompiledModels
    from zoo.registering import register as register
    from zoo.running import Run as Run
    from zoo.running import resume as resume
    from zoo.running import train as train
    from zoo.sampling import sample as sample
    from zoo.serving import Prediction as Prediction
    from zoo.serving import predict as predict
    from zoo.training import Fit as Fit
    from zoo.training import fit as fit
    from zoo.weights import Carried as Carried
    from zoo.weights import carry_weights as carry_weights

_MODULES = {
    "Carried": "zoo.weights",
    "CompiledModels": "zoo.recompiling",
    "Dataset": "zoo.data",
    "Diagnosis": "zoo.diagnosing.findings",
    "Diverged": "zoo.epochs",
    "Ensemble": "zoo.ensembling",
    "Evaluation": "zoo.evaluating",
    "ExportError": "zoo.exports.exporting",
    "ExportReport": "zoo.exports.exporting",
    "Fit": "zoo.training",
    "Generated": "zoo.generating",
    "Prediction": "zoo.serving",
    "RangeTest": "zoo.lr_finding",
    "Recovered": "zoo.exports.recovering",
    "Run": "zoo.running",
    "Verified": "zoo.exports.rechecking",
    "as_dataset": "zoo.data",
    "build": "zoo.building",
    "carry_weights": "zoo.weights",
    "diagnose": "zoo.diagnosing.running",
    "ensemble": "zoo.ensembling",
    "evaluate": "zoo.evaluating",
    "export": "zoo.exports.exporting",
    "fit": "zoo.training",
    "generate": "zoo.generating",
    "import_model": "zoo.importing",
    "load_data": "zoo.data",
    "lr_find": "zoo.lr_finding",
    "predict": "zoo.serving",
    "recover": "zoo.exports.recovering",
    "register": "zoo.registering",
    "resume": "zoo.running",
    "sample": "zoo.sampling",
    "train": "zoo.running",
    "verify_export": "zoo.exports.rechecking",
}
"""The module that defines each public name."""

__all__ = [
    "Carried",
    "CompiledModels",
    "Dataset",
    "Diagnosis",
    "Diverged",
    "Ensemble",
    "Evaluation",
    "ExportError",
    "ExportReport",
    "Fit",
    "Generated",
    "Prediction",
    "RangeTest",
    "Recovered",
    "Run",
    "Verified",
    "as_dataset",
    "build",
    "carry_weights",
    "diagnose",
    "ensemble",
    "evaluate",
    "export",
    "fit",
    "generate",
    "import_model",
    "load_data",
    "lr_find",
    "predict",
    "recover",
    "register",
    "resume",
    "sample",
    "train",
    "verify_export",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
