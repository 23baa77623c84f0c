"""A small folder of party lists for tests; the firms are made up."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

HEADERS = {
    "parties.csv": "list,notice,date,until,order,name,name_zh,aliases,country,source,note",
    "notices.csv": "list,notice,date,issued_count,url,note",
    "lists.csv": "list,title,vintage,complete,note",
    "spells.csv": "notice,from,until,status,by,certainty",
}
_SRC = "https://example.org/notice"
_OF_2025 = ("control", "2025-1", "2025-01-02")
_OF_2026 = ("watch", "2026-1", "2026-02-24", "")
ROWS: Mapping[str, Sequence[Sequence[str]]] = {
    "parties.csv": [
        (*_OF_2025, "", "1", "Northwind Missile Systems", "北风导弹系统公司", "NMS|Borealis", "US", _SRC, ""),
        (*_OF_2025, "2025-11-09", "2", "Redwood Arms LLC", "红木武器公司", "", "US", _SRC, ""),
        ("control", "2025-2", "2025-04-04", "", "1", "Blue Kestrel, Inc.", "蓝隼公司", "", "US", _SRC, ""),
        ("control", "2025-3", "2025-07-01", "", "1", "Grenzland Müller GmbH", "格伦茨兰", "", "EU", _SRC, ""),
        (*_OF_2026, "1", "Aozora Denki Co., Ltd.", "青空电机株式会社", "", "JP", _SRC, ""),
        (*_OF_2026, "2", "XYK Corporation", "XYK株式会社", "", "JP", _SRC, ""),
    ],
    "notices.csv": [
        ("control", "2025-1", "2025-01-02", "2", _SRC, ""),
        ("control", "2025-2", "2025-04-04", "1", _SRC, ""),
        ("control", "2025-3", "2025-07-01", "1", _SRC, ""),
        ("watch", "2026-1", "2026-02-24", "2", _SRC, ""),
    ],
    "lists.csv": [
        ("control", "Export control list", "2026-08-24", "yes", ""),
        ("watch", "Watch list", "2026-08-24", "yes", ""),
    ],
    "spells.csv": [
        ("2025-2", "2025-11-10", "2026-11-10", "suspended", "a notice", "confirmed"),
        ("2025-2", "2026-11-11", "2027-01-10", "suspended", "the press", "reported_unconfirmed"),
    ],
}  # fmt: skip


def write(folder: Path, **changes: Sequence[Sequence[str]]) -> Path:
    """Write the lists, with the rows of some files replaced: ``write(folder, notices=[...])``."""
    folder.mkdir(exist_ok=True)
    for name, header in HEADERS.items():
        rows = changes.get(name.removesuffix(".csv"), ROWS[name])
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header.split(","))
            writer.writerows(rows)
    return folder
