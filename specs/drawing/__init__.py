"""Drawings of a model from its graph alone: which blocks there are, how each is built, where the weights are."""
