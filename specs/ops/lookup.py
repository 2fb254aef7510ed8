"""Words and numbers → their place in a vocabulary that the spec lists; Keras would also read any file so named."""

from collections.abc import Hashable, Sequence
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from specs.ops.base import NonNegative, Op, PositiveInt, Size, is_int, refuse

LookupMode = Literal["int", "one_hot", "multi_hot", "count", "tf_idf"]
"""The place itself, one vector a place, or one vector of which occur, how often, or how often weighted."""
Weights = Annotated[tuple[NonNegative, ...], Field(min_length=1)]
Word = Annotated[str, Field(max_length=1_000)]


def _listed(value: object) -> object:
    if isinstance(value, str):
        raise refuse("must be a list: a vocabulary is never read from a file")
    return value


def check_vocabulary(words: Sequence[Hashable], reserved: tuple[object, ...]) -> None:
    """Refuses words that stand twice or that the layer adds itself."""
    seen = set[Hashable]()
    for word in words:
        if word in seen:
            raise ValueError(f"vocabulary holds {word!r} twice")
        seen.add(word)
    own = [word for word in words if word in reserved]
    if own:
        raise ValueError(f"vocabulary holds {own[0]!r}, which the layer adds itself")


class Lookup(Op):
    """What the lookups share."""

    num_oov_indices: Size = 1
    """Places for what is not in the vocabulary."""
    output_mode: LookupMode = "int"
    idf_weights: Weights | None = None
    """For output_mode tf_idf: the inverse document frequency of each word."""

    def check_weights(self, size: int) -> None:
        """Refuses weights that do not fit the mode or the vocabulary."""
        if (self.output_mode == "tf_idf") != (self.idf_weights is not None):
            raise ValueError("idf_weights and output_mode: tf_idf belong together")
        if self.idf_weights is not None and len(self.idf_weights) != size:
            raise ValueError(f"idf_weights has {len(self.idf_weights)} values, vocabulary {size}")


class StringLookup(Lookup):
    """Text → its place in the vocabulary."""

    vocabulary: Annotated[tuple[Word, ...], Field(min_length=1), BeforeValidator(_listed)]
    """The words, in the order of their places."""
    mask_token: Word | None = None
    """A word that has place 0."""
    oov_token: Word = "[UNK]"  # noqa: S105  # a word
    """What stands for unknown words."""
    encoding: Literal["utf-8"] = "utf-8"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_vocabulary(self.vocabulary, (self.mask_token, self.oov_token))
        self.check_weights(len(self.vocabulary))
        return self


class IntegerLookup(Lookup):
    """Integers → their place in the vocabulary."""

    vocabulary: Annotated[tuple[int, ...], Field(min_length=1), BeforeValidator(_listed)]
    """The integers, in the order of their places."""
    mask_token: int | None = None
    """An integer that has place 0."""
    oov_token: int = -1
    """What stands for unknown integers."""
    vocabulary_dtype: Literal["int64", "int32"] = "int64"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_vocabulary(self.vocabulary, (self.mask_token, self.oov_token))
        self.check_weights(len(self.vocabulary))
        return self


def _ngrams(value: object) -> object:
    """Keras reads a number as all lengths up to it."""
    if is_int(value) and 1 <= value <= MAX_NGRAM:
        return tuple(range(1, value + 1))
    if isinstance(value, tuple):
        return value
    raise refuse(f"must be an integer from 1 to {MAX_NGRAM}, or a list of integers")


MAX_NGRAM = 100


class TextVectorization(Op):
    """A text → the places of its words in the vocabulary, after 0 for padding and 1 for unknown words."""

    standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"] | None = (
        "lower_and_strip_punctuation"
    )
    split: Literal["whitespace", "character"] | None = "whitespace"
    ngrams: (
        Annotated[
            tuple[PositiveInt, ...],
            Field(min_length=1),
            BeforeValidator(_ngrams),
            WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
        ]
        | None
    ) = None
    """Numbers of words that make up one: 2 for single words and pairs."""
    output_mode: Literal["int", "multi_hot", "count", "tf_idf"] = "int"
    output_sequence_length: PositiveInt | None = None
    """For output_mode int: words of the output; shorter texts are padded with 0, longer ones cut."""
    vocabulary: Annotated[tuple[Word, ...], Field(min_length=1), BeforeValidator(_listed)]
    """The words, in the order of their places."""
    idf_weights: Weights | None = None
    """For output_mode tf_idf: the inverse document frequency of each word."""
    encoding: Literal["utf-8"] = "utf-8"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_vocabulary(self.vocabulary, ("", "[UNK]"))
        if self.output_mode != "int" and self.output_sequence_length is not None:
            raise ValueError("output_sequence_length is for output_mode: int")
        if (self.output_mode == "tf_idf") != (self.idf_weights is not None):
            raise ValueError("idf_weights and output_mode: tf_idf belong together")
        if self.idf_weights is not None and len(self.idf_weights) != len(self.vocabulary):
            raise ValueError(f"idf_weights has {len(self.idf_weights)} values, vocabulary {len(self.vocabulary)}")
        return self
