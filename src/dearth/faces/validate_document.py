"""A validation as sections of text and tables, which the terminal, the page and docs/validation.md show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dearth.answer import Answer

__all__ = ["Section", "Sheet", "document", "number", "percent", "verdict"]

Figures = Mapping[str, Any]
_THOUSAND: Final = 1000.0
_SMALL: Final = 0.01
_TITLES: Final = {"2010": "2010 to 2014: quota, crackdown and collapse", "2025": "2025: the licence squeeze"}
_NO_VALUE: Final = "-"


@dataclass(frozen=True)
class Sheet:
    """A table: heads of its columns and rows of text."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A title, paragraphs, and tables; `short` sections are shown on a terminal too."""

    title: str
    text: Sequence[str] = ()
    sheets: Sequence[Sheet] = field(default_factory=tuple)
    short: bool = False
    level: int = 2


def number(value: float | None) -> str:
    """Return a number as a reader wants it, "-" where there is none."""
    if value is None:
        return _NO_VALUE
    size = abs(value)
    if size >= _THOUSAND:
        return f"{value:,.0f}"
    return f"{value:.3g}" if size >= _SMALL or size == 0.0 else f"{value:.1e}"


_ABSURD: Final = 1e4  # a static elasticity gives prices that only show that it fails


def percent(share: float | None) -> str:
    """Return a share in per cent, "-" where there is none."""
    if share is None:
        return _NO_VALUE
    if abs(share) > _ABSURD:
        return "beyond a million %"
    return f"{100.0 * share:,.0f} %" if abs(share) >= 0.1 else f"{100.0 * share:.1f} %"  # noqa: PLR2004


def verdict(met: bool | None) -> str:
    """Return a verdict in words."""
    return {True: "met", False: "NOT MET", None: "cannot be judged"}[met]


def document(answer: Answer) -> list[Section]:
    """Return the sections of a validation, the verdicts first."""
    found = answer.answer
    sections: list[Section] = []
    for name, episode in found["episodes"].items():
        sections += _episode(name, episode, found["rivals"])
    sections += list(_fitting(found))
    return sections


def _episode(name: str, episode: Figures, rivals: Sequence[Figures]) -> Iterator[Section]:
    yield Section(_TITLES[name], _lead(episode), [_statements(episode)], short=True)
    yield Section(f"{name}: errors beside naive rivals", [_RIVAL_NOTE], _rivals(episode, rivals), True, 3)
    yield Section(
        f"{name}: causes switched off", ["Nothing is refitted here."], [_switches(episode)], True, 3
    )
    if "stops" in episode:
        yield Section(f"{name}: first stops", [_STOP_NOTE], _stops(episode), True, 3)
        yield Section(f"{name}: rolling origins", [_ORIGIN_NOTE], [_origins(episode)], True, 3)
    if episode["turns"]:
        yield Section(f"{name}: peaks and half-lives", (), [_turns(episode)], level=3)
    yield Section(f"{name}: what moves the answer most", (), [_drivers(episode)], level=3)
    yield Section(f"{name}: every observation", (), [_observations(episode)], level=3)


_RIVAL_NOTE: Final = (
    "Model and rival on the rows on which both say something, one error each row; a factor of 1.2 "
    "is 20 % too much or a sixth too little. Mean errors of prices that rose tenfold say little: "
    "the median factor decides who is nearer. Rivals: no change, the value before in the same path; flat, "
    "the mean before the first event, else the base year; ramp, two numbers fitted to the record; static "
    "elasticity, the same cut without stocks or time. * has seen the record that it is held against."
)
_STOP_NOTE: Final = (
    "A stop counts from 0.1 % of planned output lost. Chances are of the observed events; firms that did not "
    "stop are plants taken at random in their place."
)
_ORIGIN_NOTE: Final = (
    "Known on the day: events until then, customs figures of months that ended 20 days before. The "
    "model runs at the book's ranges, no number fitted, and weighs its draws by the figures known. "
    "Errors are of what came after."
)


