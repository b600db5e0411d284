"""`rawkit lab`: labs in the background, entered from other processes, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rawkit.errors import LabError
from rawkit.lab.state import state_folder

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

RAWKIT = [sys.executable, "-P", "-m", "rawkit"]
Ordinary = Callable[..., subprocess.CompletedProcess[str]]


class Command:
    """The command line with a state folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "rawkit"
        modules = os.pathsep.join((str(Path(__file__).resolve().parents[2]), *(path for path in sys.path if path)))
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "PYTHONPATH": modules}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*RAWKIT, "lab", *arguments], env=self.environment, capture_output=True, text=True, timeout=60
        )

    def done(self, *arguments: str) -> str:
        finished = self(*arguments)
        assert finished.returncode == 0, finished
        return finished.stdout

    def error(self, *arguments: str) -> str:
        finished = self(*arguments)
        assert finished.returncode == 2, finished
        assert len(finished.stderr.splitlines()) == 1, finished
        return finished.stderr

    def record(self, name: str) -> dict:
        return json.loads((self.state / f"{name}.json").read_text())


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path)
    yield command
    command("down", "--all")
    assert list(command.state.glob("*")) == []


@pytest.fixture
def pair(lab: Command) -> Command:
    lab.done("up", "pair")
    return lab


def processes_in(pid_namespace: int) -> list[int]:
    """Descriptors of all processes in the namespace with that inode."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.stat(process / "ns" / "pid").st_ino == pid_namespace:
                found.append(os.pidfd_open(int(process.name)))
        except OSError:
            continue
    return found


def pid_namespace(record: dict) -> int:
    return os.stat(f"/proc/{record['pid']}/fd/{record['hosts'][0]['namespaces']['pid']}").st_ino


def ended(descriptor: int, seconds: float = 10) -> bool:
    """Whether the process ends in time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def test_up_list_exec_down(lab: Command) -> None:
    assert "server  192.0.2.20, 2001:db8:1::20\n" in lab.done("up", "pair")
    assert "up:\n  pair  A client and a server on one wire (client, server)\n" in lab.done("list")
    assert "ttl=64" in lab.done("exec", "client", "ping", "-c1", "-W2", "server")
    assert lab.done("exec", "server", "--", "uname", "-n") == "server\n"
    assert lab("exec", "client", "sh", "-c", "exit 7").returncode == 7
    assert lab("exec", "client", "sh", "-c", "kill -9 $$").returncode == 128 + signal.SIGKILL
    everything = processes_in(pid_namespace(lab.record("pair")))
    assert everything
    assert lab.done("down") == "lab pair is down\n"
    assert all(ended(process, 0) for process in everything)
    assert "up:\n  none" in lab.done("list")
    for process in everything:
        os.close(process)


def test_exec_keeps_the_folder_the_input_and_the_output(pair: Command, tmp_path: Path) -> None:
    script = "pwd; cat; ls /sys/class/net; ls -d /proc/[0-9]* | wc -l"
    done = subprocess.run(
        [*RAWKIT, "lab", "exec", "client", "sh", "-c", script],
        env=pair.environment, cwd=tmp_path, input="given\n", capture_output=True, text=True,
    )  # fmt: skip
    folder, given, *interfaces, processes = done.stdout.split()
    assert (folder, given, interfaces) == (str(tmp_path), "given", ["eth0", "lo"])
    assert int(processes) < 10  # of the lab only: process 1 and what this line started


def test_the_scenarios_services_run_and_are_shown(lab: Command) -> None:
    assert "dns 53, http 80, http 8080, drop 3306, reject 5432 port-unreachable)" in lab.done("up", "firewalled")
    program = "import socket; print(socket.create_connection(('server', 80), 5).getpeername()[1])"
    assert lab.done("exec", "client", sys.executable, "-c", program) == "80\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("up", "moon"), "'moon' is no scenario: use one of firewalled, "),
        (("up", "moon.toml"), "/moon.toml: No such file or directory: give the path of a TOML file"),
        (("up", "pair", "--name", "../x"), "'../x' is no name for a lab: use up to 32 of "),
        (("up", "pair"), "lab pair is up already: use another --name, or end it with `rawkit lab down pair`"),
        (("exec", "moon", "true"), "'moon' is no host of the lab pair: use one of client, server"),
        (("exec", "--lab", "moon", "client", "true"), "no lab 'moon' is up: use one of pair"),
        ((), "Missing command: see 'rawkit lab --help'"),
        (("exec", "client"), "Missing argument 'COMMAND...'"),
        (("exec", "client", "nosuchprogram"), "nosuchprogram: No such file or directory: name a program that"),
        (("shell", "moon"), "'moon' is no host of the lab pair: use one of client, server"),
        (("down", "moon"), "no lab 'moon' is up: use one of pair"),
    ],
)
def test_an_error_is_one_line(pair: Command, arguments: tuple[str, ...], line: str) -> None:
    assert line in pair.error(*arguments)


