"""What the backward pass reads of each layer. Every layer of the language is in these tables; a test holds it."""

from collections.abc import Callable, Mapping
from typing import Any

from specs.infer import INFER, Shape
from specs.infer.base import product

VIEWS = frozenset(("Flatten", "Reshape", "Identity", "ActivityRegularization"))
"""Layers whose output lies where their input lies."""
KEEP_INPUT = frozenset(
    {
        *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
        *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Dense", "Maxout", "Embedding"),
        *("BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "RMSNormalization"),
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "RoiPooling"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
        *("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"),
        *("LocalResponseNormalization", "ChannelAffine", "SquaredDistance", "TableConv2D", "LayerScale"),
        # Of the logarithms the deviations, and as many drawn numbers.
        "GaussianSampling",
        "EuclideanDistance",
        *("PReLU", "LeakyReLU", "Multiply", "Maximum", "Minimum", "Dot", "ActivityRegularization"),
    }
)
KEEP_OUTPUT = frozenset(
    {
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
        *("Softmax", "ELU", "ReLU"),
    }
)
MASKED = frozenset(("Dropout", "AlphaDropout"))
"""Layers that keep one byte a value for what they dropped; a mask of a given shape is small."""
NOISY = frozenset(("GaussianDropout",))
"""Layers that keep the noise that they multiply with."""
NOTHING = frozenset(
    {
        *("InputLayer", "Rescaling", "Normalization", "Permute", "RepeatVector", "GaussianNoise"),
        # One value of their mask stands for many.
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Masking"),
        *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D"),
        *("UpSampling1D", "UpSampling2D", "UpSampling3D", "Resizing", "CenterCrop"),
        *("AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"),
        *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
        *("Add", "Average", "Subtract", "Concatenate", "ChannelShuffle", "ChannelSplit", "ChannelPadding"),
        # What stands before the first weights has no backward pass.
        *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"),
        *("RandomShear", "RandomPerspective", "RandomElasticTransform", "RandomHue", "RandomSaturation"),
        *("RandomColorDegeneration", "RandomColorJitter", "RandomGrayscale", "RandomSharpness", "RandomGaussianBlur"),
        *("RandomErasing", "RandomPosterization", "RandomInvert"),
        *("RandomCrop", "CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "FillMissing"),
        *("StringLookup", "IntegerLookup", "TextVectorization"),
    }
)
"""Linear layers without weights, whose slope is known without looking at a value."""
BY_ACTIVATION = frozenset(("Activation",))
"""Layers of which it depends on their `activation` what they keep."""
WRAPPERS = frozenset(("Bidirectional", "TimeDistributed", "SpectralNormalization"))
"""Layers that keep what the layer inside them keeps."""

Counter = Callable[[Any, Shape, Shape], int | None]
"""From arguments and the shapes of query or sequence and of the value to numbers kept inside, for one example."""


def _states(each: int) -> Counter:
    """So many numbers for every unit at every step: gates and states, what they give and what goes on."""

    def count(args: Any, shape: Shape, _: Shape) -> int | None:
        out = INFER[type(args).__name__](args.model_copy(update={"return_sequences": True}), shape).output_shape
        values = product(out)
        return None if values is None else values * each

    return count


def _attention(args: Any, query: Shape, value: Shape) -> int | None:
    """The weight of every value for every query, after the softmax."""
    return product((*query[:-1], value[-2]))


def _additive(args: Any, query: Shape, value: Shape) -> int | None:
    """These, and the tanh of every pair of a query and a key."""
    pairs, size = product((*query[:-1], value[-2])), query[-1]
    return None if pairs is None or size is None else pairs * (size + 1)


def _heads(args: Any, query: Shape, value: Shape) -> int | None:
    """Queries, keys and values of every head, their weights after the softmax, and what they sum up to."""
    heads: int = args.num_heads
    size: int = args.key_dim
    inner: int = args.value_dim or size
    queries, values = product(query[:-1]), product(value[:-1])
    axes = args.attention_axes or tuple(range(1, len(query)))
    pairs = product([*query[:-1], *(value[axis - 1] for axis in axes)])
    if queries is None or values is None or pairs is None:
        return None
    return heads * (queries * (size + inner) + values * (size + inner) + pairs)


def _grouped(args: Any, query: Shape, value: Shape) -> int | None:
    """As with several heads; keys and values are written out for every query head."""
    heads, size, queries, values = args.num_query_heads, args.head_dim, query[0], value[0]
    return None if queries is None or values is None else heads * (2 * size * (queries + values) + queries * values)


INSIDE: Mapping[str, Counter] = {
    # The state.
    "SimpleRNN": _states(1),
    # Three gates and the candidate, the cell's state, its tanh, and the output.
    "LSTM": _states(7),
    # Two gates and the candidate, what the reset gate is multiplied with, and the state.
    "GRU": _states(5),
    **{f"ConvLSTM{rank}D": _states(7) for rank in (1, 2, 3)},
    "Attention": _attention,
    "AdditiveAttention": _additive,
    "MultiHeadAttention": _heads,
    "GroupQueryAttention": _grouped,
}
"""Layers that keep their inputs and more, which lies inside them."""


def unwrapped(op: str, args: Any, inputs: list[Shape]) -> tuple[str, Any, list[Shape]]:
    """The layer inside all wrappers, or the layer itself, and the inputs of the whole.

    >>> from specs.ops.wrapper import TimeDistributed
    >>> unwrapped("TimeDistributed", TimeDistributed.model_validate({"layer": {"Dense": {"units": 3}}}), [])[0]
    'Dense'
    """
    return unwrapped(args.layer.op, args.layer.args, inputs) if op in WRAPPERS else (op, args, inputs)


def numbers_inside(op: str, args: Any, inputs: list[Shape]) -> int | None:
    """Numbers of one example that a layer keeps inside, beside its inputs; None where a size is unknown."""
    if op == "TimeDistributed":
        steps, inner = inputs[0][0], numbers_inside(args.layer.op, args.layer.args, [inputs[0][1:]])
        return None if steps is None or inner is None else steps * inner
    if op in WRAPPERS:
        once = numbers_inside(args.layer.op, args.layer.args, inputs)
        return None if once is None else once * (2 if op == "Bidirectional" else 1)
    return INSIDE[op](args, inputs[0], inputs[1] if len(inputs) > 1 else inputs[0])
