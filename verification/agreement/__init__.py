"""Numbers of the reference programs, and ours beside them."""
