"""Receptive fields against brute force: which input rows and columns change an output position in Keras."""

import json
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import specs
import zoo
from specs.analysis import receptive_kinds
from specs.analysis.receptive import GLOBAL, Field, Window, receptive_fields
from specs.ops import OPS

windows = st.fixed_dictionaries(
    {
        "kernel_size": st.tuples(st.integers(1, 4), st.integers(1, 3)).map(list),
        "padding": st.sampled_from(["valid", "same"]),
    }
)
stepped = windows.flatmap(
    lambda given: st.sampled_from(["strides", "dilation_rate"]).flatmap(
        lambda key: st.integers(1, 3).map(lambda value: {**given, key: value})
    )
)
convolutions = stepped.map(lambda given: {"Conv2D": {"filters": 1, **given}})
transposed = windows.map(lambda given: {"Conv2DTranspose": {"filters": 1, **given}})
pools = st.builds(
    lambda op, given, strides: {
        op: {"pool_size": given["kernel_size"], "padding": given["padding"], "strides": strides}
    },
    st.sampled_from(["MaxPooling2D", "AveragePooling2D"]),
    windows,
    st.none() | st.integers(1, 3),
)
pads = st.tuples(st.integers(0, 2), st.integers(0, 2)).map(
    lambda sides: {"ZeroPadding2D": {"padding": [list(sides), [1, 0]]}}
)
crops = st.tuples(st.integers(0, 2), st.integers(0, 2)).map(
    lambda sides: {"Cropping2D": {"cropping": [list(sides), [1, 0]]}}
)
pointwise = st.sampled_from([{"BatchNormalization": {}}, {"LeakyReLU": {}}, {"Rescaling": {"scale": 2.0}}])
layers = st.one_of(convolutions, convolutions, pools, transposed, pads, crops, pointwise)
residual = layers.map(lambda step: {"residual": {"body": [step], "shortcut": "identity"}})
parallel = st.tuples(layers, layers).map(lambda two: {"parallel": {"branches": [[two[0]], [two[1]]]}})


def dependencies(model: Any, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """Which output positions (rows) along an axis a change of each input position (columns) reaches."""
    size = shape[axis]
    x = np.ones((size + 1, *shape), "float32")
    for position in range(size):
        np.moveaxis(x[position], axis, 0)[position] = 2.0
    y = np.asarray(model(x, training=False))
    changed = np.abs(y[:-1] - y[-1]) > 1e-6
    others = tuple(i for i in range(1, y.ndim) if i != axis + 1)
    reached: np.ndarray = changed.any(axis=others).T
    return reached


def within(reached: np.ndarray, window: Window, exact: bool) -> None:
    """What is reached lies in the window; where nothing is cut off or padded, it is the window from end to end."""
    assert window.start is not None
    for position, row in enumerate(reached):
        first = position * window.stride + window.start
        last = first + window.size - 1
        found = np.flatnonzero(row)
        if found.size:
            assert first <= found[0] and found[-1] <= last, (position, window, found)
        if exact and first >= MARGIN and last < reached.shape[1] - MARGIN:
            assert found.size and (first, last) == (found[0], found[-1]), (position, window, found)


MARGIN = 10
"""Positions at the ends where the padding of a layer in between may stand for input that there would be."""


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(layers | residual | parallel, min_size=1, max_size=4), st.integers(44, 47))
def test_field_is_what_reaches_a_position(body: list[dict[str, Any]], size: int) -> None:
    shape = (size, size + 3, 1)
    document = {"name": "net", "input": {"shape": list(shape)}, "body": body}
    try:
        graph = specs.lower(specs.loads(json.dumps(document)))
    except specs.SpecError:
        assume(False)
    field = receptive_fields(graph)[graph.outputs["output"].node]
    assume(field is not None)
    assert isinstance(field, Field)
    model = zoo.build(graph)
    for variable in model.trainable_variables:
        variable.assign(np.full(variable.shape, 0.5 if "kernel" in variable.path else 1.0))
    for axis, window in enumerate(field.windows):
        within(dependencies(model, shape, axis), window, exact=True)


def test_what_looks_at_all_positions_is_global() -> None:
    text = """
    name: squeeze
    input: {shape: [12, 12, 4]}
    body:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
        name: local
      - GlobalAveragePooling2D: {keepdims: true}
        name: pooled
      - Multiply:
        from: [local, pooled]
        name: scaled
    """
    graph = specs.lower(specs.loads(text))
    fields = receptive_fields(graph)
    assert fields["scaled"] == fields["pooled"] == GLOBAL
    assert dependencies(zoo.build(graph), (12, 12, 4), 0).all()


sequence_windows = st.fixed_dictionaries({"kernel_size": st.integers(1, 4), "dilation_rate": st.integers(1, 2)})
sequence_layers = st.one_of(
    st.builds(
        lambda given, padding: {"Conv1D": {"filters": 1, **given, "padding": padding}},
        sequence_windows,
        st.sampled_from(["valid", "same", "causal"]),
    ),
    st.builds(
        lambda size, strides: {"MaxPooling1D": {"pool_size": size, "strides": strides}},
        st.integers(1, 3),
        st.none() | st.integers(1, 2),
    ),
    st.lists(st.integers(0, 2), min_size=2, max_size=2).map(lambda sides: {"Cropping1D": {"cropping": sides}}),
    st.lists(st.integers(0, 2), min_size=2, max_size=2).map(lambda sides: {"ZeroPadding1D": {"padding": sides}}),
    st.just({"TimeDistributed": {"layer": {"Dense": {"units": 1}}}}),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(sequence_layers, min_size=1, max_size=4), st.integers(44, 47))
def test_field_over_a_sequence_is_what_reaches_a_position(body: list[dict[str, Any]], length: int) -> None:
    document = {"name": "net", "input": {"shape": [length, 1]}, "body": body}
    try:
        graph = specs.lower(specs.loads(json.dumps(document)))
    except specs.SpecError:
        assume(False)
    field = receptive_fields(graph)[graph.outputs["output"].node]
    assert isinstance(field, Field)
    (window,) = field.windows
    model = zoo.build(graph)
    for variable in model.trainable_variables:
        variable.assign(np.full(variable.shape, 0.5))
    within(dependencies(model, (length, 1), 0), window, exact=True)


def test_codes_in_a_row_are_positions() -> None:
    text = """
    name: words
    input: {shape: [null], dtype: int32}
    body:
      - Embedding: {input_dim: 9, output_dim: 4}
      - Conv1D: {filters: 4, kernel_size: 3, dilation_rate: 2, padding: causal}
        name: local
      - LSTM: {units: 3}
    """
    fields = receptive_fields(specs.lower(specs.loads(text)))
    assert fields["local"] == Field("input", (Window(5, 1, -4),))
    assert fields["lstm1"] == GLOBAL


def test_every_layer_is_in_exactly_one_table() -> None:
    """None is taken for unknown because nobody thought of it."""
    named = ("POINTWISE", "CHANNELS", "ALONG_AXES", "POOLED", "WINDOWED", "OWN_RULE", "UNKNOWN")
    tables = [list(getattr(receptive_kinds, name)) for name in named]
    assert sorted(op for table in tables for op in table) == sorted(OPS)
