"""A determination in sections, the same in the terminal and on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

__all__ = ["GATES", "Item", "Section", "headline", "lines_of", "sections_of", "standing_of"]

Found = Mapping[str, Any]

# act that is judged -> in words
GATES: Final[dict[str, str]] = {
    "cn_export": "export from China",
    "offshore_transfer": "transfer between countries outside China",
    "cn_technology": "technology or service from China",
    "cn_production": "production in China",
    "us_import": "import into the United States",
    "us_dod": "purchase for US defence",
    "us_ear": "export under the US EAR",
    "vn_export": "export from Viet Nam",
    "my_export": "export from Malaysia",
    "in_export": "export from India",
    "mm_export": "export from Myanmar",
    "eu_policy": "EU policy",
    "jp_policy": "Japanese policy",
    "kr_policy": "Korean policy",
    "au_policy": "Australian policy",
}
_SENTENCE: Final = re.compile(r"(?<=[a-z0-9)]\.) (?=[A-Z])")
_MOST_MISSING: Final = 14
_MOST_POSSIBLE: Final = 10
_MOST_RULES: Final = 4
_STATUS: Final = "status."
_NEAR: Final = " is near"
_SIGNAL: Final = "INFO"
_MORE: Final = (
    "more: --full shows every text, record and penalty; --html writes them as a page, --json as data"
)
_UNIT_WORDS: Final = {"working-days": "working days", "percent": "%"}
_QUANTITIES: Final = {
    "review-time": "review",
    "ship-time": "order to shipment, licence included",
    "approved-share": "share of applications approved",
}


class Item(NamedTuple):
    """One entry of a section: a head, what belongs to it, and an address."""

    head: str
    details: tuple[str, ...] = ()
    url: str = ""


class Section(NamedTuple):
    """A titled list."""

    title: str
    items: tuple[Item, ...]


def standing_of(found: Found) -> str:
    """Return the one line that says what was found."""
    effect, worst = found["determination"], found["worst_case"]
    open_to = "" if worst == effect else f"; open, up to {worst}"
    return f"{effect}: {found['in_words'][effect]}{open_to}"


def headline(found: Found, question: Found) -> list[str]:
    """Return what stands above the sections."""
    act = GATES.get(str(question["regime"]), "act not stated")
    day = question["on"] or "a day that is not stated"
    title = f"{question['title']} ({question['case']})" if question["title"] else question["case"]
    lines = [standing_of(found), f"{title}, {act}, on {day}"]
    worst = found["worst_case"]
    if worst != found["determination"]:
        lines.append(f"worst case over what is missing or disputed: {worst}, {found['in_words'][worst]}")
    else:
        lines.append("nothing that is missing could make it stricter under the rules held")
    for view, words in (
        ("if_reactivated", "if suspended rules applied"),
        ("disputed", "if disputed rules apply"),
    ):
        group = "suspended" if view == "if_reactivated" else "disputed_hits"
        if found[view] != found["determination"] or found[group]:
            worst_view = found[f"{view}_worst"]
            up_to = "" if worst_view == found[view] else f"; open, up to {worst_view}"
            lines.append(f"{words}: {found[view]}, {found['in_words'][found[view]]}{up_to}")
    return [*lines, *_matched(found)]


def sections_of(found: Found, *, full: bool = True) -> list[Section]:
    """Return the sections of a determination that have something to say, what presses first.

    Parameters
    ----------
    full
        Every text, note and record; else the rules that decide in full, and of the rest a line each.
    """
    rule = _rule if full else _first_line
    below = [] if full else [hit["rule"] for hit in found["disputed_hits"]]
    possible = [hit for hit in found["possible"] if hit["rule"] not in below]
    signals = [hit for hit in found["hits"] if hit["effect"] == _SIGNAL]
    parties = Section("Parties", tuple(_parties(found.get("parties", ()))))
    matched = any(one["matches"] for one in found.get("parties", ()))
    duties = "Duties of conduct, apart from the determination"
    conflicts = "Conflicts between authorities, not resolved here"
    made = [
        Section("Rules that hit", tuple(_rule(hit) for hit in found["hits"] if hit not in signals)),
        *([parties] if matched else []),
        Section("What is missing, and what to ask", tuple(_missing(found["missing"]))),
        Section("Rules that what is missing leaves open", tuple(_open(possible))),
        Section("Suspended: would hit again", tuple(map(rule, found["suspended"]))),
        Section("Disputed: may be in force", tuple(map(rule, found["disputed_hits"]))),
        Section("Kept from deciding by an exemption", tuple(map(_short, found["overridden"]))),
        Section("Signals that hit, and are no gate", tuple(map(rule, signals))),
        Section(duties, tuple(map(_duty if full else _first_line, found["duties"]))),
        Section("Papers to prepare", tuple(_papers(found["documents"]))),
        Section("How long it took others", tuple(_delays(found, full=full))),
        *([] if matched else [parties]),
        Section("How the goods were read", tuple(_goods(found))),
        Section(conflicts, tuple(map(_conflict, found["conflicts"]))),
        Section("What the texts leave open", tuple(_open_points(found, full=full))),
        Section("Penalties of the rules and duties that hit", tuple(_penalties(found, full=full))),
        *(_other_act(act) for act in found.get("other_acts", ())),
    ]
    return [section for section in made if section.items]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def cited(hit: Found) -> str:
    """Return instrument, number and article in one line."""
    parts = [hit["instrument"], hit.get("number"), hit.get("article")]
    return ", ".join(str(part) for part in parts if part)


def _days(hit: Found) -> str:
    until = f" to {hit['until']}" if hit["until"] else ""
    return f"issued {hit['issued']}, in force from {hit['effective']}{until}"


def _rule(hit: Found) -> Item:
    state = "" if hit["status"] == "active" else f", {hit['status']}"
    open_facts = f"open: {', '.join(map(_named, hit['unknown']))}" if hit["unknown"] else ""
    facts = "; ".join(f"{_named(name)} = {_value(value)}" for name, value in hit["facts"].items())
    details = (
        f"{cited(hit)}; {_days(hit)}",
        f"our paraphrase: {hit['paraphrase']}",
        f"on the facts: {facts}" if facts else "",
        open_facts,
        f"rate of this tariff line: {hit['rate']}" if hit["rate"] else "",
        f"presumption: {hit['presumption']}" if hit["presumption"] else "",
        f"note: {hit['note']}" if hit["note"] else "",
        f"certainty {hit['certainty']}; sources {', '.join(hit['sources'])}",
    )
    head = f"{hit['rule']}  {hit['effect']}{state}"
    return Item(head, tuple(line for line in details if line), hit["url"] or "")


def _short(hit: Found) -> Item:
    return Item(f"{hit['rule']}  {hit['effect']}: {cited(hit)}", (), hit["url"] or "")


def _first_line(hit: Found) -> Item:
    """Return a rule with the first sentence of its paraphrase."""
    state = "" if hit["status"] == "active" else f", {hit['status']}"
    open_facts = f"open: {', '.join(map(_named, hit['unknown']))}" if hit["unknown"] else ""
    details = (f"our paraphrase: {_sentence(hit['paraphrase'])}", open_facts)
    head = f"{hit['rule']}  {hit['effect']}{state}: {cited(hit)}"
    return Item(head, tuple(line for line in details if line), hit["url"] or "")


def _sentence(text: str) -> str:
    first, *rest = _SENTENCE.split(text, 1)
    return f"{first} ..." if rest else first


def _duty(hit: Found) -> Item:
    return Item(f"{hit['rule']}  {cited(hit)}", (f"our paraphrase: {hit['paraphrase']}",), hit["url"] or "")


def _named(name: str) -> str:
    """Return a fact in words; that of a rule's state reads as such."""
    return f"state of {name.removeprefix(_STATUS)}" if name.startswith(_STATUS) else name


