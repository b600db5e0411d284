"""`rawkit sniff` on a terminal: columns that fit it, colours where they are wanted; elsewhere the lines of scripts."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import dpkt
import pytest

from rawkit.cli.main import run
from rawkit.view import legend
from tests.terminal import Terminal, environment, without_colors

pytestmark = pytest.mark.usefixtures("root_stays")

SNIFF = [sys.executable, "-m", "rawkit", "sniff", "--kernels", "interpreted", "-n"]


def reading(root: Path, *options: str, name: str = "syn-scan.pcap") -> list[str]:
    return [*SNIFF, "-r", str(root / "captures" / name), *options]


@pytest.mark.parametrize("columns", [40, 80, 160])
@pytest.mark.parametrize("view", ["handshakes", "teardowns", "udp", "flows"])
def test_lines_fit_the_window(root, columns, view):
    text = Terminal(reading(root, "--view", view, name="dns.pcap"), columns).read()
    lines = without_colors(text).splitlines()
    assert max(map(len, lines)) <= columns
    assert "\x1b" not in "".join(lines)
    assert len(lines) > 1
    assert re.match("(OUTCOME|END|STATE) ", lines[0])


def test_the_verdict_stands_first_and_coloured(root):
    lines = Terminal(reading(root, "--view", "handshakes"), 80).read().splitlines()
    assert [line.partition(" ")[0] for line in lines[1:]] == [
        "\x1b[33mhalf",
        "\x1b[31munreachable\x1b[0m",
        "\x1b[31mrefused\x1b[0m",
        "\x1b[33mtimed",
    ]
    places = {without_colors(line).index("198.51.100.20:") for line in lines[1:]}
    assert places == {without_colors(lines[0]).index("SERVER")}


def test_details_stand_below_and_dimmed(root):
    text = Terminal(reading(root, "-v", "--view", "handshakes", name="tcp-half-close.pcap"), 80).read()
    lines = text.splitlines()
    below = [line for line in lines if line.startswith("\x1b[2m    ") and line.endswith("\x1b[0m")]
    assert lines[2:] == below
    told = " ".join(without_colors(line).strip() for line in below)
    assert told == (
        "SYN-ACK after 26.6 us, ACK 12.8 us later; client mss 1460, wscale 10, sackOK, TS; "
        "server mss 1460, wscale 10, sackOK, TS; connect() = 0; frames 1, 2, 3"
    )


def test_what_states_and_letters_mean_is_said_by_v_and_help(root, rawkit):
    """On standard error, so that lines stay as they are."""
    path = root / "captures" / "dns.pcap"
    plain = rawkit("sniff", "-r", path, "--view", "flows", "--kernels", "interpreted")
    told = rawkit("sniff", "-r", path, "--view", "flows", "--kernels", "interpreted", "-v")
    assert told.out == plain.out
    assert plain.err == ""
    for line in legend.lines():
        assert f"rawkit: {line}\n" in told.err
        assert len(line) <= 78
    assert told.err.endswith("rawkit: 20 frames read, 20 shown\n")
    assert all(line in rawkit("sniff", "--help").out.decode() for line in legend.lines())


COLOR = (
    ((), {}, True),
    ((), {"NO_COLOR": "1"}, False),
    ((), {"NO_COLOR": ""}, True),
    ((), {"TERM": "dumb"}, False),
    (("--no-color",), {}, False),
    (("--color", "never"), {}, False),
    (("--color", "auto"), {"NO_COLOR": "1"}, False),
    (("--color", "always"), {"NO_COLOR": "1"}, True),
    (("--no-color", "--color", "always"), {}, True),
    (("--color", "always", "--no-color"), {}, False),
)


class Tty(io.TextIOWrapper):
    """Standard output of this process, as if it were a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("options", "variables", "expected"), COLOR)
def test_colours(root, monkeypatch, options, variables, expected, before):
    """The same before the command's name and behind it."""
    for name, value in {"TERM": "xterm", "NO_COLOR": "", **variables}.items():
        monkeypatch.setenv(name, value)
    command = reading(root, "--view", "handshakes")[3:]
    with redirect_stdout(Tty(io.BytesIO(), encoding="utf-8")) as out:
        assert run([*options, *command] if before else [*command, *options]) == 0
    text = out.buffer.getvalue().decode()
    assert ("\x1b[" in text) == expected
    assert without_colors(text).startswith("OUTCOME ")


def test_columns_has_the_last_word(root):
    text = Terminal(reading(root, "--view", "handshakes"), 160, COLUMNS="60").read()
    lines = without_colors(text).splitlines()
    assert max(map(len, lines)) <= 60


