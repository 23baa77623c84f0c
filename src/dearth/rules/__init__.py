"""Dated trade rules as data, and what they say of a case: which hit, on which facts, what is unknown."""

from __future__ import annotations

from dearth.rules.case import Case
from dearth.rules.decide import Determination, decide
from dearth.rules.effects import EFFECTS, severity
from dearth.rules.read import load_rules
from dearth.rules.ruleset import RuleSet

__all__ = ["EFFECTS", "Case", "Determination", "RuleSet", "decide", "load_rules", "severity"]
