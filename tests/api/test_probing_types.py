"""Pings and scans as a user's type checker sees them: right calls pass, and wrong ones are found."""

from __future__ import annotations

import pytest

from tests.api.checkers import check, mypy
from tests.api.pyright import pyright

WRONG = {
    'rawkit.ping("192.0.2.1", cuont=3)': "cuont",
    'rawkit.ping("192.0.2.1", count="three")': "int",
    'rawkit.ping("192.0.2.1", method="sctp")': "sctp",
    'rawkit.scan("192.0.2.1", ports=1.5)': "float",
    'print(rawkit.ping("192.0.2.1").wait()[0].rtt)': "rtt",
}


@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_checker_passes_what_is_right_and_nothing_else(root, tmp_path, checker):
    check(checker, root / "tests" / "api" / "probing_typed.py", WRONG, tmp_path, root)
