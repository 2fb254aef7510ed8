"""What each step of `train.augment` does to a batch: a Keras layer, or what Keras does once for a batch or a training.

RandomCrop has a place of its own for each image, where Keras' layer has one for the batch. RandAugment and AugMix are
policies here: which changes they make is drawn for each batch before anything is compiled. Keras' RandAugment computes
all eleven changes and keeps two, and its AugMix draws in Python while it is traced, so that compiled it repeats itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from specs.graph import Shape
from specs.ops.augment import RandomCrop
from specs.ops.base import Op
from specs.ops.policies import AugMix, RandAugment
from zoo.backend import keras
from zoo.layers import LAYERS, keras_arguments
from zoo.moving import MOVES, Mask, Masks, follower, move
from zoo.moving_boxes import BoxLabels, cropped, moved_boxes

Batch = tuple[Any, list[Any]]
"""Images (examples, height, width, channels), and for each output what is to be learnt of them."""
Random = np.random.Generator
Apply = Callable[[str, Any], Any]
"""Name of a choice and images → changed images."""

NEVER_COMPILED = {"jax": ("RandomElasticTransform",)}
"""By backend the steps that Keras 3.15 cannot trace there: they are carried out as they are."""


class Equalization(keras.layers.Equalization):  # type: ignore[misc]  # Keras has no types
    """Keras' layer, which on JAX counts each of its 256 values by itself: XLA took two minutes to compile that."""

    def _custom_histogram_fixed_width(self, values: Any, value_range: tuple[float, float], nbins: int) -> Any:
        low, high = value_range
        places = keras.ops.cast((values - low) * (nbins - 1) / (high - low), "int32")
        flat = keras.ops.reshape(keras.ops.clip(places, 0, nbins - 1), (-1,))
        return keras.ops.segment_sum(keras.ops.ones_like(flat), flat, num_segments=nbins)


ONLY_HERE: dict[str, type] = {
    layer.__name__: layer
    for layer in (
        keras.layers.MixUp,
        keras.layers.CutMix,
        keras.layers.Solarization,
        keras.layers.AutoContrast,
        Equalization,
        keras.layers.ContrastLimitedAdaptiveHistogramEqualization,
    )
}
"""Keras classes of the steps that no body has, but for the policies."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change as a function; `states` are the generators' that it draws from."""

    apply: Callable[[Any, list[Any]], Batch]
    states: tuple[Any, ...]
    compiles: bool = True
    """Whether the backend can compile it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A change that is put together of others anew for each batch."""

    choices: dict[str, Change]
    draw: Callable[[Any, Random, Apply], Any]


def made(op: str, args: Op, shape: Shape, masks: Masks = ()) -> Change | Policy:
    """What a step does to images of that shape, and to the masks that belong to them.

    >>> from specs.ops.augment import RandomFlip
    >>> len(made("RandomFlip", RandomFlip(), (8, 8, 3)).states)
    1
    """
    if isinstance(args, (RandAugment, AugMix)):
        return _policy(args)
    if isinstance(args, RandomCrop) and _holds(shape, args):
        return _crop(args, shape, masks)
    if op in ONLY_HERE:
        layer = ONLY_HERE[op](dtype="float32", data_format="channels_last", **args.model_dump())
        return _mixing(layer) if op in ("MixUp", "CutMix") else _layered(layer)
    compiles = op not in NEVER_COMPILED.get(keras.backend.backend(), ())
    layer = LAYERS[op](dtype="float32", **keras_arguments(op, args))
    change = _moving(layer, op, args, shape, masks) if op in MOVES and any(masks) else _layered(layer)
    return replace(change, compiles=compiles)


def _layered(layer: Any) -> Change:
    """What a layer makes of images, cut off where it leaves the range of values that the layer was told."""
    values = getattr(layer, "value_range", None)

    def apply(x: Any, y: list[Any]) -> Batch:
        changed = layer(x, training=True)
        return (changed if values is None else keras.ops.clip(changed, *values)), y

    return Change(apply, _states(layer))


def _moving(layer: Any, op: str, args: Op, shape: Shape, masks: Masks) -> Change:
    """What a layer makes of images that have masks or boxes: both are moved by what it draws once."""
    followers = [None if mask is None else follower(layer, op, args, shape, mask) for mask in masks]

    def apply(x: Any, y: list[Any]) -> Batch:
        if op == "ZeroPadding2D":
            how, changed = None, layer(x)
        else:
            how = layer.get_random_transformation(x, training=True)
            changed = layer.transform_images(x, how, training=True)
        return changed, [moved(how, each) if moved else each for each, moved in zip(y, followers, strict=True)]

    return Change(apply, _states(layer))


def _states(layer: Any) -> tuple[Any, ...]:
    """The variables of a layer without weights: the states of its generators, and of those of the layers inside."""
    assert not layer.weights
    return tuple(layer.variables)


