"""Every layer of Keras is in the language, or stands here with the reason why not."""

import inspect

import numpy as np

from specs.ops import OPS
from zoo.backend import keras

CODE = "takes Python code or a foreign model, which a spec cannot hold"
BASE = "a base class"
MIXES = "mixes examples and their labels, which no step of a model gets; train.augment has it"
DRAWS = "is put together of other changes; train.augment has it, drawn for each batch"
ALWAYS = "changes images in inference as well, from the histogram of each; train.augment has it, for training"
BOXES = "pads bounding boxes of a data pipeline"
CELL = "one step of a recurrent layer, which SimpleRNN, LSTM and GRU take along a sequence"
CELLS = "takes cells; of Keras' own, it computes what recurrent layers one after the other compute, which are steps"
SOUND = "missing: Keras' symbolic shape of a spectrogram is one step longer than what it computes for some lengths"
EXCLUDED = {
    **dict.fromkeys(("Lambda", "FlaxLayer", "JaxLayer", "TorchModuleWrapper", "TFSMLayer"), CODE),
    **dict.fromkeys(("Layer", "Wrapper"), BASE),
    "InputSpec": "no layer: what a layer expects of its input",
    "Pipeline": "a list of preprocessing layers; a list of steps is one",
    **dict.fromkeys(("CutMix", "MixUp"), MIXES),
    **dict.fromkeys(("AugMix", "RandAugment"), DRAWS),
    **dict.fromkeys(("AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization"), ALWAYS),
    "Solarization": "turns bright pixels around, in inference as well; train.augment has it, for training",
    "MaxNumBoundingBoxes": BOXES,
    **dict.fromkeys(("SimpleRNNCell", "LSTMCell", "GRUCell"), CELL),
    **dict.fromkeys(("RNN", "StackedRNNCells"), CELLS),
    **dict.fromkeys(("STFTSpectrogram", "MelSpectrogram"), SOUND),
    "EinsumDense": "its equation is a language of its own; Dense, convolutions and attention name the common cases",
    "ReversibleEmbedding": "missing: is called twice, the second time in reverse, and a step calls its layer once",
}  # fmt: skip
"""Layers that the language leaves out, each with the reason."""

OWN = {
    "Maxout",
    "LocalResponseNormalization",
    "ChannelShuffle",
    "ChannelSplit",
    "ChannelAffine",
    "SquaredDistance",
    "TableConv2D",
    "LayerScale",
    "FillMissing",
    "ChannelPadding",
    "RoiPooling",
    "GaussianSampling",
    "EuclideanDistance",
}
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


def test_stacked_cells_compute_what_layers_in_a_row_compute() -> None:
    """Which is why RNN and its cells are left out."""
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    cells = keras.layers.RNN([keras.layers.LSTMCell(4), keras.layers.GRUCell(2)])
    row = keras.Sequential([keras.layers.LSTM(4, return_sequences=True), keras.layers.GRU(2)])
    expected, _ = cells(x), row(x)
    row.set_weights(cells.get_weights())
    np.testing.assert_allclose(row(x), expected, atol=1e-6)


def test_a_spectrogram_is_shorter_than_keras_says() -> None:
    """Which is why MelSpectrogram waits."""
    layer = keras.layers.MelSpectrogram(fft_length=8, sequence_stride=4, num_mel_bins=2, sampling_rate=16, min_freq=1)
    sound = np.random.default_rng(0).normal(size=(1, 15)).astype("float32")
    assert layer(keras.Input((15,))).shape[-1] == layer(sound).shape[-1] + 1
