"""The console report: golden texts, widths, encodings, limits."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gradaudit.findings import CAUSE_KINDS, Cause, Finding, Severity
from gradaudit.report import Report
from gradaudit.sinks.console import ConsoleReport, plain_text
from gradaudit.sinks.wording import because

Golden = Callable[[str, str], None]

ENCODER = tuple(f"encoder.{layer}.{kind}" for layer in range(6) for kind in ("weight", "bias"))
HEAD = ("head.weight", "head.bias")
HEALTHY = Report(
    findings=(),
    backwards=10,
    steps=10,
    parameters=ENCODER + HEAD,
    models=("Net",) * 14,
    gradaudit="0.1.0",
    torch="2.13.0",
)
CUT = Finding(
    code="GA101",
    name="missing-gradient",
    severity=Severity.WARNING,
    message="13 parameters got no gradient in any of 10 steps, while head.bias did.",
    fix="Take the detach() away, or freeze them on purpose with requires_grad_(False).",
    parameters=(*ENCODER, "head.weight"),
    model="Net",
    cause=Cause("detach", "Tensor.detach", "train.py", 12, "forward", "encoder"),
    first_step=0,
    last_step=9,
    count=10,
    evidence={"source": "    return self.encoder(x).detach()"},
)
STALE = Finding(
    code="GA301",
    name="missing-zero-grad",
    severity=Severity.ERROR,
    message="SGD consumed gradients that still held what its earlier steps had consumed.",
    fix="Call optimizer.zero_grad() once before each backward.",
    parameters=ENCODER + HEAD,
    optimizer="SGD",
    first_step=1,
    last_step=9,
    count=9,
)
FROZEN = Finding(
    code="GA403",
    name="frozen-parameter-in-optimizer",
    severity=Severity.INFO,
    message="SGD holds it, though requires_grad is False, and so it never learns anything.",
    fix="Leave it out of the optimizer.",
    parameters=("head.bias",),
    optimizer="SGD",
)


def report(*findings: Finding) -> Report:
    return dataclasses.replace(HEALTHY, findings=findings)


def test_all_severities(golden: Golden) -> None:
    """Errors come first, then warnings, both in full; infos take one line each."""
    golden("console_all_severities.txt", str(report(FROZEN, CUT, STALE)))


def test_nothing_found(golden: Golden) -> None:
    """A healthy run gets one short line."""
    golden("console_nothing_found.txt", str(HEALTHY))


def test_several_ranks(golden: Golden) -> None:
    """Findings say of which ranks they are, and those that are alike are printed once."""
    others = [dataclasses.replace(CUT, rank=rank) for rank in (1, 2)]
    alone = dataclasses.replace(FROZEN, rank=1)
    golden("console_several_ranks.txt", str(report(CUT, *others, alone)))


def test_alike_findings_of_one_rank_stay_apart() -> None:
    """Only what different ranks found alike is printed once; the first line counts all."""
    text = str(report(CUT, CUT))
    assert text.startswith("gradaudit: 2 warnings")
    assert text.count("GA101") == 2


def test_unsure_cause_and_one_step(golden: Golden) -> None:
    """A cause that is not certain says so; one step is told as one, an unknown cause as that."""
    unsure = dataclasses.replace(
        CUT,
        parameters=("head.weight",),
        cause=Cause("no-grad-region", module="head", certain=False),
        last_step=0,
        count=1,
        evidence={},
    )
    unknown = dataclasses.replace(unsure, cause=Cause("unknown"))
    golden("console_unsure_cause.txt", str(report(unsure, unknown)))


def test_every_cause_kind_has_words() -> None:
    """No cause kind of the contract is told by its bare name alone, other than "unknown"."""
    bare = [kind for kind in CAUSE_KINDS if because(Cause(kind)) == kind]
    assert bare == ["unknown"]


def test_a_report_from_json_groups_nothing() -> None:
    """Where healthy parameters are not known, no module is said to be affected as a whole."""
    text = str(Report.from_json(report(STALE).to_json()))
    assert "14 parameters" in text.splitlines()[0]
    assert "whole model" not in text
    assert "and 2 more" in text


def test_many_infos_are_cut() -> None:
    """At most 60 infos are printed, and how many more there are."""
    text = str(report(*[FROZEN] * 100))
    assert text.count("GA403") == 60
    assert text.endswith("and 40 more")


def test_many_parameters_are_cut() -> None:
    """A finding about thousands of scattered parameters stays short."""
    names = tuple(f"layer{layer}.{kind}" for layer in range(5000) for kind in ("w", "b"))
    known = dataclasses.replace(
        HEALTHY,
        parameters=names,
        models=("Net",) * len(names),
        findings=(dataclasses.replace(CUT, parameters=names[::2]),),
    )
    assert "and 4988 more" in " ".join(str(known).split())
    assert len(str(known).splitlines()) < 20


def test_the_same_parameter_of_every_layer_is_told_once() -> None:
    """With a star for the layers; a module whose other parameters are frozen counts as whole."""
    names = tuple(f"layers.{layer}.attn.{kind}" for layer in range(12) for kind in "qkv")
    every = dataclasses.replace(CUT, parameters=names[::3])
    report = dataclasses.replace(
        HEALTHY, parameters=names, models=("Net",) * len(names), findings=(every,)
    )
    assert "parameters  layers.*.attn.q (12 parameters)" in str(report)
    frozen = {name: "frozen" for name in names if name not in every.parameters}
    frozen.pop("layers.7.attn.k")
    text = str(dataclasses.replace(report, statuses=frozen))
    assert "layers.*.attn.q (12 parameters)" in text
    two = dataclasses.replace(CUT, parameters=(*names[:2], *names[3:5]))
    text = str(dataclasses.replace(report, findings=(two,), statuses=frozen))
    assert "layers.{0,1}.* (4 parameters)" in text


@given(
    st.builds(
        Finding,
        code=st.just("GA101"),
        name=st.just("missing-gradient"),
        severity=st.sampled_from(Severity),
        message=st.text(max_size=300),
        fix=st.text(max_size=100),
        parameters=st.lists(st.text(min_size=1, max_size=40), max_size=4).map(tuple),
        cause=st.none()
        | st.builds(Cause, st.just("detach"), st.text(), st.text(), st.integers(1, 9), st.text()),
    ),
    st.sampled_from([40, 80, 120]),
)
def test_any_text_stays_in_its_lines(finding: Finding, width: int) -> None:
    """Any message, any name: no escape sequence, no trailing space, no long line."""
    lines = plain_text(report(finding), width).split("\n")
    assert all(line.isprintable() for line in lines)
    assert all(line == line.rstrip() for line in lines)
    assert all(cell_len(line) <= width for line in lines[1:])


def test_markup_in_a_message_is_text() -> None:
    """Brackets of a message are not taken for markup."""
    odd = dataclasses.replace(CUT, message="x[0] [bold]is[/bold] [/] odd")
    assert "x[0] [bold]is[/bold] [/] odd" in str(report(odd))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_stream_gets_only_what_it_can_print(encoding: str) -> None:
    """A character that the stream's encoding lacks is written as its escape."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    odd = dataclasses.replace(CUT, message="Schicht \u5c42 \u00e4 \udc80")
    ConsoleReport(stream).render(report(odd))
    written = raw.getvalue().decode(encoding)
    assert ("\u5c42" if encoding == "utf-8" else "\\u5c42") in written
    assert ("\u00e4" if encoding != "ascii" else "\\xe4") in written
    assert "\\udc80" in written


def test_a_stream_that_is_no_terminal_gets_the_plain_text() -> None:
    """What a file gets is what str(report) is."""
    stream = io.StringIO()
    ConsoleReport(stream).render(report(STALE, FROZEN))
    assert str(report(STALE, FROZEN)) + "\n" == stream.getvalue()


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal severities are coloured, and NO_COLOR takes that away."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = Terminal()
    ConsoleReport(coloured, width=80).render(report(STALE))
    assert "\x1b[1;31m" in coloured.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    ConsoleReport(plain, width=80).render(report(STALE))
    assert "31m" not in plain.getvalue()


def test_the_default_stream_is_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """A report goes to stderr, so that a script's own output stays its own."""
    ConsoleReport().render(HEALTHY)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == str(HEALTHY) + "\n"
