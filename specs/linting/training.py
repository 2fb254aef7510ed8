"""T: training."""

from collections.abc import Iterator

from specs.linting.cost import EXAMPLES
from specs.linting.kinds import has_l2
from specs.linting.rule import Finding, Rule
from specs.linting.view import View
from specs.sections import Train
from specs.sections.optimizers import Optimizer
from specs.sections.rates import peak
from specs.sections.schedules import CosineDecay, OneCycle, PolynomialDecay

USUAL = {"SGD": (1e-4, 1.0), "RMSprop": (1e-5, 1e-2), "Adam": (1e-5, 1e-2), "AdamW": (1e-5, 1e-2)}
"""Learning rates that published recipes use, by optimizer; of a schedule its highest."""


def highest_rate(train: Train) -> float:
    """The learning rate, or the highest one of a schedule."""
    args = train.optimizer.args
    assert isinstance(args, Optimizer)
    return peak(args.learning_rate)


def unusual_rate(view: View) -> Iterator[Finding]:
    """A learning rate that no recipe for the optimizer has."""
    train = view.document.train
    kind = train.optimizer.kind if train is not None else ""
    if train is not None and kind in USUAL:
        rate, (low, high) = highest_rate(train), USUAL[kind]
        if not low <= rate <= high:
            message = f"learning rate {rate:g} is unusual for {kind}; write one from {low:g} to {high:g}"
            yield *view.nearest("train", "optimizer", kind, "learning_rate"), message


def idle_patience(view: View) -> Iterator[Finding]:
    """Early stopping that cannot stop early."""
    train = view.document.train
    stopping = train.early_stopping if train is not None else None
    if train is not None and stopping is not None and stopping.patience >= train.epochs:
        message = f"training ends after {train.epochs} epochs, before patience does; write a smaller one"
        yield *view.nearest("train", "early_stopping", "patience"), message


def decay_twice(view: View) -> Iterator[Finding]:
    """Decoupled weight decay, and L2 on top of it."""
    train = view.document.train
    decay = getattr(train.optimizer.args, "weight_decay", None) if train is not None else None
    if train is not None and decay and any(has_l2(node) for node in view.graph.nodes):
        message = "decoupled weight decay, and L2 in the layers as well; keep one"
        yield *view.nearest("train", "optimizer", train.optimizer.kind, "weight_decay"), message


def batch_of_everything(view: View) -> Iterator[Finding]:
    """A batch that holds all examples."""
    train = view.document.train
    examples = EXAMPLES.get(train.data.kind) if train is not None else None
    if train is None or examples is None:
        return
    part = 1 - getattr(train.data.args, "validation_split", 0) - getattr(train.data.args, "test_split", 0)
    if train.batch_size >= examples * part:
        message = f"an epoch is one step: there are {examples * part:,.0f} training examples; write a smaller batch"
        yield *view.nearest("train", "batch_size"), message


def idle_nesterov(view: View) -> Iterator[Finding]:
    """Nesterov's form of a momentum that is 0."""
    optimizer = view.document.train.optimizer if view.document.train is not None else None
    args = optimizer.args if optimizer is not None else None
    if optimizer is not None and getattr(args, "nesterov", False) and getattr(args, "momentum", None) == 0:
        message = "nesterov changes nothing without momentum; write momentum: 0.9"
        yield *view.nearest("train", "optimizer", optimizer.kind, "nesterov"), message


def schedule_of_other_length(view: View) -> Iterator[Finding]:
    """A schedule that is over before the training is, or after it."""
    train = view.document.train
    schedule = train.schedule if train is not None else None
    length = _length(schedule.args) if schedule is not None else None
    if train is None or schedule is None or length is None or length == train.epochs:
        return
    when = "before" if length < train.epochs else "after"
    message = f"the schedule is over after {length:g} epochs, {when} the training after {train.epochs}"
    name = "cycle_epochs" if schedule.kind == "OneCycle" else "decay_epochs"
    yield (
        *view.nearest("train", "optimizer", train.optimizer.kind, "learning_rate", schedule.kind, name),
        f"{message}; write lengths that sum to {train.epochs}",
    )


def _length(args: object) -> float | None:
    """Epochs until the rate has come to its end; None for schedules that have none, or have it in steps."""
    if isinstance(args, OneCycle):
        parts = [args.cycle_epochs, args.decay_epochs]
    elif isinstance(args, CosineDecay):
        parts = [args.decay_epochs, (args.warmup_epochs or 0.0) if not args.warmup_steps else None]
    elif isinstance(args, PolynomialDecay) and not args.cycle:
        parts = [args.decay_epochs]
    else:
        return None
    return None if None in parts else sum(each for each in parts if each is not None)


RULES = (
    Rule(
        "T01",
        unusual_rate,
        "a learning rate outside the optimizer's usual range",
        "Above it training diverges, below it hardly moves; most often a zero is missing, or the rate is another "
        "optimizer's.",
        "arXiv:1206.5533, section 3.1 (initial learning rate); arXiv:1412.6980, algorithm 1",
    ),
    Rule(
        "T02",
        idle_patience,
        "early stopping with a patience of all epochs",
        "Training ends first, so nothing is ever stopped.",
        "https://keras.io/api/callbacks/early_stopping",
    ),
    Rule(
        "T03",
        decay_twice,
        "decoupled weight decay together with L2",
        "Both pull weights to zero, in different ways; with Adam, L2 is divided by the gradient's size, which is what "
        "decoupling was made against. Tune one.",
        "arXiv:1711.05101, section 2",
    ),
    Rule(
        "T04",
        batch_of_everything,
        "a batch as large as the data",
        "One step an epoch is slow to train and tends to sharp minima.",
        "arXiv:1609.04836, section 2",
    ),
    Rule(
        "T05",
        idle_nesterov,
        "nesterov without momentum",
        "Nesterov's look ahead is along the momentum; without one it is plain SGD.",
        "https://keras.io/api/optimizers/sgd",
    ),
    Rule(
        "T06",
        schedule_of_other_length,
        "a schedule of another length than the training",
        "A rate that is at its end too early trains nothing for the rest; one that is cut off never comes to the small "
        "steps that make a decay worth having.",
        "arXiv:2203.15556, appendix B (optimal cosine cycle length)",
    ),
)
