"""How kernels of the benches are compiled: in the manner of dearth's engine."""

from __future__ import annotations

from typing import Any

from numba import njit
from numba.core.compiler import Compiler

__all__ = ["entry", "shared", "sums"]


class _Apart(Compiler):
    """Compiles for arrays that never overlap, as the engine does, so that loops become vectors."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return super().define_pipelines()


class _Bare(_Apart):
    """And that makes and drops no array."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.nrt = False
        return super().define_pipelines()


# A product and the sum after it may be one instruction ("contract"); the compiler has no other freedom.
entry = njit(nogil=True, error_model="numpy", pipeline_class=_Apart)
shared = njit(nogil=True, error_model="numpy", fastmath={"contract"}, pipeline_class=_Bare)
sums = njit(
    nogil=True, error_model="numpy", fastmath={"contract", "reassoc"}, pipeline_class=_Bare
)  # in any order
