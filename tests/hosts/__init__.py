"""The audit inside loops that are not ours: every test drives the real framework."""
