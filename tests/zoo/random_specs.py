"""Random specs as text, through everything that the language has; of the steps that are drawn, those that fit are kept.

Sequences of steps, units of every kind, order and norm, branches with every merge, residual and dense connections,
blocks with params, repeats, conditions, shared weights, skip connections, several inputs and outputs, unknown sizes.
"""

import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

from specs.dump import dump_tree
from specs.errors import Mark, Problems
from specs.load import parse
from specs.lower import prove
from specs.tree import MappingNode, from_plain
from tests.zoo.sequences import SEQUENCES
from tests.zoo.spatial import Arguments, windows
from tests.zoo.strategies import KINDS, ORDERS, combined, steps

MERGES = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Concatenate", "Dot")
RECURRENT = ("SimpleRNN", "LSTM", "GRU", "Bidirectional", "TimeDistributed")
ATTENDING = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
KINDS_OF_STEPS = ("inside", "inside", "inside", "repeat", "when", "merge", "share", "block")
MAX_ROUNDS = 8
"""How often steps that do not fit are taken out before everything is."""

widths = st.sampled_from([2, 4, "$wide", "$(2 * wide)"])


def _unit(window: dict[str, Any], filters: Any, **choices: Any) -> dict[str, Any]:
    given = {**window, **choices}
    return {"conv": given if choices["kind"] == "depthwise" else {**given, "filters": filters}}


@cache
def units(rank: int) -> Arguments:
    """The unit conv with all its words."""
    norms = st.sampled_from(["batch", "layer", "instance", "group", "none"])
    activations = st.sampled_from(["relu", "linear", "$act"])
    words = {"kind": st.sampled_from(KINDS), "order": st.sampled_from(ORDERS), "norm": norms, "activation": activations}
    return st.builds(_unit, windows(rank), widths, **words)


def _shortcut(rank: int) -> Arguments:
    return units(rank).map(lambda unit: {"residual": {"body": [unit], "shortcut": [unit]}})


@cache
def _inside(rank: int) -> Arguments:
    """A step that may stand anywhere: in a branch, in a block, in the body."""
    plain = steps(rank)
    if rank == 0:
        return plain | combined(plain)
    return st.one_of(plain, units(rank), combined(plain | units(rank)), combined(combined(plain)), _shortcut(rank))


@cache
def _along(op: str) -> Arguments:
    """A layer along a sequence, which mostly is one behind it too, so that more of them fit."""
    if op == "Bidirectional":
        merges = st.sampled_from(["concat", "sum", "mul", "ave"])
        return st.builds(
            lambda layer, merge: {op: {"layer": layer, "merge_mode": merge}},
            st.sampled_from(RECURRENT[:3]).flatmap(_along),
            merges,
        )
    usual = {"return_sequences": True} if op in RECURRENT[:3] else {}
    return SEQUENCES[op].map(lambda arguments: {op: {**usual, **arguments}})


@st.composite
def _top(draw: st.DrawFn, rank: int, above: list[str]) -> dict[str, Any]:
    """A step of the body: one that may stand anywhere, or what needs the names of the steps above it."""
    kind = draw(st.sampled_from(KINDS_OF_STEPS + ("sequence",) * 6 if rank == 1 else KINDS_OF_STEPS))
    if kind == "merge":
        return {draw(st.sampled_from(MERGES)): {}, "from": [above[-1], draw(st.sampled_from(above))]}
    if kind == "share":
        return {"share": draw(st.sampled_from(above))}
    if kind == "block":
        arguments = draw(st.sampled_from([{}, {"size": 4}, {"size": "$wide"}]))
        return {"block": arguments, "repeat": draw(st.integers(1, 2))}
    if kind == "sequence":
        op = draw(st.sampled_from(RECURRENT + ATTENDING))
        others = [draw(st.sampled_from(above))] if op in ATTENDING else []
        return {**draw(_along(op)), "from": [above[-1], *others]}
    step = draw(_inside(rank))
    if kind == "repeat":
        return {**step, "repeat": draw(st.integers(0, 2))}
    return {**step, "when": "$(wide > 2)"} if kind == "when" else step


