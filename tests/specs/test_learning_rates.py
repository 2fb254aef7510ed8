"""A learning rate put into a spec's own text: only what it is about changes, and nothing where that cannot be."""

from pathlib import Path

import pytest

import specs
from specs.learning_rates import with_learning_rate
from specs.sections.rates import peak

BODY = "name: one\ninput: {shape: [8, 8, 1]}\nbody: [Flatten, Dense: {units: 10, activation: softmax}]\n"
CYCLE = "{initial_learning_rate: 0.1, max_learning_rate: 1, cycle_epochs: 2, decay_epochs: 1}"
WARM = "{initial_learning_rate: 0, warmup_target: 0.4, warmup_epochs: 1, decay_epochs: 9}"
STAIRS = """\
params: {top: 0.3}
train:
  optimizer:
    SGD:
      learning_rate:
        PiecewiseConstantDecay:
          boundaries_epochs: [1, 2]
          values: [%s]   # three
"""

CHANGES = {
    "a number": (
        "train:\n  optimizer: {SGD: {learning_rate: 1e-3, momentum: 0.9}}  # slow\n  epochs: 3\n",
        {"  optimizer: {SGD: {learning_rate: 0.025, momentum: 0.9}}  # slow"},
    ),
    "a param": (
        "params:\n  # of all\n  rate:   1e-3   # small\ntrain:\n  optimizer: {SGD: {learning_rate: $rate}}\n",
        {"  rate:   0.025   # small"},
    ),
    "a param behind another": (
        "params: {base: 1e-3, rate: $base}\ntrain: {optimizer: {SGD: {learning_rate: $rate}}}\n",
        {"params: {base: 0.025, rate: $base}"},
    ),
    "a param that is multiplied": (
        "params: {base: 0.1, batch_size: 64}\n"
        "train: {batch_size: $batch_size, optimizer: {SGD: {learning_rate: $(base * batch_size / 128)}}}\n",
        {"params: {base: 0.05, batch_size: 64}"},
    ),
    "an optimizer that is a param": (
        "params: {how: {SGD: {learning_rate: 0.3}}}\ntrain: {optimizer: $how}\n",
        {"params: {how: {SGD: {learning_rate: 0.025}}}"},
    ),
    "nothing": (
        "train:\n  data: digits\n  epochs: 3   # few\n\n\nlint: {ignore: []}\n",
        {"  optimizer: {Adam: {learning_rate: 0.025}}"},
    ),
    "nothing in braces": (
        "train: {data: digits, epochs: 3}  # few\n",
        {"train: {data: digits, epochs: 3, optimizer: {Adam: {learning_rate: 0.025}}}  # few"},
    ),
    "an empty section": (
        "train:  # as ever\n",
        {"train: {optimizer: {Adam: {learning_rate: 0.025}}}  # as ever"},
    ),
    "a name alone": (
        "train:\n  optimizer: SGD   # plain\n  epochs: 3\n",
        {"  optimizer: {SGD: {learning_rate: 0.025}}   # plain"},
    ),
    "a name in braces": ("train: {optimizer: {SGD}}\n", {"train: {optimizer: {SGD: {learning_rate: 0.025}}}"}),
    "a name with a colon": (
        "train:\n  optimizer:\n    SGD:\n  epochs: 3\n",
        {"    SGD: {learning_rate: 0.025}"},
    ),
    "other arguments": (
        "train:\n  optimizer:\n    SGD:\n      momentum: 0.9  # as ever\n      # the end\n  epochs: 2",
        {"      learning_rate: 0.025"},
    ),
    "one cycle": (
        f"train: {{optimizer: {{SGD: {{learning_rate: {{OneCycle: {CYCLE}}}}}}}}}\n",
        {
            "train: {optimizer: {SGD: {learning_rate: {OneCycle: "
            "{initial_learning_rate: 0.0025, max_learning_rate: 0.025, cycle_epochs: 2, decay_epochs: 1}}}}}"
        },
    ),
    "a warm-up": (
        f"train: {{optimizer: {{SGD: {{learning_rate: {{CosineDecay: {WARM}}}}}}}}}\n",
        {
            "train: {optimizer: {SGD: {learning_rate: {CosineDecay: "
            "{initial_learning_rate: 0, warmup_target: 0.025, warmup_epochs: 1, decay_epochs: 9}}}}}"
        },
    ),
    "stairs": (STAIRS % "0.1, 0.01, 0.001", {"          values: [0.025, 0.0025, 0.00025]   # three"}),
    "stairs of a param": (
        STAIRS % "0.15, $top, $(top / 10)",
        {"          values: [0.0125, $top, $(top / 10)]   # three", "params: {top: 0.025}"},
    ),
}


def load(folder: Path, text: str, name: str = "one.yaml") -> specs.Document:
    (folder / name).write_bytes(text.encode())
    return specs.load(folder / name)


def reached(document: specs.Document) -> float:
    assert document.train is not None
    return peak(document.train.optimizer.args.learning_rate)  # type: ignore[attr-defined]


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("what", CHANGES)
def test_only_the_lines_of_the_rate_change(tmp_path: Path, what: str, ending: str) -> None:
    given, lines = CHANGES[what]
    before = (BODY + given).replace("\n", ending)
    after = with_learning_rate(load(tmp_path, before), 0.025).text
    assert set(after.split(ending)) - set(before.split(ending)) == lines
    gone = len(lines) - (after.count(ending) - before.count(ending))
    assert len(set(before.split(ending)) - set(after.split(ending))) == gone
    assert reached(load(tmp_path, after)) == pytest.approx(0.025)


