"""A shipment file to fill in."""

from __future__ import annotations

from typing import Final

__all__ = ["TEMPLATE"]

TEMPLATE: Final = """\
# A shipment for `dearth licence`.  Leave a line out when you do not know it: what is not stated is unknown,
# never taken for no.  Every question of the answer names the fact to add below `facts:`.
id: PO-4711
title: dysprosium oxide for a magnet maker
on: 2026-03-02                 # day of export, YYYY-MM-DD
from: CN                       # two letters: where the goods leave
to: JP                         # where they go
origin: CN                     # where they were made
goods: dysprosium oxide 99.9 % # ordinary words, Chinese, a CAS number, a grade, a trade name
# hs: "2846.90.15"             # tariff code, 4 to 10 digits
# consignee: {name: Example Trading KK, country: JP}
# end_user: {name: Example Magnets KK, country: JP}
# parties:                     # everybody else in the deal
# - {name: Example Forwarding, country: CN}
use: civil
# facts:                       # any fact of the rules by its own name
#   user.military: false
#   item.elements: [Dy]
"""
