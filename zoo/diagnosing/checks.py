"""Every check, in the order in which one may explain those after it; reading this tuple is reading what is asked."""

from zoo.diagnosing import initial, starting
from zoo.diagnosing.check import Check

CHECKS: tuple[Check, ...] = (
    Check("initial weights", "Do units start different from each other?", initial.equal_weights),
    Check("loss at the start", "Does the loss start where one that knows nothing has it?", starting.loss_at_start),
)
