"""Every layer of Keras is in the language, or stands here with the reason why not."""

import inspect

from specs.ops import OPS
from zoo.backend import keras

CODE = "takes Python code or a foreign model, which a spec cannot hold"
BASE = "a base class"
AUGMENTS = "changes training examples only: augmentation belongs to the data, not to the model"
BOXES = "pads bounding boxes of a data pipeline"
CELL = "one step of a recurrent layer, which SimpleRNN, LSTM and GRU take along a sequence"
CELLS = "takes cells; recurrent layers one after the other are a list of steps"
SOUND = "missing: the language has no sound, so a spec starts from spectrograms that are already made"
EXCLUDED = {
    **dict.fromkeys(("Lambda", "FlaxLayer", "JaxLayer", "TorchModuleWrapper", "TFSMLayer"), CODE),
    **dict.fromkeys(("Layer", "Wrapper"), BASE),
    "InputSpec": "no layer: what a layer expects of its input",
    "Pipeline": "a list of preprocessing layers; a list of steps is one",
    **dict.fromkeys(
        (
            "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "Equalization",
            "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter",
            "RandomContrast", "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip",
            "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective",
            "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
            "RandomTranslation", "RandomZoom", "Solarization",
        ),
        AUGMENTS,
    ),
    "MaxNumBoundingBoxes": BOXES,
    **dict.fromkeys(("SimpleRNNCell", "LSTMCell", "GRUCell"), CELL),
    **dict.fromkeys(("RNN", "StackedRNNCells"), CELLS),
    **dict.fromkeys(("STFTSpectrogram", "MelSpectrogram"), SOUND),
    "EinsumDense": "its equation is a language of its own; Dense, convolutions and attention name the common cases",
    "Masking": "missing: a mask comes from Embedding's mask_zero, so that sequences of vectors cannot be masked so far",
    "ReversibleEmbedding": "missing: is called twice, the second time in reverse, and a step calls its layer once",
}  # fmt: skip
"""Layers that the language leaves out, each with the reason."""

OWN = {"Maxout"}
"""Layers of ours that Keras lacks."""


def _layers() -> set[str]:
    """Keras' layers, each by the name that a table knows it by: Convolution2D is Conv2D by another name."""
    names: dict[type, list[str]] = {}
    for name, each in vars(keras.layers).items():
        if inspect.isclass(each):
            names.setdefault(each, [each.__name__]).append(name)
    known = OPS.keys() | EXCLUDED.keys()
    return {next((name for name in every if name in known), every[0]) for every in names.values()}


def test_every_layer_of_keras_is_in_the_language_or_left_out_for_a_reason() -> None:
    assert len(_layers()) > 100
    assert _layers() - OPS.keys() - EXCLUDED.keys() == set()


def test_no_layer_is_in_two_tables() -> None:
    assert not EXCLUDED.keys() & OPS.keys()


def test_tables_hold_only_what_keras_has() -> None:
    assert EXCLUDED.keys() - _layers() == set()
    assert OPS.keys() - _layers() == OWN
