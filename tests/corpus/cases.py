"""What the audit of a corpus script must say: the records that the lists of cases are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Expect:
    """One finding that the report of a script must hold.

    Attributes:
        code: The finding's code in the catalogue, such as "GA101".
        parameters: Qualified names as `gradaudit run` gives them: the name inside the module when
            one module is audited ("0.weight"), with the user's variable in front when there are
            several ("netG.0.weight"), the variable alone for a bare tensor. Each of them must be
            named by the finding. Empty: not compared.
        cause: The `cause.kind` of the catalogue. None: not compared.
    """

    code: str
    parameters: Sequence[str] = ()
    cause: str | None = None


@dataclass(frozen=True)
class Case:
    """One script of the corpus and the whole verdict on it.

    Attributes:
        id: The row of the corpus ("DET-01"), or "OWN-" and a name for a control of our own.
        script: The script's file name, in the folder of this module.
        expect: The findings that must be reported. Empty: no error and no warning at all.
        exit: The exit code of the script itself, 1 where its documented end is a raised error.
        traced: True where not even the codes of `expect` can be known without a traced step.
        allow: Codes of further errors and warnings that are true of the script, besides
            `expect`. Info findings need no leave.
    """

    id: str
    script: str
    expect: Sequence[Expect] = ()
    exit: int = 0
    traced: bool = False
    allow: Sequence[str] = ()
