"""`original:`, the model of keras.applications that a spec describes."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen, Positive
from specs.sections.base import OneOf


class OneWidth(Frozen):
    """No arguments."""


class AnyWidth(Frozen):
    """A family of models of several widths."""

    alpha: Annotated[Positive, Field(le=10)] = 1.0
    """Factor of the number of channels."""


class OriginalChoice(OneOf):
    """The model of keras.applications with the same layers, whose published weights fit."""

    ConvNeXtTiny: OneWidth | None = None
    ConvNeXtSmall: OneWidth | None = None
    ConvNeXtBase: OneWidth | None = None
    DenseNet121: OneWidth | None = None
    DenseNet169: OneWidth | None = None
    DenseNet201: OneWidth | None = None
    EfficientNetB0: OneWidth | None = None
    EfficientNetB1: OneWidth | None = None
    EfficientNetB2: OneWidth | None = None
    EfficientNetB3: OneWidth | None = None
    EfficientNetB4: OneWidth | None = None
    EfficientNetB5: OneWidth | None = None
    EfficientNetB6: OneWidth | None = None
    EfficientNetB7: OneWidth | None = None
    InceptionResNetV2: OneWidth | None = None
    InceptionV3: OneWidth | None = None
    MobileNet: AnyWidth | None = None
    MobileNetV2: AnyWidth | None = None
    MobileNetV3Large: AnyWidth | None = None
    MobileNetV3Small: AnyWidth | None = None
    ResNet50: OneWidth | None = None
    ResNet101: OneWidth | None = None
    ResNet152: OneWidth | None = None
    ResNet50V2: OneWidth | None = None
    ResNet101V2: OneWidth | None = None
    ResNet152V2: OneWidth | None = None
    VGG16: OneWidth | None = None
    VGG19: OneWidth | None = None
    Xception: OneWidth | None = None
