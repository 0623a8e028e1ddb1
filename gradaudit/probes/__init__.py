"""The rooms that touch torch: they turn what happens in a loop into plain events."""
