"""The base of every op model, and the argument types they share.

An op model is one Keras layer's arguments with Keras' own names and defaults. It checks what can be checked without
an input; what depends on the input's shape is refused in `specs.infer`.
"""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from specs.ops.arguments import Constraint as Constraint
from specs.ops.arguments import HeadsConstraint as HeadsConstraint
from specs.ops.arguments import Initializer as Initializer
from specs.ops.arguments import KernelConstraint as KernelConstraint
from specs.ops.arguments import MatrixConstraint as MatrixConstraint
from specs.ops.arguments import MatrixRegularizer as MatrixRegularizer
from specs.ops.arguments import Regularizer as Regularizer
from specs.ops.arguments import SequenceKernelConstraint as SequenceKernelConstraint
from specs.ops.arguments import VectorConstraint as VectorConstraint
from specs.ops.arguments import VectorInitializer as VectorInitializer
from specs.ops.arguments import VolumeKernelConstraint as VolumeKernelConstraint
from specs.ops.frozen import MAX_SIZE as MAX_SIZE
from specs.ops.frozen import Frozen as Frozen
from specs.ops.frozen import NonNegative as NonNegative
from specs.ops.frozen import Positive as Positive
from specs.ops.frozen import PositiveInt as PositiveInt
from specs.ops.frozen import Rate as Rate
from specs.ops.frozen import Size as Size
from specs.ops.frozen import is_int as is_int
from specs.ops.frozen import refuse as refuse


class Op(Frozen):
    """Arguments of one Keras layer."""


MAX_MEASURED = 10_000
"""Values that are measured for one model, at most: they become part of its spec, which has its bounds."""


COUNTS = {1: "", 2: " or a pair of integers", 3: " or three integers"}


def sized(rank: int, value: Any) -> Any:
    """A size for each axis of a window, where one number may stand for all of them.

    >>> sized(2, 3), sized(3, (1, 2, 3))
    ((3, 3), (1, 2, 3))
    """
    if is_int(value):
        return (value,) * rank
    if isinstance(value, tuple) and len(value) == rank:
        return value
    raise refuse(f"must be an integer{COUNTS[rank]}")


def sized_schema(rank: int, minimum: int = 1) -> WithJsonSchema:
    """The JSON Schema of such sizes."""
    one = {"type": "integer", "minimum": minimum}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one, "minItems": rank, "maxItems": rank}]})


Single = Annotated[tuple[PositiveInt], BeforeValidator(partial(sized, 1)), sized_schema(1)]
"""Length."""
Pair = Annotated[tuple[PositiveInt, PositiveInt], BeforeValidator(partial(sized, 2)), sized_schema(2)]
"""Height and width; one number stands for both."""
Triple = Annotated[tuple[PositiveInt, PositiveInt, PositiveInt], BeforeValidator(partial(sized, 3)), sized_schema(3)]
"""Depth, height and width; one number stands for all three."""
Sizes = tuple[int, ...]
"""A Single, a Pair or a Triple."""

Padding = Literal["valid", "same"]

Activation = Literal[
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "mish",
    "sigmoid", "tanh", "softmax", "log_softmax", "softplus", "softsign", "exponential",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "soft_shrink", "hard_shrink",
    "tanh_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "sparsemax",
]  # fmt: skip
"""Names that `keras.activations.get` knows and that map a tensor to one of the same shape."""
