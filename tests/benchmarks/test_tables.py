"""The tables of the lab jobs are read as those jobs print them."""

from __future__ import annotations

import pytest

from benchmarks import capture, craft, ping, scan, send, tables


def swept(seconds, alive):
    """What benchmarks/ping.py says of a sweep."""
    return ping.sweeps([ping.Measured("192.0.2.1\n" * alive, "", seconds, 0.5)])


# As benchmarks/ping.py prints it.
PING = f"""\
median round trip over a veth, 1,000 echoes at 2 ms (microseconds, 3 rounds)
  rawkit   {ping.figures([1.85, 1.55, 1.79], 2)}
  iputils  {ping.figures([5.0, 6.0, 4.0], 2)}
  fping    {ping.figures([7.0, 6.0, 8.0], 2)}
  spinning {ping.figures([1.7, 1.5, 1.6], 2)}
  limit    {ping.figures([1.4, 1.2, 1.3], 2)}
one echo to the loopback address, whole process (seconds)
  rawkit   {ping.figures([0.077])}
  iputils  {ping.figures([0.002])}
198.18.0.0/20, half of it silent, 500 ms, 3 retries, 5,000 packets a second, no loss
  rawkit   {swept(11.5, 2047)}
  fping    {swept(11.0, 2047)}
  the same hosts: True
198.18.0.0/20, half of it silent, 500 ms, 3 retries, 5,000 packets a second, 5% lost
  rawkit   {swept(11.5, 2047)}
  fping    {swept(12.0, 2046)}
  the same hosts: False
100 targets, 10 echoes a second each, 10 s
  rawkit    12.5% of a core, 10000 answers, 10000 seen by tcpdump
  fping      5.0% of a core, 9999 answers, 10000 seen by tcpdump
"""


def told(rows):
    return [(row.work, row.peer, row.ours, row.theirs, row.met) for row in rows]


def test_ping():
    assert told(tables.rows("ping", PING)) == [
        ("ping: median round trip", "iputils", 1.79, 5.0, True),
        ("ping: median round trip", "fping", 1.79, 7.0, False),
        ("ping: median round trip", "C at the same interval", 1.79, 1.6, None),
        ("ping: median round trip", "C without a pause", 1.79, 1.3, None),
        ("ping -c 1, whole process", "at most", 0.077, 0.15, True),
        ("ping: 198.18.0.0/20, half silent, no loss", "fping", 11.5, 11.0, False),
        ("ping: 198.18.0.0/20, half silent, no loss: hosts alive", "fping", 2047.0, 2047.0, True),
        ("ping: 198.18.0.0/20, half silent, 5% lost", "fping", 11.5, 12.0, True),
        ("ping: 198.18.0.0/20, half silent, 5% lost: hosts alive", "fping", 2047.0, 2046.0, True),
        ("ping: 100 targets, 10 a second each: CPU", "at most", 12.5, 25.0, True),
        ("ping: 100 targets, 10 a second each: answers", "tcpdump saw", 10000.0, 10000.0, True),
    ]


def test_ping_without_fping():
    without = "".join(line for line in PING.splitlines(keepends=True) if not line.startswith("  fping"))
    assert {row.peer for row in tables.rows("ping", without)} & {"iputils", "fping", "at most"} == {
        "iputils",
        "at most",
    }


SENT = 2_000_000


def show(name, dropped, cpu):
    runs = ((dropped, cpu), (dropped, cpu + 0.125), (0, cpu))
    capture.show([capture.Result(name, SENT, SENT - lost, lost, 0, took, 700_000.0) for lost, took in runs])


def test_capture(capsys):
    show("rawkit -w", 0, 0.5)
    show("tcpdump -w", 100_000, 0.75)
    rows = tables.rows("capture", capsys.readouterr().out)
    assert {row.work.partition(":")[0] for row in rows} == {"capture of 2,000,000 frames at full speed, rawkit -w"}
    assert [row[1:] for row in told(rows)] == [
        ("at most", 0.0, 0.0, True),
        ("tcpdump -w", 0.0, 100_000.0, None),
        ("tcpdump -w", 0.5, 0.75, True),
    ]


def test_a_capture_that_loses_frames_misses_its_target(capsys):
    show("rawkit -w", 1, 0.5)
    show("tcpdump -w", 0, 0.4)
    assert [row.met for row in tables.rows("capture", capsys.readouterr().out)] == [False, None, False]


@pytest.mark.parametrize(("ours", "met"), [(200_000, True), (200_001, False)])
def test_capture_as_text_drops_a_fifth_of_what_tcpdump_drops(capsys, ours, met):
    show("rawkit -n", ours, 1.0)
    show("tcpdump -nn", 1_000_000, 1.0)
    (row,) = tables.rows("capture", capsys.readouterr().out)
    assert (row.theirs, row.met) == (1_000_000.0, met)