def _open(hits: Sequence[Found]) -> Iterator[Item]:
    gates = [hit for hit in hits if hit["effect"] != "INFO"] or hits
    for hit in gates[:_MOST_POSSIBLE]:
        unknown = ", ".join(map(_named, hit["unknown"]))
        why = f"open: {unknown}" if unknown else f"the rule is {hit['status']}"
        yield Item(f"{hit['rule']}  {hit['effect']}: {cited(hit)}", (why,), hit["url"] or "")
    if len(gates) > _MOST_POSSIBLE:
        names = ", ".join(hit["rule"] for hit in gates[_MOST_POSSIBLE:])
        yield Item(f"and {len(gates) - _MOST_POSSIBLE} more: {names}")


def _missing(rows: Sequence[Found]) -> Iterator[Item]:
    for row in rows[:_MOST_MISSING]:
        brings = "could bring an exemption" if row["frees"] else f"could bring {row['could_bring']}"
        first, more = row["rules"][:_MOST_RULES], len(row["rules"]) - _MOST_RULES
        rules = ", ".join(first) + (f" and {more} more" if more > 0 else "")
        yield Item(row["question"], (f"{row['fact']}: {brings} ({rules})",))
    if len(rows) > _MOST_MISSING:
        names = ", ".join(row["fact"] for row in rows[_MOST_MISSING:])
        yield Item(f"and {len(rows) - _MOST_MISSING} more: {names}")


