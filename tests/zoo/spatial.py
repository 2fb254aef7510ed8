"""Random arguments and input shapes of the layers over sequences, images and volumes."""

from typing import Any

from hypothesis import strategies as st

from specs.ops import OPS

Arguments = st.SearchStrategy[dict[str, Any]]

small = st.integers(1, 4)
booleans = st.booleans()
paddings = st.sampled_from(["valid", "same"])
filters = st.sampled_from([2, 4, 6])
places = st.integers(0, 2)
RANKS = (1, 2, 3)


def rank_of(op: str) -> int | None:
    """The number of axes before the channels that a layer takes; None where it takes any.

    >>> rank_of("Conv1DTranspose"), rank_of("MaxPooling3D"), rank_of("Dense"), rank_of("RepeatVector")
    (1, 3, None, 0)
    """
    if op == "RepeatVector":
        return 0
    return next((rank for rank in RANKS if f"{rank}D" in op), None)


def each(rank: int, one: st.SearchStrategy[int] = small) -> st.SearchStrategy[Any]:
    """A size for each axis, or one for all."""
    return one | st.lists(one, min_size=rank, max_size=rank)


@st.composite
def windows(draw: st.DrawFn, rank: int = 2, kinds: st.SearchStrategy[str] = paddings) -> dict[str, Any]:
    """What all convolutions share; strides and dilation, which most take one at a time, both now and then."""
    found = {"kernel_size": draw(each(rank)), "padding": draw(kinds), "use_bias": draw(booleans)}
    for name in draw(st.sampled_from([("strides",), ("dilation_rate",), ("strides", "dilation_rate")])):
        found[name] = draw(st.integers(1, 3) | each(rank, st.integers(1, 3)))
    return found


def _convolution(rank: int, kinds: st.SearchStrategy[str] = paddings, **more: st.SearchStrategy[Any]) -> Arguments:
    return st.builds(lambda window, rest: {**window, **rest}, windows(rank, kinds), st.fixed_dictionaries(more))


def _sides(rank: int) -> st.SearchStrategy[Any]:
    pair = st.lists(places, min_size=2, max_size=2)
    return places | (pair if rank == 1 else st.lists(places | pair, min_size=rank, max_size=rank))


def _given(**arguments: st.SearchStrategy[Any]) -> Arguments:
    return st.fixed_dictionaries(arguments)


def _of_rank(rank: int) -> dict[str, Arguments]:
    causal = st.sampled_from(["valid", "same", "causal"]) if rank == 1 else paddings
    output_padding = st.none() | each(rank, places)
    pool = _given(pool_size=each(rank), padding=paddings, strides=st.none() | each(rank))
    kept, adapted = _given(keepdims=booleans), _given(output_size=each(rank))
    return {
        f"Conv{rank}D": _convolution(rank, causal, filters=filters, groups=st.integers(1, 2)),
        f"Conv{rank}DTranspose": _convolution(rank, filters=filters, output_padding=output_padding),
        f"MaxPooling{rank}D": pool,
        f"AveragePooling{rank}D": pool,
        f"GlobalAveragePooling{rank}D": kept,
        f"GlobalMaxPooling{rank}D": kept,
        f"AdaptiveAveragePooling{rank}D": adapted,
        f"AdaptiveMaxPooling{rank}D": adapted,
        f"ZeroPadding{rank}D": _given(padding=_sides(rank)),
        f"Cropping{rank}D": _given(cropping=_sides(rank)),
        f"UpSampling{rank}D": _given(size=small if rank == 1 else each(rank)),
    }


SPATIAL: dict[str, Arguments] = {
    **{op: arguments for rank in RANKS for op, arguments in _of_rank(rank).items()},
    **{f"DepthwiseConv{rank}D": _convolution(rank, depth_multiplier=small) for rank in (1, 2)},
    **{f"SeparableConv{rank}D": _convolution(rank, filters=filters, depth_multiplier=small) for rank in (1, 2)},
    "Permute": _given(dims=st.sampled_from([[1], [2, 1], [2, 3, 1], [3, 2, 1], [4, 1, 2, 3], [1, 3], [0, 1]])),
    "RepeatVector": _given(n=small),
}
"""By layer."""

sizes = st.none() | st.integers(1, 7)


def shapes_for(op: str) -> st.SearchStrategy[list[int | None]]:
    """Input shapes without the batch axis: mostly of the number of axes that the layer takes."""
    any_shape = st.lists(sizes, min_size=1, max_size=4)
    rank = rank_of(op)
    if rank is None:
        return any_shape
    fitting = st.lists(sizes, min_size=rank + 1, max_size=rank + 1)
    # Most draws have known channels, as most layers need them.
    known = st.tuples(st.lists(sizes, min_size=rank, max_size=rank), st.integers(1, 6)).map(lambda s: [*s[0], s[1]])
    return st.one_of(known, known, known, fitting, any_shape)


assert set(SPATIAL) <= set(OPS)
