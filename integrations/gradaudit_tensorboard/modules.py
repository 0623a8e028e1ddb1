"""The page's ES modules as one script, for a file that has no server to load the others from.

[Note: One script] Each module becomes a function that is called at once and gives back what it
exports, so private names of two modules cannot clash. What a module may look like is little, and
held by a test: static imports of neighbours by name, each on a line of its own, `export` in front
of a function, a class or a constant, and no `await` outside of a function.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+\.js)";\s*$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^\s*(?:import\b(?!\.)|export\b).*", re.MULTILINE)


def joined(sources: Mapping[str, str], entry: str) -> str:
    """A script that does what the module `entry` does. `sources`: modules by their file names.

    Raises:
        ValueError: a module is missing, imports in a circle, or is written in another way.

    """
    parts: list[str] = []
    _add(entry, sources, parts, {}, ())
    return "\n".join([*parts, ""])


def _add(
    file: str,
    sources: Mapping[str, str],
    parts: list[str],
    exports: dict[str, list[str]],
    within: tuple[str, ...],
) -> None:
    """The module, and before it those that it imports."""
    if file in within:
        raise ValueError(f"{' imports '.join((*within, file))}: modules in a circle")
    if file in exports:
        return
    if file not in sources:
        raise ValueError(f"{within[-1] if within else 'the page'} needs {file}, which is missing")
    source = sources[file]
    for match in _IMPORT.finditer(source):
        _add(match[2], sources, parts, exports, (*within, file))
    exports[file] = _EXPORT.findall(source)
    body = _EXPORT.sub("", _IMPORT.sub(_as_constants, source))
    other = _OTHER.search(_without_comments(body))
    if other is not None:
        raise ValueError(f"{file}: {other[0].strip()!r} is no import or export of the known kinds")
    parts.append(
        f"const {_name(file)} = (() => {{\n{body.strip()}\n"
        f"return {{ {', '.join(exports[file])} }};\n}})();"
    )


def _as_constants(match: re.Match[str]) -> str:
    names = match[1].strip().strip(",").replace(" as ", ": ")
    return f"const {{ {names} }} = {_name(match[2])};\n"


def _name(file: str) -> str:
    """What a module's exports are called in the script."""
    return "module_" + re.sub(r"\W", "_", file.removesuffix(".js"))


def _without_comments(source: str) -> str:
    """Without block comments: their lines may begin with any word."""
    return re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