def _papers(rows: Sequence[Found]) -> Iterator[Item]:
    for rule in dict.fromkeys(one["rule"] for one in rows):
        yield Item(f"{rule}: {'; '.join(one['document'] for one in rows if one['rule'] == rule)}")


def _delays(found: Found, *, full: bool) -> Iterator[Item]:
    """Yield the range over all records of a kind, then, in full, every record with its sample size."""
    for one in found["delay_range"]:
        many = "1 record" if one["records"] == 1 else f"{one['records']} records"
        yield Item(f"{_figure(one)} over {many}; largest sample: {_sample(one['largest_n'])}")
    for row in found["delay"] if full else ():
        details = [f"{row['who']}, {row['date']}; {row['source']}", row["note"]]
        yield Item(
            f"{_figure(row)} ({_sample(row['n'])})", tuple(line for line in details if line), row["url"]
        )


def _sample(n: float | None) -> str:
    return f"n = {n:g}" if n is not None else "sample size not stated"


def _figure(row: Found) -> str:
    low, high = row["low"], row["high"]
    unit = _UNIT_WORDS.get(row["unit"], row["unit"])
    if low is not None and high is not None:
        ends = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    else:
        ends = (
            f"up to {high:g}" if high is not None else f"from {low:g}" if low is not None else "no figure in"
        )
    return f"{_QUANTITIES.get(row['quantity'], row['quantity'])}: {ends} {unit}"


def _parties(rows: Sequence[Found]) -> Iterator[Item]:
    shared = _shared([one["unknown"] for one in rows])
    for one in rows:
        matches = [
            f"{match['wording']}: {match['name']} ({match['country']}), {match['list']} list, notice"
            f" {match['notice']} of {match['date']}, {match['how']} match, {match['status']}"
            for match in one["matches"]
        ]
        own = [why for why in one["unknown"] if why not in shared]
        unknown = [f"unknown: {why}" for why in own if not (matches and why.endswith(_NEAR))]
        yield Item(f"{one['name']}: {_listed(one)}", (*matches, *unknown, *map(str, one.get("notes", ()))))
    if shared:
        yield Item("why silence of a list proves nothing here", tuple(shared))
    held = dict.fromkeys(_coverage(row) for one in rows for row in one["coverage"])
    if held:
        yield Item("lists held", tuple(held))


def _shared(reasons: Sequence[Sequence[str]]) -> list[str]:
    """Return the reasons that hold for every party."""
    first, *rest = reasons or [()]
    return [why for why in first if not why.endswith(_NEAR) and all(why in other for other in rest)]


