"""Giving up root: each in a process of its own, which says what it still can do."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

import pytest

from rawkit.errors import PrivilegeError
from rawkit.sockets import privileges
from rawkit.sockets.receive.ring import ReceiveRing
from tests.rights import needs_all_users

pytestmark = [pytest.mark.root, needs_all_users]

NOBODY = 65534


def in_a_child(body: Callable[[], None], **environment: str) -> None:
    """Runs the body in a child process; AssertionError with its traceback where it raises."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        for name in ("SUDO_UID", "SUDO_GID"):
            os.environ.pop(name, None)
        os.environ.update(environment)
        try:
            body()
        except BaseException:
            os.write(writer, traceback.format_exc().encode()[-4000:])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as trace:
        said = trace.read().decode()
    os.waitpid(child, 0)
    assert not said, said


def assert_powerless(bounds: int = 0) -> None:
    with open("/proc/thread-self/status") as status:
        fields = dict(line.rstrip("\n").split(":\t") for line in status)
    assert fields["Uid"].split() == fields["Gid"].split() == [str(NOBODY)] * 4
    assert [int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapAmb", "CapInh")] == [0] * 4
    assert int(fields["CapBnd"], 16) == bounds
    assert fields["NoNewPrivs"] == "1"
    for regain in (
        lambda: os.setuid(0),
        lambda: os.setresuid(0, 0, 0),
        lambda: os.setgid(0),
        lambda: os.setgroups([0]),
    ):
        with pytest.raises(PermissionError):
            regain()
    with pytest.raises(
        PrivilegeError, match=r"need CAP_NET_RAW: use sudo, a copy of Python .*, or try it in `rawkit lab`"
    ):
        ReceiveRing("lo")


def test_a_named_user():
    def body() -> None:
        with ReceiveRing("lo", memory=1, filter="udp port 9") as ring:
            assert privileges.drop("nobody") == "nobody"
            assert_powerless()
            assert os.getgroups() == [NOBODY]
            assert len(ring.read(0) or ()) == 0  # what was opened before still works
            assert ring.statistics().dropped == 0

    in_a_child(body)


def test_the_user_who_called_sudo():
    def body() -> None:
        assert privileges.drop() == "nobody"
        assert_powerless()

    in_a_child(body, SUDO_UID=str(NOBODY), SUDO_GID=str(NOBODY))


def test_a_user_without_a_name():
    def body() -> None:
        assert privileges.drop() == "54321"
        assert os.getresuid() == (54321,) * 3
        assert os.getgroups() == [54322]

    in_a_child(body, SUDO_UID="54321", SUDO_GID="54322")


@pytest.mark.parametrize("environment", [{}, {"SUDO_UID": "0", "SUDO_GID": "0"}, {"SUDO_UID": "x", "SUDO_GID": "1"}])
def test_root_without_sudo_stays_user_0_and_keeps_files_alone(environment):
    def body() -> None:
        assert privileges.drop() is None
        with open("/proc/thread-self/status") as status:
            fields = dict(line.rstrip("\n").split(":\t") for line in status)
        assert fields["Uid"].split() == ["0"] * 4
        assert {int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == {1 << 1}  # CAP_DAC_OVERRIDE
        assert fields["NoNewPrivs"] == "1"
        with pytest.raises(PermissionError):
            os.setuid(NOBODY)
        with pytest.raises(PrivilegeError, match="need CAP_NET_RAW"):
            ReceiveRing("lo", memory=1)

    in_a_child(body, **environment)


def test_what_is_kept_for_a_while():
    def body() -> None:
        privileges.drop("nobody", [privileges.CAP_NET_RAW])
        ReceiveRing("lo", memory=1).close()
        with pytest.raises(PermissionError):
            os.setuid(0)
        privileges.drop()
        assert_powerless(1 << privileges.CAP_NET_RAW)

    in_a_child(body)


def test_capabilities_of_an_ordinary_user_are_given_up():
    def body() -> None:
        import ctypes

        ctypes.CDLL(None).prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS: permitted ones stay, as with setcap
        os.setgroups([NOBODY])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        with open("/proc/thread-self/status") as status:
            text = status.read()
        assert "CapPrm:\t0000000000000000" not in text
        bounds = int(text.partition("CapBnd:")[2].split()[0], 16)
        assert privileges.drop() == "nobody"
        # Without CAP_SETPCAP the bounding set stays, which no_new_privs makes good: no program gives capabilities.
        assert_powerless(bounds)

    in_a_child(body)


def test_users_that_one_cannot_become():
    def body() -> None:
        with pytest.raises(PrivilegeError, match="no user 'nobody-at-all': name one of this system"):
            privileges.drop("nobody-at-all")
        privileges.drop("nobody")
        with pytest.raises(PrivilegeError, match="cannot become user root: only root can become another user"):
            privileges.drop("root")

    in_a_child(body)


def test_a_user_namespace_without_that_user_says_so(monkeypatch):
    monkeypatch.setattr(os, "setgroups", lambda _: (_ for _ in ()).throw(PermissionError(1, "Operation not permitted")))
    with pytest.raises(
        PrivilegeError, match="cannot become user nobody: Operation not permitted: stay root or use sudo"
    ):
        privileges.drop("nobody")
    assert os.geteuid() == 0