def _mixing(layer: Any) -> Change:
    """The labels of every output are mixed as the images are."""

    def apply(x: Any, y: list[Any]) -> Batch:
        how = layer.get_random_transformation(x, training=True)
        return layer.transform_images(x, how, training=True), [layer.transform_labels(each, how) for each in y]

    return Change(apply, _states(layer))


def _holds(shape: Shape, crop: RandomCrop) -> bool:
    height, width, _ = shape
    return height is not None and width is not None and height >= crop.height and width >= crop.width


def _crop(args: RandomCrop, shape: Shape, masks: Masks) -> Change:
    """Each image from a place of its own: its pixels are taken by their number among those of the whole batch."""
    generator, ops, (height, width, _) = keras.random.SeedGenerator(0), keras.ops, shape
    assert height is not None and width is not None

    def places(count: Any, size: int, whole: int) -> Any:
        starts = keras.random.randint((count, 1), 0, whole - size + 1, seed=generator)
        return starts + ops.arange(size, dtype=starts.dtype)

    def apply(x: Any, y: list[Any]) -> Batch:
        count = ops.shape(x)[0]
        rows, columns = places(count, args.height, height), places(count, args.width, width)
        image = ops.arange(count, dtype=rows.dtype)
        pixels = (image[:, None, None] * height + rows[:, :, None]) * width + columns[:, None, :]

        def taken(images: Any) -> Any:
            return ops.take(ops.reshape(images, (-1, images.shape[-1])), pixels, axis=0)

        def moved(each: Any, mask: Mask | BoxLabels | None) -> Any:
            if isinstance(mask, BoxLabels):
                starts = ops.concatenate([columns[:, :1], rows[:, :1]], axis=1)
                return moved_boxes(each, cropped(starts, (args.width, args.height), (width, height)))
            return each if mask is None else move(each, mask, taken)

        pairs = zip(y, masks or [None] * len(y), strict=True)
        return taken(x), [moved(each, mask) for each, mask in pairs]

    return Change(apply, (generator.state,))


def _policy(args: RandAugment | AugMix) -> Policy:
    names = [name for name in _CHOICES if not isinstance(args, AugMix) or args.all_ops or name not in CORRUPTIONS]
    choices = {name: _layered(_CHOICES[name](args)) for name in names}

    def rand_augment(x: Any, random: Random, apply: Apply) -> Any:
        assert isinstance(args, RandAugment)
        for name in random.choice(names, args.num_ops):
            x = apply(name, x)
        return x

    def aug_mix(x: Any, random: Random, apply: Apply) -> Any:
        assert isinstance(args, AugMix)
        kept, mixed = float(random.beta(args.alpha, args.alpha)), 0.0
        for share in random.dirichlet([args.alpha] * args.num_chains).tolist():
            chain = x
            for name in random.choice([*names, ""], args.chain_depth):
                chain = apply(name, chain) if name else chain
            mixed = mixed + share * chain
        return keras.ops.clip(kept * x + (1 - kept) * mixed, *args.value_range)

    return Policy(choices, rand_augment if isinstance(args, RandAugment) else aug_mix)


def _float32(kind: Any, *names: str, ranged: bool = True, **fixed: Any) -> "Callable[[RandAugment | AugMix], Any]":
    """A layer whose arguments of these names are the strength of the policy."""

    def make(args: RandAugment | AugMix) -> Any:
        given = dict.fromkeys(names, args.factor) | ({"value_range": args.value_range} if ranged else {})
        moved = {} if ranged else {"interpolation": args.interpolation}
        return kind(dtype="float32", **given, **moved, **fixed)

    return make


def _posterization(args: RandAugment | AugMix) -> Any:
    bits = max(1, int(8 * args.factor[1]))
    return keras.layers.RandomPosterization(bits, value_range=args.value_range, dtype="float32")


_CHOICES: "dict[str, Callable[[RandAugment | AugMix], Any]]" = {
    "RandomShear": _float32(keras.layers.RandomShear, "x_factor", "y_factor", ranged=False),
    "RandomTranslation": _float32(keras.layers.RandomTranslation, "height_factor", "width_factor", ranged=False),
    "RandomRotation": _float32(keras.layers.RandomRotation, "factor", ranged=False),
    "RandomBrightness": _float32(keras.layers.RandomBrightness, "factor"),
    "RandomColorDegeneration": _float32(keras.layers.RandomColorDegeneration, "factor"),
    "RandomContrast": _float32(keras.layers.RandomContrast, "factor"),
    "RandomSharpness": _float32(keras.layers.RandomSharpness, "factor"),
    "RandomPosterization": _posterization,
    "Solarization": _float32(keras.layers.Solarization, "addition_factor", "threshold_factor"),
    "AutoContrast": _float32(keras.layers.AutoContrast),
    "Equalization": _float32(Equalization),
}
"""The changes that Keras' RandAugment and AugMix choose from, with the strengths that they give them."""

CORRUPTIONS = ("RandomBrightness", "RandomColorDegeneration", "RandomContrast", "RandomSharpness")
"""Left out of AugMix without all_ops."""
