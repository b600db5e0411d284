"""The stopwatch: time, memory, failures and time-outs of real processes."""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import pytest

from benchmarks.measure import RunError, measure

MEGABYTE = 1 << 20


def python(script, tmp_path, timeout=60):
    return measure([sys.executable, "-SE", "-c", script], tmp_path / "out", timeout)


def test_peak_is_the_commands_own_whatever_its_parent_holds(tmp_path):
    ballast = np.ones(256 * MEGABYTE, dtype=np.uint8)
    assert python("pass", tmp_path).peak < 64 * MEGABYTE < len(ballast)
    assert python(f"x = bytearray(b'x' * {128 * MEGABYTE})", tmp_path).peak >= 128 * MEGABYTE


def test_wall_time_counts_waiting_and_cpu_time_does_not(tmp_path):
    taken = python("import time; time.sleep(0.3)", tmp_path)
    assert taken.wall >= 0.3
    assert taken.cpu < 0.3


def test_cpu_time_counts_children(tmp_path):
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    assert python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])", tmp_path).cpu >= 0.2


def test_output_is_kept(tmp_path):
    python("print('hello')", tmp_path)
    assert (tmp_path / "out").read_text() == "hello\n"


def test_a_failure_says_its_last_words(tmp_path):
    with pytest.raises(RunError, match="exit code 3: no such thing"):
        python("import sys; print('no such thing', file=sys.stderr); sys.exit(3)", tmp_path)


def test_a_program_that_is_not_there_fails(tmp_path):
    with pytest.raises(RunError, match="No such file"):
        measure(["/no/such/program"], tmp_path / "out", 60)


def test_a_time_out_ends_children_too(tmp_path):
    pid = tmp_path / "pid"
    script = f"echo $$ > {pid}; while :; do :; done; true"
    with pytest.raises(RunError, match="over 1 s"):
        measure(["sh", "-c", f"sh -c '{script}' && true"], tmp_path / "out", 1)
    deadline = time.monotonic() + 60
    while runs(int(pid.read_text())):
        assert time.monotonic() < deadline


def runs(pid):
    """Whether the process still runs; one that waits to be reaped does not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_standard_input_is_empty(tmp_path):
    measure(["cat"], tmp_path / "out", 10)
    assert os.path.getsize(tmp_path / "out") == 0


def test_settings_for_python_do_not_reach_what_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    measure([sys.executable, "-S", "-c", "import sys; print(sys.dont_write_bytecode)"], tmp_path / "out", 60)
    assert (tmp_path / "out").read_text() == "False\n"
