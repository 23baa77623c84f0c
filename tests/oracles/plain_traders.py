"""What the plain market keeps of one element inside China, and of one group of buyers."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Element:
    """One element inside China."""

    price: float
    expected: float
    stock: float = 0.0
    thrift: float = 0.0
    eager: float = 1.0  # use at home over its plan, by price and substitution
    home: float = 0.0  # t/week, wanted, then used
    exported: float = 0.0  # t/week, smuggled too
    made: float = 0.0
    sunk: float = 0.0  # t in the step


@dataclass
class Buyer:
    """Users of one good at one destination, and everything on its way to them."""

    good: int
    base: float  # t/week from China in the base year
    stock: float
    due: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    thrift: float = 0.0
    rent: float = 0.0
    leak: float = 0.0
    served: float = 1.0
    port: float = 0.0
    use: float = 0.0
    other: float = 0.0
    order: float = 0.0
    ship: float = 0.0
    got: float = 0.0
    lost: float = 0.0
    short: float = 0.0
    quote: float = 0.0
    weighted: float = 0.0
    used: float = 0.0  # t since the start
    arrived: float = 0.0  # t since the start

    def travelling(self) -> float:
        """Tonnes on the way."""
        return math.fsum(self.due.values())
