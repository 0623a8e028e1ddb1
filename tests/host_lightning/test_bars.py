"""On a terminal: what is told while a progress bar is shown leaves no half of it behind."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="a terminal of our own needs a Unix")

SCRIPT = Path(__file__).with_name("bar_script.py")
WIDE = 400
"""Columns: nothing is wrapped, so that a line on the screen is a line that was written."""
_PART = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n\b])|([^\x1b\r\n\b]+)")


def shown_at_the_end(bar: str) -> list[str]:
    """The lines of the terminal after the script has ended."""
    import fcntl
    import struct
    import termios

    process, terminal = pty.fork()
    if process == 0:
        folders = [str(SCRIPT.parents[2]), str(SCRIPT.parents[2] / "integrations")]
        os.environ.update(
            TERM="xterm", COLUMNS=str(WIDE), LINES="60", OMP_NUM_THREADS="1",
            PYTHONPATH=os.pathsep.join(folders), PYTHONWARNINGS="ignore::FutureWarning",
        )  # fmt: skip
        os.execv(sys.executable, [sys.executable, str(SCRIPT), bar])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, WIDE, 0, 0))
    written = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side has gone
            break
        if not more:
            break
        written += more
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, written.decode()
    return emulated(written.decode())


def emulated(text: str) -> list[str]:
    """A terminal in a few lines: carriage return, line feed, cursor up, erase."""
    lines, row, column = [""], 0, 0
    for count, command, control, words in _PART.findall(text):
        if words:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + words + line[column + len(words) :]
            column += len(words)
        elif control == "\r":
            column = 0
        elif control == "\b":
            column = max(column - 1, 0)
        elif control == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif command == "A":
            row = max(row - int(count or 1), 0)
        elif command == "K":
            lines[row] = "" if count == "2" else lines[row][:column]
    return [line.rstrip() for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("bar", ["tqdm", "rich"])
def test_findings_and_report_stand_on_lines_of_their_own(bar: str) -> None:
    """Above one bar that is whole: two findings while it ran, and the report."""
    lines = shown_at_the_end(bar)
    bars = [line for line in lines if "30/30" in line or "Epoch 0" in line]
    assert len(bars) == 1, lines
    assert "GA" not in bars[0]
    warned = [line for line in lines if re.search(r": GA101 missing-gradient: `(body|spare)", line)]
    assert len(warned) == 2, lines
    head = lines.index("gradaudit: 2 warnings in 30 steps, 30 backwards, 6 parameters")
    report = lines[head:]
    assert sum(line.startswith("warning  GA101 missing-gradient  (") for line in report) == 2
    assert not any("it/s" in line for line in lines if line not in bars)
