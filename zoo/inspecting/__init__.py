"""A trained model looked at: where it began to overfit, what it is wrong about, and what it looks at itself."""
