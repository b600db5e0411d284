"""Ctrl-C before a command has an answer to it, while it is being loaded: exit code 130, and nothing is printed."""

from __future__ import annotations

import pytest

from rawkit import __main__
from rawkit.cli import main
from rawkit.cli.sniff import command as sniff


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_in_a_command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sniff, "check", interrupt)
    assert main.run(["sniff", "-r", "none.pcap"]) == 130
    assert capfd.readouterr() == ("", "")


def test_before_the_command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(main, "run", interrupt)
    assert __main__.main() == 130
    assert capfd.readouterr() == ("", "")
