"""Attention: every position of a query weighs the positions of a value.

`from: [query, value]` or `from: [query, value, key]`, in Keras' order; the value is the key where none is named. A
multi-head layer with one input attends to itself.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from specs.ops.base import (
    Constraint,
    HeadsConstraint,
    Initializer,
    Op,
    PositiveInt,
    Rate,
    Regularizer,
    Size,
    VectorConstraint,
    VectorInitializer,
    is_int,
    refuse,
)
from specs.ops.choices import beyond


class Attends(Op):
    """What all attention layers share."""

    dropout: Rate = 0.0
    """Fraction of the weights set to zero in training, in [0, 1]."""
    use_causal_mask: bool = False
    """Let a position see only itself and those before it. In Keras an argument of the call, not of the layer."""


class Attention(Attends):
    """Dot-product attention (arXiv:1508.04025): (..., queries, size) → (..., queries, size of the value)."""

    use_scale: bool = False
    """Multiply the scores by a learned number."""
    score_mode: Literal["dot", "concat"] = "dot"
    """`dot`: query · key; `concat`: the sum over tanh(query + key)."""
    seed: Size | None = None


class AdditiveAttention(Attends):
    """Attention by a sum over tanh(query + key) (arXiv:1409.0473)."""

    use_scale: bool = True
    """Weigh the sum by a learned vector."""


class Heads(Attends):
    """What the attention layers with several heads share."""

    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: HeadsConstraint = None
    bias_constraint: Constraint = None
    sliding_window: PositiveInt | None = None
    """Positions further away than this are not seen; all are where null."""
    use_gate: bool = False
    """Multiply the heads by a sigmoid of the query before the last projection (arXiv:2505.06708)."""
    seed: Size | None = None


def _sizes(value: Any) -> Any:
    if value is None or isinstance(value, tuple):
        return value
    if is_int(value):
        return (value,)
    raise refuse("must be an integer or a list of integers")


def _list_schema(least: int) -> WithJsonSchema:
    one = {"type": "integer", "minimum": least}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}, {"type": "null"}]})


class MultiHeadAttention(Heads):
    """Attention in several learned projections (arXiv:1706.03762): (queries, size) → (queries, size)."""

    num_heads: PositiveInt
    """Number of projections side by side."""
    key_dim: PositiveInt
    """Size of each head's query and key."""
    value_dim: PositiveInt | None = None
    """Size of each head's value; key_dim where null."""
    output_shape: Annotated[
        Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None, BeforeValidator(_sizes), _list_schema(1)
    ] = None
    """Sizes in place of the query's last one; that one where null."""
    attention_axes: Annotated[
        Annotated[tuple[Annotated[int, Field(ge=1, le=8)], ...], Field(min_length=1)] | None,
        BeforeValidator(_sizes),
        _list_schema(1),
    ] = None
    """Axes whose positions see each other, 1 for the first after the batch axis; all but the last where null."""

    @model_validator(mode="after")
    def _constraint_fits_biases(self) -> Self:
        # It holds the biases of the heads, (heads, size), and that of the output alike.
        wrong = beyond(self.bias_constraint, min(2, len(self.output_shape or (1,))))
        if wrong:
            raise ValueError(f"bias_constraint {wrong}")
        return self


class GroupQueryAttention(Heads):
    """Multi-head attention whose heads share keys and values in groups (arXiv:2305.13245)."""

    head_dim: PositiveInt
    """Size of each head."""
    num_query_heads: PositiveInt
    """Number of heads."""
    num_key_value_heads: PositiveInt
    """Number of groups; divides the number of heads."""
    # It holds the biases of the heads, (heads, size), and the vector of the output alike.
    bias_constraint: VectorConstraint = None

    @model_validator(mode="after")
    def _groups_divide(self) -> Self:
        if self.num_query_heads % self.num_key_value_heads:
            given = f"num_query_heads {self.num_query_heads}, num_key_value_heads {self.num_key_value_heads}"
            raise ValueError(f"num_query_heads must be a multiple of num_key_value_heads (got {given})")
        return self
