"""The choice among optimizers."""

from specs.sections import optimizers
from specs.sections.base import OneOf


class OptimizerChoice(OneOf):
    """The optimizer, by Keras' class name."""

    SGD: optimizers.SGD | None = None
    RMSprop: optimizers.RMSprop | None = None
    Adam: optimizers.Adam | None = None
    AdamW: optimizers.AdamW | None = None
    Adadelta: optimizers.Adadelta | None = None
    Adafactor: optimizers.Adafactor | None = None
    Adagrad: optimizers.Adagrad | None = None
    Adamax: optimizers.Adamax | None = None
    Ftrl: optimizers.Ftrl | None = None
    Lamb: optimizers.Lamb | None = None
    Lion: optimizers.Lion | None = None
    Muon: optimizers.Muon | None = None
    Nadam: optimizers.Nadam | None = None
    ScheduleFreeAdamW: optimizers.ScheduleFreeAdamW | None = None
