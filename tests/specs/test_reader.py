"""Text → raw tree: YAML 1.2's scalars, places, bounds, and what a file may be."""

import math
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import specs
from specs.errors import SpecError, UserError
from specs.files import MAX_BYTES, read_file
from specs.reader import MAX_DEPTH, MAX_NODES, MAX_TEXT, read
from specs.scalars import core_scalar
from specs.tree import MappingNode, TreeNode, plain, walk


def value(text: str) -> Any:
    return plain(read(f"value: {text}", "t.yaml").entries[0].value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1), ("-1", -1), ("+1", 1), ("017", 17), ("0o17", 15), ("0x1F", 31), ("0", 0), ("-0", 0),
        ("1e-3", 0.001), ("1E3", 1000.0), ("1.", 1.0), (".5", 0.5), ("1.5e+2", 150.0), ("-.inf", -math.inf),
        (".INF", math.inf), ("true", True), ("False", False), ("TRUE", True), ("~", None), ("null", None), ("", None),
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("off", "off"), ("y", "y"), ("1_000", "1_000"), ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"), ("0b11", "0b11"), ("tRUE", "tRUE"), ("nan", "nan"), ("inf", "inf"), ("=", "="),
        ("0o8", "0o8"), ("0x", "0x"), ("1e", "1e"), ("e1", "e1"), ("--1", "--1"), ("-.nan", "-.nan"), ("+", "+"),
        ("'1'", "1"), ('"true"', "true"), ("'null'", "null"), ('"a\\tb"', "a\tb"), ("[1, [a, ~]]", (1, ("a", None))),
        ("{a: 1, b: {c: no}}", {"a": 1, "b": {"c": "no"}}), ("[]", ()), ("{}", {}), ("a#b", "a#b"), ("a #b", "a"),
    ],
)  # fmt: skip
def test_scalars(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_nan() -> None:
    assert math.isnan(value(".nan"))
    assert math.isnan(value(".NaN"))


@given(st.integers(-(10**40), 10**40))
def test_integers_read_as_written(number: int) -> None:
    assert value(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(1e308)
def test_floats_read_as_written(number: float) -> None:
    assert core_scalar(repr(number)) == number


def test_keys_are_text_whatever_they_look_like() -> None:
    assert set(plain(read("on: 1\n1: 2\nnull: 3\ntrue: 4\n1.5: 5", "t.yaml"))) == {"on", "1", "null", "true", "1.5"}


def test_places_are_those_of_the_text() -> None:
    text = "name: tiny\nbody:\n  - Dense: {units: 10, use_bias: no}\n  - [a,\n     b]\n"
    lines = text.splitlines()

    def check(node: TreeNode) -> None:
        for each in walk(node):
            if not isinstance(each, MappingNode):
                continue
            for entry in each.entries:
                mark = entry.key_mark
                assert lines[mark.line - 1][mark.column - 1 :].startswith(entry.key)

    tree = read(text, "t.yaml")
    check(tree)
    found = {node.path: (node.mark.line, node.mark.column) for node in walk(tree)}
    assert found["name"] == (1, 7)
    assert found["body[0].Dense.units"] == (3, 20)
    assert found["body[0].Dense.use_bias"] == (3, 34)
    assert found["body[1]"] == (4, 5)
    assert found["body[1][1]"] == (5, 6)


def test_byte_order_mark_and_line_ends() -> None:
    assert plain(read("\ufeffname: a\r\nbody: [x]\r\n", "t.yaml")) == {"name": "a", "body": ("x",)}


def test_aliases_stand_for_their_value() -> None:
    assert plain(read("a: &x {b: 1}\nc: *x", "t.yaml")) == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 1_000_000, "nest deeper than"),
        ("a: " + "{b: " * 200 + "1" + "}" * 200, "nest deeper than"),
        ("- x\n" * (MAX_NODES + 10), "more than 12,000"),
        ("a: " + "x" * (MAX_TEXT + 1), "a value of more than 10,000 characters"),
        ("a: " + "9" * 5000, "a number of more than"),
        ("a: 0x" + "f" * 5000, "a number of more than"),
        ("a: 1e" + "9" * 4000, "a number of more than"),
        ('a: "\\UFFFFFFFF"', "not YAML"),
        ("%YAML 99999999999999999999.1\n---\na: 1", "not YAML|unsupported|document"),
        ("a: *missing", "no anchor"),
        ("a: &x [*x]", "no anchor"),
        ("? {a: b}\n: c", "a key is a name"),
        ("? &k a\n: c", "without anchor or tag"),
        ("a: !include b", "tags have no meaning"),
        ("--- a\n--- b", "one document"),
        ("just text", "a spec is a mapping"),
        ("", "the file is empty"),
    ],
)
def test_refused_texts(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as found:
        read(text, "t.yaml")
    assert all(problem.mark.line >= 1 and problem.mark.column >= 1 for problem in found.value.problems)


def test_depth_that_is_allowed_is_read() -> None:
    deep = MAX_DEPTH - 2
    assert plain(read("a: " + "[" * deep + "]" * deep, "t.yaml"))


def test_several_problems_of_one_text() -> None:
    with pytest.raises(SpecError) as found:
        read("a: !x 1\nb: 2\nb: 3\nc: *y\n", "t.yaml")
    assert [problem.mark.line for problem in found.value.problems] == [1, 3, 4]


class TestFiles:
    """What is read from disk."""

    def test_fifo_does_not_block(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.yaml")
        with pytest.raises(UserError, match="is not a regular file"):
            read_file(tmp_path / "pipe.yaml", "pipe.yaml")

    def test_directory_and_device(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="is not a regular file"):
            read_file(tmp_path, "folder")
        with pytest.raises(UserError, match="is not a regular file"):
            read_file(Path("/dev/zero"), "zero")

    def test_too_large(self, tmp_path: Path) -> None:
        path = tmp_path / "large.yaml"
        path.write_bytes(b"#" * (MAX_BYTES + 1))
        with pytest.raises(UserError, match=r"large.yaml:1:262145: the file goes on beyond 256 KiB"):
            read_file(path, path.name)

    def test_missing_and_unreadable_names(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="cannot be read: No such file"):
            specs.check(tmp_path / "missing.yaml")
        with pytest.raises(UserError, match="nul"):
            specs.check("nul\0.yaml")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
    def test_no_permission(self, tmp_path: Path) -> None:
        path = tmp_path / "secret.yaml"
        path.write_text("name: a")
        path.chmod(stat.S_IWUSR)
        with pytest.raises(UserError, match="Permission denied"):
            specs.check(path)

    def test_a_link_that_the_user_names_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "real.yaml").write_text("name: a\ninput: {shape: [2]}\nbody: [Dense: {units: 1}]\n")
        (tmp_path / "link.yaml").symlink_to("real.yaml")
        assert specs.load(tmp_path / "link.yaml").name == "a"
