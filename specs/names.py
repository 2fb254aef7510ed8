"""Names that may be meant by a word that is none: misspelt, shortened, or another framework's."""

import difflib
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from specs.synonyms import SYNONYMS

MAX_KNOWN = 150
"""Known names that a misspelt one is compared with."""
MAX_WORD = 60
"""Characters of a misspelt name that are compared with the known ones."""


def near(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names that a misspelt, shortened or foreign one may mean, the likeliest first.

    >>> near("Linear", ["Dense", "Flatten"]), near("stride", ["padding", "strides"])
    (['Dense'], ['strides'])
    """
    names = tuple(islice(known, MAX_KNOWN))
    by_folded = {name.lower(): name for name in names}
    foreign = map(str.lower, SYNONYMS.get(word[:MAX_WORD].lower(), ()))
    found = [by_folded[each] for each in (word[:MAX_WORD].lower(), *foreign) if each in by_folded]
    return list(dict.fromkeys([*found, *similar(word, names, count)]))[:count]


def similar(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """The known names that are spelt nearly like a word, or begin with it.

    >>> similar("Linear", ["Dense"]), similar("paddding", ["padding"])
    ([], ['padding'])
    """
    folded, by_folded = word[:MAX_WORD].lower(), {name.lower(): name for name in islice(known, MAX_KNOWN)}
    close = _close(folded, tuple(by_folded), max(count, 3))
    longer = [name for name in by_folded if len(folded) > 1 and name.startswith(folded)]
    return [by_folded[name] for name in (close or longer)[:count]]


@lru_cache(maxsize=2_000)
def _close(word: str, names: tuple[str, ...], count: int) -> list[str]:
    """Each mistake is looked at several times, again with each repair that is tried."""
    return difflib.get_close_matches(word, names, n=count, cutoff=0.65)
