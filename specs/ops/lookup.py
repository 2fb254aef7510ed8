"""Words and numbers → their place in a vocabulary: one that the spec lists, or the most frequent of the training part.

Keras would also read any file so named.
"""

from collections.abc import Hashable, Sequence
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from specs.ops.base import MAX_MEASURED, NonNegative, Op, PositiveInt, Size, is_int, refuse

LookupMode = Literal["int", "one_hot", "multi_hot", "count", "tf_idf"]
"""The place itself, one vector a place, or one vector of which occur, how often, or how often weighted."""
Weights = Annotated[tuple[NonNegative, ...], Field(min_length=1)]
Word = Annotated[str, Field(max_length=1_000)]


def _listed(value: object) -> object:
    if isinstance(value, str):
        raise refuse("must be a list: a vocabulary is never read from a file")
    return value


Tokens = Annotated[int, Field(ge=2, le=MAX_MEASURED)]


def check_tokens(words: int | None, added: int, layer: "Lookup | TextVectorization") -> None:
    """Refuses a vocabulary that is left out without a bound, or one that is larger than its bound.

    `words` is the size of the vocabulary, None where it is to be measured; `added` are the layer's own places.
    """
    most = layer.max_tokens
    if layer.pad_to_max_tokens and most is None:
        raise ValueError("pad_to_max_tokens needs max_tokens")
    if words is None and most is None:
        raise ValueError("needs a vocabulary, or max_tokens: so many are taken from the training examples")
    if words is None and layer.output_mode != "int" and not layer.pad_to_max_tokens:
        raise ValueError("max_tokens without a vocabulary needs pad_to_max_tokens: true, for a width that is known")
    if most is not None and most <= added:
        raise ValueError(f"max_tokens must be above {added}, the places that the layer adds (got {most})")
    if words is not None and most is not None and words + added > most:
        raise ValueError(f"vocabulary has {words} words, max_tokens {most} leaves places for {most - added}")
    if words is None and layer.idf_weights is not None:
        raise ValueError("idf_weights need a vocabulary")


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


def check_weights(weights: Sequence[float] | None, mode: str, size: int) -> None:
    """Refuses weights that do not fit the mode or the vocabulary."""
    if (mode == "tf_idf") != (weights is not None):
        raise ValueError("idf_weights and output_mode: tf_idf belong together")
    if weights is not None and len(weights) != size:
        raise ValueError(f"idf_weights has {len(weights)} values, vocabulary {size}")


class Lookup(Op):
    """What the lookups share."""

    max_tokens: Tokens | None = None
    """Places at most, those for unknown words among them; where there is no vocabulary, the most frequent are taken."""
    pad_to_max_tokens: bool = False
    """Vectors as wide as max_tokens, however many words there are."""
    num_oov_indices: Size = 1
    """Places for what is not in the vocabulary."""
    output_mode: LookupMode = "int"
    idf_weights: Weights | None = None
    """For output_mode tf_idf: the inverse document frequency of each word."""

    def check_words(self, words: Sequence[Hashable] | None, mask: object, oov: object) -> None:
        """Refuses a vocabulary and weights that do not fit each other, the mode or max_tokens."""
        added = self.num_oov_indices + (mask is not None and self.output_mode == "int")
        check_tokens(None if words is None else len(words), added, self)
        if words is not None:
            check_vocabulary(words, (mask, oov))
            check_weights(self.idf_weights, self.output_mode, len(words))


class StringLookup(Lookup):
    """Text → its place in the vocabulary."""

    vocabulary: Annotated[tuple[Word, ...], Field(min_length=1), BeforeValidator(_listed)] | None = None
    """The words, in the order of their places; null: the most frequent of the training part, as max_tokens allows."""
    mask_token: Word | None = None
    """A word that has place 0."""
    oov_token: Word = "[UNK]"  # noqa: S105  # a word
    """What stands for unknown words."""
    encoding: Literal["utf-8"] = "utf-8"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.check_words(self.vocabulary, self.mask_token, self.oov_token)
        return self


class IntegerLookup(Lookup):
    """Integers → their place in the vocabulary."""

    vocabulary: Annotated[tuple[int, ...], Field(min_length=1), BeforeValidator(_listed)] | None = None
    """The integers, in the order of their places; null: the most frequent of the training part."""
    mask_token: int | None = None
    """An integer that has place 0."""
    oov_token: int = -1
    """What stands for unknown integers."""
    vocabulary_dtype: Literal["int64", "int32"] = "int64"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.check_words(self.vocabulary, self.mask_token, self.oov_token)
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
    max_tokens: Tokens | None = None
    """Places at most, those for padding and for unknown words among them."""
    pad_to_max_tokens: bool = False
    """Vectors as wide as max_tokens, however many words there are."""
    vocabulary: Annotated[tuple[Word, ...], Field(min_length=1), BeforeValidator(_listed)] | None = None
    """The words, in the order of their places; null: the most frequent of the training part, as max_tokens allows."""
    idf_weights: Weights | None = None
    """For output_mode tf_idf: the inverse document frequency of each word."""
    encoding: Literal["utf-8"] = "utf-8"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        words = None if self.vocabulary is None else len(self.vocabulary)
        check_tokens(words, 2 if self.output_mode == "int" else 1, self)
        if self.output_mode != "int" and self.output_sequence_length is not None:
            raise ValueError("output_sequence_length is for output_mode: int")
        if self.vocabulary is not None:
            check_vocabulary(self.vocabulary, ("", "[UNK]"))
            check_weights(self.idf_weights, self.output_mode, len(self.vocabulary))
        return self
