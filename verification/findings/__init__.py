"""What was found by measuring trained networks; a proof would settle none of it."""
