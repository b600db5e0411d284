"""Labs of an ordinary user, and what the errors say where the system forbids them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rawkit.lab import scenarios
from rawkit.lab.privileges import _advice

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

NOBODY = 65534
Ordinary = Callable[..., subprocess.CompletedProcess[str]]
PING = """
import os, socket
from rawkit.lab import Lab
def who():
    spaces = [os.stat(f"/proc/thread-self/ns/{{kind}}").st_ino for kind in ("net", "user", "mnt")]
    return os.geteuid(), spaces, os.listdir("/sys/class/net")
before = who()
assert before[0] == {user}
with Lab("router") as lab:
    print(lab["client"].run(["ping", "-c1", "-W2", "server"]).stdout)
    print(lab["client"].socket(socket.AF_PACKET, socket.SOCK_RAW).family.name)
    print(*lab["client"].call(lambda: sorted(name for _, name in socket.if_nameindex())))
    assert who() == before
assert who() == before
socket.create_server(("127.0.0.1", 0))
"""


def test_an_ordinary_user_gets_a_lab(ordinary: Ordinary) -> None:
    done = ordinary("-c", PING.format(user=NOBODY if os.geteuid() == 0 else os.geteuid()))
    assert "ttl=63" in done.stdout, done
    assert done.stdout.endswith("AF_PACKET\neth0 lo\n")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", scenarios.names())
def test_an_ordinary_user_gets_every_scenario(name: str, ordinary: Ordinary) -> None:
    program = f"""
from rawkit.lab import Lab
with Lab.from_spec({name!r}) as lab:
    first, second, *_ = lab.hosts.values()
    print(first.run(["ping", "-c3", "-i0.2", "-W2", str(second.ipv4)]).stdout)
"""
    done = ordinary("-c", program)
    assert "ttl=64" in done.stdout, done


def test_a_process_with_threads_gets_one_and_stays_who_it_is(ordinary: Ordinary) -> None:
    threads = "import threading, numpy\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    done = ordinary("-c", threads + PING.format(user=NOBODY if os.geteuid() == 0 else os.geteuid()))
    assert "ttl=63" in done.stdout, done
    assert done.returncode == 0, done.stderr


def test_where_user_namespaces_are_switched_off_the_error_says_how_to_switch_them_on() -> None:
    if not shutil.which("unshare"):
        pytest.skip("needs unshare of util-linux")
    program = "from rawkit.lab import Lab; Lab.from_spec('pair')"
    # In a user namespace of its own, the limit can be set without touching the machine's.
    script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-sys_admin "$0" -c "$1"'
    command = ["unshare", "-Urm", "sh", "-c", script, sys.executable, program]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "rawkit.errors.PrivilegeError: a lab needs root or user namespaces, which this system forbids: "
        "use sudo, or switch them on with `sysctl -w user.max_user_namespaces=10000`"
    )


@pytest.mark.parametrize(
    ("switch", "value", "command"),
    [
        ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "apparmor_restrict_unprivileged_userns=0"),
        ("kernel/none", "0", "--security-opt seccomp=unconfined"),
    ],
)
def test_advice_by_what_the_system_has_set(tmp_path: Path, switch: str, value: str, command: str) -> None:
    (tmp_path / switch).parent.mkdir()
    (tmp_path / switch).write_text(f"{value}\n")
    assert command in _advice(tmp_path)
