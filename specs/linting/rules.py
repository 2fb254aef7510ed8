"""Every rule, in the order of the themes; reading this tuple is reading what is looked at."""

from specs.linting import (
    activations,
    cost,
    data,
    dropouts,
    initialisers,
    losses,
    norms,
    residuals,
    searching,
    shapes,
    training,
    unused,
)
from specs.linting.rule import Rule

THEMES: dict[str, tuple[Rule, ...]] = {
    "Normalisation": norms.RULES,
    "Activations": activations.RULES,
    "Residual connections": residuals.RULES,
    "Initial weights": initialisers.RULES,
    "Loss and output": losses.RULES,
    "Sizes, windows and strides": shapes.RULES,
    "Cost": cost.RULES,
    "Data": data.RULES,
    "Dropout": dropouts.RULES,
    "Training": training.RULES,
    "Search": searching.RULES,
    "Unused": unused.RULES,
}
"""The rules by what they are about."""

RULES: tuple[Rule, ...] = tuple(rule for rules in THEMES.values() for rule in rules)