@pytest.mark.parametrize(("rate", "met"), [(999_999.0, False), (1_000_000.0, True)])
def test_craft(rate, met):
    text = f"{craft.line('scapy', [2400.0])}\n{craft.line('rawkit', [rate])}\nratio  417\n"
    rows = tables.rows("craft", text)
    assert [row.met for row in rows] == [True, met]


SENDERS = {
    "rawkit send, one packet": 600_000,
    "rawkit send, 3 fields vary": 500_000,
    "trafgen, one packet": 500_000,
    "masscan": 400_000,
    "hping3 --flood": 250_000,
    "scapy sendp, open socket": 5_000,
    "C burst, the veth's own rate": 1_200_000,
}
REPLAYERS = {"rawkit replay --top": 900_000, "tcpreplay --topspeed": 1_000_000}
# As benchmarks/send.py prints it.
GAPS = """\
error of gaps, us                   median        90 %        99 %     largest
rawkit replay                          1.5         3.0        10.0       100.0
tcpreplay                              2.0        50.0       300.0       900.0

asked 50000 frames/s for 5 s: 250000 on the interface; it says: 250000 frames sent
"""


def compared(monkeypatch, capsys, rates):
    """What benchmarks/send.py prints where programs have these rates."""
    monkeypatch.setattr(send, "rate", lambda command, seconds: rates[command[1]])
    send.compare("rates", {name: ["true", name] for name in rates}, seconds=1.0, runs=2)
    return capsys.readouterr().out


def test_send(monkeypatch, capsys):
    text = compared(monkeypatch, capsys, SENDERS) + compared(monkeypatch, capsys, REPLAYERS) + GAPS
    assert [(row.peer, round(row.ratio, 2), row.met) for row in tables.rows("send", text)] == [
        ("C burst, the veth's own rate", 0.5, None),
        ("trafgen, one packet", 1.2, True),
        ("scapy sendp, open socket", 120.0, True),
        ("masscan", 1.25, False),
        ("hping3 --flood", 2.0, True),
        ("tcpreplay --topspeed", 0.9, False),
        ("tcpreplay", 1.33, True),
    ]


def test_send_beside_what_is_installed_only(monkeypatch, capsys):
    there = {name: rate for name, rate in SENDERS.items() if name.startswith(("rawkit", "hping3"))}
    rows = tables.rows("send", compared(monkeypatch, capsys, there))
    assert [row.peer for row in rows] == ["hping3 --flood"]


SCANNED = {
    "65,535 ports of one host, 20 open: seconds": {
        "rawkit": [(0.6, 20), (0.5, 20), (0.7, 19)],
        "nmap": [(0.5, 20), (0.75, 20), (0.9, 20)],
    },
    "65,536 hosts, one closed port: SYNs a second at the receiver; `found` is SYNs received": {
        "rawkit": [(150_000.0, 65_536)],
        "masscan": [(100_000.0, 65_536)],
        "zmap": [None],
    },
}


def scanned(titles):
    """What benchmarks/scan.py prints of such runs."""
    lines = [[title, *(scan.line(name, runs) for name, runs in found.items())] for title, found in titles.items()]
    return "\n".join(line for block in lines for line in block)


def test_scan():
    rows = tables.rows("scan", scanned(SCANNED) + "\npeak memory: MB, and packets sent\n  counted 35.0\n"
                       "  sent    250.0\n  packets 1048576\n")  # fmt: skip
    assert told(rows) == [
        ("scan: 65,535 ports of one host, 20 open", "nmap", 0.6, 0.75, True),
        ("scan: 65,535 ports of one host, 20 open: least open ports in a run", "nmap", 19.0, 20.0, False),
        ("scan: 65,536 hosts, one closed port", "masscan", 150_000.0, 100_000.0, True),
        ("scan: 65,536 hosts, one closed port: least SYNs received in a run", "masscan", 65_536.0, 65_536.0, True),
        ("scan: 65,536 hosts, one closed port", "zmap", 150_000.0, None, None),
        ("scan: 65,536 hosts, one closed port: least SYNs received in a run", "zmap", 65_536.0, None, None),
        ("scan: peak memory, counting a /8", "at most", 35.0, 200.0, True),
        ("scan: peak memory, 1,048,576 probes sent", "at most", 250.0, 200.0, False),
    ]
    assert rows[0].ours_range == (0.5, 0.7)
    assert rows[4].note == "with a result: rawkit 1 of 1 runs, zmap 0 of 1"


def test_scan_of_ours_without_a_result_has_no_figure():
    title = "65,535 ports of one host, 20 open: seconds"
    row, _ = tables.rows("scan", scanned({title: {"rawkit": [None], "nmap": [(0.5, 20)]}}))
    assert (row.ours, row.theirs, row.note) == (None, 0.5, "with a result: rawkit 0 of 1 runs, nmap 1 of 1")


def test_a_table_that_nobody_reads_has_no_rows():
    assert tables.rows("another", "anything") == []
