"""One question each; no study imports another."""
