"""`rawkit synscan` on a terminal, and as somebody else once its sockets are open."""

from __future__ import annotations

import os
import pty
import re
import sys
from ipaddress import IPv4Address

import numpy as np
import pytest

from rawkit.lab import ServiceSpec
from rawkit.probe.scan.kinds import CLOSED, FILTERED, OPEN, SYN_ACK
from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.values import ScanCounts, Verdicts

WIDTH = "100"


def opened(*pairs):
    count = len(pairs)
    zeros = np.zeros(count, dtype=np.int64)
    low = np.array([int(IPv4Address(host)) for host, _ in pairs], dtype=np.uint64)
    ends = Endpoints(np.zeros(count, "u8"), low, np.array([port for _, port in pairs]), zeros != 0)
    return Verdicts(zeros, ends, zeros + OPEN, zeros + SYN_ACK, zeros, zeros, zeros, ends)


class Screen:
    """A terminal of a kind: what is written to the last picture of the table."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return True

    def shown(self):
        """The lines without colours, those of the last time it was drawn."""
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.text)
        return [line.strip() for line in re.split(r"[\r\n]+", plain) if line.strip()]


def test_the_table_tells_hosts_ports_share_rate_and_time_left(monkeypatch):
    from rawkit.view.scan.table import FIRST, ScanTable

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", WIDTH)
    screen, counts = Screen(), ScanCounts(1000, sent=600, found={OPEN: 0, CLOSED: 0, FILTERED: 0})
    counts.found |= {OPEN: 3, CLOSED: 247}
    table = ScanTable(screen)
    table.take(opened(("192.0.2.7", 443), ("192.0.2.9", 22), ("192.0.2.7", 80)))
    table.show(FIRST - 1, counts)
    assert screen.text == ""
    table.show(2 * FIRST, counts)
    assert [line.split() for line in screen.shown()[:3]] == [
        ["host", "open", "ports"],
        ["192.0.2.9", "1", "22"],
        ["192.0.2.7", "2", "80,", "443"],
    ]
    assert screen.shown()[3].endswith("25% of 1000")
    assert screen.shown()[4] == "3 open, 247 closed, 0 filtered, 600 sent/s, 3 s left"
    before = screen.text
    table.show(2 * FIRST + 1, counts)
    assert screen.text == before, "drawn a moment ago"
    table.clear()
    assert screen.text.endswith("\x1b[2K") or "\x1b[1A" in screen.text[len(before) :]


def test_of_many_hosts_and_ports_the_last_and_first_are_shown(monkeypatch):
    from rawkit.view.scan.table import PORTS, ROWS, ScanTable

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", WIDTH)
    screen = Screen()
    table = ScanTable(screen)
    table.take(opened(*((f"192.0.2.{last}", 80) for last in range(1, ROWS + 4))))
    table.take(opened(*(("192.0.2.99", port) for port in range(1, PORTS + 6))))
    table.show(10**9, ScanCounts(10, sent=1))
    assert not any(line.startswith("192.0.2.1 ") for line in screen.shown())
    assert any(line.startswith("192.0.2.99") and line.endswith("and 5 more") for line in screen.shown())
    assert "and 4 more" in screen.shown()


@pytest.mark.parametrize("color", [True, False])
def test_the_table_has_colours_where_they_are_wanted(monkeypatch, color):
    """Whatever NO_COLOR says: the command has asked it."""
    from rawkit.view.scan.table import ScanTable

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    table = ScanTable(screen, color=color)
    table.take(opened(("192.0.2.7", 443)))
    table.show(10**9, ScanCounts(10, sent=1, found={OPEN: 1}))
    assert ("\x1b[32m1 open" in screen.text) == color
    assert bool(re.search(r"\x1b\[[0-9;]*m", screen.text)) == color


@pytest.fixture(scope="module")
def pair(lab_up):
    with lab_up("pair") as lab:
        lab["server"].serve(ServiceSpec("tcp-echo", 2000))
        yield lab


def on_a_terminal(host, *arguments):
    """What a scan writes to a terminal that is its stdout and stderr."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "rawkit", "synscan", *arguments]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": WIDTH}
    process = host.popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    text = b""
    try:
        while data := os.read(ours, 65536):
            text += data
    except OSError:  # nobody has the other end any more
        pass
    os.close(ours)
    assert process.wait(timeout=20) == 0
    return text.decode()


@pytest.mark.netns
def test_results_stand_above_the_table_which_is_gone_at_the_end(pair):
    target = str(pair["server"].ipv4)
    text = on_a_terminal(pair["client"], "-p", "1990-2009", "--rate", "15", "--seed", "1", target)
    for part in ("host", "% of 20", "sent/s", "s left"):
        assert part in text
    left = text.rsplit("\x1b[?25h", 1)[1]  # the cursor is there again: the table is gone
    assert "1 host up: 1 open, 19 closed, 0 filtered" in left
    assert "sent/s" not in left
    lines = [
        line for line in re.split(r"[\r\n]+", text) if re.search(r"2000/tcp +\x1b\[32mopen\x1b\[0m +cisco-sccp", line)
    ]
    assert len(lines) == 1


@pytest.mark.netns
@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("how", ["-Z", "sudo"])
def test_root_is_given_up_before_the_first_probe(pair, tmp_path, how):
    """The file of results is the user's, and the process cannot become root again while it scans."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    for parent in (*folder.parents,):
        if parent.owner() == "root" and parent != parent.parent and parent.stat().st_mode & 0o77 == 0:
            parent.chmod(0o711)
    out = folder / "out.json"
    arguments = ["-p", "1-40", "--rate", "40", "--format", "json", "-o", str(out), str(pair["server"].ipv4)]
    environment = {**os.environ, "SUDO_UID": "65534", "SUDO_GID": "65534"} if how == "sudo" else dict(os.environ)
    command = [sys.executable, "-m", "rawkit", "synscan", *(["-Z", "nobody"] if how == "-Z" else []), *arguments]
    running = pair["client"].popen(command, env=environment)
    while not out.exists() or not out.stat().st_size:
        assert running.poll() is None, "it ended before it could be looked at"
    with open(f"/proc/{running.pid}/status", encoding="ascii") as status:
        fields = dict(line.rstrip().split(":\t") for line in status if ":\t" in line)
    assert running.wait(timeout=20) == 0
    assert (fields["Uid"].split(), int(fields["CapPrm"], 16), fields["NoNewPrivs"]) == (["65534"] * 4, 0, "1")
    assert out.stat().st_uid == 65534
    assert len(out.read_text().splitlines()) == 40
