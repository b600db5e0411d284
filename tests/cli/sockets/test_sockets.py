"""`rawkit sockets`: what ss prints of the same sockets, formats, what an ordinary user sees, and errors in one line."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

import rawkit as library
from rawkit.errors import RawkitError
from tests.rights import needs_all_users

NOBODY = 65534
BECOMING = f"""
import os, sys
from rawkit.cli.main import run
run(sys.argv[1:])  # what is imported later may be out of reach
print("--", flush=True)
os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def held(tmp_path):
    """A listener, a connection to it, a pair of Unix sockets with seven bytes waiting, and a named listener."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(socket.create_connection(server.getsockname()))
        accepted = stack.enter_context(server.accept()[0])
        one, other = map(stack.enter_context, socket.socketpair())
        other.send(b"waiting")
        named = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        named.bind(str(tmp_path / "a\x1b.sock"))
        named.listen(3)
        yield {"server": server, "client": client, "accepted": accepted, "one": one, "other": other, "named": named}


def inode(sock):
    return os.fstat(sock.fileno()).st_ino


def port(sock):
    return sock.getsockname()[1]


def records(finished):
    return [json.loads(line) for line in finished.lines]


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("ss") is None, reason="ss is not installed")
@pytest.mark.parametrize("letters", ["-tan", "-tn", "-tln", "-ta", "-uan", "-xa"])
def test_the_same_lines_as_ss(rawkit, held, letters):
    """Up to the process; of Unix sockets rawkit has the peer's name, where ss has none."""
    filter = [] if letters == "-xa" else [f"sport = :{port(held['server'])}", "or", f"dport = :{port(held['server'])}"]
    theirs = subprocess.run(["ss", "-H", letters, *filter], capture_output=True, text=True, check=True).stdout
    ours = rawkit("sockets", "-H", letters, *filter)
    wanted = {" ".join(line.split()).replace("* ", "") for line in theirs.splitlines()}
    # ss has no Netid where one kind alone is asked for.
    kinds = 1 if letters[1] in "tu" else 0
    found = {" ".join(line.split()[kinds:]).replace("* ", "") for line in ours.lines}
    mine = {str(inode(sock)) for sock in held.values()} if letters == "-xa" else None
    if mine:
        wanted, found = ({line for line in lines if mine & set(line.split()[4:5])} for lines in (wanted, found))
        assert len(wanted) >= 2
    assert found == wanted
    assert ours.code == 0


def test_columns_stand_below_their_headings(rawkit, held):
    done = rawkit("sockets", "-tanp", f"sport = :{port(held['server'])}")
    heads, *lines = done.lines
    assert heads.split() == ["NETID", "STATE", "RECV-Q", "SEND-Q", "LOCAL", "PEER", "PROCESS"]
    for line in lines:
        assert line[heads.index("LOCAL") :].startswith("127.0.0.1:")
        assert line[heads.index("PROCESS") :].endswith((f"[{os.getpid()}]:{held['server'].fileno()}",
                                                        f"[{os.getpid()}]:{held['accepted'].fileno()}"))  # fmt: skip
    assert len(lines) == 2


def test_both_ends_of_unix_sockets(rawkit, held):
    found = {one["inode"]: one for one in records(rawkit("sockets", "-xap", "--format", "json"))}
    one, other = found[inode(held["one"])], found[inode(held["other"])]
    assert (one["peer_inode"], other["peer_inode"]) == (other["inode"], one["inode"])
    assert one["recv_q"] == 7
    assert one["peer_processes"] == other["processes"]
    assert one["processes"][0].endswith(f"[{os.getpid()}]:{held['one'].fileno()}")


def test_what_a_name_holds_is_escaped(rawkit, held):
    done = rawkit("sockets", "-xl", "src", "/*sock")
    assert b"\x1b" not in done.out
    assert "a\\x1b.sock" in done.out.decode()


