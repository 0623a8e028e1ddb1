"""Several ES modules as one script, run by node."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from gradaudit_tensorboard.modules import joined
from gradaudit_tensorboard.standalone import ENTRY, STATIC

SOURCES = {
    "main.js": """// the entry
import { twice, Box as Crate } from "./maths.js";
import {
  LIMIT,
} from "./limits.js";
const hidden = "main";
later().then((word) => console.log(twice(LIMIT), new Crate(3).value, hidden, word));
async function later() { return "late"; }
""",
    "maths.js": """import { LIMIT } from "./limits.js";
/**
 * export of a comment, and
 * import of another
 */
const hidden = "maths";
export function twice(x) { return 2 * x; }
export class Box { constructor(value) { this.value = Math.min(value, LIMIT); } }
export async function* rest() {}
""",
    "limits.js": 'const hidden = "limits";\nexport const LIMIT = hidden.length;\n',
}


def node() -> str:
    """The program; where CI wants all tests to run, a missing one is a failure."""
    found = shutil.which("node")
    if found is None:
        assert os.environ.get("GRADAUDIT_REQUIRE_BROWSER") != "1"
        pytest.skip("node is not installed")
    return found


def test_the_script_does_what_the_modules_do() -> None:
    """Private names that are the same in all of them stay apart, renamed imports are found."""
    script = joined({**SOURCES, "unused.js": "throw new Error();"}, "main.js")
    done = subprocess.run(
        [node(), "--input-type=module", "-"], input=script, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("12 3 main late\n", "")


def test_the_script_is_always_the_same() -> None:
    assert joined(SOURCES, "main.js") == joined(dict(reversed(SOURCES.items())), "main.js")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"limits.js": 'import { twice } from "./maths.js";\n'}, "in a circle"),
        ({"limits.js": "export default 3;\n"}, "limits.js: 'export default 3;'"),
        ({"limits.js": "export let x = 3;\n"}, "limits.js: 'export let"),
        ({"limits.js": "export { hidden };\n"}, "limits.js: 'export {"),
        ({"limits.js": 'import * as all from "./maths.js";\n'}, "limits.js: 'import"),
        ({"limits.js": 'import { x } from "https://elsewhere/x.js";\n'}, "limits.js: 'import"),
        ({"limits.js": 'import "./maths.js";\n'}, "limits.js: 'import"),
        ({"main.js": 'import { x } from "./gone.js";\n'}, "main.js needs gone.js"),
    ],
)
def test_what_cannot_be_joined_is_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("{", r"\{")):
        joined({**SOURCES, **change}, "main.js")


def test_the_page_can_be_joined_and_is_valid() -> None:
    """As the browser will read it: as a module, whole, without an import left."""
    sources = {path.name: path.read_text("utf-8") for path in STATIC.glob("*.js")}
    script = joined(sources, ENTRY)
    done = subprocess.run(
        [node(), "--check", "--input-type=module", "-"], input=script, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "EmbeddedSource" in script
