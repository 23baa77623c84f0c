"""The register: determinations, licences, applications and draw-downs, kept so that an auditor trusts them.

One SQLite file, append-only, each row chained to the one before by its hash.  It knows no rules: it keeps
plain JSON, and whoever replays a determination brings the rules along.
"""

from __future__ import annotations

from dearth.register.chain import Head, Row, row_hash
from dearth.register.export import holdings_csv, rows_csv, rows_json
from dearth.register.holdings import Application, Holdings, Licence, holdings
from dearth.register.replay import Change, Replay, changes, replay
from dearth.register.store import Register

__all__ = [
    "Application",
    "Change",
    "Head",
    "Holdings",
    "Licence",
    "Register",
    "Replay",
    "Row",
    "changes",
    "holdings",
    "holdings_csv",
    "replay",
    "row_hash",
    "rows_csv",
    "rows_json",
]
