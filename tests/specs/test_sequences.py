"""Layers over sequences against figures that others publish, and what is refused about them."""

import json
from typing import Any

import pytest

import specs
from specs.infer import INFER
from specs.ops import OPS

ROWS, TOKENS = [28, 28], [None]
RECURRENT_CLASSIFIERS = [
    ("simplernn_mnist_rows_28x28_u64", ROWS, [("SimpleRNN", 5_952), ("Dense", 650)]),
    ("simplernn_mnist_rows_28x28_u128", ROWS, [("SimpleRNN", 20_096), ("Dense", 1_290)]),
    ("simplernn_imdb_v20000_e128_u64", TOKENS, [("Embedding", 2_560_000), ("SimpleRNN", 12_352), ("Dense", 65)]),
    ("lstm_mnist_rows_28x28_u64", ROWS, [("LSTM", 23_808), ("Dense", 650)]),
    ("lstm_mnist_rows_28x28_u128", ROWS, [("LSTM", 80_384), ("Dense", 1_290)]),
    ("lstm_imdb_v20000_e128_u64", TOKENS, [("Embedding", 2_560_000), ("LSTM", 49_408), ("Dense", 65)]),
    ("gru_mnist_rows_28x28_u64", ROWS, [("GRU", 18_048), ("Dense", 650)]),
    ("gru_mnist_rows_28x28_u128", ROWS, [("GRU", 60_672), ("Dense", 1_290)]),
    ("gru_imdb_v20000_e128_u64", TOKENS, [("Embedding", 2_560_000), ("GRU", 37_248), ("Dense", 65)]),
    ("gru_reset_before_mnist_rows_28x28_u64", ROWS, [("GRU", 17_856), ("Dense", 650)]),
    ("gru_reset_before_mnist_rows_28x28_u128", ROWS, [("GRU", 60_288), ("Dense", 1_290)]),
    ("gru_reset_before_imdb_v20000_e128_u64", TOKENS, [("Embedding", 2_560_000), ("GRU", 37_056), ("Dense", 65)]),
    (
        "bilstm2_imdb_keras_io_example",
        TOKENS,
        [("Embedding", 2_560_000), ("Bidirectional", 98_816), ("Bidirectional", 98_816), ("Dense", 129)],
    ),
    ("lstm_imdb_v20000_e128_u128", TOKENS, [("Embedding", 2_560_000), ("LSTM", 131_584), ("Dense", 129)]),
]
"""Weights by layer of recurrent classifiers: `rnn.*` of the project's reference figures, measured in Keras 3.15.1."""


def _classifier(name: str, shape: list[int | None], width: int) -> dict[str, Any]:
    """The model of an id: kind of layer, data, tokens and size of their vectors, units."""
    kind, _, rest = name.partition("_mnist" if "mnist" in name else "_imdb")
    units = int(rest.rpartition("_u")[2]) if "_u" in rest else 64
    cell = {"simplernn": "SimpleRNN", "lstm": "LSTM"}.get(kind, "GRU")
    arguments: dict[str, Any] = {"units": units}
    if kind == "gru_reset_before":
        arguments["reset_after"] = False
    recurrent: list[Any] = [{cell: arguments}]
    if kind == "bilstm2":
        inner = [{"units": 64, "return_sequences": True}, {"units": 64}]
        recurrent = [{"Bidirectional": {"layer": {"LSTM": each}}} for each in inner]
    tokens = [{"Embedding": {"input_dim": 20_000, "output_dim": 128}}] if shape == TOKENS else []
    given = {"shape": shape, "dtype": "int32" if tokens else "float32"}
    return {"name": name, "input": given, "body": [*tokens, *recurrent, {"Dense": {"units": width}}]}


@pytest.mark.parametrize(("name", "shape", "layers"), RECURRENT_CLASSIFIERS, ids=lambda value: str(value)[:40])
def test_recurrent_classifier(name: str, shape: list[int | None], layers: list[tuple[str, int]]) -> None:
    width = 10 if shape == ROWS else 1
    graph = specs.lower(specs.loads(json.dumps(_classifier(name, shape, width))))
    assert [(node.op, node.params) for node in graph.nodes[1:]] == layers
    assert graph.output_shapes() == {"output": (width,)}
    assert (graph.macs is None) == (shape == TOKENS)


