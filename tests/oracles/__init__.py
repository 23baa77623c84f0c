"""Plain, slow, obviously right second implementations, and small worlds to compare on."""
