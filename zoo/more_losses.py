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


MORE: dict[str, type] = {"DiceCrossentropy": DiceCrossentropy}
"""The losses of this module by the names that a spec gives them."""
