"""`rawkit demo`, from outside: what tshark finds in the traffic that it kept agrees with what it has shown."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rawkit.cli.demo.command import PORTS

pytestmark = [pytest.mark.netns, pytest.mark.slow, pytest.mark.alone, pytest.mark.usefixtures("namespaces")]

DEMO = ["-P", "-m", "rawkit", "demo"]
Ordinary = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    modules = os.pathsep.join((str(Path(__file__).resolve().parents[2]), *(path for path in sys.path if path)))
    return {**os.environ, "PYTHONPATH": modules, "LC_ALL": "C.UTF-8", "COLUMNS": "100"}


def fields(capture: Path, display_filter: str, field: str) -> list[str]:
    """A field of each packet that the filter takes, as tshark has it when it has seen all of them (-2)."""
    command = ["tshark", "-2", "-r", str(capture), "-Y", display_filter, "-T", "fields", "-e", field]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def ports(text: str, state: str) -> set[int]:
    return {int(port) for port in re.findall(rf"^ *(\d+)/tcp +{state} ", text, re.MULTILINE)}


def attempts(text: str, outcome: str) -> set[int]:
    return {int(port) for port in re.findall(rf" > \S+:(\d+): {outcome}", text)}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, float]:
    """The output of a demo, what it recorded, and how long it took."""
    capture = tmp_path_factory.mktemp("demo") / "demo.pcap"
    begin = time.monotonic()
    command = [sys.executable, *DEMO, "-w", str(capture)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout, capture, time.monotonic() - begin


def test_it_takes_less_than_15_seconds_and_is_plain_text_in_a_pipe(played: tuple[str, Path, float]) -> None:
    text, _capture, seconds = played
    assert seconds < 15
    assert text.isascii()
    assert "\x1b" not in text


@pytest.mark.referee
def test_the_recording_is_whole(played: tuple[str, Path, float]) -> None:
    if not shutil.which("tshark"):
        pytest.skip("needs tshark")
    text, capture, _seconds = played
    assert f"\n{len(fields(capture, 'frame', 'frame.number'))} frames sniffed, 0 lost, " in text
    blocks = re.compile(r"192\.0\.2\.|198\.51\.100\.")
    assert all(blocks.match(address) for address in fields(capture, "ip && !icmp", "ip.src"))


@pytest.mark.referee
def test_ping_and_scan_agree_with_tshark(played: tuple[str, Path, float]) -> None:
    if not shutil.which("tshark"):
        pytest.skip("needs tshark")
    text, capture, _seconds = played
    assert len(re.findall(r"64 bytes from 198\.51\.100\.20: icmp_seq=\d ttl=63 ", text)) == 3
    # The scan finds the host first: its own echo request has number 0.
    assert fields(capture, "icmp.type == 0 && ip.ttl == 63 && icmp.seq > 0", "icmp.seq") == ["1", "2", "3"]
    source = 61001
    # The scan's SYNs go past the taps of their own interface (PACKET_QDISC_BYPASS); the answers do not.
    asked = set(PORTS)
    answers = {
        state: {int(port) for port in fields(capture, f"tcp.dstport == {source} && {flags}", "tcp.srcport")}
        for state, flags in (("open", "tcp.flags == 0x12"), ("closed", "tcp.flags.reset == 1"))
    }
    assert ports(text, "open") == answers["open"] != set()
    assert ports(text, "closed") == answers["closed"] != set()
    assert ports(text, "filtered") == asked - answers["open"] - answers["closed"] != set()


@pytest.mark.referee
def test_connections_agree_with_tshark(played: tuple[str, Path, float]) -> None:
    if not shutil.which("tshark"):
        pytest.skip("needs tshark")
    text, capture, _seconds = played
    by_hand = "!icmp && tcp.port != 61001"
    first = f"tcp.flags == 2 && !tcp.analysis.retransmission && {by_hand}"
    # tcp.completeness: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST.
    streams = dict(zip(fields(capture, first, "tcp.srcport"), fields(capture, first, "tcp.completeness"), strict=True))
    wanted = {"established": "31|23|7", "refused": "37", "timed out": "1", "unreachable": "1"}
    for outcome, bits in wanted.items():
        sources = re.findall(rf":(\d+) > \S+: {outcome}", text)
        assert sources
        assert all(re.fullmatch(bits, streams[port]) for port in sources), (outcome, streams)
    resets = re.findall(r":(\d+) > \S+: RST by the client", text)
    assert set(resets) == set(
        fields(capture, f"tcp.flags.reset == 1 && ip.src == 192.0.2.10 && {by_hand}", "tcp.srcport")
    )
    assert len(resets) == 2


def test_the_views_say_what_the_calls_gave(played: tuple[str, Path, float]) -> None:
    """The calls are those of the captions, the services behind the ports the scenario's."""
    text = played[0]
    assert attempts(text, "established") == {80}
    assert attempts(text, "refused") == {81}
    assert attempts(text, "unreachable") == {25}
    assert attempts(text, "timed out") == {22}
    for words in ("connect() = 0", "connect(): ECONNREFUSED", "connect(): EHOSTUNREACH", "connect(): ETIMEDOUT"):
        assert words in text
    for words in ("shutdown(SHUT_WR), then close()", "close() with SO_LINGER 0", "close() with unread data"):
        assert words in text
    for words in ("A 198.51.100.20; recv() = data", "NXDOMAIN", "recv(): ECONNREFUSED", "no answer; recv() waits"):
        assert words in text