@pytest.mark.parametrize(
    ("op", "arguments", "shapes", "macs"),
    [
        # 28 steps, each the products of 28 features and 64 units with 64 units, for every gate.
        ("SimpleRNN", {"units": 64}, [(28, 28)], 164_864),
        ("LSTM", {"units": 64}, [(28, 28)], 659_456),
        ("GRU", {"units": 64}, [(28, 28)], 494_592),
        ("Bidirectional", {"layer": {"LSTM": {"units": 64}}}, [(28, 28)], 1_318_912),
        ("TimeDistributed", {"layer": {"Dense": {"units": 5}}}, [(3, 4)], 60),
        # 2 steps, 4 places, 4 gates of 3 filters, 2 taps over 1 channel and 3 filters.
        ("ConvLSTM1D", {"filters": 3, "kernel_size": 2}, [(2, 5, 1)], 768),
        # Query with key and weights with value: 4 · 6 pairs of 8 values, and as many again.
        ("Attention", {}, [(4, 8), (6, 8)], 384),
        ("Attention", {"score_mode": "concat"}, [(4, 8), (6, 8)], 192),
        ("AdditiveAttention", {}, [(4, 8), (6, 8)], 384),
    ],
)
def test_multiply_accumulates(op: str, arguments: dict[str, Any], shapes: list[Any], macs: int) -> None:
    assert INFER[op](OPS[op].model_validate(arguments), *shapes).macs == macs


@pytest.mark.parametrize(
    ("patch", "depth", "heads", "size", "giga"),
    [(16, 12, 12, 768, "17.6"), (32, 12, 12, 768, "4.4"), (16, 24, 16, 1024, "61.6"), (32, 24, 16, 1024, "15.4")],
    ids=["ViT-B/16", "ViT-B/32", "ViT-L/16", "ViT-L/32"],
)
def test_vision_transformer(patch: int, depth: int, heads: int, size: int, giga: str) -> None:
    """`_ops` of torchvision's weights, in torchvision/models/vision_transformer.py; 16.8 without the products."""

    def macs(op: str, shape: tuple[int, ...], **arguments: Any) -> int:
        found = INFER[op](OPS[op].model_validate(arguments), shape).macs
        assert found is not None
        return found

    tokens = (224 // patch) ** 2 + 1
    block = macs("MultiHeadAttention", (tokens, size), num_heads=heads, key_dim=size // heads)
    block += macs("Dense", (tokens, size), units=4 * size) + macs("Dense", (tokens, 4 * size), units=size)
    stem = macs("Conv2D", (224, 224, 3), filters=size, kernel_size=patch, strides=patch)
    assert f"{(depth * block + stem + macs('Dense', (size,), units=1000)) / 1e9:.1f}" == giga


def test_embeddings_take_whole_numbers() -> None:
    embedding = {"Embedding": {"input_dim": 9, "output_dim": 2}}
    wrong = {"name": "wrong", "input": {"shape": [4]}, "body": [embedding, "Flatten"]}
    late = {**wrong, "input": {"shape": [4], "dtype": "int32"}, "body": [{"Dense": {"units": 3}}, embedding]}
    right = {**wrong, "input": {"shape": [4, 2], "dtype": "int64"}, "body": [{"TimeDistributed": {"layer": embedding}}]}
    first, second = (_messages(each) for each in (wrong, late))
    assert first == ["Embedding looks up whole numbers; the input 'input' is of dtype float32"]
    assert second == ["Embedding looks up whole numbers; 'dense1' (line 1) computes fractions"]
    assert _messages(right) == []


def _messages(document: dict[str, Any]) -> list[str]:
    try:
        specs.lower(specs.loads(json.dumps(document)))
    except specs.SpecError as error:
        return [problem.message for problem in error.problems]
    return []