def test_without_a_lab_the_error_says_how_to_start_one(lab: Command) -> None:
    for arguments in (("exec", "client", "true"), ("shell", "client"), ("down",)):
        assert lab.error(*arguments) == "rawkit: no lab is up: start one with `rawkit lab up`\n"
    assert lab.done("down", "--all") == ""


def test_a_lab_that_cannot_be_built_leaves_nothing(lab: Command, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("[hosts.a]\ngatway = ['192.0.2.1']\n")
    assert "wrong.toml: hosts.a.gatway: unknown key: use one of filters, forward," in lab.error("up", str(path))
    path.write_text("[hosts.a]\ngateways = ['192.0.2.1']\n")
    assert "hosts.a: route to 0.0.0.0/0: 192.0.2.1 is no neighbour" in lab.error("up", str(path))
    assert list(lab.state.iterdir()) == []


def test_several_labs_at_once(lab: Command) -> None:
    lab.done("up", "pair")
    lab.done("up", "pair", "--name", "other")
    assert lab.error("exec", "client", "true") == "rawkit: several labs are up: say which, one of other, pair\n"
    both = {lab.done("exec", "--lab", name, "client", "readlink", "/proc/self/ns/net") for name in ("pair", "other")}
    assert len(both) == 2
    assert lab.done("down", "other") == "lab other is down\n"
    assert lab.done("exec", "client", "true") == ""
    lab.done("up", "router")
    assert lab.done("down", "--all") == "lab pair is down\nlab router is down\n"


def test_a_lab_whose_holder_was_killed_is_gone_and_noticed(pair: Command) -> None:
    record = pair.record("pair")
    pair.done("exec", "client", "sh", "-c", "setsid sleep 1000 > /dev/null 2>&1 &")
    everything = processes_in(pid_namespace(record))
    assert len(everything) == 2  # process 1 and the sleep
    os.kill(record["pid"], signal.SIGKILL)
    assert all(ended(process) for process in everything)
    for process in everything:
        os.close(process)
    assert "up:\n  none" in pair.done("list")
    assert list(pair.state.iterdir()) == []
    assert "ttl=64" in pair.done("up", "pair") + pair.done("exec", "client", "ping", "-c1", "server")


def test_a_number_that_another_process_has_by_now_is_left_alone(lab: Command) -> None:
    lab.done("list")
    record = {"name": "old", "description": "", "pid": os.getpid(), "pid_namespace": "", "hosts": []}
    (lab.state / "old.json").write_text(json.dumps(record))
    assert lab.error("down", "old") == "rawkit: no lab is up: start one with `rawkit lab up`\n"
    assert list(lab.state.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_reach_the_program(pair: Command, number: signal.Signals) -> None:
    script = f"trap 'echo caught; exit 5' {number.name[3:]}; echo ready; while :; do sleep 0.05; done"
    command = [*RAWKIT, "lab", "exec", "client", "sh", "-c", script]
    with subprocess.Popen(command, env=pair.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.communicate(timeout=60)[0] == "caught\n"
    assert process.returncode == 5


class Terminal:
    """A person at a terminal, who waits for what they expect before they type on."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._seen = b""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)

    def expect(self, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text.encode() not in self._seen:
            left = deadline - time.monotonic()
            assert left > 0, (text, self._seen)
            assert select.select([self._terminal], [], [], left)[0], (text, self._seen)
            self._seen += os.read(self._terminal, 4096)
        self._seen = self._seen.partition(text.encode())[2]

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def exit_code(self) -> int:
        try:
            while os.read(self._terminal, 4096):
                pass
        except OSError:  # EIO: nobody has the other end open any more
            pass
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_shell_has_the_terminal_with_job_control(pair: Command, shell: str) -> None:
    if not os.path.exists(shell):
        pytest.skip(f"no {shell}")
    environment = {**pair.environment, "SHELL": shell, "PS1": "here> ", "ENV": "", "HOME": "/nonexistent"}
    person = Terminal([*RAWKIT, "lab", "shell", "client"], environment)
    person.type("PS1='here''> '; set -m; uname -n; tty; echo $((40+2))\n")
    person.expect("client\r\n")
    person.expect("/dev/pts/")
    person.expect("42\r\n")
    person.expect("here> ")
    person.type("sh -c 'echo $((60+1)); exec sleep 1000'\n")
    person.expect("61\r\n")
    person.type("\x1a")
    person.expect("topped")
    person.expect("here> ")
    person.type("kill %1; fg; echo $((50+3))\n")
    person.expect("53\r\n")
    person.expect("here> ")
    person.type("exit 7\n")
    assert person.exit_code() == 7


def test_exec_in_a_job_of_a_shell_can_be_suspended_and_continued(pair: Command) -> None:
    environment = {**pair.environment, "PS1": "here> ", "ENV": "", "HOME": "/nonexistent"}
    person = Terminal(["/bin/sh", "-i"], environment)
    person.expect("here> ")
    person.type(f"{' '.join(RAWKIT)} lab exec client sh -c 'echo $((40+1)); read line; echo got $line; exit 3'\n")
    person.expect("41\r\n")
    person.type("\x1a")
    person.expect("topped")
    person.expect("here> ")
    person.type("fg; echo code $?\n")
    person.type("something\n")
    person.expect("got something\r\n")
    person.expect("code 3\r\n")
    person.type("exit 0\n")
    assert person.exit_code() == 0


def test_ctrl_c_ends_the_program_and_its_code_is_passed_on(pair: Command) -> None:
    person = Terminal(
        [*RAWKIT, "lab", "exec", "client", "sh", "-c", "echo $((40+1)); exec sleep 1000"], pair.environment
    )
    person.expect("41\r\n")
    person.type("\x03")
    assert person.exit_code() == 128 + signal.SIGINT


def test_from_within_a_lab_the_labs_outside_are_left_alone(pair: Command) -> None:
    inside = pair("exec", "client", *RAWKIT, "lab", "down", "pair")
    assert inside.stderr == "rawkit: lab pair was started elsewhere: leave this lab or container first\n"
    assert "pair" in pair.done("list")


def test_an_ordinary_user_has_all_of_it(ordinary: Ordinary) -> None:
    rawkit = ("-P", "-m", "rawkit", "lab")
    assert "lab firewalled is up" in ordinary(*rawkit, "up", "firewalled").stdout
    try:
        assert "ttl=63" in ordinary(*rawkit, "exec", "client", "ping", "-c1", "-W2", "server").stdout
        program = "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print('raw')"
        assert ordinary(*rawkit, "exec", "server", "python3", "-c", program).stdout == "raw\n"
        assert ordinary(*rawkit, "exec", "client", "sh", "-c", "exit 9").returncode == 9
        assert "firewalled" in ordinary(*rawkit, "list").stdout
    finally:
        assert ordinary(*rawkit, "down").stdout == "lab firewalled is down\n"


@pytest.mark.parametrize("how", ["open to others", "a link", "a file"])
def test_a_state_folder_that_others_could_write_to_is_refused(tmp_path: Path, how: str) -> None:
    place = tmp_path / "rawkit"
    if how == "open to others":
        place.mkdir()
        place.chmod(0o755)
    elif how == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.touch()
    with pytest.raises(LabError, match=r"/rawkit: (not a folder that only you may enter: remove it|File exists: set)"):
        state_folder({"XDG_RUNTIME_DIR": str(tmp_path)})


@pytest.mark.root
def test_the_state_folder_of_another_user_is_passed_over_or_refused(tmp_path: Path) -> None:
    try:
        os.chown(tmp_path, 65534, 65534)
    except OSError:  # also for root of a user namespace
        pytest.skip("needs root to give a folder away")
    assert state_folder({"XDG_RUNTIME_DIR": str(tmp_path)}) == Path("/run/rawkit")
    os.chown(tmp_path, 0, 0)
    (tmp_path / "rawkit").mkdir(mode=0o700)
    os.chown(tmp_path / "rawkit", 65534, 65534)
    with pytest.raises(LabError, match="not a folder that only you may enter"):
        state_folder({"XDG_RUNTIME_DIR": str(tmp_path)})
