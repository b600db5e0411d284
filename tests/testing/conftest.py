"""A project of a user's, made anew for each test, whose tests pytest runs with the plugin."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """With two captures beside the test, and one in a folder that a setting names."""
    monkeypatch.delenv("CI", raising=False)
    for name in ("tcp-connect-refused.pcap", "dns.pcap"):
        shutil.copy(CAPTURES / name, pytester.path)
    pytester.mkdir("recorded")
    shutil.copy(CAPTURES / "tcp-half-close.pcap", pytester.path / "recorded")
    pytester.makeini("[pytest]\nrawkit_captures = recorded\n")
    return pytester
