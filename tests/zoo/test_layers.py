"""The builder's table and the arguments that Keras gets."""

import inspect

import pytest

from specs.infer import MERGING
from specs.ops import OPS
from specs.ops.core import Dense
from specs.ops.penalties import MatrixPenalty, Penalty
from zoo.backend import keras
from zoo.channel_padding import ChannelPadding
from zoo.channels import ChannelAffine, ChannelShuffle, ChannelSplit, LocalResponseNormalization, SquaredDistance
from zoo.euclidean_distance import EuclideanDistance
from zoo.fill_missing import FillMissing
from zoo.gaussian_sampling import GaussianSampling
from zoo.layer_scale import LayerScale
from zoo.layers import CALL_ARGUMENTS, LAYERS, MERGES, ORIENTED, keras_arguments
from zoo.maxout import Maxout
from zoo.roi_pooling import RoiPooling
from zoo.table_conv import TableConv2D

OWN = {
    "Maxout": Maxout,
    "LocalResponseNormalization": LocalResponseNormalization,
    "ChannelShuffle": ChannelShuffle,
    "ChannelSplit": ChannelSplit,
    "ChannelAffine": ChannelAffine,
    "SquaredDistance": SquaredDistance,
    "TableConv2D": TableConv2D,
    "LayerScale": LayerScale,
    "ChannelPadding": ChannelPadding,
    "RoiPooling": RoiPooling,
    "GaussianSampling": GaussianSampling,
    "EuclideanDistance": EuclideanDistance,
    "FillMissing": FillMissing,
}
"""Layers of ours that Keras lacks."""


def test_every_op_has_a_layer_of_its_name() -> None:
    assert {name: getattr(keras.layers, name) for name in OPS.keys() - OWN.keys()} | OWN == LAYERS


def _keras_parameters(name: str) -> set[str]:
    return set(inspect.signature(LAYERS[name].__init__).parameters)  # type: ignore[misc]


@pytest.mark.parametrize("name", OPS)
def test_arguments_have_keras_own_names(name: str) -> None:
    called = set(CALL_ARGUMENTS.get(name, ()))
    assert set(OPS[name].model_fields) <= _keras_parameters(name) | called
    assert called <= set(inspect.signature(LAYERS[name].call).parameters)  # type: ignore[attr-defined]


def test_every_layer_with_an_orientation_is_told_it() -> None:
    assert {name for name in LAYERS if "data_format" in _keras_parameters(name)} == ORIENTED


def test_merges_are_what_keras_calls_on_lists() -> None:
    merge = inspect.getmro(keras.layers.Add)[1]
    assert {name for name, layer in LAYERS.items() if issubclass(layer, merge)} == MERGES - {"HashedCrossing"}
    assert MERGES == MERGING


def test_a_penalty_of_zero_is_none_at_all() -> None:
    arguments = keras_arguments(
        "Dense", Dense(units=1, kernel_regularizer=MatrixPenalty(), bias_regularizer=Penalty(l1=0.5))
    )
    assert arguments["kernel_regularizer"] is None
    assert float(arguments["bias_regularizer"].l1) == 0.5
