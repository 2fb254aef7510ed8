"""Hostile specs, many in one process; tests/hostile has each in a process of its own, with limits."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import specs
from cli import main
from specs.combinators import Dense
from specs.counting import first_beyond, steps_in
from specs.step import Step
from tests.hostile.cases import READING
from tests.hostile.more_cases import MEANING
from tests.hostile.process import PLACE, in_time, is_in_time, run

CASES = READING | MEANING
SMALL = [name for name, case in CASES.items() if not callable(case.content)]
FRESH = (
    "alias bomb", "keys that are keys", "tag python/object/apply", "NUL", "one value of 100 MB", "11,000 steps",
    "extends in a circle of three", "9**9**9", "round to -10**9 digits", "filters: 10**12", "repeat: 10**9",
    "a search over repeats of 10**9", "a section named by an escape sequence",
)  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = CASES[name].write(tmp_path)
    for _ in range(3):  # neighbours slow a core down
        began = time.process_time()
        done = CliRunner().invoke(main, ["validate", path.name])
        took = time.process_time() - began
        if is_in_time(took):
            break
    assert is_in_time(took)
    assert (done.exit_code, done.stdout) == (2, ""), done.exception
    assert PLACE.match(done.stderr), done.stderr
    assert re.search(CASES[name].words, done.stderr), done.stderr


@pytest.mark.parametrize("name", FRESH)
def test_refused_by_the_command(name: str, tmp_path: Path) -> None:
    path = CASES[name].write(tmp_path)
    in_time(lambda: run(["validate", path.name], tmp_path)).assert_refused(CASES[name].words)


def test_a_param_of_a_block_hides_one_of_the_spec() -> None:
    text = "name: t\ninput: {shape: [3]}\nparams: {n: 5}\nblocks: {b: {params: {n: 2}, body: [Dense: {units: $n}]}}\n"
    assert specs.lower(specs.loads(f"{text}body: [b]\n")).output_shapes() == {"output": (2,)}
    assert specs.lower(specs.loads(f"{text}body: [b: {{n: $(n + 1)}}]\n")).output_shapes() == {"output": (6,)}


def test_a_layer_named_as_a_unit_above_it() -> None:
    text = "name: t\ninput: {shape: [8, 8, 3]}\nbody:\n  - {conv: {filters: 1, kernel_size: 1}, name: a}\n"
    with pytest.raises(specs.SpecError, match="a second step is named 'a'"):
        specs.loads(f"{text}  - {{ReLU, name: a}}\n  - Flatten\n")


@pytest.mark.parametrize("repeat", [0, 1, 2, 3])
@pytest.mark.parametrize("most", range(1, 30))
def test_the_step_that_is_one_too_many(repeat: int, most: int) -> None:
    """Counted before anything is carried out, and the same as counting while it is."""
    inner = "dense: {repeat: 2, body: [ReLU, {Dropout: {rate: 0.1}, repeat: 3}]}"
    text = (
        f"name: t\ninput: {{shape: [3]}}\nbody: [{{ReLU, repeat: {repeat}}}, {{{inner}, repeat: {repeat}}}, [ReLU]]\n"
    )
    body = specs.loads(text).body
    carried_out = list(one_by_one(body))
    assert steps_in(body) == len(carried_out)
    assert first_beyond(body, most) is (carried_out[most] if most < len(carried_out) else None)


def one_by_one(steps: tuple[Step, ...]) -> Iterator[Step]:
    """The steps as the expander carries them out."""
    for step in steps:
        for _ in range(step.repeat):
            yield step
            for _ in range(step.args.repeat if isinstance(step.args, Dense) else 1):
                if isinstance(step.args, Dense):
                    yield step
                yield from one_by_one(tuple(each for body in step.bodies for each in body))
