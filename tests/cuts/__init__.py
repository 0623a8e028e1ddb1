"""Scripts in which a gradient is cut, by kind of cut, and healthy ones that look like it."""
