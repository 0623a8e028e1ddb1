"""The Lightning callback of gradaudit."""
