"""`rawkit demo`: what raw sockets can show, in a lab that is gone afterwards."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal

import click

from rawkit.cli.color import color_options, wants_color
from rawkit.cli.demo.page import Page, open_page
from rawkit.view.text import counted

if TYPE_CHECKING:
    from rawkit.lab import Lab
    from rawkit.lab.demo.acts import Act
    from rawkit.lab.tap import Tap

SCENARIO = "firewalled"
SOURCE = 61001
PORTS = (7, 22, 25, 53, 80, 81, 111, 113, 3306, 5432, 8080)

_PING = "ICMP echo requests from a raw socket; the times are the kernel's own stamps on the packets."
_SCAN = "A SYN to each port, made by hand: a SYN-ACK means open, a RST closed, an ICMP error or silence filtered."
_VIEWS: dict[str, tuple[str, str]] = {
    "handshakes": (
        "Handshakes: what connect() does",
        "Each line is an attempt as the wire saw it; at its end stands what the program's connect() was told.",
    ),
    "teardowns": (
        "Teardowns: what close() does",
        "A connection ends by FIN, each side for itself, or at once by RST; the wire tells which call it was.",
    ),
    "udp": (
        "UDP: who answers",
        "UDP has no connections, so a view pairs what was asked with what came back, ICMP errors included.",
    ),
}


@click.command("demo", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("-w", "write", metavar="FILE", help="Keep what was sniffed: pcap, or pcapng by its name.")
@color_options
@click.pass_obj
def command(settings: dict[str, Any], write: str | None) -> None:
    """Ping, scan, connect to and ask a host, sniff it all, and see what happened on the wire.

    It happens in a lab of three hosts inside this machine, without root, in about ten seconds; nothing is sent
    anywhere else, and nothing is left behind.
    """
    from rawkit.lab.privileges import ensure_namespaces

    # First of all: numpy starts threads, and a process with threads cannot enter a user namespace.
    ensure_namespaces()
    _show(open_page(color=wants_color(settings, sys.stdout)), write)


def _show(page: Page, write: str | None) -> None:
    from rawkit.lab import Lab
    from rawkit.lab.tap import Tap
    from rawkit.run.capture.recording import Recording

    begin = time.monotonic()
    with ExitStack() as stack:
        lab = stack.enter_context(Lab.from_spec(SCENARIO))
        sink = stack.enter_context(Recording(write, ())) if write else None
        tap = stack.enter_context(Tap(lab["client"], sink=sink))
        _introduce(page, lab)
        _ping(page, lab, tap)
        _scan(page, lab, tap)
        _play_all(page, lab, tap)
        count, lost = tap.count, tap.lost
    seconds = time.monotonic() - begin
    page.title("That was it")
    frames = counted(count, "frame")
    page.say(f"{frames} sniffed, {lost} lost, in {seconds:.1f} s. The lab is gone, and nothing of it is left.")
    if write:
        page.say(f"The frames are in {write}: try 'rawkit sniff -r {write}'.")
    page.say(f"To look around yourself: 'rawkit lab up {SCENARIO}', then 'rawkit lab shell client'.")


def _introduce(page: Page, lab: Lab) -> None:
    client, server = lab["client"], lab["server"]
    page.say("Three Linux network stacks on this machine, with wires between them that lead nowhere else:")
    page.line(f"client {client.ipv4} --- firewall --- server {server.ipv4}")
    page.say("Everything below happens there; what the views show was sniffed on the client's interface.")


def _ping(page: Page, lab: Lab, tap: Tap) -> None:
    page.title("Ping: is anybody there?")
    page.say(_PING)
    for line in _rawkit(page, lab, tap, "ping", "-c", "3", "-i", "0.2", str(lab["server"].ipv4)):
        page.line(line)


def _scan(page: Page, lab: Lab, tap: Tap) -> None:
    page.title("SYN scan: what is open?")
    page.say(_SCAN)
    ports = ",".join(map(str, PORTS))
    words = ("--reason", "--source-port", str(SOURCE), "-p", ports, str(lab["server"].ipv4))
    for line in _rawkit(page, lab, tap, "synscan", *words):
        page.line(line)


def _rawkit(page: Page, lab: Lab, tap: Tap, *words: str) -> list[str]:
    """The lines that another command of rawkit prints on the client."""
    page.caption(f"rawkit {' '.join(words)}")
    done = lab["client"].run([sys.executable, "-P", "-m", "rawkit", *words])
    tap.take()
    return [line for line in (done.stdout + done.stderr).splitlines() if line]


def _play_all(page: Page, lab: Lab, tap: Tap) -> None:
    from rawkit.lab.demo import acts

    _play(page, lab, tap, "handshakes", acts.HANDSHAKES)
    _play(page, lab, tap, "teardowns", acts.TEARDOWNS)
    _play(page, lab, tap, "udp", acts.DATAGRAMS)


def _play(page: Page, lab: Lab, tap: Tap, view: Literal["handshakes", "teardowns", "udp"], acts: Sequence[Act]) -> None:
    from rawkit.cli.demo.view import lines
    from rawkit.lab.settled import wait_settled

    title, sentence = _VIEWS[view]
    page.title(title)
    page.say(sentence)
    for act in acts:
        page.caption(act.caption)
        with lab["client"].entered():
            act.play(lab["server"])
        wait_settled(lab.hosts.values())
        for line in lines(view, tap.take()):
            page.line(line)
