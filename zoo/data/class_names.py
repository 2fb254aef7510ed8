"""What the classes of the datasets of keras.datasets are called."""

FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

CIFAR100 = (
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy",
    "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock",
    "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest",
    "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard",
    "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid",
    "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine", "possum",
    "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper",
    "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone",
    "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf",
    "woman", "worm",
)  # fmt: skip
"""In the order of the labels, which is that of the alphabet: `fine_label_names` in the file `meta` of the archive
cifar-100-python.tar.gz (https://www.cs.toronto.edu/~kriz/cifar.html)."""

CIFAR100_GROUPS = (
    "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables", "household_electrical_devices",
    "household_furniture", "insects", "large_carnivores", "large_man-made_outdoor_things",
    "large_natural_outdoor_scenes", "large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates",
    "people", "reptiles", "small_mammals", "trees", "vehicles_1", "vehicles_2",
)  # fmt: skip
"""As above, `coarse_label_names`."""


def class_names(name: str, label_mode: str | None = None) -> tuple[str, ...]:
    """Names of a dataset's classes by their numbers; none where numbers are learnt.

    Keras names them itself, in its documentation or by `get_label_names`, all but CIFAR-100's, of which `label_mode`
    says which labels are meant.

    >>> class_names("cifar100", "fine")[99], class_names("cifar100", "coarse")[0]
    ('worm', 'aquatic_mammals')
    """
    if name == "cifar100":
        return CIFAR100_GROUPS if label_mode == "coarse" else CIFAR100
    if name == "reuters":
        from zoo.backend import keras

        return tuple(keras.datasets.reuters.get_label_names())
    known = {"mnist": tuple(map(str, range(10))), "fashion_mnist": FASHION, "cifar10": CIFAR10, "imdb": ("bad", "good")}
    return known.get(name, ())
