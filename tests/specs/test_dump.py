"""Document → YAML → the same document."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import specs
from specs.dump import _Dumper, data_paths
from specs.reader import read
from specs.tree import plain

VALID = sorted((Path(__file__).parents[1] / "valid").glob("*.yaml"))


@pytest.mark.parametrize("path", [*specs.shipped().values(), *VALID], ids=lambda path: path.stem)
def test_round_trip(path: Path) -> None:
    document = specs.load(path)
    again = specs.loads(specs.dump(document), str(path))
    fields = set(specs.Document.__dataclass_fields__) - {"tree", "body"}
    assert {name: getattr(again, name) for name in fields} == {name: getattr(document, name) for name in fields}
    assert specs.dump(again) == specs.dump(document)
    first, second = specs.lower(document), specs.lower(again)
    assert [(n.name, n.args, n.inputs, n.output_shape) for n in first.nodes] == [
        (n.name, n.args, n.inputs, n.output_shape) for n in second.nodes
    ]
    assert first.outputs == second.outputs


def test_values_from_outside_are_written() -> None:
    document = specs.load("digits_mlp", units=64)
    again = specs.loads(specs.dump(document))
    assert again.params["units"] == 64
    assert again.expects is None
    assert specs.with_params(again, units=32).params["units"] == 32


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(min_size=1, max_size=9), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(alphabet="abcyn01", min_size=1, max_size=5), TREES, min_size=1))
def test_any_tree_reads_back(tree: dict[str, object]) -> None:
    text = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)
    if "<<" not in str(tree):
        assert plain(read(text, "t.yaml")) == tree


def test_every_path_of_a_mix_is_written_anew(tmp_path: Path) -> None:
    text = (
        "name: mixed\nparams: {more: b.npz}\ninput: {shape: [8, 8, 1]}\n"
        "body: [Flatten, Dense: {units: 10, activation: softmax}]\n"
        "train: {data: {mix: {sources: [digits, npz: {path: a.npz}, npz: {path: $more}], take: [1, 1, 0.5]}}}\n"
    )
    document = specs.loads(text, file=str(tmp_path / "specs" / "mixed.yaml"))
    written = specs.dump(document, tmp_path / "runs" / "one")
    again = specs.loads(written, file=str(tmp_path / "runs" / "one" / "spec.yaml"))
    wanted = tuple(tmp_path.resolve() / "specs" / name for name in ("a.npz", "b.npz"))
    assert data_paths(again) == data_paths(document) == wanted
    assert again.train is not None
    assert getattr(again.train.data.args, "take") == (1, 1, 0.5)  # noqa: B009  # a mix's
