"""Models as files that serve: written, proven equal in a fresh process, described, read back."""
