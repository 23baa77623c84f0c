"""Names of firms made comparable: width, case, accents, legal forms, spelling, script.

Three keys of growing coarseness.  Names with one `plain` key are the same name; one `sound` key (Latin
letters of any script, by its usual romanisation; a Chinese character by its Mandarin reading) or much the
same letters only make them near.  Nothing here knows who owns whom.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from anyascii import anyascii

__all__ = ["Key", "has_han", "key_of", "unread_scripts"]

# Endings (and a few beginnings) that say what kind of legal person a firm is, in words of letters and digits.
_FORMS: Final = (
    "co limited|co ltd|company limited|company ltd|corporation limited|limited liability company|limited|ltd"
    "|private limited|pvt ltd|pte ltd|pty ltd|proprietary limited|incorporated|inc|corporation|corp|company"
    "|co|llc|l l c|llp|l l p|lp|l p|plc|p l c|public limited company"
    "|gmbh|mbh|gmbh and co kg|ag and co kg|kg|ohg"
    "|aktiengesellschaft|ag|se|e v|s a|sa|s a s|sas|s a r l|sarl|s r l|srl|s p a|spa|s n c|s l|sl|b v|bv|n v"
    "|nv|bvba|a b|ab|a s|as|asa|aps|oy|oyj|s r o|sro|spol s r o|a d|ad|d o o|doo|d d|dd|sp z o o|spolka z o o"
    "|spolka akcyjna|kft|zrt|nyrt|ood|eood|uab|sia|k k|kk|kabushiki kaisha|kabushiki gaisha|godo kaisha|g k"
    "|yugen kaisha|sdn bhd|bhd|tbk|jsc|pjsc|ojsc|cjsc|ooo|oao|zao|pao|ao|a o|o o o|co ltd sti|a s sti"
)
_ENDINGS: Final = tuple(sorted((tuple(form.split()) for form in _FORMS.split("|")), key=len, reverse=True))
_BEGINNINGS: Final = frozenset({"ooo", "oao", "zao", "pao", "ao", "jsc", "pjsc", "kk", "pt"})
_HAN_FORMS: Final = (
    "股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "株式会社", "株式會社", "有限会社",
    "有限會社", "合同会社", "合同會社", "公司", "주식회사", "유한회사", "(株)", "(有)", "(주)",
)  # fmt: skip
_CUT: Final = re.compile(r"[\W_]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KEPT: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KANGXI")
_READ: Final = ("LATIN", "CJK", "KANGXI", "IDEOGRAPHIC", "MODIFIER")
_SPELLINGS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("oo", "o"), ("ou", "o"), ("uu", "u"))


class Key(NamedTuple):
    """A name in its comparable forms.

    Attributes
    ----------
    words
        Words without legal forms, folded to small letters without accents; Han characters stay.
    plain
        The words run together: same means same name.
    sound
        The words romanised and run together, long vowels and umlauts levelled.
    """

    words: tuple[str, ...]
    plain: str
    sound: str


@lru_cache(maxsize=20_000)
def key_of(name: str) -> Key:
    """Return the comparable forms of a name."""
    words = _CUT.sub(" ", _folded(_without_han_forms(name))).split()
    before: list[str] = []
    while words != before:  # forms of two scripts may follow each other
        before = words
        words = _without_han_forms(" ".join(_without_forms(words))).split()
    plain = "".join(words)
    return Key(tuple(words), plain, _levelled(_CUT.sub("", anyascii(plain).lower())))


def has_han(name: str) -> bool:
    """Say whether a name is written with Chinese characters."""
    return bool(_HAN.search(unicodedata.normalize("NFKC", name)))


def unread_scripts(name: str) -> tuple[str, ...]:
    """Return scripts of a name in which the lists have no names, so that silence proves nothing."""
    letters = (letter for letter in unicodedata.normalize("NFKC", name) if letter.isalpha())
    scripts = {unicodedata.name(letter, "UNNAMED").split(" ")[0].split("-")[0] for letter in letters}
    return tuple(sorted(script.capitalize() for script in scripts - set(_READ)))


def _without_han_forms(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip()
    for form in _HAN_FORMS:
        bare = text.removeprefix(form).removesuffix(form).strip()
        if bare != text and bare:
            return bare
    return text


def _folded(name: str) -> str:
    """Return small letters without accents and marks; East Asian scripts stay as they are."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    text = text.replace("'", "").replace("\u2019", "")
    return "".join(
        letter if letter.isascii() or _is_kept(letter) else anyascii(letter).lower() for letter in text
    )


def _is_kept(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_KEPT)


def _without_forms(words: list[str]) -> list[str]:
    """Return words without legal forms at the end or the beginning; a name is never stripped to nothing."""
    while len(words) > 1:
        ending = next((form for form in _ENDINGS if tuple(words[-len(form) :]) == form), None)
        if ending is None or len(ending) >= len(words):
            break
        words = words[: -len(ending)]
    return words[1:] if len(words) > 1 and words[0] in _BEGINNINGS else words


def _levelled(text: str) -> str:
    for long, short in _SPELLINGS:
        text = text.replace(long, short)
    return text
