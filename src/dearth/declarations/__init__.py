"""Customs declarations: read with every fault named, judged by layers of signals, ranked under a capacity."""

from __future__ import annotations

from dearth.declarations.columns import Mapping, guess_mapping, read_mapping
from dearth.declarations.criteria import Criteria, load_criteria

__all__ = ["Criteria", "Mapping", "guess_mapping", "load_criteria", "read_mapping"]