def test_where_a_line_is_added_it_stands_with_its_neighbours(tmp_path: Path) -> None:
    found = with_learning_rate(load(tmp_path, BODY + CHANGES["nothing"][0]), 2.5e-5)
    more = "  optimizer: {Adam: {learning_rate: 2.5e-5}}\n"
    assert found.text == BODY + "train:\n  data: digits\n  epochs: 3   # few\n" + more + "\n\nlint: {ignore: []}\n"
    assert found.changes == ("train.optimizer.Adam.learning_rate: 2.5e-5",)


EXTENDING = {
    "a param": (
        "params: {rate: 0.3}\ntrain: {optimizer: {SGD: {learning_rate: $rate}}}\n",
        "name: two\nextends: one.yaml\nsummary: >\n  Long.\n",
        "name: two\nextends: one.yaml\nsummary: >\n  Long.\nparams: {rate: 0.025}\n",
    ),
    "a param beside one's own": (
        "params: {rate: 0.3, units: 3}\ntrain: {optimizer: {SGD: {learning_rate: $rate}}}\n",
        "name: two\nextends: one.yaml\nparams:\n  # many\n  units: 7  # really\n  # no more\n",
        "name: two\nextends: one.yaml\nparams:\n  # many\n  units: 7  # really\n  rate: 0.025\n  # no more\n",
    ),
    "a number": (
        "train: {optimizer: {SGD: {learning_rate: 0.3, momentum: 0.9}}}\n",
        "name: two\nextends: one.yaml\ntrain: {epochs: 3}\n",
        "name: two\nextends: one.yaml\ntrain: {epochs: 3, optimizer: {SGD: {learning_rate: 0.025}}}\n",
    ),
    "stairs": (
        STAIRS % "0.1, $(top / 10), 0.001",
        "name: two\nextends: one.yaml\n",
        "name: two\nextends: one.yaml\nparams: {top: 0.075}\ntrain: {optimizer: {SGD: {learning_rate: "
        "{PiecewiseConstantDecay: {values: [0.025, $(top / 10), 0.00025]}}}}}\n",
    ),
}


@pytest.mark.parametrize("what", EXTENDING)
def test_what_another_file_says_is_overridden(tmp_path: Path, what: str) -> None:
    base, before, after = EXTENDING[what]
    load(tmp_path, BODY + base)
    assert with_learning_rate(load(tmp_path, before, "two.yaml"), 0.025).text == after
    assert reached(load(tmp_path, after, "two.yaml")) == pytest.approx(0.025)


def test_a_shipped_model_is_overridden_too(tmp_path: Path) -> None:
    document = load(tmp_path, "name: mine\nextends: digits_mlp\n")
    assert with_learning_rate(document, 0.01).text == "name: mine\nextends: digits_mlp\nparams: {learning_rate: 0.01}\n"


def test_what_was_set_from_outside_does_not_hide_the_text(tmp_path: Path) -> None:
    given = "params: {rate: 0.1, batch_size: 64}\ntrain: {optimizer: {SGD: {learning_rate: $rate}}}\n"
    load(tmp_path, BODY + given)
    document = specs.load(tmp_path / "one.yaml", rate=0.5)
    assert with_learning_rate(document, 0.025).changes == ("params.rate: 0.025 (was 0.1)",)


REFUSED = [
    (
        "it is calculated at .*one.yaml:5:",
        "params: {batch_size: 64}\n"
        "train: {batch_size: $batch_size, optimizer: {SGD: {learning_rate: $(0.1 * batch_size / 256)}}}\n",
    ),
    (
        "the param x gives more than rates",
        "params: {x: 0.1}\ntrain: {optimizer: {SGD: {learning_rate: $x, momentum: $x}}}\n",
    ),
    (
        "an anchor is in the way in line 4",
        "train: {optimizer: {SGD: {learning_rate: &x 0.1, momentum: *x}}}\n",
    ),
    (
        "an anchor is in the way in line 4",
        "train: {optimizer: {SGD: {momentum: &x 0.1, learning_rate: *x}}}\n",
    ),
    (
        "it would become 0.00625",
        "params: {x: 0.1}\ntrain: {optimizer: {SGD: {learning_rate: $(x * x * 10)}}}\n",
    ),
    (
        "the spec would be wrong with it: .*must be above 0",
        "params: {x: 0.1}\ntrain: {optimizer: {SGD: {learning_rate: $(x - 0.05)}}}\n",
    ),
]


@pytest.mark.parametrize(("why", "given"), REFUSED)
def test_what_cannot_be_put_in_is_said(tmp_path: Path, why: str, given: str) -> None:
    with pytest.raises(specs.UserError, match=f"cannot be put in: {why}.*; write 0.025 yourself$"):
        with_learning_rate(load(tmp_path, BODY + given), 0.025)


def test_a_spec_that_is_not_trained_has_no_rate(tmp_path: Path) -> None:
    with pytest.raises(specs.UserError, match=r"has no train section; the shortest is `train: \{data: digits\}`"):
        with_learning_rate(load(tmp_path, BODY), 0.1)


def test_no_shipped_model_is_written_to() -> None:
    with pytest.raises(specs.UserError, match=r"comes with speczoo.*zoo new NAME --from digits_mlp"):
        with_learning_rate(specs.load("digits_mlp"), 0.025)


def test_what_was_saved_meanwhile_is_kept(tmp_path: Path) -> None:
    document = load(tmp_path, BODY + "train: {epochs: 3}\n")
    load(tmp_path, BODY + "train: {epochs: 5}\n")
    assert "{epochs: 5, optimizer: {Adam: {learning_rate: 0.025}}}" in with_learning_rate(document, 0.025).text
