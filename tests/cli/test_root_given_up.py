"""Commands that read files of others: who they are while they do, by the kernel's word, every thread and child."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

import pytest

from rawkit.lab import Lab
from tests.rights import needs_all_users

pytestmark = [pytest.mark.root, pytest.mark.netns, needs_all_users]

NOBODY = 65534
CAPTURE = Path(__file__).resolve().parents[2] / "captures" / "dns.pcap"
PCAP_HEADER, PATIENCE = 24, 60
FILES, RAW, RULES = 1 << 1, 1 << 13, 1 << 12
"""CAP_DAC_OVERRIDE, CAP_NET_RAW and CAP_NET_ADMIN (capabilities(7))."""
SUDO = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)}
WAYS = [((), SUDO, NOBODY), (("-Z", "nobody"), {}, NOBODY), ((), {}, 0)]
READERS = [
    ("check", CAPTURE), ("summary", CAPTURE), ("follow", CAPTURE), ("sniff", "-r", CAPTURE),
    ("replay", CAPTURE, "-i", "lo"), ("merge", CAPTURE), ("anonymize", CAPTURE, "/dev/null"),
]  # fmt: skip
NAMES = ["sudo", "-Z", "root"]


@pytest.fixture(scope="module")
def lab(lab_up: Callable[[str], AbstractContextManager[Lab]]) -> Iterator[Lab]:
    with lab_up("pair") as made:
        yield made


def environment(more: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SUDO} | more


def family(pid: int) -> Iterator[int]:
    """A process and those below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def threads(pid: int) -> list[dict[str, str]]:
    """What the kernel says of all of their threads."""
    tasks = [task for each in family(pid) for task in Path(f"/proc/{each}/task").iterdir()]
    return [dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines()) for task in tasks]


def assert_given_up(pid: int, user: int, kept: int) -> None:
    found = threads(pid)
    assert found
    for one in found:
        assert one["Uid"].split() == one["Gid"].split() == [str(user)] * 4
        own = kept | (0 if user else FILES)
        assert {int(one[name], 16) for name in ("CapEff", "CapPrm")} == {own}
        assert (int(one["CapAmb"], 16), int(one["CapInh"], 16), one["NoNewPrivs"]) == (0, 0, "1")
        assert int(one["CapBnd"], 16) == own


@contextmanager
def started(*words: str | Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-P", "-m", "rawkit", *map(str, words)]
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def feed(pipe: IO[bytes] | None, data: bytes) -> None:
    assert pipe is not None
    pipe.write(data)
    pipe.flush()


def waits_for_input(process: subprocess.Popen[bytes]) -> None:
    """Returns when a thread of the process has taken what was written to a pipe, and waits for more."""
    tasks = Path(f"/proc/{process.pid}/task")
    while not any("pipe_read" in (task / "wchan").read_text() for task in tasks.iterdir()):
        assert process.poll() is None
        os.sched_yield()


@pytest.mark.parametrize(("options", "more", "user"), WAYS, ids=NAMES)
def test_sniff_while_it_parses(options: tuple[str, ...], more: dict[str, str], user: int) -> None:
    data = CAPTURE.read_bytes()
    with started("sniff", "-r", "-", *options, env=environment(more)) as process:
        feed(process.stdin, data[:-1])
        assert process.stdout is not None
        assert b"> 198.51.100.20" in process.stdout.readline()
        assert_given_up(process.pid, user, 0)
        process.communicate(data[-1:], timeout=PATIENCE)
    assert process.returncode == 0


@pytest.mark.parametrize(("options", "more", "user"), WAYS, ids=NAMES)
def test_summary_while_it_parses(options: tuple[str, ...], more: dict[str, str], user: int) -> None:
    data = CAPTURE.read_bytes()
    with started("summary", "-", *options, env=environment(more)) as process:
        feed(process.stdin, data[:-1])
        waits_for_input(process)
        assert_given_up(process.pid, user, 0)
        out, err = process.communicate(data[-1:], timeout=PATIENCE)
    assert (process.returncode, b"198.51.100.20" in out) == (0, True), err


@pytest.mark.parametrize(("options", "more", "user"), WAYS, ids=NAMES)
def test_check_while_it_parses(tmp_path: Path, options: tuple[str, ...], more: dict[str, str], user: int) -> None:
    """It is given a pipe by name, which is open for writing from the moment when it is open for reading."""
    pipe, data = tmp_path / "pipe", CAPTURE.read_bytes()
    os.mkfifo(pipe)
    with started("check", pipe, *options, env=environment(more)) as process, pipe.open("wb") as writer:
        feed(writer, data[:-1])
        assert process.stdout is not None
        waits_for_input(process)
        assert_given_up(process.pid, user, 0)
        feed(writer, data[-1:])
        writer.close()
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, b"frames: 20" in out) == (0, True)


