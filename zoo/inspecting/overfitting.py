"""From which epoch on a training only learnt its examples by heart."""

from collections.abc import Mapping, Sequence

import numpy as np

WORSE = 0.05
"""So much of its lowest value, at least, the loss in validation has risen by at the end."""
LAST = 3
"""Epochs at the end, over which losses are averaged."""


def overfitting_from(history: Sequence[Mapping[str, float | None]]) -> int | None:
    """The epoch with the lowest loss in validation, from 0, where the training overfitted after it; else None.

    That is where the loss in validation has risen since by a twentieth at least, while the loss in training fell on:
    Goodfellow, Bengio and Courville 2016, Deep Learning, section 7.8. Of three epochs at least, at the end, the mean is
    taken, for single ones may be worse by chance.

    >>> history = [{"loss": 1 / (n + 1), "val_loss": abs(n - 4) / 10 + 0.5} for n in range(10)]
    >>> overfitting_from(history), overfitting_from(history[:5])
    (4, None)
    """
    validation, training = (np.array([each.get(name) for each in history], float) for name in ("val_loss", "loss"))
    if not np.isfinite(validation).any():
        return None
    lowest, after = int(np.nanargmin(validation)), slice(-LAST, None)
    if lowest >= len(history) - LAST:
        return None
    rise = float(np.mean(validation[after]) - validation[lowest])
    fell = float(np.mean(training[after])) < float(training[lowest])
    return lowest if fell and not rise <= WORSE * abs(float(validation[lowest])) else None