def _sizes(draw: st.DrawFn, rank: int) -> list[int | None]:
    size = st.one_of(st.none(), st.integers(1, 9), st.integers(4, 9))
    return [*draw(st.lists(size, min_size=rank, max_size=rank)), draw(st.integers(1, 4)) if rank else 8]


def _start(draw: st.DrawFn, rank: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The inputs, and the first steps, which are named step0 and on."""
    shape = _sizes(draw, rank)
    kind = draw(st.sampled_from(["one", "one", "one", "two", "codes"]))
    if kind == "codes" and rank == 1:
        embedding = {"input_dim": 7, "output_dim": draw(st.sampled_from([2, 4])), "mask_zero": draw(st.booleans())}
        return {"input": {"shape": shape[:1], "dtype": "int32"}}, [{"Embedding": embedding}]
    if kind != "two":
        return {"input": {"shape": shape}}, [{"Rescaling": {"scale": 0.5}}]
    other = shape if draw(st.booleans()) else _sizes(draw, rank)
    inputs = {"left": {"shape": shape}, "right": {"shape": other}}
    seconds: list[dict[str, Any]] = [{"share": "step0"}, {"Dense": {"units": 2}}]
    second = draw(st.sampled_from(seconds))
    merge = draw(st.sampled_from(MERGES))
    first = {"Dense": {"units": 2}, "from": "left"}
    return {"inputs": inputs}, [first, {**second, "from": "right"}, {merge: {}, "from": ["step0", "step1"]}]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The text of a spec that the checker accepts."""
    rank = draw(st.sampled_from([0, 1, 1, 2, 2, 2, 3]))
    tree: dict[str, Any] = {"name": "random", "params": {"wide": draw(st.sampled_from([2, 4])), "act": "relu"}}
    if draw(st.booleans()):
        tree["defaults"] = {"conv": {"padding": "same"}, "GroupNormalization": {"groups": 2}}
    inside = st.lists(_inside(rank), min_size=1, max_size=2)
    block = {"params": {"size": 2}, "body": [*draw(inside), {"Dense": {"units": "$size"}}]}
    inputs, body = _start(draw, rank)
    first = len(body)
    for _ in range(draw(st.integers(2, 7))):
        body.append(draw(_top(rank, [f"step{number}" for number in range(len(body))])))
    body = [{**step, "name": f"step{number}"} for number, step in enumerate(body)]
    if draw(st.booleans()):
        body.append({"Dense": {"units": 3, "activation": "softmax"}, "name": "end"})
    spec = {**tree, **inputs, "blocks": {"block": block}, "body": body}
    if draw(st.integers(0, 3)) == 0:
        spec["outputs"] = {"main": body[-1]["name"], "early": draw(st.sampled_from(body[first - 1 :]))["name"]}
    return _fitting(spec)


def _fitting(spec: dict[str, Any]) -> str:
    """The spec without the steps that the checker finds fault with."""
    for _ in range(MAX_ROUNDS):
        found = _faulty(spec)
        if not found:
            return dump_tree(spec)
        spec = _without(spec, found)
    rest = {key: spec[key] for key in ("name", "params")}
    return dump_tree({**rest, "input": {"shape": [3]}, "body": [{"Dense": {"units": 2}}]})


def _faulty(spec: dict[str, Any]) -> set[str]:
    """Paths of what is wrong; found without the text, whose reading costs more than all the rest."""
    tree = from_plain(spec, Mark("", 1, 1), "")
    assert isinstance(tree, MappingNode)
    problems = Problems()
    proof = prove(parse(tree, "", {}, problems.report), problems)
    return {problem.path.removeprefix(".") for problem in proof.problems}


def _without(spec: dict[str, Any], paths: set[str]) -> dict[str, Any]:
    wrong = {int(found[1]) for found in (re.match(r"body\[(\d+)\]", path) for path in paths) if found}
    body = [step for number, step in enumerate(spec["body"]) if number not in wrong]
    if any(path.startswith("blocks") for path in paths):
        body = [step for step in body if "block" not in step]
        spec = {key: value for key, value in spec.items() if key != "blocks"}
    if not wrong or any(path.startswith("outputs") for path in paths):
        spec = {key: value for key, value in spec.items() if key != "outputs"}
    return {**spec, "body": body}