def test_details_are_those_of_getsockopt(rawkit, held):
    """The kernel's own word: TCP_INFO and TCP_CONGESTION of the same socket."""
    (found,) = records(rawkit("sockets", "-ti", "-m", "--format", "json", f"sport = :{port(held['client'])}"))
    info = held["client"].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 400)
    told = found["details"]["tcp_info"]
    assert told["snd_mss"] == int.from_bytes(info[16:20], sys.byteorder)
    assert told["rtt"] == int.from_bytes(info[68:72], sys.byteorder)
    assert told["snd_cwnd"] == int.from_bytes(info[80:84], sys.byteorder)
    name = held["client"].getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()
    assert found["details"]["congestion"] == name
    assert found["details"]["skmem"]["rcvbuf"] == held["client"].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def test_csv_has_what_json_has(rawkit, held):
    filter = f"sport = :{port(held['client'])}"
    (one,) = records(rawkit("sockets", "-tnp", "--format", "json", filter))
    (row,) = csv.DictReader(rawkit("sockets", "-tnp", "--format", "csv", filter).lines)
    told = {name: value for name, value in row.items() if value}
    assert told.keys() == one.keys()
    assert told["remote_port"] == str(one["remote_port"]) == str(port(held["server"]))
    assert json.loads(told["details"]) == one["details"]


def test_in_python_they_are_a_table(held):
    found = library.list_sockets(f"sport = :{port(held['client'])}", tables=["tcp"], details=True)
    assert [one.remote_port for one in found] == [port(held["server"])]
    table = found.to_table()
    assert table["tcp_info.snd_mss"].tolist() == [found.details(found[0])["tcp_info"]["snd_mss"]]
    assert table["processes"].tolist() == [tuple(next(found.rows())["processes"])]
    assert len(found.to_pandas()) == 1
    with pytest.raises(RawkitError, match="there is no field 'lokal': did you mean local"):
        found.to_table(["lokal"])


@pytest.mark.root
@needs_all_users
def test_an_ordinary_user_sees_its_own_processes(held):
    """Root's sockets are there, and that nobody is seen to hold them is said."""
    words = ["sockets", "-tanp", f"sport = :{port(held['server'])}"]
    done = subprocess.run([sys.executable, "-c", BECOMING, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    of_root, of_nobody = done.stdout.split("--\n")
    assert f"[{os.getpid()}]:" in of_root
    assert len(of_nobody.splitlines()) == 3
    assert "PROCESS" not in of_nobody
    assert "processes that do not show this user what they hold: " in done.stderr


@pytest.mark.netns
def test_another_network_namespace(rawkit, lab_up):
    with lab_up("pair") as lab, lab["server"].popen(["sleep", "60"]) as process:
        os.stat(f"/proc/{process.pid}/ns/net")
        lab_socket = lab["server"].socket(type=socket.SOCK_DGRAM)
        lab_socket.bind(("127.0.0.1", 4711))
        inside = lab["server"].run([sys.executable, "-m", "rawkit", "sockets", "-uan", "sport = :4711"])
        assert " 127.0.0.1:4711 " in inside.stdout
        if os.geteuid() == 0:
            assert f"{inside.stdout}" == rawkit("sockets", "-uan", "-N", process.pid, "sport = :4711").out.decode()
        lab_socket.close()
        process.kill()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["-t", "port", "=", "1"], "port: no such test: give one of state, sport, dport, src, dst, dev, process, user"),
        (["-A", "tpc"], "tpc: no such kind of sockets: give one of tcp, mptcp, udp, udplite, raw, icmp, unix, packet"),
        (["-N", "nonesuch"], "-N nonesuch: no network namespace: give a name of 'ip netns', a process's number"),
        (["-N", "/dev/null"], "-N /dev/null: "),
        (["-s"], "-s is not known here: "),
    ],
)
def test_what_is_wrong_is_one_line(rawkit, words, error):
    done = rawkit("sockets", *words)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"rawkit: {error}")
    assert done.err.count("\n") == 1


def test_a_kernel_without_sock_diag_of_a_kind_is_read_from_proc(rawkit, monkeypatch, held):
    """As far as the kernel's files go; that it was so is said."""
    from rawkit.diag.answers import RefusedError

    def refuse(*_arguments):
        raise RefusedError(2)

    filter = f"sport = :{port(held['client'])}"
    (wanted,) = records(rawkit("sockets", "-t", "--format", "json", filter))
    monkeypatch.setattr("rawkit.sockets.netlink.datagrams", refuse)
    done = rawkit("sockets", "-t", "--format", "json", filter)
    (found,) = records(done)
    missing = {"cookie", "details", "timer", "timer_ms", "retransmits", "cgroup"}
    assert found == {name: value for name, value in wanted.items() if name not in missing} | {"source": "proc"}
    assert "this kernel has no sock_diag" in done.err
