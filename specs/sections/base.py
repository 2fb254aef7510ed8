"""The shape that a choice among named things takes in YAML."""

from specs.ops.frozen import OneOf as OneOf
