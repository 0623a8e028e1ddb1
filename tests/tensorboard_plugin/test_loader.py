"""The entry point: light, and harmless whatever fails behind it."""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import textwrap
from importlib import metadata

import pytest
from gradaudit_tensorboard.loader import GradAuditLoader

from gradaudit.cli import doctor
from gradaudit.cli.main import main


def loaded_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_the_entry_point_is_registered_and_leads_to_the_loader() -> None:
    (point,) = (
        one for one in metadata.entry_points(group="tensorboard_plugins") if one.name == "gradaudit"
    )
    assert point.load() is GradAuditLoader


def test_a_start_of_tensorboard_pays_nothing() -> None:
    """What its entry point imports is TensorBoard's own base class and nothing heavy."""
    loaded = loaded_after("import gradaudit_tensorboard.loader")
    assert "gradaudit_tensorboard.loader" in loaded
    assert loaded & {"torch", "numpy", "rich", "gradaudit.events"} == set()


def test_the_tab_needs_no_torch() -> None:
    loaded = loaded_after("import gradaudit_tensorboard.plugin, gradaudit_tensorboard.standalone")
    assert "numpy" in loaded
    assert "torch" not in loaded


def test_the_page_needs_no_tensorboard() -> None:
    loaded = loaded_after("import gradaudit_tensorboard.standalone, gradaudit.html")
    assert loaded & {"torch", "tensorboard", "werkzeug"} == set()


def test_a_tab_that_cannot_be_made_is_none_and_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where numpy is missing or broken: no tab, one line in the log, no exception."""
    monkeypatch.setitem(sys.modules, "gradaudit_tensorboard.plugin", None)
    with caplog.at_level(logging.WARNING):
        assert GradAuditLoader().load(None) is None  # pyright: ignore
    assert "Grad Audit tab is not shown" in caplog.text


def test_all_of_our_data_is_asked_for_unless_the_user_says_other() -> None:
    for given, kept in ({}, 0), ({"gradaudit": 7}, 7), ({"scalars": 1}, 0):
        flags = argparse.Namespace(samples_per_plugin=dict(given))
        GradAuditLoader().fix_flags(flags)
        assert flags.samples_per_plugin == {**given, "gradaudit": kept}
    GradAuditLoader().fix_flags(argparse.Namespace())


def test_a_broken_tab_does_not_stop_tensorboard() -> None:
    """The other dashboards are there, ours is not."""
    code = """
        import sys
        sys.modules["gradaudit_tensorboard.plugin"] = None
        from tensorboard import default, program
        from tensorboard.backend.application import TensorBoardWSGIApp
        board = program.TensorBoard()
        board.configure(argv=["tensorboard", "--logdir", ".", "--load_fast", "false",
                              "--reload_interval", "0"])
        data, multiplexer = board._make_data_provider()
        app = TensorBoardWSGIApp(board.flags, board.plugin_loaders, data,
                                 board.assets_zip_provider, multiplexer)
        print([one.plugin_name for one in app._plugins])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert "'scalars'" in done.stdout
    assert "'gradaudit'" not in done.stdout


def test_the_doctor_sees_the_tab(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "the Grad Audit tab in TensorBoard: registered\n" in said
    missing = said.partition("not built in this version:")[2]
    assert "SARIF" in missing
    assert "TensorBoard" not in missing
    assert "HTML" not in missing


def test_the_doctor_says_why_there_is_no_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorBoard too old, plugin not registered, plugin broken, no TensorBoard."""
    version = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "2.20.0" if name == "tensorboard" else version(name)
    )
    assert "TensorBoard 2.20.0 is older than 2.21" in doctor.tab()
    monkeypatch.setattr(metadata, "version", lambda name: "2.21.0")
    monkeypatch.setitem(sys.modules, "gradaudit_tensorboard.loader", None)
    assert doctor.tab().startswith("cannot be loaded (")
    monkeypatch.setattr(metadata, "entry_points", lambda **_: [])
    assert doctor.tab().startswith("not registered: ")

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert doctor.tab() == "needs TensorBoard: pip install 'gradaudit[tensorboard]'"
