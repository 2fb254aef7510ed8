"""How many inputs a layer takes, for those that take others than one."""

INPUTS: dict[str, tuple[int, int | None]] = {
    "Add": (2, None),
    "Multiply": (2, None),
    "Average": (2, None),
    "Maximum": (2, None),
    "Concatenate": (2, None),
    "Minimum": (2, None),
    "HashedCrossing": (2, None),
    "Subtract": (2, 2),
    "Dot": (2, 2),
    "Attention": (2, 3),
    "AdditiveAttention": (2, 3),
    "MultiHeadAttention": (1, 3),
    "GroupQueryAttention": (1, 3),
    "RoiPooling": (2, 2),
    "GaussianSampling": (2, 2),
    "EuclideanDistance": (2, 2),
}
"""Least and most; None for any number."""

PARTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"),
        ("a query, a value and, where it differs from the value, a key", "query, value"),
    ),
    "RoiPooling": ("features and regions", "features, regions"),
    "GaussianSampling": ("means and the logarithms of variances", "mean, log_variance"),
    "EuclideanDistance": ("two inputs of one shape", "one, other"),
}
"""Layers whose inputs have parts to play: in words, and as `from` names them. All others with several merge them."""
