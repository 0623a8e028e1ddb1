"""The Transformers callback of gradaudit."""
