"""Files that are written: nobody else can read them, and nobody else chooses which they are."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rights import needs_all_users

pytestmark = [pytest.mark.root, needs_all_users]

CAPTURE = Path(__file__).resolve().parents[2] / "captures" / "dns.pcap"
USER, ENEMY, PATIENCE = 65534, 1, 60
SUDO = {"SUDO_UID": str(USER), "SUDO_GID": str(USER)}
SCAN = ("synscan", "127.0.0.1", "-p", "9")
WRITERS = {
    "sniff -r -w": ("sniff", "-r", CAPTURE, "-w", "out"),
    "sniff -i -w": ("sniff", "-i", "lo", "-w", "out", "--duration", "0.01"),
    "sniff -w pcapng": ("sniff", "-i", "lo", "-w", "out.pcapng", "--duration", "0.01"),
    "sniff -w -C": ("sniff", "-r", CAPTURE, "-w", "out", "-C", "1"),
    "sniff -w gz": ("sniff", "-r", CAPTURE, "-w", "out.gz"),
    "send --write": ("send", 'IP(dst="127.0.0.1")/UDP(dport=9)', "--write", "out"),
    "send --dry-run": ("send", 'IP(dst="127.0.0.1")/UDP(dport=9)', "--dry-run", "--write", "out"),
    "anonymize": ("anonymize", CAPTURE, "out"),
    "merge -o": ("merge", "scan.json", "-o", "out"),
    "check --junit": ("check", CAPTURE, "--junit", "out"),
    "synscan -o": (*SCAN, "-o", "out"),
    "synscan -oX": (*SCAN, "-oX", "out"),
    "synscan -oA": (*SCAN, "-oA", "out"),
    "synscan --resume": (*SCAN, "--resume", "out"),
    "the verdicts of --resume": (*SCAN, "--resume", "journal", "-oX", "-"),
}
MADE = {"sniff -w pcapng": "out.pcapng", "sniff -w gz": "out.gz", "synscan -oA": "out.xml"} | {
    "the verdicts of --resume": "journal.found"
}
PATHS = {name: MADE.get(name, "out") for name in WRITERS}


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder that all can write to, as /tmp, which the user gets to."""
    for above in (*reversed(tmp_path.parents), tmp_path):
        if len(above.parts) > 2 and above.stat().st_uid == 0:
            above.chmod(0o755)
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    (folder / "scan.json").write_text('{"host":"192.0.2.2","port":80,"state":"open"}\n')
    return folder


def run(words: tuple[str | Path, ...], folder: Path, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in SUDO} | more
    command = [sys.executable, "-P", "-m", "rawkit", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.parametrize(("more", "user"), [(SUDO, USER), ({}, 0)], ids=["sudo", "root"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_new_file_is_the_users_alone(shared: Path, name: str, more: dict[str, str], user: int) -> None:
    done = run(WRITERS[name], shared, more)
    assert done.returncode == 0, done.stderr
    made = (shared / PATHS[name]).stat()
    assert (made.st_uid, stat.S_IMODE(made.st_mode)) == (user, 0o600)


@pytest.mark.parametrize("more", [SUDO, {}], ids=["sudo", "root"])
@pytest.mark.parametrize("kind", ["link", "file", "hard link", "folder"])
@pytest.mark.parametrize("name", WRITERS)
def test_what_somebody_planted_is_not_written(shared: Path, name: str, kind: str, more: dict[str, str]) -> None:
    """A link to a file of the user's, a file of somebody else's, a second name of the user's file, a linked folder."""
    if kind == "folder" and name not in ("sniff -r -w", "merge -o", "synscan --resume"):
        return
    victim = shared.parent / "victim"
    victim.mkdir()
    os.chown(victim, USER, USER)
    (victim / "out").write_text("precious")
    os.chown(victim / "out", USER if more else 0, USER if more else 0)
    planted, words = shared / PATHS[name], WRITERS[name]
    if kind == "link":
        planted.symlink_to(victim / "out")
    elif kind == "hard link":
        planted.hardlink_to(victim / "out")
    elif kind == "file":
        planted.write_text("")
    else:
        planted = shared / "sub"
        planted.symlink_to(victim)
        words = tuple("sub/out" if word == "out" else word for word in words)
    if kind != "hard link":
        os.chown(planted, ENEMY, ENEMY, follow_symlinks=False)
    if kind == "file":
        planted.chmod(0o666)
    done = run(words, shared, more)
    assert done.returncode == 2, done.stderr
    why = ("in a folder that others can write to", "it is a link", "out is no file of --resume")
    assert any(one in done.stderr for one in why), done.stderr
    assert "Traceback" not in done.stderr
    assert (victim / "out").read_text() == "precious"
    assert kind != "file" or planted.read_bytes() == b""


def test_own_links_in_own_folders_are_followed(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "folder").symlink_to("target")
    (tmp_path / "target" / "name").symlink_to("../out.pcap")
    assert run(("sniff", "-r", CAPTURE, "-w", "folder/name"), tmp_path, {}).returncode == 0
    assert (tmp_path / "out.pcap").stat().st_size == CAPTURE.stat().st_size


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_what_is_open_already_is_written(tmp_path: Path, path: str) -> None:
    command = [sys.executable, "-P", "-m", "rawkit", "sniff", "-r", str(CAPTURE), "-w", path]
    assert subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE).stdout == CAPTURE.read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("source", [("-r", CAPTURE), ("-i", "lo")], ids=["file", "live"])
def test_a_pipe_without_a_reader_hears_signals(tmp_path: Path, source: tuple[str, ...], number: int) -> None:
    os.mkfifo(tmp_path / "pipe")
    command = [sys.executable, "-P", "-m", "rawkit", "sniff", *map(str, source), "-w", str(tmp_path / "pipe")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while not waits(process):
            assert process.poll() is None
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, b"Traceback" in err) == (130, False)


def waits(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process looks every now and then whether somebody reads its pipe."""
    return "nanosleep" in Path(f"/proc/{process.pid}/wchan").read_text()


def test_a_pipe_waits_for_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-P", "-m", "rawkit", "sniff", "-r", str(CAPTURE), "-w", str(pipe)]
    with subprocess.Popen(command) as process:
        while not waits(process):
            assert process.poll() is None
        assert pipe.read_bytes() == CAPTURE.read_bytes()
    assert process.returncode == 0