def _matched(found: Found) -> Iterator[str]:
    """Yield a line per party that bears, or nearly bears, a listed name."""
    for one in found.get("parties", ()):
        live = [match for match in one["matches"] if match["status"] != "ended"]
        if live:
            lists = ", ".join(dict.fromkeys(f"{m['list']} list ({m['how']}, {m['status']})" for m in live))
            yield f"party {one['name']}: {live[0]['wording']}: {lists}"


def _listed(one: Found) -> str:
    words = {True: "name found", None: "unknown", False: "no name found"}
    return f"control list {words[one['control']]}, watch list {words[one['watch']]}"


def _coverage(row: object) -> str:
    if isinstance(row, Mapping):
        issued = "an unknown number" if row["issued"] is None else row["issued"]
        return f"{row['title']}: {row['held']} names held of {issued} issued, checked to {row['vintage']}"
    return str(row)


def _goods(found: Found) -> Iterator[Item]:
    goods = found.get("goods")
    if goods:
        yield Item(f"{goods['text']!r} read as {'; '.join(goods['read_as']) or 'nothing known'}")
    for name, words in found.get("read_from", {}).items():
        yield Item(f"{name} = {_value(found['facts'][name])}, from {words}")
    if found["codes"]:
        yield Item(f"control list: {', '.join(found['codes'])}")
    if found["codes_open"]:
        yield Item(f"control list, open: {', '.join(found['codes_open'])}")


def _conflict(one: Found) -> Item:
    return Item(f"{one['id']}: {' against '.join(one['between'])}", (one["text"],))


def _open_points(found: Found, *, full: bool) -> Iterator[Item]:
    """Yield what bears on rules that hit, or would, with its text if in full, and the rest by title."""
    groups = ("hits", "suspended", "disputed_hits")
    near = {hit["rule"] for group in groups for hit in found[group]}
    rest = []
    for one in found["ambiguities"]:
        if near.isdisjoint(one["rules"]):
            rest.append(f"{one['id']} {one['title']}")
        else:
            yield Item(f"{one['id']} {one['title']}", (one["text"],) if full else ())
    if rest:
        yield Item(f"on rules that are open only: {'; '.join(rest)}")


def _penalties(found: Found, *, full: bool) -> Iterator[Item]:
    """Yield the penalties; in brief, those that only duties of conduct name by their ids."""
    hits = {hit["rule"] for hit in found["hits"]}
    apart = [] if full else [one["id"] for one in found["penalties"] if hits.isdisjoint(one["named_by"])]
    for one in found["penalties"]:
        if one["id"] not in apart:
            text = one["text"] if full else _sentence(one["text"])
            yield Item(f"{one['id']}: {cited(one)}", (f"our paraphrase: {text}",), one.get("url") or "")
    if apart:
        yield Item(f"named by duties of conduct only: {', '.join(apart)}")


def _other_act(act: Found) -> Section:
    name = GATES.get(act["regime"], act["regime"])
    items = [Item(f"{act['determination']} on these facts; worst case {act['worst_case']}")]
    items += [_rule(hit) for hit in act["hits"]]
    return Section(f"The same goods as another act: {name}", tuple(items))


def lines_of(
    found: Found, question: Found, warnings: Iterable[str], *, full: bool = True
) -> Iterator[tuple[str, str]]:
    """Yield the lines of a determination with their styles, for the terminal."""
    first, *rest = headline(found, question)
    yield first, "bold"
    yield from ((line, "") for line in rest)
    for section in sections_of(found, full=full):
        yield "", ""
        yield section.title, "bold"
        for item in section.items:
            yield f"  {item.head}", ""
            yield from ((f"    {line}", "") for line in item.details)
            if item.url:
                yield f"    {item.url}", ""
    yield "", ""
    yield from ((f"note: {line}", "yellow") for line in warnings)
    if not full:
        yield _MORE, ""
