"""The base of every op model, and the argument types they share.

An op model is one Keras layer's arguments with Keras' own names and defaults. It checks what can be checked without
an input; what depends on the input's shape is refused in `specs.infer`.
"""

from functools import partial
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError


class Frozen(BaseModel):
    """Strict, closed and immutable: `true` is no number, `inf` is no size, an unknown key is an error.

    The text under a field is its hover text in editors; `specs.schema` reads it, so that a check need not.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        # A command uses a few of the many models: each is compiled when it is first used.
        defer_build=True,
    )


class Op(Frozen):
    """Arguments of one Keras layer."""


def is_int(value: object) -> TypeGuard[int]:
    """Whether a value is an integer; true and false are none.

    >>> is_int(3), is_int(True), is_int(3.0)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


def refuse(message: str) -> PydanticCustomError:
    """The error for a value that breaks a rule; the value is quoted where the error becomes a problem."""
    return PydanticCustomError("refused", message)


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


MAX_SIZE = 2**31 - 1
"""No size, count or stride is larger: Keras and TensorFlow hold them in 32-bit integers in places."""

PositiveInt = Annotated[int, Field(ge=1, le=MAX_SIZE)]
Size = Annotated[int, Field(ge=0, le=MAX_SIZE)]
Rate = Annotated[float, Field(ge=0, le=1)]
"""Fraction in [0, 1]."""
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]

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

Initializer = Literal[
    "zeros", "ones", "random_normal", "random_uniform", "truncated_normal", "variance_scaling",
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal",
]  # fmt: skip
"""Names that `keras.initializers.get` knows, for weights of any rank from two up."""

VectorInitializer = Literal["zeros", "ones", "random_normal", "random_uniform", "truncated_normal"]
"""Initialisers for vectors: those whose scale does not depend on a fan."""


class L1L2(Frozen):
    """Penalty l1 · Σ|w| + l2 · Σw² added to the loss (`keras.regularizers.L1L2`)."""

    l1: NonNegative = 0.0
    """Strength of the sum of absolute values."""
    l2: NonNegative = 0.0
    """Strength of the sum of squares."""


Regularizer = L1L2 | None
