"""Spreading work: one call for many blocks, on this thread, on processes of this machine, or on a cluster.

A block is plain data that can be pickled, the work on it a function of a module.  What comes back for a block
hangs on the block alone, so it does not matter who worked on it, when, or how often it was tried.
"""

from __future__ import annotations

__all__: list[str] = []
