"""Random arguments of every layer: written as in a spec, mostly such that Keras takes them on small images."""

from typing import Any

from hypothesis import strategies as st

from specs.step import LAYERS
from tests.zoo.sequences import SEQUENCES
from tests.zoo.spatial import SPATIAL, Arguments, booleans, each, paddings, rank_of, small, windows

axes = st.sampled_from([-1, 1, 2, 3])
rates = st.sampled_from([0.0, 0.3])
encodings = st.sampled_from(["int", "one_hot", "multi_hot", "count"])
places = {
    "num_oov_indices": st.integers(0, 2),
    "output_mode": encodings,
    "max_tokens": st.none() | st.just(6),
    "pad_to_max_tokens": booleans,
}
factors = st.sampled_from([0.2, 1, -0.5, [0.1, 0.3], [0.3, -0.1], 1.5, -1.5, [0.1], "0.2"])
parts = st.sampled_from([0.2, 1, [0.1, 0.3], [0.3, 0.1], 1.5, [0.1], "0.2"])
affine = {"center": booleans, "scale": booleans}


def _given(**arguments: st.SearchStrategy[Any]) -> Arguments:
    return st.fixed_dictionaries(arguments)


def _statistics(axis: int, many: int) -> dict[str, Any]:
    """Given numbers; as weights, which is what none of them stand for."""
    return {"axis": axis, "mean": [0.5] * many or None, "variance": [2.0] * many or None}


ARGUMENTS: dict[str, Arguments] = {
    **SPATIAL,
    "Dense": _given(units=small, use_bias=booleans),
    "Flatten": _given(),
    "Reshape": _given(target_shape=st.sampled_from([[-1], [2, -1], [-1, 1, 2], [4, -1, 2]])),
    "Rescaling": st.just({"scale": 0.5, "offset": 1.0}),
    "Dropout": _given(rate=rates),
    "SpatialDropout2D": _given(rate=rates),
    "BatchNormalization": _given(axis=axes, **affine),
    "LayerNormalization": _given(axis=axes | st.just([1, -1]), **affine),
    "GroupNormalization": _given(groups=st.sampled_from([-1, 1, 2]), axis=axes, **affine),
    "UnitNormalization": _given(axis=axes),
    # Axes that are not neighbours are built by Keras 3.15, and fail when it runs.
    "RMSNormalization": _given(axis=axes),
    "Activation": st.sampled_from(["relu", "silu", "softmax"]).map(lambda name: {"activation": name}),
    "ReLU": st.just({"max_value": 6.0}),
    "LeakyReLU": _given(),
    "PReLU": st.sampled_from([{}, {"shared_axes": [1, 2]}, {"shared_axes": [1]}]),
    "ELU": st.just({"alpha": 0.5}),
    "Softmax": _given(axis=axes),
    "ChannelPadding": _given(padding=st.sampled_from([1, [0, 2], [3, 1]])),
    "Maxout": _given(units=small, pieces=st.integers(2, 3), use_bias=booleans),
    "LocalResponseNormalization": _given(depth_radius=st.integers(0, 3), alpha=st.sampled_from([0.0, 0.5])),
    "ChannelShuffle": _given(groups=st.integers(2, 3)),
    "ChannelSplit": _given(parts=st.integers(2, 3), index=st.integers(0, 1)),
    "ChannelAffine": _given(),
    "LayerScale": _given(init_values=rates),
    "FillMissing": _given(values=st.sampled_from([None, 0.5, [0.0, 1.0]])),
    "SquaredDistance": _given(units=small),
    "TableConv2D": st.builds(
        lambda window, maps: {"connections": maps, **window},
        _given(kernel_size=each(2), padding=paddings, strides=each(2), use_bias=booleans),
        st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True), min_size=1, max_size=3),
    ),
    "GaussianNoise": _given(stddev=rates),
    "GaussianDropout": _given(rate=rates),
    "AlphaDropout": _given(rate=rates),
    "SpatialDropout1D": _given(rate=rates),
    "SpatialDropout3D": _given(rate=rates),
    "ActivityRegularization": st.just({"l1": 0.1}),
    "Identity": _given(),
    "Normalization": st.builds(_statistics, axes, st.sampled_from([0, 1, 2, 4])),
    "Resizing": _given(height=small, width=small, crop_to_aspect_ratio=booleans),
    "CenterCrop": _given(height=small, width=small),
    "CategoryEncoding": _given(num_tokens=small, output_mode=st.sampled_from(["one_hot", "multi_hot", "count"])),
    "Discretization": st.builds(
        lambda intervals, mode: {**intervals, "output_mode": mode},
        st.sampled_from([{"bin_boundaries": [-1.0, 0.5]}, {"num_bins": 3}]),
        encodings,
    ),
    "Hashing": _given(num_bins=small, output_mode=encodings, salt=st.none() | st.just(7)),
    "Masking": _given(mask_value=rates),
    "RandomFlip": _given(mode=st.sampled_from(["horizontal", "vertical", "sideways"])),
    "RandomRotation": _given(factor=factors, fill_mode=st.sampled_from(["wrap", "mirror"])),
    "RandomZoom": _given(height_factor=factors, width_factor=st.none() | factors),
    "RandomTranslation": _given(height_factor=factors, width_factor=factors),
    "RandomContrast": _given(factor=factors),
    "RandomBrightness": _given(factor=factors),
    "RandomCrop": _given(height=small, width=small),
    "RandomShear": _given(x_factor=parts, y_factor=parts),
    "RandomPerspective": _given(factor=parts, scale=rates),
    "RandomElasticTransform": _given(factor=parts, scale=parts),
    "RandomHue": _given(factor=parts),
    "RandomSaturation": _given(factor=parts),
    "RandomColorDegeneration": _given(factor=parts),
    "RandomColorJitter": _given(brightness_factor=st.none() | factors, hue_factor=st.none() | parts),
    "RandomGrayscale": _given(factor=rates),
    "RandomSharpness": _given(factor=parts),
    "RandomGaussianBlur": _given(kernel_size=st.sampled_from([3, [1, 5], 2, [3, 4], [3]]), sigma=parts),
    "RandomErasing": _given(factor=parts, fill_value=st.none() | rates),
    "RandomPosterization": _given(factor=st.sampled_from([1, 4, [2, 8], [5, 3], 9, 0])),
    "RandomInvert": _given(factor=parts),
    "StringLookup": _given(vocabulary=st.none() | st.just(["a", "b"]), mask_token=st.none() | st.just("m"), **places),
    "IntegerLookup": _given(vocabulary=st.none() | st.just([3, 5]), mask_token=st.none() | st.just(0), **places),
    "TextVectorization": st.builds(
        lambda length, mode: (
            {"vocabulary": ["a", "b"], **({"output_sequence_length": length} if mode == "int" else {})}
            | {"output_mode": mode}
        ),
        st.none() | small,
        st.sampled_from(["int", "multi_hot", "count"]),
    ),
}
"""By layer; layers that merge come in by combinators, or with `MERGES`."""

