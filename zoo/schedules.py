"""From a schedule of the language to Keras' own, with every length in steps; and the one that Keras lacks."""

from typing import Any

from specs.sections.rates import ScheduleChoice
from specs.sections.schedules import in_steps
from zoo.backend import keras


@keras.saving.register_keras_serializable("speczoo")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no types
    """The rate along straight lines: up to its maximum, down again, and down further to its end.

    From `initial_learning_rate` to `max_learning_rate` in the first half of `cycle_steps`, back in the second half, and
    to `end_learning_rate` in the `decay_steps` after them; there it stays. Called with a step, it gives a scalar.

    Smith and Topin, Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates
    (arXiv:1708.07120): one cycle that is shorter than the training, and then several orders below where it began.

    >>> rate = OneCycle(0.1, 1.0, cycle_steps=4, decay_steps=2)
    >>> [round(float(rate(step)), 3) for step in range(8)]
    [0.1, 0.55, 1.0, 0.55, 0.1, 0.05, 0.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        max_learning_rate: float,
        cycle_steps: int,
        decay_steps: int,
        end_learning_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.max_learning_rate = max_learning_rate
        self.cycle_steps = cycle_steps
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate

    def __call__(self, step: Any) -> Any:
        ops = keras.ops
        step = ops.cast(step, "float32")
        # 0 at both ends of the cycle, 1 in its middle.
        height = 1.0 - ops.abs(2.0 * step / self.cycle_steps - 1.0)
        cycle = self.initial_learning_rate + height * (self.max_learning_rate - self.initial_learning_rate)
        passed = ops.clip((step - self.cycle_steps) / self.decay_steps, 0.0, 1.0)
        rest = self.initial_learning_rate + passed * (self.end_learning_rate - self.initial_learning_rate)
        return ops.where(step < self.cycle_steps, cycle, rest)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as they are saved."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "max_learning_rate": self.max_learning_rate,
            "cycle_steps": self.cycle_steps,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
        }


SCHEDULES: dict[str, type] = {
    schedule.__name__: schedule
    for schedule in (
        keras.optimizers.schedules.CosineDecay,
        keras.optimizers.schedules.CosineDecayRestarts,
        keras.optimizers.schedules.ExponentialDecay,
        keras.optimizers.schedules.InverseTimeDecay,
        OneCycle,
        keras.optimizers.schedules.PiecewiseConstantDecay,
        keras.optimizers.schedules.PolynomialDecay,
    )
}
"""The class of every schedule by its name in the language; a test holds the two together."""


def rate_of(rate: float | ScheduleChoice, steps_per_epoch: int | None) -> Any:
    """The learning rate as an optimizer takes it: a number, or a schedule whose lengths are steps.

    >>> schedule = {"PolynomialDecay": {"initial_learning_rate": 1.0, "decay_epochs": 2.5, "end_learning_rate": 0.0}}
    >>> float(rate_of(ScheduleChoice.model_validate(schedule), steps_per_epoch=4)(5))
    0.5
    """
    if isinstance(rate, float):
        return rate
    arguments = rate.args.model_dump()
    for name in [name for name in arguments if name.endswith("_epochs")]:
        epochs = arguments.pop(name)
        if epochs is not None:
            arguments[in_steps(name)] = _steps(epochs, steps_per_epoch)
    given = {name: value for name, value in arguments.items() if value is not None}
    # Keras' own form of several numbers, in which each can be replaced.
    return SCHEDULES[rate.kind](**{k: list(v) if isinstance(v, tuple) else v for k, v in given.items()})


def _steps(epochs: Any, steps_per_epoch: int | None) -> Any:
    """A length, or each of several, in steps."""
    if steps_per_epoch is None:
        raise ValueError("a schedule with lengths in epochs needs steps_per_epoch")
    if isinstance(epochs, tuple):
        return [_steps(each, steps_per_epoch) for each in epochs]
    # No length of a schedule but that of a warm-up may be 0.
    return max(round(epochs * steps_per_epoch), 1 if epochs else 0)
