"""A shipment in ordinary words to a case: goods by name, code or grade, parties by name.

A file holds plain keys (`KEYS`) and, under ``facts``, any fact of the rules by its own name; a stated fact
goes before one that was read from words.  Nothing is assumed: the country of the end user is not taken from
the destination, the origin not from the place of dispatch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from dearth.errors import Fault, did_you_mean
from dearth.lexicon import Reading, load_lexicon
from dearth.rules.case import DATE, REGIME, Case, read_facts
from dearth.rules.conditions import FactValue
from dearth.rules.facts import contradictions
from dearth.rules.rescreen import LISTED
from dearth.rules.rule import parse_day
from dearth.rules.ruleset import RuleSet
from dearth.rules.tariff import tariff_facts

if TYPE_CHECKING:
    from dearth.rules.parties import Screening

__all__ = ["KEYS", "Shipment", "read_shipment"]

# key of a shipment file -> the fact it states, empty where more than one follows
KEYS: Final[dict[str, str]] = {
    "schema": "", "id": "", "title": "", "note": "", "on": DATE, "date": DATE, "regime": REGIME,
    "from": "txn.from", "to": "txn.to", "origin": "item.origin", "use": "use", "goods": "", "hs": "",
    "consignee": "", "end_user": "", "parties": "", "facts": "",
    # of a case with the answer that its author expects: carried, not read
    "expected": "", "why": "", "source": "", "source_date": "", "confidence": "",
}  # fmt: skip
_EXPORTS: Final = {"VN": "vn_export", "MY": "my_export", "IN": "in_export", "MM": "mm_export"}
_PARTY_KEYS: Final = ("name", "country", "role")
_MAX_PARTIES: Final = 200
_MAX_TEXT: Final = 500


@dataclass(frozen=True)
class Shipment:
    """A case, and how its facts were read.

    Attributes
    ----------
    case
        What the rules are asked.
    read_from
        Fact name -> the words it was read from, for facts that were not stated as such.
    goods
        What the lexicon made of the goods, None when they were not described.
    screenings
        What the lists of parties say, in the order of the parties.
    also
        Other acts that this shipment is, by their regime, e.g. ``us_import``.
    warnings
        What a reader should know.
    """

    case: Case
    read_from: Mapping[str, str] = field(default_factory=dict)
    goods: Reading | None = None
    screenings: tuple[Screening, ...] = ()
    also: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Draft:
    """What has been read so far."""

    where: str
    rules: RuleSet
    facts: dict[str, FactValue] = field(default_factory=dict)
    read_from: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    goods: Reading | None = None
    screenings: tuple[Screening, ...] = ()

    def learn(self, facts: Mapping[str, Any], words: str) -> None:
        """Take facts that were read from words; facts that are known stay as they are."""
        for name, value in facts.items():
            if name not in self.facts:
                self.facts[name] = value
                self.read_from[name] = words
            elif self.facts[name] != value and name in self.read_from:
                kept = f"kept: {_words(self.facts[name])}, from {self.read_from[name]}"
                self.warnings.append(f"{words} says {name} = {_words(value)}; {kept}; check which is right")

    def text(self, raw: Mapping[str, Any], key: str) -> str:
        """Return one line of text, empty when it is absent or wrong."""
        value = raw.get(key)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, float):
            cure = f"put it in quotation marks, e.g. {key}: '{value}': YAML reads a bare number"
            self.faults.append(Fault(f"{value!r:.60} is a number", f"{self.where}.{key}", cure=cure))
            return ""
        if isinstance(value, str) and 0 < len(value.strip()) <= _MAX_TEXT and value.isprintable():
            return value.strip()
        cure = f"write one line of up to {_MAX_TEXT} characters"
        self.faults.append(Fault(f"{str(value)[:60]!r} will not do", f"{self.where}.{key}", cure=cure))
        return ""


def _words(value: FactValue) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def read_shipment(
    raw: Mapping[str, Any], rules: RuleSet, where: str, *, on: str | None = None
) -> tuple[Shipment | None, list[Fault]]:
    """Return a shipment and what is wrong with it.

    Parameters
    ----------
    raw
        Plain data as it was written.
    where
        How to name the file in messages.
    on
        Day to decide for, as text; it replaces the day of the file.
    """
    draft = _Draft(where, rules)
    _stated({**raw, **({"on": on} if on else {})}, draft)
    _goods(raw, draft)
    _parties(raw, draft)
    _route(draft)
    draft.faults += _contradictions(draft)
    name, title = (draft.text(raw, key) for key in ("id", "title"))
    if draft.faults:
        return None, draft.faults
    case = Case(name or where, draft.facts, title)
    also = tuple(_also(draft))
    return (
        Shipment(case, draft.read_from, draft.goods, draft.screenings, also, tuple(draft.warnings)),
        [],
    )


def _stated(raw: Mapping[str, Any], draft: _Draft) -> None:
    """Read the facts, the plain keys that are facts, and refuse unknown keys."""
    for key in raw:
        if key not in KEYS:
            cure = did_you_mean(str(key)[:80], list(KEYS))
            draft.faults.append(Fault(f"unknown key {str(key)[:80]!r}", draft.where, cure=cure))
    written = raw.get("facts")
    if written is not None and not isinstance(written, Mapping):
        draft.faults.append(Fault("`facts` is not a mapping", draft.where, cure="write `fact: value` lines"))
        written = None
    plain = {KEYS[key]: raw[key] for key in raw if KEYS.get(key) and raw[key] is not None}
    if raw.get("on") is not None and raw.get("date") is not None:
        plain[DATE] = raw["on"]
    for part, at in ((written or {}, f"{draft.where}.facts"), (plain, draft.where)):
        found, faults, warnings = read_facts(part, draft.rules, at)
        draft.facts |= found
        draft.faults += faults
        draft.warnings += warnings


def _goods(raw: Mapping[str, Any], draft: _Draft) -> None:
    words, code = draft.text(raw, "goods"), re.sub(r"[. ]", "", draft.text(raw, "hs"))
    if code and not re.fullmatch(r"\d{4,10}", code):
        cure = "write 4 to 10 digits, e.g. 8505.11"
        draft.faults.append(Fault(f"{code[:60]!r} is no tariff code", f"{draft.where}.hs", cure=cure))
        code = ""
    if words:
        draft.goods = reading = load_lexicon().goods(words)
        draft.learn(reading.facts, f"goods {words!r}")
        draft.warnings += reading.notes
        draft.warnings += [f"goods: not understood: {word}" for word in reading.suggestions]
        if not reading.entries and not reading.hs:
            draft.warnings.append(f"goods: nothing in {words!r} is in the lexicon")
    for one in (code,) if code else draft.goods.hs if draft.goods else ():
        draft.learn(tariff_facts(one, draft.rules), f"tariff code {one}")
    if draft.goods and not code and not draft.goods.hs and draft.goods.usual_hs:
        codes = ", ".join(draft.goods.usual_hs)
        draft.warnings.append(
            f"goods of this name usually go under tariff code {codes}; state `hs` to use it"
        )


def _parties(raw: Mapping[str, Any], draft: _Draft) -> None:
    parties = list(_party_rows(raw, draft))
    if not parties:
        return
    from dearth.rules.parties import load_parties  # noqa: PLC0415 (a fast start: few cases name parties)

    lists, day = load_parties(), parse_day(draft.facts.get(DATE))
    draft.screenings = tuple(lists.screen(name, day, country or None) for name, country, _role in parties)
    for which, fact in LISTED.items():
        found = [getattr(screening, which) for screening in draft.screenings]
        words = "parties: " + ", ".join(name for name, _country, _role in parties)
        if fact in draft.facts:
            if draft.facts[fact] is False and True in found:
                draft.warnings.append(
                    f"{fact} is stated as false, though a name is on the list: identity verified?"
                )
        elif True in found or None not in found:
            draft.learn({fact: True in found}, words)
    users = [country for _name, country, role in parties if role == "end_user" and country]
    if users:
        draft.learn({"user.country": users[0]}, "country of the end user")


def _party_rows(raw: Mapping[str, Any], draft: _Draft) -> Iterator[tuple[str, str, str]]:
    written = [(raw.get(role), role) for role in ("consignee", "end_user") if raw.get(role) is not None]
    more = raw.get("parties")
    if more is not None and not isinstance(more, list):
        draft.faults.append(Fault("`parties` is not a list", draft.where, cure="write - name: ..."))
    elif more and len(more) > _MAX_PARTIES:
        draft.faults.append(Fault(f"more than {_MAX_PARTIES} parties", draft.where))
    elif more:
        written += [(party, f"parties[{place}]") for place, party in enumerate(more)]
    for party, key in written:
        yield from _party(party, key, draft)


def _party(party: Any, key: str, draft: _Draft) -> Iterator[tuple[str, str, str]]:
    where, role = f"{draft.where}.{key}", key.partition("[")[0]
    row = {"name": party} if isinstance(party, str) else party
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str):
        cure = "write a name, or name: ... and country: ..."
        draft.faults.append(Fault("a party without a name", where, cure=cure))
        return
    for part in row:
        if part not in _PARTY_KEYS:
            cure = did_you_mean(str(part)[:80], _PARTY_KEYS)
            draft.faults.append(Fault(f"unknown key {str(part)[:80]!r}", where, cure=cure))
    country = row.get("country")
    if country is not None and not (isinstance(country, str) and re.fullmatch(r"[A-Z]{2}", country)):
        draft.faults.append(Fault(f"{str(country)[:40]!r} is no country code", where, cure="write e.g. JP"))
        country = None
    name = draft.text({key: row["name"]}, key)
    if name:
        yield name, country or "", str(row.get("role", role))


def _route(draft: _Draft) -> None:
    """Name the act that is judged when only the places are stated."""
    origin = draft.facts.get("txn.from")
    if REGIME not in draft.facts and origin is not None:
        regime = "cn_export" if origin == "CN" else "offshore_transfer"
        draft.learn({REGIME: regime}, f"`from: {origin}`")


def _also(draft: _Draft) -> Iterator[str]:
    """Yield the other acts that the shipment is, as far as its places tell."""
    if draft.facts.get(REGIME) not in ("cn_export", "offshore_transfer"):
        return
    export = _EXPORTS.get(str(draft.facts.get("txn.from")))
    known = draft.rules.facts[REGIME].values
    if export in known:
        yield str(export)
    if draft.facts.get("txn.to") == "US":
        yield "us_import"


def _contradictions(draft: _Draft) -> list[Fault]:
    day = parse_day(draft.facts.get(DATE))
    return contradictions(draft.facts, draft.rules, draft.rules.statuses(day), draft.where)
