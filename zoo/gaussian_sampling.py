"""A layer that Keras lacks."""

from typing import Any

from zoo.backend import keras

ops = keras.ops


@keras.saving.register_keras_serializable(package="speczoo")
class GaussianSampling(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A draw from normal distributions, and their divergence from the standard one as a loss.

    Kingma and Welling, "Auto-Encoding Variational Bayes" (arXiv:1312.6114): the draw is mean + deviation · noise
    (section 2.4), so that gradients reach both; the divergence of an example is -½ Σ (1 + log σ² - μ² - σ²)
    (appendix B). The loss is its mean over the batch times `kl_weight`. In inference the means pass.
    """

    def __init__(self, kl_weight: float = 1.0, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kl_weight, self.seed = kl_weight, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, mean: Any, log_variance: Any, training: bool = False) -> Any:
        """Two tensors (examples, ...) → (examples, ...)."""
        if not training:
            return mean
        one, other = ops.cast(mean, "float32"), ops.cast(log_variance, "float32")
        each = 1 + other - ops.square(one) - ops.exp(other)
        self.add_loss(-0.5 * self.kl_weight * ops.mean(ops.sum(each, axis=tuple(range(1, len(each.shape))))))
        noise = keras.random.normal(ops.shape(mean), dtype=mean.dtype, seed=self.seed_generator)
        return mean + ops.exp(log_variance / 2) * noise

    def compute_output_shape(self, mean_shape: tuple[Any, ...], log_variance_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """That of the means."""
        return mean_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "kl_weight": self.kl_weight, "seed": self.seed}
