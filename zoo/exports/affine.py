"""The arithmetic of folding: a scale and a shift for each channel taken into the weights of a layer beside them.

A batch normalisation in inference is y = x · scale + shift for each channel. A layer that is linear in its input takes
such a map into its kernel and its bias, be it applied to what the layer gives or to what it is given. NumPy alone.
"""

from collections.abc import Callable, Mapping
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specs.ops.base import Op
from specs.ops.norm import BatchNormalization

Array = NDArray[np.floating]
Arrays = tuple[Array, ...]
"""The weights of a layer in Keras' order: its kernels, then its bias where it has one."""


class Affine(NamedTuple):
    """y = x · scale + shift, both of shape (channels), in float64."""

    scale: Array
    shift: Array


def affine_of(args: BatchNormalization, weights: Arrays) -> Affine:
    """What a batch normalisation does in inference; its weights are gamma, beta, moving mean and variance.

    >>> norm = BatchNormalization(scale=False, epsilon=1.0)
    >>> affine_of(norm, (np.array([5.0]), np.array([2.0]), np.array([3.0])))
    Affine(scale=array([0.5]), shift=array([4.]))
    """
    *learned, mean, variance = (np.asarray(each, np.float64) for each in weights)
    gamma = learned.pop(0) if args.scale else np.float64(1)
    beta = learned.pop(0) if args.center else np.float64(0)
    scale = gamma / np.sqrt(variance + args.epsilon)
    return Affine(scale, beta - mean * scale)


def followed_by(op: str, args: Op, weights: Arrays, then: Affine) -> Arrays:
    """The weights with which a layer computes what it computed before, and `then` of that; the last is the bias.

    >>> from specs.ops.core import Dense
    >>> dense = Dense(units=1, use_bias=False)
    >>> followed_by("Dense", dense, (np.array([[3.0]]),), Affine(np.array([2.0]), np.array([1.0])))
    (array([[6.]]), array([1.]))
    """
    kernels, bias = _parted(args, weights)
    last = kernels[-1] * SCALED_AFTER.get(op, _along_the_last)(kernels[-1], then.scale)
    return _typed(weights, (*kernels[:-1], last, bias * then.scale + then.shift))


def preceded_by(op: str, args: Op, weights: Arrays, first: Affine) -> Arrays:
    """The weights with which a layer computes of its input what it computed before of `first`; the last is the bias.

    Holds where the layer sees no padding: what is added around an input is not mapped.

    >>> from specs.ops.core import Dense
    >>> dense = Dense(units=1, use_bias=False)
    >>> preceded_by("Dense", dense, (np.array([[3.0]]),), Affine(np.array([2.0]), np.array([1.0])))
    (array([[6.]]), array([3.]))
    """
    kernels, bias = _parted(args, weights)
    scale, shift = (SPREAD_BEFORE.get(op, _over_groups)(kernels[0], args, each) for each in first)
    # What the layer makes of the shift alone, at every place the same.
    of_shift = (kernels[0] * shift).reshape(-1, *kernels[0].shape[-2:]).sum(axis=0)
    of_shift = of_shift.reshape(-1) if op in SPREAD_BEFORE else of_shift.sum(axis=0)
    if op in SEPARABLE:
        of_shift = of_shift @ kernels[1].reshape(-1, kernels[1].shape[-1])
    return _typed(weights, (kernels[0] * scale, *kernels[1:], bias + of_shift))


def _parted(args: Op, weights: Arrays) -> tuple[Arrays, Array]:
    """Kernels and bias, 0 where there is none, in float64."""
    arrays = tuple(np.asarray(each, np.float64) for each in weights)
    return (arrays[:-1], arrays[-1]) if getattr(args, "use_bias") else (arrays, np.zeros(()))  # noqa: B009


def _typed(like: Arrays, arrays: Arrays) -> Arrays:
    return tuple(each.astype(like[0].dtype) for each in arrays)


def _along_the_last(kernel: Array, scale: Array) -> Array:
    """(…, filters)."""
    return scale


def _of_transposed(kernel: Array, scale: Array) -> Array:
    """(…, filters, channels)."""
    return scale[:, np.newaxis]


def _of_depthwise(kernel: Array, scale: Array) -> Array:
    """(…, channels, multiplier); what comes out has the multiples of a channel side by side."""
    return scale.reshape(kernel.shape[-2:])


def _over_groups(kernel: Array, args: Op, each: Array) -> Array:
    """(channels of a group, filters): which channel a filter of a group sees at which place of its kernel."""
    groups = getattr(args, "groups", 1)
    return np.repeat(each.reshape(groups, -1).T, kernel.shape[-1] // groups, axis=1)


def _over_channels(kernel: Array, args: Op, each: Array) -> Array:
    """(channels, 1)."""
    return each[:, np.newaxis]


SEPARABLE = frozenset({"SeparableConv1D", "SeparableConv2D"})
TRANSPOSED = frozenset({"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"})
DEPTHWISE = frozenset({"DepthwiseConv1D", "DepthwiseConv2D"})
LINEAR = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D", *SEPARABLE, *TRANSPOSED, *DEPTHWISE})
"""Layers that are linear in their input until their activation."""

SCALED_AFTER: Mapping[str, Callable[[Array, Array], Array]] = {
    **dict.fromkeys(TRANSPOSED, _of_transposed),
    **dict.fromkeys(DEPTHWISE, _of_depthwise),
}
"""How the factors of the output lie along the last kernel; along its last axis where nothing is said."""

SPREAD_BEFORE: Mapping[str, Callable[[Array, Op, Array], Array]] = dict.fromkeys(DEPTHWISE | SEPARABLE, _over_channels)
"""How the factors of the input lie along the first kernel; by groups where nothing is said."""


def sees_no_padding(op: str, args: Op) -> bool:
    """Whether all that a layer computes with is its input, so that `preceded_by` holds.

    >>> from specs.ops.conv import Conv2D
    >>> sees_no_padding("Conv2D", Conv2D(filters=1, kernel_size=1, padding="same"))
    True
    """
    if op in TRANSPOSED or op not in LINEAR:
        return False
    return op == "Dense" or getattr(args, "padding", "") == "valid" or prod(getattr(args, "kernel_size", (2,))) == 1
