"""The edges of the rules of advice: what is just found, and what is meant on purpose and passed over."""

import pytest

import specs

HEAD = "  - GlobalAveragePooling2D\n  - Dense: {units: 10, activation: softmax}\n"
CONV = "  - Conv2D: {filters: 16, kernel_size: 3, padding: same, activation: relu}\n"
FLAT = "  - Rescaling: {scale: $(1 / 255)}\n  - Flatten\n"
NORMED = "  - Rescaling: {scale: $(1 / 255)}\n  - conv: {filters: 8, kernel_size: 3, use_bias: false}\n" + HEAD
SEARCH = "train: {data: digits, epochs: 10, batch_size: $batch, optimizer: {Adam: {learning_rate: $rate}}}\nsearch: "


def codes(body: str, tail: str = "", size: str = "[16, 16, 3]", params: str = "") -> list[str]:
    """The codes of the advice on a spec with this body."""
    text = f"name: edge\n{params}input: {{shape: {size}}}\nbody:\n{body}{tail}"
    return [each.code for each in specs.lint(specs.loads(text))]


def dense(*given: str) -> str:
    """Dense layers with these arguments."""
    return "".join(f"  - Dense: {{units: 8, {each}}}\n" for each in given)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # A norm takes a bias off where each channel has statistics of its own.
        ("  - conv: {filters: 8, kernel_size: 3, norm: instance}\n" + HEAD, ["N01"]),
        ("  - conv: {filters: 64, kernel_size: 3, norm: group}\n" + HEAD, []),
        (CONV + "  - BatchNormalization\n" + HEAD, []),
        # Stochastic depth is no dropout, and a rate of 0 drops nothing.
        (CONV + "  - Dropout: {rate: 0.5, noise_shape: [null, 1, 1, 1]}\n  - BatchNormalization\n" + HEAD, []),
        (CONV + "  - Dropout: {rate: 0}\n  - BatchNormalization\n" + HEAD, ["G02"]),
        (CONV + "  - Dropout: {rate: 0.3}\n" + CONV + "  - BatchNormalization\n" + HEAD, ["N02"]),
        # Norms of one value.
        (CONV + "  - GlobalAveragePooling2D\n  - LayerNormalization\n" + dense("activation: softmax"), []),
        ("  - Conv2D: {filters: 1, kernel_size: 3, activation: relu}\n  - LayerNormalization\n" + HEAD, ["N07"]),
        (
            "  - Conv2D: {filters: 1, kernel_size: 3, activation: relu}\n  - LayerNormalization: {axis: [1, 2]}\n"
            + HEAD,
            [],
        ),
        (CONV + "  - BatchNormalization: {gamma_regularizer: {l1: 1e-4}}\n" + HEAD, ["N06"]),
        # tanh is slower to vanish than sigmoid; relu and norms begin anew; an output is no hidden layer.
        ("  - Flatten\n" + dense(*["activation: tanh"] * 4, "activation: softmax"), []),
        ("  - Flatten\n" + dense(*["activation: tanh"] * 5, "activation: softmax"), ["A01"]),
        ("  - Flatten\n" + dense(*["activation: sigmoid"] * 3), []),
        ("  - Flatten\n" + dense(*["activation: sigmoid"] * 2, "activation: relu", *["activation: sigmoid"] * 2), []),
        # Factorised on purpose, and not.
        (
            "  - Conv2D: {filters: 8, kernel_size: [1, 3]}\n  - Conv2D: {filters: 8, kernel_size: [1, 3]}\n" + HEAD,
            ["A03"],
        ),
        (
            "  - DepthwiseConv2D: {kernel_size: 3}\n  - Conv2D: {filters: 8, kernel_size: 1, activation: relu}\n"
            + HEAD,
            [],
        ),
        ("  - Flatten\n" + dense("activation: linear", "activation: softmax"), ["A03"]),
        ("  - Flatten\n  - Dense: {units: 4}\n" + dense("activation: softmax"), []),
        (CONV + "  - Dropout: {rate: 0.2}\n  - ReLU\n" + HEAD, ["A02"]),
        # Initial weights: norms and zeros that are meant.
        (
            "  - Flatten\n"
            + "  - Dense: {units: 8, use_bias: false}\n  - BatchNormalization\n  - ReLU\n" * 6
            + dense("activation: softmax"),
            [],
        ),
        ("  - Flatten\n" + "  - Dense: {units: 8}\n  - ReLU\n" * 5 + dense("activation: softmax"), ["I01"]),
        ("  - Flatten\n" + dense("kernel_initializer: he_normal, activation: sigmoid"), []),
        (
            "  - Flatten\n"
            + dense("kernel_initializer: he_normal")
            + "  - Activation: {activation: tanh}\n"
            + dense("activation: softmax"),
            ["I02"],
        ),
        (
            CONV
            + "  - residual:\n      body: [Conv2D: {filters: 16, kernel_size: 1, kernel_initializer: zeros}]\n"
            + HEAD,
            [],
        ),
        # Softmax over rows of a picture one channel deep is no softmax over one value.
        ("  - Conv2D: {filters: 1, kernel_size: 3}\n  - Softmax: {axis: 1}\n  - Flatten\n  - Dense: {units: 10}\n", []),
        # Patches are cut on purpose, what enlarges shrinks nothing.
        ("  - Conv2D: {filters: 8, kernel_size: 8, strides: 8, activation: relu}\n" + HEAD, []),
        ("  - Conv2D: {filters: 8, kernel_size: 9, strides: 8, activation: relu, padding: same}\n" + HEAD, ["S01"]),
        (CONV + "  - Conv2DTranspose: {filters: 8, kernel_size: 6, strides: 6, activation: relu}\n" + HEAD, []),
        # Windows and edges.
        (CONV + "  - MaxPooling2D: {pool_size: 3, padding: same}\n" + HEAD, []),
        (CONV + "  - ZeroPadding2D: {padding: 1}\n  - MaxPooling2D: {pool_size: 3, strides: 2}\n" + HEAD, []),
        (CONV + "  - MaxPooling2D: {pool_size: 2, strides: 3}\n" + HEAD, ["S02", "S04"]),
        ("  - Conv2D: {filters: 8, kernel_size: 1, strides: 2, activation: relu}\n" + HEAD, []),
        ("  - Conv2D: {filters: 8, kernel_size: 1, strides: 2, activation: relu}\n" + CONV + HEAD, ["R03"]),
        ("  - Conv2D: {filters: 8, kernel_size: 1, strides: 2, activation: relu}\n" * 2 + HEAD, []),
        (CONV + "  - Conv2D: {filters: 16, kernel_size: 5, groups: 4, activation: relu}\n" + HEAD, []),
        (CONV + "  - DepthwiseConv2D: {kernel_size: 5, activation: relu}\n" + HEAD, []),
        # A pre-activated convolution without a merge.
        (CONV + "  - conv: {filters: 8, kernel_size: 3, order: norm-act-conv}\n" + HEAD, ["R02"]),
        # A unit by itself, and the same as layers, one rate of dropout.
        (CONV + "  - GlobalAveragePooling2D\n  - Dropout: {rate: 0.7}\n  - Dense: {units: 10}\n  - Softmax\n", ["G01"]),
        (
            CONV
            + "  - GlobalAveragePooling2D\n  - Dropout: {rate: 0.7}\n"
            + dense("activation: relu", "activation: softmax"),
            [],
        ),
    ],
)
def test_bodies(body: str, expected: list[str]) -> None:
    assert sorted(codes(body)) == expected


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        ("{data: digits, batch_size: 7}", ["N03"]),
        ("{data: digits, batch_size: 8}", []),
        ("{data: digits, optimizer: {SGD: {learning_rate: 1.0}}}", []),
        ("{data: digits, optimizer: {SGD: {learning_rate: 1.1}}}", ["T01"]),
        ("{data: digits, optimizer: {Adam: {learning_rate: 1e-5}}}", []),
        ("{data: digits, optimizer: {Adam: {learning_rate: 0.011}}}", ["T01"]),
        ("{data: digits, epochs: 5, early_stopping: {patience: 4}}", []),
        ("{data: digits, epochs: 5, early_stopping: {}}", ["T02"]),
        ("{data: {digits: {test_split: 0.5, validation_split: 0.49}}, batch_size: 17}", []),
        ("{data: {digits: {test_split: 0.5, validation_split: 0.49}}, batch_size: 18}", ["T04"]),
        ("{data: digits, loss: {SparseCategoricalCrossentropy: {from_logits: true}}}", ["L01"]),
    ],
)
def test_training(train: str, expected: list[str]) -> None:
    assert codes(NORMED, f"train: {train}\n", "[8, 8, 1]") == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("{space: {batch: {min_value: 4, max_value: 64}}}", ["N03"]),
        ("{space: {batch: {min_value: 8, max_value: 64}}}", []),
        ("{trials: 2, space: {batch: {values: [16, 32]}, rate: {values: [1e-3, 2e-3]}}}", []),
        ("{space: {rate: {min_value: 1e-3, max_value: 0.0999}}}", []),
        ("{space: {rate: {min_value: 1e-3, max_value: 0.1}}}", ["H02"]),
        ("{space: {batch: {min_value: 8, max_value: 800}}}", []),
        ("{space: {rate: {min_value: 1e-3, max_value: 2e-3}, batch: {min_value: 8, max_value: 32}}}", []),
        ("{oracle: hyperband, epochs: 3, space: {rate: {values: [1e-3, 2e-3]}}}", []),
        ("{oracle: hyperband, trials: 9, epochs: 9, space: {rate: {values: [1e-3, 2e-3]}}}", []),
        ("{oracle: grid, space: {batch: {min_value: 16, max_value: 64}}}", []),
        ("{trials: 4, space: {batch: {min_value: 16, max_value: 64, step: 16}}}", []),
        ("{trials: 5, space: {batch: {min_value: 16, max_value: 64, step: 16}}}", ["H07"]),
        ("{trials: 49, space: {batch: {min_value: 16, max_value: 64}}}", []),
        ("{trials: 50, space: {batch: {min_value: 16, max_value: 64}}}", ["H07"]),
        ("{space: {rate: {min_value: 1e-3, max_value: 2e-3}, batch: {min_value: 33, max_value: 64}}}", ["H08"]),
        ("{objective: loss, space: {rate: {values: [1e-3, 2e-3]}}}", ["H06"]),
    ],
)
def test_searching(search: str, expected: list[str]) -> None:
    assert codes(NORMED, f"{SEARCH}{search}\n", "[8, 8, 1]", "params: {rate: 1e-3, batch: 32}\n") == expected