def piped(root, *options, **variables):
    command = reading(root, "--view", "handshakes", *options)
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(variables))
    return done.stdout


@pytest.mark.parametrize("options", [(), ("--color", "never"), ("--color", "auto"), ("-v",)])
def test_no_terminal_gets_the_lines_of_scripts(root, options):
    expected = (root / "tests/golden/expected/syn-scan.pcap.txt").read_text()
    text = piped(root, *options, COLUMNS="40", TZ="UTC")
    assert len(text.splitlines()) == 4
    assert f"$ rawkit sniff -r captures/syn-scan.pcap -n --view handshakes\n{text}" in expected


def test_always_is_for_a_pager(root):
    """Columns and colours, the headings once, the width from COLUMNS."""
    lines = piped(root, "--color", "always", COLUMNS="160", LINES="3").splitlines()
    assert [without_colors(line).split()[0] for line in lines] == [
        "OUTCOME",
        "half",
        "unreachable",
        "refused",
        "timed",
    ]
    assert 80 < max(len(without_colors(line)) for line in lines) <= 160


def test_formats_for_programs_are_the_same_on_a_terminal(root):
    command = reading(root, "--view", "handshakes", "--format", "json")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert Terminal(command, 80).read() == done.stdout.rstrip("\n")


def refused(number: int) -> list[tuple[float, bytes]]:
    """A SYN from port `number`, and the RST that refuses it."""
    here, there = b"\xc0\0\2\x0a", b"\xc6\x33\x64\x14"
    frames = []
    for source, target, ports, flags in (
        (here, there, (number, 9000), dpkt.tcp.TH_SYN),
        (there, here, (9000, number), dpkt.tcp.TH_RST | dpkt.tcp.TH_ACK),
    ):
        segment = dpkt.tcp.TCP(sport=ports[0], dport=ports[1], seq=1, ack=2, flags=flags)
        packet = dpkt.ip.IP(src=source, dst=target, p=dpkt.ip.IP_PROTO_TCP, data=segment)
        packet.len = len(packet)
        frames.append(bytes(dpkt.ethernet.Ethernet(data=packet)))
    return [(number + 2.0 * number, frames[0]), (number + 2.0 * number + 0.001, frames[1])]


def test_a_window_that_is_resized_gets_lines_that_fit(tmp_path):
    """Each refusal is told a second later, so with the next attempt."""
    reader, writer = os.pipe()
    command = [*SNIFF, "-r", "-", "--view", "handshakes"]
    terminal = Terminal(command, 160, stdin=reader)
    os.close(reader)
    with os.fdopen(writer, "wb") as file:
        pcap = dpkt.pcap.Writer(file)

        def feed(number: int) -> None:
            for when, frame in refused(number):
                pcap.writepkt(frame, when)
            file.flush()

        for number in range(1, 4):
            feed(number)
        wide = [without_colors(terminal.read_line()) for _ in range(2)]
        terminal.resize(50, 10)
        for number in range(4, 8):
            feed(number)
    narrow = without_colors(terminal.read()).splitlines()
    assert max(map(len, wide)) > 80
    headings = next(place for place, line in enumerate(narrow) if line.startswith("OUTCOME"))
    assert max(map(len, narrow[headings:])) <= 50
    assert [line for line in narrow if not line.startswith(("OUTCOME", "refused"))] == []


def test_nothing_of_the_wire_reaches_the_terminal_raw(tmp_path):
    """A name in a DNS question that would clear the screen, and one that turns the direction of writing."""
    path = tmp_path / "names.pcap"
    question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x09\x1b[2J\x9b3\xc2\x85\x07\x03\xe2\x80\xae\0\0\x01\0\x01"
    packet = dpkt.ip.IP(
        src=b"\xc0\0\2\x0a",
        dst=b"\xc6\x33\x64\x14",
        p=dpkt.ip.IP_PROTO_UDP,
        data=dpkt.udp.UDP(sport=40000, dport=53, ulen=8 + len(question), data=question),
    )
    packet.len = len(packet)
    with path.open("wb") as file:
        dpkt.pcap.Writer(file).writepkt(bytes(dpkt.ethernet.Ethernet(data=packet)), 1.0)
    for options in ((), ("-v",)):
        text = without_colors(Terminal([*SNIFF, "-r", str(path), "--view", "udp", *options], 120).read())
        assert "[2J" in text
        assert all(letter in "\n…" or (letter.isascii() and letter.isprintable()) for letter in text)
