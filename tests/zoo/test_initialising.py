"""What initialisers do to a deep net: the figures of the literature, from a spec."""

from pathlib import Path

import numpy as np
import pytest

import specs
from zoo.data.dataset import Dataset
from zoo.data.loading import load_data
from zoo.diagnosing.initialising import Initialised, initialising
from zoo.diagnosing.signals import spread

SPEC = Path(__file__).parents[2] / "examples" / "initialising" / "ten_layers.yaml"


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data(specs.load(SPEC))


def studied(digits: Dataset, activation: str) -> dict[str, Initialised]:
    return {each.initializer: each for each in initialising(SPEC, dataset=digits, activation=activation)}


@pytest.fixture(scope="module")
def tanh(digits: Dataset) -> dict[str, Initialised]:
    return studied(digits, "tanh")


def test_the_ten_layer_tanh_net_does_what_the_literature_says(tanh: dict[str, Initialised]) -> None:
    """Glorot and Bengio 2010: too small collapses, too large saturates, theirs keeps the spread."""
    found = tanh
    assert {len(each.layers) for each in found.values()} == {10}
    small, large, xavier = (found[name] for name in ("N(0, 0.01²)", "N(0, 1)", "Xavier"))
    # Each layer multiplies the spread by about 0.01 · √300 = 0.17.
    steps = [b.outputs.std / a.outputs.std for a, b in zip(small.layers, small.layers[1:], strict=False)]
    assert np.allclose(steps, 0.01 * 300**0.5, rtol=0.15)
    assert small.kept < 1e-6
    assert all((each.saturated or 0) > 0.8 for each in large.layers)
    assert 0.3 < xavier.kept < 1
    assert all((each.saturated or 0) < 0.15 and each.outputs.std > 0.2 for each in xavier.layers)
    assert all(each.outputs.std == 0 == each.gradients.std for each in found["zeros"].layers)
    assert [each.verdict.split(":")[0].split()[0] for each in found.values()] == [
        "every", "collapses", "saturates", "keeps", "keeps",
    ]  # fmt: skip


def test_under_relu_xavier_shrinks_and_he_keeps(digits: Dataset) -> None:
    """He et al. 2015, section 2.2: half of the variance is lost at each ReLU, and He's scale puts it back."""
    found = studied(digits, "relu")
    assert found["Xavier"].kept == pytest.approx(0.5 ** (9 / 2), rel=0.5)
    assert found["He"].kept == pytest.approx(1, rel=0.5)
    assert found["N(0, 1)"].kept > 1e6
    assert [each.dead for each in found["zeros"].layers] == [1.0] * 10
    assert (found["He"].layers[0].dead or 0) < 0.1


def test_gradients_vanish_with_the_activations(tanh: dict[str, Initialised]) -> None:
    def back(name: str) -> float:
        first, last = (tanh[name].layers[index].gradients.std for index in (0, -1))
        return first / last

    assert back("N(0, 0.01²)") < 1e-6
    assert 0.1 < back("Xavier") < 10


def test_a_histogram_counts_every_number_once() -> None:
    values = np.r_[np.random.default_rng(0).normal(size=9_999), np.nan]
    found = spread(values)
    assert sum(found.histogram.counts) == 9_999
    assert found.finite == 0.9999
    assert found.std == pytest.approx(np.nanstd(values))
    assert found.histogram.low == pytest.approx(-2.576, abs=0.1)