def _lead(episode: Figures) -> list[str]:
    s, train, note = episode["summary"], episode["summary"]["train"], episode["summary"]["note"]
    theil = s["theil"] or {}
    parts = ", ".join(f"{k} {percent(theil.get(k))}" for k in ("bias", "variance", "covariance"))
    return [
        f"Scenario {episode['scenario']} from {episode['start']}. Bars met: {s['bars_met']} of {s['bars']} "
        f"(train rows {s['train_bars_met']} of {s['train_bars']}).",
        f"Mean absolute error {percent(s['mape'])} of {s['pairs']} figures (train {percent(train['mape'])}, "
        f"never fitted {percent(note['mape'])}); median factor {number(s['factor'])}; direction of "
        f"change right in {percent(s['sign'])}; chi2 {number(s['chi2'])} of {s['rows']} train rows.",
        f"Theil's U of logarithms: {number(theil.get('u1'))} (0 is perfect), {number(theil.get('u2'))} "
        f"times the error of no change; of the squared error {parts}.",
        f"The 5-95 % bands hold {percent(s['coverage'])} of {s['covered']} figures (90 % would be right); of "
        f"{s['unsaid']} observations the model says nothing.",
    ]


def _statements(episode: Figures) -> Sheet:
    rows = [(verdict(s["met"]), s["text"], s["figure"]) for s in episode["statements"]]
    return Sheet(("verdict", "statement", "figure"), rows)


def _rivals(episode: Figures, rivals: Sequence[Figures]) -> list[Sheet]:
    names = {r["key"]: f"{r['name'].partition(':')[0]}{' *' if r['seen'] else ''}" for r in rivals}
    rows = [
        (
            names[key],
            str(pair["rows"]),
            f"{percent(pair['model']['mape'])} / {_infinite(pair['rival'])}",
            f"{number(pair['model']['factor'])} / {number(pair['rival']['factor'])}",
            f"{percent(pair['model']['sign'])} / {percent(pair['rival']['sign'])}",
            f"{_u1(pair['model'])} / {_u1(pair['rival'])}",
            {True: "model", False: "RIVAL", None: _NO_VALUE}[pair["model_nearer"]],
        )
        for key, pair in episode["same_rows"].items()
    ]
    heads = (
        "rival",
        "rows",
        "mean error: model / rival",
        "median factor",
        "direction right",
        "Theil U",
        "nearer",
    )
    return [Sheet(heads, rows)]


def _infinite(errors: Figures) -> str:
    return "infinite" if errors["mape"] is None and errors["pairs"] else percent(errors["mape"])


def _u1(errors: Figures) -> str:
    return number((errors["theil"] or {}).get("u1"))


def _switches(episode: Figures) -> Sheet:
    rows = [
        (
            s["key"],
            s["claim"],
            name,
            number(pair["as_is"]),
            number(pair["switched"]),
            "yes" if s["held"] else "NO",
        )
        for s in episode["switch_offs"]
        for name, pair in s["figures"].items()
    ]
    return Sheet(("switch", "claim", "figure", "as it is", "switched", "holds"), rows)


_VIEWS: Final = {
    "market": "market (magnet users)",
    "network": "network (car lines)",
    "run-down": "rival: stock over use",
    "ario": "rival: ARIO throttle",
}


def _stops(episode: Figures) -> list[Sheet]:
    views = episode["stops"]["views"]
    places = next(iter(views.values()))["first"]
    rows = [
        (_VIEWS[key], number(view["brier"]), *(_band(view["first"].get(place, {})) for place in places))
        for key, view in views.items()
    ]
    heads = ("view", "Brier", *(f"first stop, {place}" for place in places))
    events = [
        (
            e["id"].removeprefix("obs-2025-"),
            e["day"],
            "stopped" if e["stopped"] else "did not stop",
            *(percent(e["chance"].get(key)) for key in views),
        )
        for e in episode["stops"]["events"]
    ]
    r = episode["recovery"]
    rivals = [(key, number(week)) for key, week in r["rivals"].items()]
    recovered = [("record", number(r["record"])), ("model, P10 - P50 - P90", _band(r)), *rivals]
    return [
        Sheet(heads, rows),
        Sheet(("event", "by", "record", *(f"chance: {_VIEWS[key]}" for key in views)), events),
        Sheet(("magnet exports back at 90 %", "weeks after 4 April 2025"), recovered),
    ]


def _band(band: Figures) -> str:
    low, mid, high = (
        number(band.get(k)) if band.get(k) is not None else "never" for k in ("p10", "p50", "p90")
    )
    return f"{low} - {mid} - {high}"


def _origins(episode: Figures) -> Sheet:
    rows = []
    for o in episode["origins"]:
        magnets = "; ".join(f"{k} {_infinite(v)}" for k, v in o["rivals_magnets"].items() if v["pairs"])
        rows.append(
            (
                o["day"],
                f"{o['known']} / {o['ahead']}",
                percent(o["magnets"]["mape"]),
                magnets or _NO_VALUE,
                number(o["model"]["factor"]),
                "; ".join(f"{k} {number(v['factor'])}" for k, v in o["rivals"].items() if v["pairs"])
                or _NO_VALUE,
                percent(o["coverage"]),
            )
        )
    heads = (
        "known on",
        "figures known / ahead",
        "magnets: model",
        "magnets: rivals",
        "all, factor: model",
        "all, factor: rivals",
        "in band",
    )
    return Sheet(heads, rows)


