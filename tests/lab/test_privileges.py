"""Labs of an ordinary user, and what the errors say where the system forbids them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rawkit
from rawkit.lab import scenarios
from rawkit.lab.privileges import _advice

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

NOBODY = 65534
PING = """
import os
from rawkit.lab import Lab
assert os.geteuid() == {user}
with Lab.from_spec("router") as lab:
    print(lab["client"].run(["ping", "-c1", "-W2", "server"]).stdout)
    with lab["client"].entered():
        import socket
        print(socket.socket(socket.AF_PACKET, socket.SOCK_RAW).family.name)
        print(*(name for _, name in socket.if_nameindex()))
print("back at", *(name for _, name in socket.if_nameindex()))
socket.create_server(("127.0.0.1", 0))
"""


def as_nobody(program: str) -> subprocess.CompletedProcess[str]:
    """Runs a Python program as an ordinary user without capabilities."""
    python = Path(sys.executable).resolve()
    libraries = [str(Path(rawkit.__file__).parents[1]), *(path for path in sys.path if path.endswith("-packages"))]
    found = next((p for p in (python, Path("/usr/bin/python3")) if usable(p)), None)
    if found is None:
        pytest.skip("no interpreter of this version that an ordinary user can read")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(libraries)}
    command = [*drop(), str(found), "-c", program]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", timeout=60)


def drop() -> list[str]:
    """The command that takes root's rights away, where there are any."""
    return ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"] if os.geteuid() == 0 else []


def usable(python: Path) -> bool:
    """Whether an ordinary user can run this interpreter, and it is of our version."""
    command = [*drop(), str(python), "-c", "import sys, ctypes; print(sys.version_info[:2], sys.base_prefix)"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env={})
    home = str(python.parents[1])
    return done.stdout.strip() == f"{sys.version_info[:2]} {home}"


def test_an_ordinary_user_gets_a_lab() -> None:
    done = as_nobody(PING.format(user=NOBODY if os.geteuid() == 0 else os.geteuid()))
    if "forbids" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert "ttl=63" in done.stdout, done
    assert done.stdout.endswith("AF_PACKET\nlo eth0\nback at lo\n")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", scenarios.names())
def test_an_ordinary_user_gets_every_scenario(name: str) -> None:
    program = f"""
from rawkit.lab import Lab
with Lab.from_spec({name!r}) as lab:
    first, second, *_ = lab.hosts.values()
    print(first.run(["ping", "-c3", "-i0.2", "-W2", str(second.ipv4)]).stdout)
"""
    done = as_nobody(program)
    if "forbids" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert "ttl=64" in done.stdout, done


def test_a_process_with_threads_is_told_how_to_start() -> None:
    threads = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    done = as_nobody(threads + PING.format(user=NOBODY if os.geteuid() == 0 else os.geteuid()))
    assert "rawkit.errors.PrivilegeError: a lab needs root, and a process with threads cannot" in done.stderr
    assert "start it with `unshare -Urm COMMAND`, or use sudo" in done.stderr


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
