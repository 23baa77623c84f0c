"""A small published chain, told once (spec.md and its tables) and run by several programs."""