def _turns(episode: Figures) -> Sheet:
    rows = [
        (
            t["path"],
            f"{number(t['model_peak'])} / {number(t['record_peak'])}",
            f"{t['difference']:+.0f}{'' if t['inside'] else ' (record has its highest at an end)'}",
            f"{number(t['model_half_life'])} / {number(t['record_half_life'])}",
        )
        for t in episode["turns"]
    ]
    return Sheet(
        ("path", "peak, USD/kg: model / record", "weeks late", "half-life, weeks: model / record"), rows
    )


def _drivers(episode: Figures) -> Sheet:
    rows = [
        (d["figure"], ", ".join(f"{i['id']} ({i['influence']:+.2f})" for i in d["inputs"]))
        for d in episode["drivers"]
    ]
    return Sheet(("figure", "inputs (rank correlation)"), rows)


def _observations(episode: Figures) -> Sheet:
    rows = [
        (
            o["id"].removeprefix("obs-"),
            f"{number(o['observed'])} {o['unit']}",
            number(o["model"]),
            f"{number(o['p5'])} - {number(o['p95'])}" if o["model"] is not None else "the model cannot say",
            "" if o["error"] is None else f"{100.0 * o['error']:+,.0f} %",
            o["use"],
            o["bar"],
            "" if o["met"] is None else verdict(o["met"]),
            {True: "yes", False: "no", None: ""}[o["inside"]],
        )
        for o in episode["observations"]
    ]
    heads = ("observation", "observed", "model", "5-95 %", "error", "use", "bar", "verdict", "in band")
    return Sheet(heads, rows)


def _fitting(found: Figures) -> Iterator[Section]:
    if found["ablations"] is not None:
        yield Section(
            "Ablations: each cause taken out, the rest fitted anew", [_ABLATION], [_ablations(found)], True
        )
    if found["identification"] is not None:
        i = found["identification"]
        said = (
            f"{i['free']} numbers fitted to {i['rows']} train rows: chi2 {number(i['chi2'])}, with the "
            f"priors {number(i['with_prior'])}. On a bound: {', '.join(i['on_bound']) or 'none'}."
        )
        yield Section("Identification: fitted anew, with profiles", [said, _PROFILE], [_identified(i)], True)
    elif found["fitted"]:
        rows = [
            (
                f["id"],
                number(f["prior"]),
                f"{number(f['prior_low'])} - {number(f['prior_high'])}",
                number(f["value"]),
                f"{number(f['low'])} - {number(f['high'])}",
            )
            for f in found["fitted"]
        ]
        heads = ("number", "book", "book's range", "fitted", "what the record leaves open")
        yield Section("Fitted numbers in use", (), [Sheet(heads, rows)])


_ABLATION: Final = (
    "Chi2 of the train rows of the episode, with everything on and without the cause, all free "
    "numbers fitted anew both times. A cause whose removal does not at least double chi2 is not "
    "identified by the record."
)
_PROFILE: Final = (
    "A number is identified if pressing it to either end of its range costs more than 3.84 in chi2, "
    "all others refitted."
)


def _ablations(found: Figures) -> Sheet:
    rows = [
        (
            a["episode"],
            a["name"],
            number(a["chi2"]),
            number(a["chi2_without"]),
            number(a["ratio"]),
            "identified" if a["identified"] else "NOT IDENTIFIED",
        )
        for a in found["ablations"]
    ]
    return Sheet(("episode", "without", "chi2, all on", "chi2 without", "times", "verdict"), rows)


def _identified(i: Figures) -> Sheet:
    rows = [
        (
            n["id"],
            f"{number(n['prior'])} ({number(n['prior_low'])} - {number(n['prior_high'])})",
            number(n["value"]),
            f"{number(n['low'])} - {number(n['high'])}",
            {True: "identified", False: "NOT IDENTIFIED", None: "no profile"}[n["identified"]],
            " ".join(f"{number(a)}:{number(c)}" for a, c in n["profile"] or ()),
        )
        for n in i["numbers"]
    ]
    return Sheet(("number", "book", "fitted", "95 %", "verdict", "profile (value:chi2)"), rows)