MERGES = ("Add", "Multiply", "Average", "Maximum", "Concatenate", "Subtract", "Minimum", "Dot", "HashedCrossing")

PAIRED = ("RoiPooling", "GaussianSampling", "EuclideanDistance")
"""Layers of ours with two inputs; each has a file of tests of its own."""

assert {*ARGUMENTS, *MERGES, *PAIRED, *SEQUENCES} == {*LAYERS}, "every layer has a strategy"


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


def steps(rank: int) -> Arguments:
    """One layer, or the unit conv, of those that take inputs with as many axes before the channels."""
    of_rank = [op for op in ARGUMENTS if rank_of(op) == rank]
    of_any = [op for op in ARGUMENTS if rank_of(op) is None]
    choices = [st.sampled_from(ops).flatmap(_step) for ops in (of_rank, of_any) if ops]
    if rank in (1, 2, 3):
        kinds = st.builds(_unit, windows(rank), *map(st.sampled_from, (KINDS, ORDERS, NORMS)), st.sampled_from([2, 4]))
        choices.append(kinds)
    return st.one_of(choices)


def combined(inner: Arguments) -> Arguments:
    """A combinator over steps."""
    bodies = st.lists(inner, min_size=1, max_size=2)
    merges = st.sampled_from(["concatenate", "add", "multiply", "average", "maximum"])
    shortcuts = st.sampled_from(["identity", "projection", "auto", "padding"])
    tails = {"scale": st.sampled_from([1.0, 0.5]), "drop_path": st.sampled_from([0.0, 0.2])}
    parallel = _given(branches=st.lists(bodies, min_size=2, max_size=3), merge=merges)
    residual = _given(body=bodies, shortcut=shortcuts, **tails)
    dense = _given(body=bodies, repeat=st.integers(1, 2))
    return st.one_of(
        parallel.map(lambda a: {"parallel": a}),
        residual.map(lambda a: {"residual": a}),
        dense.map(lambda a: {"dense": a}),
    )
