"""Scenario, book and rules become one frozen world of arrays."""