@pytest.mark.parametrize(("options", "more", "user"), WAYS, ids=NAMES)
def test_replay_while_it_parses_and_sends(lab: Lab, options: tuple[str, ...], more: dict[str, str], user: int) -> None:
    data = CAPTURE.read_bytes()
    with (
        lab["client"].entered(),
        started("replay", "-", "-i", "eth0", "--top", *options, env=environment(more)) as process,
    ):
        feed(process.stdin, data[:-1])
        waits_for_input(process)
        assert_given_up(process.pid, user, RAW)
        _, err = process.communicate(data[-1:], timeout=PATIENCE)
    assert (process.returncode, b"rawkit: 20 frames" in err) == (0, True), err


@pytest.mark.parametrize(("options", "more", "user"), WAYS, ids=NAMES)
def test_send_while_a_rule_holds(lab: Lab, options: tuple[str, ...], more: dict[str, str], user: int) -> None:
    """With the rule it has to add to it as frames go out; the table goes with the process."""
    expression = 'IP(dst="192.0.2.20")/TCP(dport=9, flags="S")'
    words = (expression, "--no-kernel-rst", "--hex", "--timeout", "30")
    with lab["client"].entered(), started("send", *words, *options, env=environment(more)) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        assert_given_up(process.pid, user, RAW | RULES)
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, b"1 frame" in err) == (130, True), err
    tables = lab["client"].run(["nft", "list", "tables"])
    assert "rawkit" not in tables.stdout


@pytest.mark.parametrize(("options", "more", "user"), WAYS, ids=NAMES)
def test_send_reads_a_template(lab: Lab, options: tuple[str, ...], more: dict[str, str], user: int) -> None:
    data = CAPTURE.read_bytes()
    words = ("send", "--template", "-", "-i", "eth0")
    with lab["client"].entered(), started(*words, *options, env=environment(more)) as process:
        feed(process.stdin, data[:-1])
        waits_for_input(process)
        assert_given_up(process.pid, user, RAW)
        _, err = process.communicate(data[-1:], timeout=PATIENCE)
    assert (process.returncode, b"rawkit: 20 frames" in err) == (0, True), err


def test_files_of_root_are_open_before(tmp_path: Path) -> None:
    """Two of them, each of which is read in two passes, in a folder that the user cannot enter."""
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    words = []
    for name in ("one.pcap", "two.pcap"):
        (hidden / name).write_bytes(CAPTURE.read_bytes())
        words.append(hidden / name)
    with started("sniff", *words, "-n", env=environment(SUDO)) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err, len(out.splitlines())) == (0, b"", 40)


def test_scans_are_merged_by_who_called_sudo(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / "1.json").write_text('{"host":"192.0.2.2","port":80,"state":"open"}\n')
    with started("merge", hidden / "1.json", "-o", tmp_path / "all.json", env=environment(SUDO)) as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert b"cannot write" in err  # by nobody, into a folder of root's
    with started("merge", hidden / "1.json", env=environment(SUDO)) as process:
        out, _ = process.communicate(timeout=PATIENCE)
    assert b'"port":80' in out


@pytest.mark.parametrize("command", READERS, ids=[words[0] for words in READERS])
def test_a_user_that_is_none_is_said(command: tuple[str, ...]) -> None:
    with started(*command, "-Z", "nobody-at-all", env=environment({})) as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err == b"rawkit: no user 'nobody-at-all': name one of this system\n"
