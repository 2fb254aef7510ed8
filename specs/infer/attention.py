"""Attention: shapes, weights and multiply-accumulates.

Counted are the projections and the two products of attention itself, query with key and weights with value, masked
or not: torchvision's figures for its vision transformers (`_ops`; 17.6 G for ViT-B/16) hold both.
"""

from specs.infer.base import Inferred, Shape, ShapeError, channels, product
from specs.ops.attention import AdditiveAttention, Attention, GroupQueryAttention, Heads, MultiHeadAttention


def attention(args: Attention, query: Shape, value: Shape, key: Shape | None = None) -> Inferred:
    """(..., queries, size), (..., values, width) → (..., queries, width); a weight for the scale and for `concat`."""
    _agree(query, value, value if key is None else key)
    scoring = (query[-1] if args.score_mode == "dot" else 0,)
    weights = args.use_scale + (args.score_mode == "concat")
    return Inferred((*query[:-1], value[-1]), weights, macs=_products(query, value, scoring))


def additive_attention(args: AdditiveAttention, query: Shape, value: Shape, key: Shape | None = None) -> Inferred:
    """As `attention`; a weight for every value of a query."""
    _agree(query, value, value if key is None else key)
    weights = channels(query) if args.use_scale else 0
    scoring = (query[-1] if args.use_scale else 0,)
    return Inferred((*query[:-1], value[-1]), weights, macs=_products(query, value, scoring))


def _agree(query: Shape, value: Shape, key: Shape) -> None:
    if not 2 <= len(query) == len(value) == len(key):
        raise ShapeError("needs query, value and key of the same number of axes, two or more: (..., positions, size)")
    if _differ(query[-1], key[-1]):
        raise ShapeError(f"the query has values of size {query[-1]}, the key of size {key[-1]}")
    if _differ(key[-2], value[-2]):
        raise ShapeError(f"there are {key[-2]} keys for {value[-2]} values")
    if any(_differ(a, b) or _differ(a, c) for a, b, c in zip(query[:-2], value[:-2], key[:-2], strict=True)):
        raise ShapeError("query, value and key differ before their last two axes")


def _differ(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one != other


def _products(query: Shape, value: Shape, scoring: Shape) -> int | None:
    """Scores and weighted sums for every query and value."""
    pairs, size, width = product((*query[:-1], value[-2])), product(scoring), value[-1]
    return None if pairs is None or size is None or width is None else pairs * (size + width)


def multi_head_attention(
    args: MultiHeadAttention, query: Shape, value: Shape | None = None, key: Shape | None = None
) -> Inferred:
    """(queries, size) → (queries, size): projections of query, key and value, and one of all heads together."""
    value = query if value is None else value
    key = value if key is None else key
    pairs = _attended(args, query, value, key)
    out = args.output_shape or (channels(query),)
    inner = args.value_dim or args.key_dim
    queries, values = product(query[:-1]), product(value[:-1])
    weights, macs = _sum(
        _projection(args, channels(query), args.num_heads * args.key_dim, queries),
        _projection(args, channels(key), args.num_heads * args.key_dim, values),
        _projection(args, channels(value), args.num_heads * inner, values),
        _projection(args, channels(query), args.num_heads * inner, queries) if args.use_gate else (0, 0),
        _projection(args, args.num_heads * inner, product(out) or 0, queries),
        (0, None if pairs is None else pairs * args.num_heads * (args.key_dim + inner)),
    )
    return Inferred((*query[:-1], *out), weights, macs=macs)


def _attended(args: MultiHeadAttention, query: Shape, value: Shape, key: Shape) -> int | None:
    """Checks that the inputs fit together; how many pairs of a query and a value there are."""
    if not 2 <= len(query) == len(value) == len(key):
        raise ShapeError("needs query, value and key of the same number of axes, two or more: (positions, size)")
    _keys_for_values(value, key)
    axes = args.attention_axes or tuple(range(1, len(query)))
    if len(set(axes)) < len(axes) or max(axes) >= len(query):
        raise ShapeError(f"must be different axes from 1 to {len(query) - 1}", field="attention_axes")
    alone = [i for i in range(len(query) - 1) if i + 1 not in axes]
    if any(_differ(query[i], value[i]) for i in alone):
        raise ShapeError("query and value differ outside the attention_axes")
    masked = "use_causal_mask" if args.use_causal_mask else "sliding_window" if args.sliding_window else None
    if masked and axes != (1,):
        raise ShapeError("needs attention along axis 1 alone", field=masked, repairs=(("attention_axes", 1),))
    return product([*query[:-1], *(value[axis - 1] for axis in axes)])


def _keys_for_values(value: Shape, key: Shape) -> None:
    if value[:-1] != key[:-1]:
        raise ShapeError("value and key differ in their positions")


def group_query_attention(
    args: GroupQueryAttention, query: Shape, value: Shape | None = None, key: Shape | None = None
) -> Inferred:
    """(queries, size) → (queries, size): as multi-head attention, with fewer keys and values."""
    value = query if value is None else value
    key = value if key is None else key
    if not len(query) == len(value) == len(key) == 2:
        raise ShapeError("needs sequences (positions, size)")
    _keys_for_values(value, key)
    size, heads = channels(query), args.num_query_heads * args.head_dim
    if size != channels(value):
        raise ShapeError(f"the query has values of size {size}, the value of size {value[-1]}")
    shared = args.num_key_value_heads * args.head_dim
    pairs = product((query[0], value[0]))
    weights, macs = _sum(
        _projection(args, size, heads, query[0]),
        _projection(args, channels(key), shared, value[0]),
        _projection(args, channels(value), shared, value[0]),
        _projection(args, size, heads, query[0]) if args.use_gate else (0, 0),
        _projection(args, heads, size, query[0]),
        (0, None if pairs is None else pairs * 2 * heads),
    )
    return Inferred(query, weights, macs=macs)


Counted = tuple[int, int | None]
"""Weights and multiply-accumulates."""


def _projection(args: Heads, inputs: int, outputs: int, positions: int | None) -> Counted:
    kernel = inputs * outputs
    return kernel + (outputs if args.use_bias else 0), None if positions is None else kernel * positions


def _sum(*parts: Counted) -> Counted:
    macs = [macs for _, macs in parts]
    return sum(weights for weights, _ in parts), None if None in macs else sum(each or 0 for each in macs)
