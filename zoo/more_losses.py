"""Losses that Keras has not."""

from typing import Any

from zoo.backend import keras


@keras.saving.register_keras_serializable("speczoo")
class DiceCrossentropy(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Cross-entropy of every pixel plus one minus the Dice coefficient of the masks (arXiv:1809.10486, section 2.2).

    Labels (examples, height, width) are class numbers for outputs (examples, height, width, classes), or of one channel
    0 and 1 in its shape. Dice is the mean over the classes that the batch has.

    >>> y, sure = keras.ops.array([[[0, 1]]]), keras.ops.array([[[[1.0, 0.0], [0.0, 1.0]]]])
    >>> [round(float(DiceCrossentropy()(y, each)), 2) for each in (sure, 0 * sure + 0.5)]
    [0.0, 1.19]
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        dice_weight: float = 1.0,
        name: str = "dice_crossentropy",
        reduction: str = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.dice_weight = dice_weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each pixel, whose mean is that of the batch: the Dice part is the same for all."""
        binary = y_pred.shape[-1] == 1
        parts = self._of_one if binary else self._of_several
        found, truth, seen, entropy = parts(y_true, y_pred)
        # A pixel that does not count has a loss of 0, and leaves a smaller share to the others.
        mean = keras.ops.sum(entropy * seen) / keras.ops.maximum(keras.ops.sum(seen), 1.0)
        dice = _dice(found * seen[..., None], truth * seen[..., None])
        return keras.ops.broadcast_to(mean + self.dice_weight * (1.0 - dice), keras.ops.shape(entropy))

    def _of_one(self, y_true: Any, y_pred: Any) -> tuple[Any, Any, Any, Any]:
        ops = keras.ops
        truth = ops.cast(ops.reshape(y_true, ops.shape(y_pred)), y_pred.dtype)
        found = ops.sigmoid(y_pred) if self.from_logits else y_pred
        entropy = ops.binary_crossentropy(truth, y_pred, from_logits=self.from_logits)[..., 0]
        return found, truth, ops.ones_like(entropy), entropy

    def _of_several(self, y_true: Any, y_pred: Any) -> tuple[Any, Any, Any, Any]:
        ops, classes = keras.ops, y_pred.shape[-1]
        labels = ops.cast(y_true, "int32")
        void = -1 if self.ignore_class is None else self.ignore_class
        seen = ops.cast(ops.not_equal(labels, void), y_pred.dtype)
        labels = ops.where(ops.equal(labels, void), 0, labels)
        found = ops.softmax(y_pred) if self.from_logits else y_pred
        entropy = ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=self.from_logits)
        return found, ops.one_hot(labels, classes, dtype=y_pred.dtype), seen, entropy

    def get_config(self) -> dict[str, Any]:
        """The arguments, as they are saved."""
        own = {"from_logits": self.from_logits, "ignore_class": self.ignore_class, "dice_weight": self.dice_weight}
        return {**super().get_config(), **own}


def _dice(found: Any, truth: Any) -> Any:
    """Mean over the classes that are there of 2 |found ∩ truth| / (|found| + |truth|), counted in the whole batch."""
    ops = keras.ops
    axes = tuple(range(len(truth.shape) - 1))
    both, sizes = ops.sum(found * truth, axis=axes), ops.sum(found, axis=axes) + ops.sum(truth, axis=axes)
    there = ops.cast(ops.sum(truth, axis=axes) > 0, found.dtype)
    each = 2.0 * both / ops.maximum(sizes, keras.config.epsilon())
    # Of masks with nothing in them there is no class to be right about.
    count = ops.sum(there)
    return ops.where(count > 0, ops.sum(each * there) / ops.maximum(count, 1.0), ops.ones_like(count))


@keras.saving.register_keras_serializable("speczoo")
class Contrastive(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Pairs of one class near each other, pairs of two at least a margin apart: ½ y d² + ½ (1 - y) max(0, margin - d)².

    Hadsell, Chopra and LeCun 2006 (https://doi.org/10.1109/CVPR.2006.100, equation 4, where y is 1 for two classes).
    Labels y (examples, 1) are 1 for one class and 0 for two, outputs d (examples, 1) distances.

    >>> y, d = keras.ops.array([[1.0], [0.0], [0.0]]), keras.ops.array([[0.5], [0.5], [2.0]])
    >>> [float(Contrastive()(y[each : each + 1], d[each : each + 1])) for each in range(3)]
    [0.125, 0.125, 0.0]
    """

    def __init__(
        self, margin: float = 1.0, name: str = "contrastive", reduction: str = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.margin = margin

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each pair, (examples)."""
        ops = keras.ops
        apart = ops.relu(self.margin - y_pred)
        return ops.mean(0.5 * (y_true * ops.square(y_pred) + (1.0 - y_true) * ops.square(apart)), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as they are saved."""
        return {**super().get_config(), "margin": self.margin}


def pair_accuracy(y_true: Any, y_pred: Any, threshold: float) -> Any:
    """For each pair whether it is near where it is of one class, and not where it is of two, 0 or 1; near is below
    `threshold`.

    >>> y, distances = keras.ops.array([[1.0], [0.0], [1.0]]), keras.ops.array([[0.2], [0.9], [0.5]])
    >>> keras.ops.convert_to_numpy(pair_accuracy(y, distances, threshold=0.5)).tolist()
    [[1.0], [1.0], [0.0]]
    """
    ops = keras.ops
    near = ops.convert_to_tensor(y_pred) < threshold
    return ops.cast(ops.equal(near, ops.cast(y_true, "bool")), "float32")


@keras.saving.register_keras_serializable("speczoo")
class Triplet(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Examples of one class nearer to each other than to any of another, by a margin; triplets are those of a batch.

    Labels (examples) are class numbers, outputs (examples, numbers) places. semi_hard is FaceNet's (arXiv:1503.03832,
    section 3.2), of squared distances; hard is "batch hard" (arXiv:1703.07737, section 2), of distances.

    >>> places = keras.ops.array([[0.0], [0.1], [3.0]])
    >>> float(Triplet(mining="hard")(keras.ops.array([0, 0, 1]), places))
    0.0
    """

    def __init__(
        self,
        margin: float = 0.2,
        mining: str = "semi_hard",
        name: str = "triplet",
        reduction: str = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.margin = margin
        self.mining = mining

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The mean over the triplets that the batch has, 0 where it has none."""
        squares = squared_distances(y_pred)
        same, other = _pairs(y_true, y_pred.dtype)
        how = self._hard if self.mining == "hard" else self._semi_hard
        losses, there = how(squares, same, other)
        return keras.ops.sum(losses * there) / keras.ops.maximum(keras.ops.sum(there), 1.0)

    def _hard(self, squares: Any, same: Any, other: Any) -> tuple[Any, Any]:
        ops = keras.ops
        # The root has no slope at 0, where an example meets itself.
        distances = ops.sqrt(squares + keras.config.epsilon())
        near = ops.min(distances + FAR * (1.0 - other), axis=1)
        far = ops.max(distances * same, axis=1)
        there = ops.max(same, axis=1) * ops.max(other, axis=1)
        return ops.relu(self.margin + far - near), there

    def _semi_hard(self, squares: Any, same: Any, other: Any) -> tuple[Any, Any]:
        ops = keras.ops
        beyond = other[:, None, :] * ops.cast(squares[:, None, :] > squares[:, :, None], squares.dtype)
        nearest = ops.min(squares[:, None, :] + FAR * (1.0 - beyond), axis=2)
        farthest = ops.max(squares * other, axis=1, keepdims=True)
        negative = ops.where(ops.max(beyond, axis=2) > 0, nearest, farthest)
        return ops.relu(self.margin + squares - negative), same * ops.max(other, axis=1, keepdims=True)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as they are saved."""
        return {**super().get_config(), "margin": self.margin, "mining": self.mining}


FAR = 1e6
"""Farther than any place that a training comes to."""


def squared_distances(places: Any) -> Any:
    """Of places (examples, numbers) the squares of all distances, (examples, examples).

    >>> keras.ops.convert_to_numpy(squared_distances(keras.ops.array([[0.0, 0.0], [3.0, 4.0]]))).tolist()
    [[0.0, 25.0], [25.0, 0.0]]
    """
    ops = keras.ops
    sizes = ops.sum(places * places, axis=1)
    return ops.relu(sizes[:, None] + sizes[None, :] - 2.0 * ops.matmul(places, ops.transpose(places)))


def _pairs(y_true: Any, dtype: Any) -> tuple[Any, Any]:
    """Which examples are two of one class, and which of two classes, as 0 and 1."""
    ops = keras.ops
    labels = ops.reshape(y_true, (-1,))
    equal = ops.cast(ops.equal(labels[:, None], labels[None, :]), dtype)
    return equal * (1.0 - ops.cast(ops.eye(ops.shape(labels)[0]), dtype)), 1.0 - equal


def nearest_accuracy(y_true: Any, y_pred: Any) -> Any:
    """For each example whether the nearest other one of its batch is of its class, 0 or 1.

    >>> y, places = keras.ops.array([0, 0, 1]), keras.ops.array([[0.0], [0.1], [0.3]])
    >>> keras.ops.convert_to_numpy(nearest_accuracy(y, places)).tolist()
    [1.0, 1.0, 0.0]
    """
    ops = keras.ops
    squares = squared_distances(ops.convert_to_tensor(y_pred))
    same, other = _pairs(ops.convert_to_tensor(y_true), squares.dtype)
    nearest = ops.argmin(squares + FAR * (1.0 - same - other), axis=1)
    return ops.take_along_axis(same, nearest[:, None], axis=1)[:, 0]


MORE: dict[str, type] = {"DiceCrossentropy": DiceCrossentropy, "Triplet": Triplet, "Contrastive": Contrastive}
"""The losses of this module by the names that a spec gives them."""
