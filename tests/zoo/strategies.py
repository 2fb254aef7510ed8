"""Random arguments of every layer: written as in a spec, mostly such that Keras takes them on small images."""

from typing import Any

from hypothesis import strategies as st

from specs.step import LAYERS
from tests.zoo.sequences import SEQUENCES

Arguments = st.SearchStrategy[dict[str, Any]]

small = st.integers(1, 4)
pairs = st.one_of(small, st.tuples(small, small).map(list))
booleans = st.booleans()
paddings = st.sampled_from(["valid", "same"])
filters = st.sampled_from([2, 4, 6])
axes = st.sampled_from([-1, 1, 2, 3])
rates = st.sampled_from([0.0, 0.3])
pads = st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), st.integers(0, 2)).map(list))
affine = {"center": booleans, "scale": booleans}


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    """What all convolutions share; strides or dilation, as Keras takes only one of them."""
    found = {"kernel_size": draw(pairs), "padding": draw(paddings), "use_bias": draw(booleans)}
    found[draw(st.sampled_from(["strides", "dilation_rate"]))] = draw(st.integers(1, 3))
    return found


def _convolution(**more: st.SearchStrategy[Any]) -> Arguments:
    return st.builds(lambda window, rest: {**window, **rest}, windows(), st.fixed_dictionaries(more))


def _given(**arguments: st.SearchStrategy[Any]) -> Arguments:
    return st.fixed_dictionaries(arguments)


pool = _given(pool_size=pairs, padding=paddings, strides=st.none() | small)

ARGUMENTS: dict[str, Arguments] = {
    "Conv2D": _convolution(filters=filters, groups=st.integers(1, 2)),
    "Conv2DTranspose": _convolution(filters=filters),
    "DepthwiseConv2D": _convolution(depth_multiplier=small),
    "SeparableConv2D": _convolution(filters=filters, depth_multiplier=small),
    "Dense": _given(units=small, use_bias=booleans),
    "Flatten": _given(),
    "Reshape": _given(target_shape=st.sampled_from([[-1], [2, -1], [-1, 1, 2], [4, -1, 2]])),
    "ZeroPadding2D": _given(padding=pads),
    "Rescaling": st.just({"scale": 0.5, "offset": 1.0}),
    "Dropout": _given(rate=rates),
    "SpatialDropout2D": _given(rate=rates),
    "MaxPooling2D": pool,
    "AveragePooling2D": pool,
    "GlobalAveragePooling2D": _given(keepdims=booleans),
    "GlobalMaxPooling2D": _given(keepdims=booleans),
    "BatchNormalization": _given(axis=axes, **affine),
    "LayerNormalization": _given(axis=axes | st.just([1, -1]), **affine),
    "GroupNormalization": _given(groups=st.sampled_from([-1, 1, 2]), axis=axes, **affine),
    "UnitNormalization": _given(axis=axes),
    "RMSNormalization": _given(axis=axes | st.just([1, -1])),
    "Activation": st.sampled_from(["relu", "silu", "softmax"]).map(lambda name: {"activation": name}),
    "ReLU": st.just({"max_value": 6.0}),
    "LeakyReLU": _given(),
    "PReLU": st.sampled_from([{}, {"shared_axes": [1, 2]}, {"shared_axes": [1]}]),
    "ELU": st.just({"alpha": 0.5}),
    "Softmax": _given(axis=axes),
}
"""By layer; layers that merge come in by combinators, or with `MERGES`."""

MERGES = ("Add", "Multiply", "Average", "Maximum", "Concatenate")

assert {*ARGUMENTS, *MERGES, *SEQUENCES} == {*LAYERS}, "every layer has a strategy"


def _step(op: str) -> Arguments:
    return ARGUMENTS[op].map(lambda arguments: {op: arguments})


def _unit(window: dict[str, Any], kind: str, order: str, norm: str, count: int) -> dict[str, Any]:
    given = {**window, "kind": kind, "order": order, "norm": norm}
    return {"conv": given if kind == "depthwise" else {**given, "filters": count}}


KINDS = ("standard", "depthwise", "separable", "transposed")
ORDERS = ("conv-norm-act", "conv-act-norm", "norm-act-conv")
NORMS = ("batch", "layer", "instance", "none")

layers = st.one_of(*(_step(op) for op in ARGUMENTS))
"""One layer as a step."""
units = st.builds(_unit, windows(), *map(st.sampled_from, (KINDS, ORDERS, NORMS)), st.sampled_from([2, 4]))
"""The unit conv."""
steps = st.one_of(layers, units)


def combined(inner: Arguments) -> Arguments:
    """A combinator over steps."""
    bodies = st.lists(inner, min_size=1, max_size=2)
    merges = st.sampled_from(["concatenate", "add", "multiply", "average", "maximum"])
    shortcuts = st.sampled_from(["identity", "projection", "auto"])
    tails = {"scale": st.sampled_from([1.0, 0.5]), "drop_path": st.sampled_from([0.0, 0.2])}
    parallel = _given(branches=st.lists(bodies, min_size=2, max_size=3), merge=merges)
    residual = _given(body=bodies, shortcut=shortcuts, **tails)
    dense = _given(body=bodies, repeat=st.integers(1, 2))
    return st.one_of(
        parallel.map(lambda a: {"parallel": a}),
        residual.map(lambda a: {"residual": a}),
        dense.map(lambda a: {"dense": a}),
    )
