"""Random arguments of the layers over sequences, and shapes that mostly suit them."""

from typing import Any

from hypothesis import strategies as st

Arguments = st.SearchStrategy[dict[str, Any]]

units = st.sampled_from([1, 2, 4])
booleans = st.booleans()
rates = st.sampled_from([0.0, 0.3])


def _given(**arguments: st.SearchStrategy[Any]) -> Arguments:
    return st.fixed_dictionaries({}, optional=arguments)


def _with(**arguments: st.SearchStrategy[Any]) -> Arguments:
    return st.fixed_dictionaries(arguments)


def _both(one: Arguments, other: Arguments) -> Arguments:
    return st.builds(lambda a, b: {**a, **b}, one, other)


recurrent = _given(
    use_bias=booleans, return_sequences=booleans, go_backwards=booleans, dropout=rates, recurrent_dropout=rates
)
simple = _both(recurrent, _both(_with(units=units), _given(unroll=booleans)))


def _conv(rank: int) -> Arguments:
    window = st.one_of(st.integers(1, 3), st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
    steps = st.one_of(_given(strides=st.integers(1, 2)), _given(dilation_rate=st.integers(1, 2)))
    own = _both(_with(filters=units, kernel_size=window), _given(padding=st.sampled_from(["valid", "same"])))
    return _both(recurrent, _both(own, steps))


heads = _given(use_bias=booleans, use_gate=booleans, use_causal_mask=booleans, sliding_window=units, dropout=rates)

SEQUENCES: dict[str, Arguments] = {
    "SimpleRNN": simple,
    "LSTM": _both(simple, _given(unit_forget_bias=booleans)),
    "GRU": _both(simple, _given(reset_after=booleans)),
    "ConvLSTM1D": _conv(1),
    "ConvLSTM2D": _conv(2),
    "ConvLSTM3D": _conv(3),
    "Embedding": _both(_with(input_dim=units, output_dim=units), _given(mask_zero=booleans)),
    "Attention": _given(
        use_scale=booleans, score_mode=st.sampled_from(["dot", "concat"]), use_causal_mask=booleans, dropout=rates
    ),
    "AdditiveAttention": _given(use_scale=booleans, use_causal_mask=booleans, dropout=rates),
    "MultiHeadAttention": _both(
        _both(heads, _with(num_heads=units, key_dim=units)),
        _given(
            value_dim=units,
            output_shape=st.sampled_from([3, [2], [2, 3]]),
            attention_axes=st.sampled_from([1, [1], [2], [1, 2], [1, 1]]),
        ),
    ),
    "GroupQueryAttention": _both(heads, _with(head_dim=units, num_query_heads=units, num_key_value_heads=units)),
}
"""By layer; the wrappers around layers follow from these."""


def _named(ops: tuple[str, ...]) -> Arguments:
    return st.one_of(*(SEQUENCES[op].map(lambda a, op=op: {op: a}) for op in ops))  # type: ignore[misc]


RECURRENT = ("SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D")

within = st.one_of(
    _named((*RECURRENT, "Embedding")),
    _with(units=units, use_bias=booleans).map(lambda a: {"Dense": a}),
    _with(filters=units, kernel_size=st.integers(1, 3)).map(lambda a: {"Conv2D": a}),
    _with(filters=units, kernel_size=st.integers(1, 3)).map(lambda a: {"Conv2DTranspose": a}),
    _with(kernel_size=st.integers(1, 3), depth_multiplier=units).map(lambda a: {"DepthwiseConv2D": a}),
    st.sampled_from(
        [{"Flatten": {}}, {"BatchNormalization": {}}, {"Dropout": {"rate": 0.5}}, {"Softmax": {"axis": 1}}]
    ),
)
"""A layer inside another, as it is written."""

merges = st.sampled_from(["concat", "sum", "mul", "ave"])
SEQUENCES["Bidirectional"] = _both(_with(layer=_named(RECURRENT)), _given(merge_mode=merges))
SEQUENCES["TimeDistributed"] = _with(layer=within)
SEQUENCES["SpectralNormalization"] = _both(_with(layer=within), _given(power_iterations=units))

sizes = st.none() | st.integers(1, 5)
channels = st.sampled_from([2, 2, 2, 3, None])
shapes = st.one_of(
    st.builds(lambda *each: list(each), sizes, channels),
    st.builds(lambda *each: list(each), sizes, channels),
    st.lists(sizes, min_size=1, max_size=4).flatmap(lambda head: channels.map(lambda last: [*head, last])),
)
"""Mostly (steps, features)."""


def inputs_of(op: str) -> st.SearchStrategy[list[list[int | None]]]:
    """Shapes of as many inputs as the layer takes, mostly such that they fit together."""
    if "Attention" not in op:
        return shapes.map(lambda shape: [shape])
    least = 1 if op in ("MultiHeadAttention", "GroupQueryAttention") else 2
    alike = shapes.flatmap(lambda s: st.sampled_from([[s] * least, [s] * 2, [s] * 3]))
    lengths = st.tuples(sizes, sizes, channels).map(lambda t: [[t[0], t[2]], [t[1], t[2]]])
    return st.one_of(alike, lengths, st.lists(shapes, min_size=least, max_size=3))
