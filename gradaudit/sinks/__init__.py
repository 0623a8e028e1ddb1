"""WHO HEARS? Everything that takes events and findings: one verb, `emit`."""
