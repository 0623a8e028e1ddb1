"""The tracer in hostile surroundings: modes, threads, errors, warnings, memory, names."""
