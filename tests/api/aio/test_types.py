"""`rawkit.aio` as a user's type checker sees it: right calls pass, and wrong ones are found."""

from __future__ import annotations

import pytest

from tests.api.checkers import check, mypy
from tests.api.pyright import pyright

WRONG = {
    'rawkit.aio.ping("192.0.2.1", cuont=3)': "cuont",
    'rawkit.aio.ping("192.0.2.1", count="three")': "int",
    'rawkit.aio.scan("192.0.2.1", ports=1.5)': "float",
    'rawkit.aio.sniff("eth0", duration="long")': "duration",
    'list(rawkit.aio.sniff("eth0"))': "Capture",
    'rawkit.aio.sniff("eth0").write("a.pcap", size="large")': "size",
    "rawkit.aio.send()": "what",
    'wrong: int = rawkit.aio.ask(b"")': "int",
}


@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_checker_passes_what_is_right_and_nothing_else(root, tmp_path, checker):
    check(checker, root / "tests" / "api" / "aio" / "typed.py", WRONG, tmp_path, root)
