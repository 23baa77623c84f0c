"""A small rule set, written out, for tests that change one thing at a time."""

from __future__ import annotations

from pathlib import Path

from dearth.rules.read import read_rules
from dearth.rules.ruleset import RuleSet

CONTROL = """code,element,form,name,alloy,family,ref_hs,announcement,source,certainty
1C905.a.1,Dy,metal,dysprosium metal,,,2805301200,LICENCE,S1,high
1C905.a.2.a,Dy,alloy,Dy-Fe,Dy-Fe,,,LICENCE,S1,high
1C905.a.4,Dy,magnet_material,NdFeB with Dy,,NdFeB,,LICENCE,S1,high
1C902.a.4,Sm,magnet_material,SmCo,,SmCo,,LICENCE,S1,high
1C905.b,Dy,oxide,dysprosium oxide and mixtures,,,2846901500,LICENCE,S1,high
2B902.a,,equipment,centrifugal extractor,,,,LICENCE,S1,high
"""
RULES = """
schema: dearth-rules/1
ruleset: {version: small, as_of: 2026-10-08}
sources:
  S1: {title: a source, url: "https://example.org/a"}
lists:
  barred: [CN, RU]
facts:
  txn.date: {type: day, meaning: the day, question: When?, about: date}
  txn.regime: {type: choice, values: [cn_export, us_dod], meaning: act, question: Which act?, about: route}
  item.form: {type: choice, values: [metal, alloy, oxide, mixture, magnet_material, assembly, equipment],
    meaning: form, question: Which form?, about: goods}
  item.elements: {type: choices, values: [Dy, Nd, Sm, Co, Fe, Tb], meaning: elements,
    question: Which elements?, about: goods}
  item.family: {type: choice, values: [SmCo, NdFeB], meaning: family, question: Which family?, about: goods}
  item.alloy: {type: text, meaning: alloy, question: Which alloy?, about: goods}
  equip.code: {type: text, meaning: entry, question: Which entry?, about: goods}
  user.military: {type: flag, meaning: military user, question: Is the user military?, about: parties}
  user.share: {type: share, meaning: share held, question: Which share?, about: parties}
  user.country: {type: place, meaning: country, question: Which country?, about: parties}
  use: {type: choices, values: [civil, military], meaning: use, question: Which use?, about: use}
derived:
  item.listed: {when: {any: [{f: listed.1C902, op: 'true'}, {f: listed.1C905, op: 'true'}]}}
rules:
- id: LICENCE
  jurisdiction: CN
  instrument: Announcement
  number: 18 of 2025
  issued: 2025-04-04
  effective: 2025-04-04
  kind: classification
  effect: LIC
  when: {all: [{f: txn.regime, op: eq, v: cn_export}, {f: item.listed, op: 'true'}]}
  text: what is listed needs a licence
  documents: [contract, end-user certificate]
  sources: [S1]
- id: BAN
  jurisdiction: CN
  instrument: Announcement
  effective: 2024-12-03
  kind: end_user
  effect: PROHIBIT
  when: {all: [{f: txn.regime, op: eq, v: cn_export}, {f: item.listed, op: 'true'},
    {any: [{f: user.military, op: 'true'}, {f: use, op: has, v: military}]}]}
  text: nothing that is listed goes to a military user
  ambiguities: [A1]
  sources: [S1]
- id: FREED
  jurisdiction: CN
  instrument: Answers
  effective: 2025-06-01
  until: 2026-05-31
  kind: exemption
  effect: NLR
  overrides: [LICENCE]
  when: {all: [{f: txn.regime, op: eq, v: cn_export}, {f: user.share, op: ge, v: 0.5}]}
  text: an exemption for the test
  sources: [S1]
- id: PAUSED
  jurisdiction: CN
  instrument: Announcement
  issued: 2025-10-09
  effective: 2025-11-08
  kind: classification
  effect: DENY
  when: {all: [{f: txn.regime, op: eq, v: cn_export}, {f: item.form, op: eq, v: oxide}]}
  suspensions:
  - {from: 2025-11-07, until: 2026-11-10, by: Announcement 70, certainty: confirmed}
  - {from: 2026-11-11, until: 2027-01-10, by: a statement, certainty: reported_unconfirmed,
    issued: 2026-09-28}
  text: oxides are refused
  sources: [S1]
- id: PAUSED-TOO
  jurisdiction: CN
  instrument: Announcement
  effective: 2025-10-09
  kind: exemption
  effect: EXEMPT_REPORT
  when: {all: [{f: txn.regime, op: eq, v: cn_export}, {f: item.form, op: eq, v: alloy}]}
  suspended_with: PAUSED
  text: alloys are reported
  sources: [S1]
- id: CONDUCT
  jurisdiction: CN
  instrument: Law
  effective: 2020-12-01
  kind: procedure
  effect: COMPLY
  when: {f: txn.regime, op: eq, v: cn_export}
  documents: [ledger]
  text: keep records
  sources: [S1]
- id: AFTER
  jurisdiction: CN
  instrument: Law
  effective: 2020-12-01
  kind: classification
  effect: CBC
  when: {all: [{f: txn.regime, op: eq, v: cn_export}, {f: item.form, op: eq, v: mixture},
    {f: status.PAUSED, op: eq, v: active}]}
  text: mixtures, while the other rule is in force
  sources: [S1]
- id: FOREIGN
  jurisdiction: US
  instrument: Clause
  effective: 2019-04-30
  kind: procurement
  effect: PROHIBIT
  when: {all: [{f: txn.regime, op: eq, v: us_dod}, {f: user.country, op: in, v: $barred}]}
  text: not from there
  sources: [S1]
conflicts:
- {id: C1, between: [LICENCE, FOREIGN], text: two masters, sources: [S1]}
ambiguities:
- {id: A1, title: military, text: what is military is not said, sources: [S1]}
"""


def write(folder: Path, text: str = RULES, control: str = CONTROL) -> Path:
    """Write the small rules into a folder and return it."""
    (folder / "rules.yaml").write_text(text, "utf-8")
    (folder / "control_items.csv").write_text(control, "utf-8")
    return folder


def small(folder: Path, text: str = RULES) -> RuleSet:
    """Return the small rule set."""
    return read_rules(write(folder, text))
