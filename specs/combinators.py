"""What a step can be besides a Keras layer: the `conv` unit and the combinators; in lower case."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticKnownError

from specs.ops.base import (
    Activation,
    Constraint,
    Frozen,
    Initializer,
    PositiveInt,
    Regularizer,
    VectorInitializer,
    is_int,
    refuse,
)


def _steps(value: Any) -> Any:
    if not isinstance(value, tuple):
        raise refuse("must be a list of steps")
    return value


Steps = Annotated[tuple[Any, ...], BeforeValidator(_steps), WithJsonSchema({"type": "array", "format": "steps"})]
"""A list of steps; each is read and validated by itself in `specs.steps`, and `specs.schema` says what it may hold."""

Order = Literal["conv-norm-act", "conv-act-norm", "norm-act-conv"]
"""Where the norm stands: before the activation, after it, or first of all (full pre-activation)."""

Norm = Literal["batch", "layer", "instance", "group", "none"]
Kind = Literal["standard", "depthwise", "separable", "transposed"]
Merge = Literal["concatenate", "add", "multiply", "average", "maximum"]


def _each_axis(value: Any) -> Any:
    if is_int(value):
        return (value,)
    if isinstance(value, tuple) and 1 <= len(value) <= MAX_AXES:
        return value
    raise refuse("must be an integer, or a list of one for each axis, three at most")


MAX_AXES = 3
_SIZE = {"type": "integer", "minimum": 1}
EachAxis = Annotated[
    tuple[PositiveInt, ...],
    BeforeValidator(_each_axis),
    WithJsonSchema({"anyOf": [_SIZE, {"type": "array", "items": _SIZE, "minItems": 1, "maxItems": MAX_AXES}]}),
]
"""A size for each axis of a sequence, an image or a volume; one alone stands for all, however many there are."""


class Conv(Frozen):
    """The unit convolution + normalisation + activation, over a sequence, an image or a volume.

    Its layers take the document's `defaults` for their own class; what is written here wins.
    """

    filters: PositiveInt | None = None
    """Channels of the output; of no meaning for kind depthwise, which keeps the channels."""
    kernel_size: EachAxis
    """Size of the window along each axis; one number stands for all."""
    strides: EachAxis = (1,)
    """Step of the window along each axis."""
    padding: Literal["valid", "same", "causal"] = "valid"
    """`valid`: the window stays inside; `same`: zeros around; `causal`, for sequences: zeros before the start."""
    dilation_rate: EachAxis = (1,)
    """Distance between the window's taps along each axis."""
    groups: PositiveInt = 1
    """Channel groups that are convolved apart; only for kind standard."""
    kind: Kind = "standard"
    """Conv, DepthwiseConv, SeparableConv or ConvTranspose; 1D, 2D or 3D by the input."""
    order: Order = "conv-norm-act"
    """conv-norm-act: norm before the activation; conv-act-norm: after it; norm-act-conv: full pre-activation."""
    norm: Norm = "batch"
    """BatchNormalization, LayerNormalization, GroupNormalization by channel (instance) or group, or none."""
    activation: Activation = "relu"
    """Name of the activation; linear for none."""
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.kind == "depthwise" and self.filters is not None:
            raise ValueError("kind depthwise keeps the channels: leave filters out")
        if self.kind != "depthwise" and self.filters is None:
            raise ValueError(f"kind {self.kind} needs filters")
        if self.kind != "standard" and self.groups != 1:
            raise ValueError(f"groups are for kind standard, not {self.kind}")
        return self


class Parallel(Frozen):
    """Branches side by side on the same input, merged at the end: an Inception block."""

    branches: Annotated[Steps, Field(min_length=2)]
    """One list of steps a branch; an empty list passes the input on."""
    merge: Merge = "concatenate"
    """How the branches come together, by the name of Keras' merging layer."""


def _shortcut(value: Any) -> Any:
    if isinstance(value, str) and value not in SHORTCUTS:
        raise PydanticKnownError("literal_error", {"expected": ", ".join(SHORTCUTS)})
    if not isinstance(value, (str, tuple)):
        raise refuse(f"must be one of {', '.join(SHORTCUTS)}, or a list of steps")
    return value


SHORTCUTS = ("identity", "projection", "auto", "padding")
Shortcut = Annotated[
    str | Steps,
    PlainValidator(_shortcut),
    WithJsonSchema({"anyOf": [{"enum": list(SHORTCUTS)}, {"format": "step"}, {"format": "steps"}]}),
]


class Residual(Frozen):
    """body(x) + shortcut(x)."""

    body: Steps
    """The steps of the residual branch."""
    shortcut: Shortcut = "identity"
    """identity; projection: a 1×1 conv with norm; auto: that where shapes differ; padding: zeros there; or steps."""
    scale: Annotated[float, Field(gt=0)] = 1.0
    """Factor on the body before the addition."""
    drop_path: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Fraction of examples, in [0, 1), that skip the body in a training step (stochastic depth, arXiv:1603.09382)."""
    activation: Activation = "linear"
    """Applied after the addition."""


class Dense(Frozen):
    """Dense connections: every pass of the body sees the concatenation of all before it (arXiv:1608.06993)."""

    repeat: PositiveInt
    """Number of passes."""
    body: Steps
    """The steps of one pass; their output is concatenated to their input."""


COMBINATORS: dict[str, type[Frozen]] = {"conv": Conv, "parallel": Parallel, "residual": Residual, "dense": Dense}
"""Every lower-case step that is not a block of the document."""
