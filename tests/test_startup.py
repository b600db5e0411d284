"""What a process loads, and how soon it answers: nobody waits for NumPy to read a version number."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import count

import dpkt
import pytest

from rawkit.errors import PrivilegeError
from rawkit.sockets.packet_socket import open_packet_socket

HEAVY = ("numpy", "numba", "scapy", "click", "rich", "dpkt", "pyroute2", "zstandard", "asyncio")
AS_LONG = 3
"""Times as long as `python -c pass` that an answer from the front door may take."""

LOADED = "import sys; sys.argv[1:] = {arguments!r}\n{code}\nprint(*sorted(sys.modules), file=sys.stderr)"
CALL = "from rawkit.__main__ import main\nmain()"


def loaded(code: str, *arguments: str) -> set[str]:
    """The modules that a fresh process has loaded after the code."""
    script = LOADED.format(arguments=list(arguments), code=code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("code", "arguments"),
    [("import rawkit", ()), ("import rawkit.aio", ()), (CALL, ("--version",)), (CALL, ("--help",))],
)
def test_the_front_door_loads_nothing_heavy(code, arguments):
    found = loaded(code, *arguments)
    assert "rawkit" in found
    assert found.isdisjoint(HEAVY)


def test_a_small_capture_loads_no_compiler(tmp_path):
    path = tmp_path / "thousand.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number in range(1000):
            writer.writepkt(b"\0" * 12 + b"\x08\x00" + number.to_bytes(20, "big"), ts=number)
    found = loaded(CALL, "sniff", "-r", str(path), "--view", "flows")
    assert "numpy" in found
    assert found.isdisjoint(("numba", "scapy"))


def test_flows_of_a_capture_load_no_declarations(root):
    """Fields, layers and the values of events, as many dataclasses, would take a fifth of the start."""
    found = loaded(CALL, "sniff", "-r", str(root / "captures/dns.pcap"), "--view", "flows", "--format", "json")
    assert "rawkit.flow.table.tracker" in found
    assert found.isdisjoint(("rawkit.decode.fields", "rawkit.decode.headers.layers", "rawkit.flow.events"))


@pytest.mark.root
def test_a_plain_packet_is_sent_without_scapy():
    """scapy, and pyroute2 with its 164 modules, were three quarters of the start."""
    try:
        open_packet_socket().close()
    except PrivilegeError as error:
        pytest.skip(str(error))
    found = loaded(CALL, "send", 'IP(dst="127.0.0.1")/UDP(dport=9)/b"hello"')
    assert "rawkit.api.send" in found
    assert found.isdisjoint(("scapy", "pyroute2", "numba", "asyncio", "dataclasses"))


@pytest.mark.parametrize(("command", "most"), [("sniff", 39), ("synscan", 36), ("ping", 83)])
def test_a_commands_help_loads_few_modules(command, most):
    """A class of the standard library's dataclasses takes as long to make as thirteen of rawkit.values."""
    found = loaded(CALL, command, "--help")
    assert "dataclasses" not in found
    assert len([name for name in found if name.startswith("rawkit")]) <= most


@pytest.mark.root
def test_a_capture_that_is_only_written_loads_neither_numpy_nor_a_compiler(tmp_path):
    """Together they take twice as long to load as all else that it needs."""
    subprocess.run([sys.executable, "-m", "rawkit.api.compile_all"], check=True)
    try:
        open_packet_socket().close()
    except PrivilegeError as error:
        pytest.skip(str(error))
    for options in ((), ("udp port 9",)):
        found = loaded(CALL, "sniff", "-i", "lo", "-w", str(tmp_path / "lo.pcap"), "--duration", "0.01", *options)
        assert "rawkit" in found
        assert found.isdisjoint(("numpy", "llvmlite", "numba", "scapy"))
    assert (tmp_path / "lo.pcap").stat().st_size >= 24


def fastest(*command: str) -> float:
    """The shortest of several runs: other work on the machine makes runs longer, nothing makes them shorter."""
    return min(seconds(*command) for _ in range(7))


def seconds(*command: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


@pytest.mark.alone
@pytest.mark.parametrize("option", ["--version", "--help"])
def test_the_front_door_answers_at_once(option):
    for attempt in count(1):
        ratio = fastest("-m", "rawkit", option) / fastest("-c", "pass")
        if ratio <= AS_LONG or attempt == 3:
            break
    assert ratio <= AS_LONG
