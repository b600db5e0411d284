"""`ScanRun`, `SendRun` and `ReplayRun`, driven from Python in a lab: the kernel at the other end says what is right."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from rawkit.api.replay import ReplayRequest, ReplayRun
from rawkit.api.scan import ScanRequest, ScanRun
from rawkit.api.send import SendRequest, SendRun
from rawkit.errors import MissingError, RawkitError
from rawkit.lab import ServiceSpec

pytestmark = [pytest.mark.root, pytest.mark.netns]
SERVER = "192.0.2.20"


@pytest.fixture(scope="module")
def client(lab_up):
    """The client of the scenario `pair`, with TCP servers at ports 2000 and 2001 of the server."""
    with lab_up("pair") as lab:
        lab["server"].serve(*(ServiceSpec("tcp-echo", port) for port in (2000, 2001)))
        yield lab["client"]


def left(host) -> int:
    """Packets that have left a host, by the kernel's own counter."""
    return int(host.run(["cat", "/sys/class/net/eth0/statistics/tx_packets"], check=True).stdout)


def test_verdicts_come_one_by_one(client):
    with client.entered():
        run = ScanRun(ScanRequest((SERVER,), "1998-2001"))
        found = {one.port: (one.host, one.state, one.reason) for one in run}
    assert found == {
        1998: (SERVER, "closed", "reset"),
        1999: (SERVER, "closed", "reset"),
        2000: (SERVER, "open", "syn-ack"),
        2001: (SERVER, "open", "syn-ack"),
    }
    summary = run.summary
    assert (summary.up, summary.open, summary.closed, summary.filtered, summary.whole) == (1, 2, 2, 0, True)
    assert list(run) == [], "a second time there is nothing"


def test_a_scan_that_another_thread_ends_is_not_whole(client):
    with client.entered():
        run = ScanRun(ScanRequest((SERVER,), "1-1000", rate=1))
        timer = threading.Timer(0.1, run.stop)
        timer.start()
        summary = run.wait()
        timer.join()
    assert (summary.whole, summary.closed < 1000) == (False, True)


@pytest.mark.parametrize("whole_hosts", [False, True])
def test_a_scan_goes_on_where_it_was_left(client, tmp_path, whole_hosts):
    """Without `whole_hosts` each verdict is given once; with it those of the first part are given again."""
    request = ScanRequest((SERVER,), "1-300", rate=2000, resume=tmp_path / "state", whole_hosts=whole_hosts)
    with client.entered():
        first = ScanRun(request)
        ports = set[int]()
        with closing(first.batches()) as batches:
            for verdicts in batches:
                ports |= set(verdicts.ends.port.tolist())
                if len(ports) > 50:
                    first.stop()
        rest = [one.port for one in ScanRun(request)]
    assert len(ports) < 300
    assert len(rest) == len(set(rest)), "each once"
    assert ports | set(rest) == set(range(1, 301))
    assert (ports & set(rest) == set()) is not whole_hosts


def test_ports_have_to_be_named_where_nmap_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("NMAPDIR", str(tmp_path))
    with pytest.raises(MissingError, match="which ports"):
        ScanRun(ScanRequest((SERVER,)))


def test_answers_are_those_of_the_kernel(client):
    replies, frames = [], []
    with client.entered(), SendRun(SendRequest(f'IP(dst="{SERVER}")/ICMP(seq=[1, 2, 3])', reply=True)) as run:
        sent = run.go(frames.append, replies.append)
    assert (sent.frames, run.asked, run.answered) == (3, 3, 3)
    assert sorted(one.number for one in replies) == [1, 2, 3]
    assert all("echo-reply" in one.reply for one in replies)
    assert sum(map(len, frames)) == 6, "what was sent, and what answered"


def test_what_is_made_is_not_sent(client):
    with client.entered():
        run = SendRun(SendRequest(f'IP(dst="{SERVER}")/UDP(dport=9)', count=5000))
        before = left(client)
        assert sum(map(len, run.made())) == 5000
    assert left(client) - before < 1000


def test_a_run_without_end_is_ended_by_another_thread(client):
    with client.entered(), SendRun(SendRequest(f'IP(dst="{SERVER}")/UDP(dport=9)', loop=True, rate=1000)) as run:
        timer = threading.Timer(0.3, run.stop)
        timer.start()
        sent = run.go()
        timer.join()
    assert (run.stopped, 0 < sent.frames < 100_000) == (True, True)


def test_frames_of_a_capture_go_out(client, capture):
    progress = []
    before = left(client)
    with client.entered(), ReplayRun(ReplayRequest(str(capture("dns")), "eth0", top=True, loop=100)) as run:
        sent = run.go(progress.append)
    assert (sent.frames, left(client) - before >= sent.frames) == (run.sent.frames, True)
    assert sent.frames % 100 == 0
    assert sent.frames > 0


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (SendRequest("IP()", count=0), "--count 0: give a number of 1 or more"),
        (SendRequest("IP()", rate=0.0), "--rate 0.0: give a number over 0"),
        (SendRequest(), "what to send is an expression or --template"),
        (ReplayRequest("x", "lo", loop=-1), "--loop -1: give a number of 0 or more"),
        (ReplayRequest("x", "lo", pps=1, top=True), "give one of them"),
        (ScanRequest(("192.0.2.1",), "1", retries=21), "--retries 21: give a number from 0 to 20"),
        (ScanRequest(("192.0.2.1",), "1", rate=-1), "--rate -1: give a number of probes a second, or auto"),
    ],
)
def test_what_the_command_line_would_refuse_is_refused_here(request_, complaint):
    kinds = {SendRequest: SendRun, ReplayRequest: ReplayRun, ScanRequest: ScanRun}
    with pytest.raises(RawkitError, match=complaint):
        kinds[type(request_)](request_)