def test_an_ordinary_user_sees_it_too(ordinary: Ordinary) -> None:
    done = ordinary(*DEMO)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ttl=63" in done.stdout
    assert "connect(): ETIMEDOUT" in done.stdout
    assert "The lab is gone" in done.stdout


NO_OTHER_PROGRAM = """
import sys

def only_python(event, arguments):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system") and arguments[0] != sys.executable:
        print(f"another program: {event}{arguments[:2]}", file=sys.stderr)
        raise FileNotFoundError(2, "hidden", arguments[0])

sys.addaudithook(only_python)
"""


def test_it_needs_no_program_but_python(tmp_path: Path) -> None:
    """On a machine without nft, ip and ping: none is found, and none is started by its path."""
    (tmp_path / "sitecustomize.py").write_text(NO_OTHER_PROGRAM)
    (tmp_path / "empty").mkdir()
    bare = {**environment(), "PATH": str(tmp_path / "empty")}
    bare["PYTHONPATH"] = os.pathsep.join((str(tmp_path), bare["PYTHONPATH"]))
    done = subprocess.run([sys.executable, *DEMO], env=bare, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert attempts(done.stdout, "unreachable") == {25}
    assert "admin-prohibited from 192.0.2.1 ttl 64" in done.stdout
    hook = subprocess.run([sys.executable, "-c", "import os; os.system('true')"], env=bare, capture_output=True)
    assert b"another program" in hook.stderr


def children(process: int) -> list[int]:
    """Descriptors of what all threads of a process have started."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [os.pidfd_open(int(number)) for task in tasks for number in task.read_text().split()]


@pytest.mark.parametrize("part", ["Three Linux", "icmp_seq=1", "SYN scan", "port 22, which the"])
def test_ctrl_c_leaves_nothing(part: str) -> None:
    command = [sys.executable, *DEMO]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if part in line:
                break
        started = children(process.pid)
        assert started
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    for descriptor in started:
        assert select.select([descriptor], [], [], 60)[0]
        os.close(descriptor)
    assert process.returncode == 130


def on_a_terminal(**variables: str) -> str:
    """What the demo writes to a terminal, up to the scan's end."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(sys.executable, [sys.executable, *DEMO], {**environment(), "TERM": "xterm", **variables})
    seen = b""
    while b"Handshakes" not in seen:
        seen += os.read(terminal, 4096)
    os.kill(pid, signal.SIGINT)
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:  # EIO: the other end is closed
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    return seen.decode()


def test_colours_are_for_terminals_that_want_them() -> None:
    assert "\x1b[32mopen" in on_a_terminal()
    assert not re.search(r"\x1b\[[0-9;]*m", on_a_terminal(NO_COLOR="1"))
