"""Who does not use the plugin does not pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys, time, pytest
begin = time.process_time()
import rawkit.testing.plugin
print(time.process_time() - begin)
print(*sorted(name for name in sys.modules if name.startswith(("rawkit", "numpy", "scapy"))))
"""


def test_a_run_that_does_not_use_it_loads_nothing_of_rawkit(project):
    project.makepyfile(
        """
        import sys

        def test_it():
            ours = {name for name in sys.modules if name.startswith("rawkit")}
            assert ours <= {"rawkit", "rawkit.testing", "rawkit.testing.plugin"}
        """
    )
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.alone
def test_it_takes_less_than_five_milliseconds():
    seconds = []
    for _ in range(7):
        spent, modules = subprocess.check_output([sys.executable, "-c", PROGRAM], text=True).splitlines()
        seconds.append(float(spent))
    assert modules == "rawkit rawkit.testing rawkit.testing.plugin"
    assert min(seconds) < 0.005
