"""What the user calls a module: its path in the audited model that it belongs to."""

from __future__ import annotations

import torch

from gradaudit.probes.names import clean_name
from gradaudit.probes.registry import Registry


class ModuleNames:
    """Names by identity, for the length of one trace."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._paths: dict[int, str] = {}
        self.models: set[str] = set()
        """Names of the models themselves."""

    def of(self, module: torch.nn.Module | None) -> str | None:
        """The qualified name; the model's own for its root, None for a module of no model."""
        if module is None:
            return None
        if id(module) not in self._paths:
            for model in self._registry.models:
                root = model.module()
                if root is None:
                    continue
                self.models.add(model.name)
                for path, inner in root.named_modules(remove_duplicate=False):
                    self._paths.setdefault(id(inner), clean_name(path) or model.name)
            self._paths.setdefault(id(module), "")
        return self._paths[id(module)] or None

    def clear(self) -> None:
        """Forget: ids are taken over by others."""
        self._paths.clear()
