"""A manufacturer's own plants, parts and suppliers: read, checked, and how long they stand without each."""

from __future__ import annotations

from dearth.firm.network import Firm

__all__ = ["Firm"]
