"""The one tokeniser: the same words for clauses, questions and ways of asking."""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
"""A word: letters and figures, with an apostrophe inside ("councillor's", "don't")."""

STOP_WORDS = frozenset(
    """
    a an and are as at be been being but by did do does doing for from had has have having he her hers him his i
    if in into is it its itself me my of off on or our ours she so such than that the their theirs them then there
    these they this those through to too up us very was we were what when where which while who whom why with you
    your yours i'm i've i'd i'll it's that's there's he's she's they're we're you're
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that carry no matter. "not", "no", "own", "must", "can", "any", "all", "only" and "against" are kept: they do."""


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """The words of `text`, in order, lower-case, with one kind of apostrophe.

    >>> words("The Clerk’s 3 “silent copies”")
    ['the', "clerk's", '3', 'silent', 'copies']
    """
    return [word.replace("’", "'") for word in WORD.findall(text.casefold())]


def stems(text: str) -> list[str]:
    """Every word of `text`, stemmed, stop words included.

    >>> stems("officers attending meetings")
    ['offic', 'attend', 'meet']
    """
    return list(_stemmer().stemWords(words(text)))


def tokens(text: str) -> list[str]:
    """The stems of the words of `text` that carry matter, in order, repeats kept.

    >>> tokens("Can they make me attend?")
    ['can', 'make', 'attend']
    """
    return list(_stemmer().stemWords([word for word in words(text) if word not in STOP_WORDS]))
