"""`rawkit send --tx` and `rawkit replay --tx`: what frames go through, as the receiver and `-v` have it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rawkit.errors import PrivilegeError, RawkitError
from rawkit.files import PcapWriter
from rawkit.frames import FrameBatch
from rawkit.lab import Lab
from rawkit.run.replay.request import ReplayRequest
from rawkit.run.send.request import SendRequest
from rawkit.sockets.send.xdp_socket import XdpSocket

pytestmark = [pytest.mark.root, pytest.mark.netns]

RAWKIT = (sys.executable, "-P", "-m", "rawkit", "-v")
PATIENCE = 60
NOBODY = 'Ether(src="02:00:00:00:01:00", dst="02:00:00:00:00:99")/IP(src="192.0.2.10", dst="192.0.2.20")/UDP(dport=9)'
MANY = 65536


@pytest.fixture
def lab() -> Iterator[Lab]:
    """The scenario `pair`, whose links carry nothing but our frames."""
    try:
        made = Lab.from_spec("pair")
    except PrivilegeError as error:
        pytest.skip(str(error))
    with made:
        for host in made.hosts.values():
            host.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6"], check=True)
        try:
            with made["server"].entered():
                XdpSocket(socket.if_nametoindex("eth0")).close()
        except OSError as error:
            pytest.skip(f"AF_XDP: {error}")
        yield made


def received(lab: Lab) -> int:
    return int(lab["server"].run(["cat", "/sys/class/net/eth0/statistics/rx_packets"], check=True).stdout)


def call(lab: Lab, *arguments: str | Path) -> tuple[int, list[str], int]:
    """The exit code, what is said, and how many frames the other end received."""
    before = received(lab)
    done = lab["client"].run([*RAWKIT, *map(str, arguments)], timeout=PATIENCE)
    return done.returncode, done.stderr.splitlines(), received(lab) - before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--qdisc-bypass",), f"rawkit: 1 frame through sendmmsg, {MANY + 99} frames through AF_XDP"),
        (("--tx", "xdp"), f"rawkit: {MANY + 100} frames through AF_XDP"),
        (("--qdisc-bypass", "--tx", "packet"), f"rawkit: {MANY + 100} frames through sendmmsg"),
        ((), f"rawkit: {MANY + 100} frames through sendmmsg"),
    ],
)
def test_many_frames_go_past_the_queue_through_what_was_asked_for(lab, options, said):
    code, lines, frames = call(lab, "send", NOBODY, "-i", "eth0", "--count", str(MANY + 100), *options)
    assert (code, lines[1:], frames) == (0, [said], MANY + 100)
    assert lines[0].startswith(f"rawkit: {MANY + 100} frames (")


def test_few_frames_and_those_at_a_rate_do_not(lab):
    options = ("send", NOBODY, "-i", "eth0", "--qdisc-bypass", "--count", "200")
    for more in ((), ("--rate", "10000")):
        code, lines, frames = call(lab, *options, *more)
        assert (code, lines[1:], frames) == (0, ["rawkit: 200 frames through sendmmsg"], 200)


def test_a_queue_that_is_taken_is_said_and_is_an_error_where_af_xdp_was_asked_for(lab):
    busy = "Device or resource busy (another program sends through AF_XDP there)"
    with lab["client"].entered():
        theirs = XdpSocket(socket.if_nametoindex("eth0"))
    options = ("send", NOBODY, "-i", "eth0", "--count", str(MANY + 100))
    code, lines, frames = call(lab, *options, "--qdisc-bypass")
    said = f"rawkit: {MANY + 100} frames through sendmmsg; not through AF_XDP: {busy}"
    assert (code, lines[1:], frames) == (0, [said], MANY + 100)
    code, lines, frames = call(lab, *options, "--tx", "xdp")
    assert (code, lines, frames) == (2, [f"rawkit: eth0: no AF_XDP: {busy}: leave --tx out"], 0)
    theirs.close()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ('IP(dst="192.0.2.10")/UDP(dport=9)', "frames to this host itself never reach the link"),
        (f'{NOBODY}/Raw("x" * 2500)', "a batch has frames that are too large for it, or want a VLAN tag put back"),
    ],
)
def test_what_goes_another_way_although_af_xdp_was_asked_for_is_said(lab, what, why):
    for host in lab.hosts.values():
        host.run(["ip", "link", "set", "eth0", "mtu", "4000"], check=True)
    done = lab["client"].run([sys.executable, "-m", "rawkit", "send", what, "--tx", "xdp"], timeout=PATIENCE)
    assert (done.returncode, done.stderr.splitlines()[1:]) == (
        0, [f"rawkit: 1 frame through sendmmsg; not through AF_XDP: {why}"],
    )  # fmt: skip


def test_ctrl_c_ends_it_with_the_exact_count(lab):
    before = received(lab)
    command = [*RAWKIT, "send", NOBODY, "-i", "eth0", "--loop", "--tx", "xdp"]
    process = lab["client"].popen(command, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + PATIENCE
    while received(lab) - before < 5000:
        assert time.monotonic() < end
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    frames = received(lab) - before
    assert re.search(rf"^rawkit: {frames} frames \(.*\nrawkit: {frames} frames through AF_XDP\n$", said)
    assert process.returncode == 0


def test_a_replay_at_full_speed(lab, tmp_path):
    frame = bytes.fromhex("020000000099 020000000100 88b5") + bytes(46)
    path = tmp_path / "frames.pcap"
    with PcapWriter(path, 1) as writer:
        writer.write(FrameBatch.from_frames([frame + bytes(number % 200) for number in range(3000)]))
    options = ("replay", path, "-i", "eth0", "--top", "--loop", "4")
    code, lines, frames = call(lab, *options, "--tx", "xdp")
    assert (code, lines[1:], frames) == (0, ["rawkit: 12000 frames through AF_XDP"], 12000)
    code, lines, frames = call(lab, *options, "--qdisc-bypass")
    assert (code, lines[1:], frames) == (0, ["rawkit: 12000 frames through sendmmsg"], 12000)


@pytest.mark.parametrize(
    "request_",
    [
        SendRequest("IP()", tx="xdp", rate=10),
        SendRequest("IP()", tx="xdp", mbps=10),
        SendRequest("IP()", tx="xdp", reply=True),
        ReplayRequest("a.pcap", "eth0", tx="xdp"),
        ReplayRequest("a.pcap", "eth0", tx="xdp", top=True, intf2="eth1"),
    ],
)
def test_what_does_not_go_through_it_is_refused(request_):
    with pytest.raises(RawkitError, match="--tx xdp is for frames as fast as they go"):
        request_.check()


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_large_scan_sends_a_part_of_its_probes_through_it(lab, is_taken):
    """The receiver has as many as it says that went."""
    lab["client"].run(["ip", "route", "add", "198.18.0.0/15", "via", "192.0.2.20"], check=True)
    entry = "replace 192.0.2.20 lladdr 02:00:00:00:00:99 nud permanent dev eth0"
    lab["client"].run(["ip", "neigh", *entry.split()], check=True)
    theirs = None
    if is_taken:
        with lab["client"].entered():
            theirs = XdpSocket(socket.if_nametoindex("eth0"))
    scan = ["synscan", "-v", "-Pn", "-p", "81-82", "--rate", "10000000", "--max-retries", "0", "--open"]
    code, lines, frames = call(lab, *scan, "198.18.0.0/16")
    if theirs is not None:
        theirs.close()
    by = {name: int(number) for number, name in re.findall(r"(\d+) frames? through ([\w-]+)", lines[-1])}
    assert (code, frames, sum(by.values())) == (0, 1 << 17, 1 << 17), lines
    assert (by.get("AF_XDP", 0) > 0) is not is_taken
    assert ("not through AF_XDP: Device or resource busy" in lines[-1]) is is_taken
