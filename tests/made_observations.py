"""Observations made up by hand."""

from __future__ import annotations

from datetime import date

from dearth.book.observations import Observation


def seen(value: float, bar: str = "rel:0.25", month: int = 1, **changes: object) -> Observation:
    said: dict[str, object] = {
        "id": f"obs-made-up-{month}", "episode": "2025", "observable": "magnet-export", "element": "",
        "place": "CHN", "partner": "WORLD", "tier": "flow", "start": date(2025, month, 1),
        "end": date(2025, month, 28), "value": value, "low": None, "high": None, "unit": "t/month",
        "use": "train", "bar": bar, "source": "made up", "url": "https://example.org", "grade": "-",
        "terms": "own-work", "note": "",
    }  # fmt: skip
    return Observation.model_validate({**said, **changes})
