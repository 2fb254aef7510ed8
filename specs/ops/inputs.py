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
}
"""Least and most; None for any number. A layer that merges takes any number, one that attends query, value and key."""