@pytest.mark.parametrize(
    ("scale", "expected"),
    [("1", ["D02"]), ("$(10 / 255)", []), ("$(0.1 / 255)", []), ("$(0.09 / 255)", ["D02"]), ("1e-5", ["D02"])],
)
def test_scales(scale: str, expected: list[str]) -> None:
    body = f"  - Rescaling: {{scale: {scale}}}\n  - Flatten\n" + dense("activation: relu", "activation: softmax")
    body = body.replace("units: 8, activation: softmax", "units: 10, activation: softmax")
    assert codes(body, "train: {data: digits}\n", "[8, 8, 1]") == expected


def test_scaling_twice_is_judged_at_its_end() -> None:
    first = "  - Rescaling: {scale: $(255 / 2)}\n  - Rescaling: {scale: $(2 / 255 / 255)}\n"
    body = "  - Flatten\n  - Dense: {units: 10, activation: softmax}\n"
    assert codes(first + body, "train: {data: digits}\n", "[8, 8, 1]") == []


def test_only_pixels_that_are_known_to_be_unscaled() -> None:
    arrays = "train: {data: {npz: {path: none.npz}}}\n"
    images = "train: {data: {image_folder: {path: none}}}\n"
    assert codes(CONV + HEAD, arrays) == []
    assert codes("  - BatchNormalization\n" + CONV + HEAD, images) == []
    assert codes(CONV + HEAD, images) == ["D01"]


def test_a_huge_matrix_is_most_of_the_model() -> None:
    small = "  - Flatten\n  - Dense: {units: 600, activation: relu}\n" + dense("activation: softmax")
    assert codes(small) == []
    assert codes(small.replace("600", "700")) == ["C03"]
    assert codes(small.replace("Flatten\n", "Flatten\n", 1), size="[768]") == []
    more = "  - Dense: {units: 1024, activation: relu}\n"
    assert codes("  - Flatten\n  - Dense: {units: 700, activation: relu}\n" + more + dense("activation: softmax")) == []
