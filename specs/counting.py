"""How many steps a body comes to when it is carried out, counted without carrying out any."""

from collections.abc import Iterable

from specs.combinators import Dense
from specs.step import Step


def steps_in(steps: Iterable[Step]) -> int:
    """The number of steps that are carried out; one with steps inside counts as well, and each pass of a dense.

    >>> from specs import load
    >>> steps_in(load("resnet50").body)
    90
    """
    return sum(step.repeat * _turn(step) for step in steps)


def first_beyond(steps: Iterable[Step], most: int) -> Step | None:
    """The step that is one too many when they are carried out in order; None where they are at most `most`."""
    for step in steps:
        turn = _turn(step)
        if step.repeat * turn > most:
            return _beyond_in_turn(step, most % turn)
        most -= step.repeat * turn
    return None


def _beyond_in_turn(step: Step, most: int) -> Step | None:
    if most == 0:
        return step
    most -= 1
    if isinstance(step.args, Dense):
        most %= _pass(step)
        if most == 0:
            return step
        most -= 1
    return first_beyond((each for body in step.bodies for each in body), most)


def _turn(step: Step) -> int:
    """The number of steps in one turn of a step."""
    return 1 + step.args.repeat * _pass(step) if isinstance(step.args, Dense) else _pass(step)


def _pass(step: Step) -> int:
    """The number of steps in one pass of a dense, and in one turn of all others."""
    return 1 + sum(map(steps_in, step.bodies))
