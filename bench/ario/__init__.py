"""An adaptive regional input-output model (spec.md), as a kernel, in plain numpy, and by BoARIO."""
