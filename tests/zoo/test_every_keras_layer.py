"""Every layer of Keras is in the language, or stands here with the reason why not."""

import inspect

from specs.ops import OPS
from zoo.backend import keras

CODE = "takes Python code or a foreign model, which a spec cannot hold"
BASE = "a base class"
AUGMENTS = "changes training examples only: augmentation belongs to the data, not to the model"
BOXES = "pads bounding boxes of a data pipeline"
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
}  # fmt: skip
"""Layers that the language leaves out, each with the reason."""

PENDING = {
    "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "AdditiveAttention", "Attention", "AveragePooling1D",
    "AveragePooling3D", "Bidirectional", "Conv1D", "Conv1DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D",
    "ConvLSTM2D", "ConvLSTM3D", "Cropping1D", "Cropping2D", "Cropping3D", "DepthwiseConv1D", "Dot", "EinsumDense",
    "Embedding", "GRU", "GRUCell", "GlobalAveragePooling1D", "GlobalAveragePooling3D", "GlobalMaxPooling1D",
    "GlobalMaxPooling3D", "GroupQueryAttention", "LSTM", "LSTMCell", "Masking", "MaxPooling1D", "MaxPooling3D",
    "MelSpectrogram", "Minimum", "MultiHeadAttention", "Permute", "RMSNormalization", "RNN", "RepeatVector",
    "ReversibleEmbedding", "STFTSpectrogram", "SeparableConv1D", "SimpleRNN", "SimpleRNNCell",
    "SpectralNormalization", "StackedRNNCells", "Subtract", "TimeDistributed", "UpSampling1D", "UpSampling2D",
    "UpSampling3D", "ZeroPadding1D", "ZeroPadding3D",
}  # fmt: skip
"""Layers that are being added; a name leaves this table when it enters `OPS`."""

OWN = {"Maxout"}
"""Layers of ours that Keras lacks."""


def _layers() -> set[str]:
    """Keras' layers, each by the name that a table knows it by: Convolution2D is Conv2D by another name."""
    names: dict[type, list[str]] = {}
    for name, each in vars(keras.layers).items():
        if inspect.isclass(each):
            names.setdefault(each, [each.__name__]).append(name)
    known = OPS.keys() | EXCLUDED.keys() | PENDING
    return {next((name for name in every if name in known), every[0]) for every in names.values()}


def test_every_layer_of_keras_is_in_the_language_or_left_out_for_a_reason() -> None:
    assert len(_layers()) > 100
    assert _layers() - OPS.keys() - EXCLUDED.keys() - PENDING == set()


def test_no_layer_is_in_two_tables() -> None:
    assert not EXCLUDED.keys() & OPS.keys()
    assert not PENDING & OPS.keys(), "what is in the language is no longer pending"
    assert not PENDING & EXCLUDED.keys()


def test_tables_hold_only_what_keras_has() -> None:
    assert (EXCLUDED.keys() | PENDING) - _layers() == set()
    assert OPS.keys() - _layers() == OWN
