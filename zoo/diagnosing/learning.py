"""Whether anything can be learnt: one batch by heart, and more from true labels than from shuffled ones."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from specs.linting.training import highest_rate
from zoo.diagnosing.bench import Bench, Steps
from zoo.diagnosing.check import Answer, broken, fine, not_asked, suspicious
from zoo.diagnosing.findings import Suggestion
from zoo.diagnosing.places import at
from zoo.diagnosing.rating import OVER, curve
from zoo.diagnosing.starting import learnt_mean

BATCH = 32
STEPS, HOPE = 320, 80
"""Steps on one batch at most, and after how many of them something has to have been learnt."""
NEAR_ZERO, KNOWN, HALF, HARDLY = 0.1, 0.3, 0.5, 0.7
"""Part of the first loss that is left of a batch that was learnt by heart, well, in part, and hardly."""
FALLS = 0.98
"""Part of the loss before from which on it still falls."""
LONGER = 6
"""Times as many steps where the first ones do not tell true labels from shuffled ones."""
SURE = 3.0
"""Standard errors of the difference, from which on it is one."""
LEAST = 0.02
"""Part of the loss by which true labels have to be better."""


def one_batch(bench: Bench) -> Answer:
    """A small batch over and over, without augmentation, dropout and penalties."""
    if not bench.length:
        return not_asked("there is no time for enough steps")
    steps = by_heart(bench)
    if steps.diverged:
        told = f"the loss on one batch is no number after {len(steps.losses)} steps"
        return broken(told, suggestion=_rate(bench), curves=(curve("one batch", steps),))
    left = min(steps.losses) / steps.losses[0] if steps.losses[0] else 0.0
    figures = {"first_loss": steps.losses[0], "last_loss": steps.losses[-1], "left": left, "steps": len(steps.losses)}
    more = {"figures": figures, "curves": (curve("one batch", steps),)}
    told = f"{len(steps.losses)} steps on one batch bring its loss from {steps.losses[0]:.3g} to {steps.losses[-1]:.3g}"
    if left <= NEAR_ZERO:
        return fine(told, **more)
    if left <= HALF and _falls(steps):
        return fine(f"{told}, and it still falls", **more)
    if steps.cut:
        return not_asked(f"{OVER}: {told}", **more)
    if left >= HARDLY:
        return broken(f"not even one batch is learnt by heart: {told}", suggestion=_rate(bench), **more)
    return suspicious(f"one batch is not learnt by heart: {told}", suggestion=_rate(bench), **more)


def _falls(steps: Steps) -> bool:
    """Whether the last tenth of the losses is lower than the one before."""
    tenth = max(1, len(steps.losses) // 10)
    last, before = steps.losses[-tenth:], steps.losses[-2 * tenth : -tenth]
    return bool(before) and float(np.mean(last)) < FALLS * float(np.mean(before))


def _rate(bench: Bench) -> Suggestion:
    kind = bench.train.optimizer.kind
    return at(bench.view, "another learning rate, or more units", "train", "optimizer", kind, "learning_rate")


def by_heart(bench: Bench) -> Steps:
    """Steps on one batch until it is known, or there are enough; taken once."""
    if bench.heart is None:
        bench.restart()
        batch, rate = bench.batch(min(BATCH, max(bench.train.batch_size, 8))), highest_rate(bench.train)
        with bench.plain():
            most, decided = STEPS * bench.gathered, partial(_decided, hope=HOPE * bench.gathered)
            bench.heart = bench.steps(lambda step: batch, most, lambda step: rate, decided)
    return bench.heart


def _decided(losses: Sequence[float], hope: int) -> bool:
    """Whether a batch is known, or nothing of it after many steps."""
    hopeless = len(losses) >= hope and losses[-1] > (1 + HARDLY) / 2 * losses[0]
    return losses[-1] < NEAR_ZERO * losses[0] or hopeless


def labels(bench: Bench) -> Answer:
    """The same first steps on true and on shuffled labels."""
    if not bench.graph.labelled:
        return not_asked("nothing is learnt from labels")
    if not bench.length:
        return not_asked("there is no time for enough steps")
    if bench.learning().diverged:
        return not_asked("training diverges before anything can be told")
    true, shuffled, known = bench.learning(), bench.trained(shuffled=True), by_heart(bench)
    left = math.inf if known.diverged else min(known.losses) / known.losses[0]
    if left < HARDLY and not _wins(true, shuffled):
        length = LONGER * bench.length
        true, shuffled = bench.trained(length=length), bench.trained(shuffled=True, length=length)
    if (true.cut or shuffled.cut) and not _wins(true, shuffled):
        return not_asked(OVER)
    figures = {"true": true.end(), "shuffled": shuffled.end(), "steps": len(true.losses)}
    more = {"figures": figures, "curves": (curve("true labels", true), curve("shuffled labels", shuffled))}
    told = (
        f"after {len(true.losses)} steps the loss is {true.end():.3g} with true labels, {shuffled.end():.3g} shuffled"
    )
    if _wins(true, shuffled):
        return fine(told, **more)
    if left > KNOWN or not learnt_mean(bench, true.end()):
        return suspicious(f"true labels are not learnt better than shuffled ones: {told}", **more)
    message = f"the labels say nothing about the inputs, shuffled ones are learnt as well: {told}"
    suggestion = at(bench.view, "look whether inputs and labels are in the same order", "train", "data")
    return broken(message, suggestion=suggestion, **more)


def _wins(true: Steps, shuffled: Steps) -> bool:
    """Whether the loss with true labels is lower over the second half, beyond what chance makes of it."""
    if shuffled.diverged or true.diverged:
        return shuffled.diverged and not true.diverged
    count = min(len(true.losses), len(shuffled.losses))
    gained = np.array(shuffled.losses[:count]) - np.array(true.losses[:count])
    later = gained[count // 2 :]
    error = float(later.std()) / math.sqrt(len(later))
    return float(later.mean()) > max(SURE * error, LEAST * abs(shuffled.end()))
