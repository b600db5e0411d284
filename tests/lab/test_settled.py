"""When a lab's connections are over, as the kernel's tables say."""

from __future__ import annotations

import socket

import pytest

from rawkit.lab import Lab
from rawkit.lab.settled import wait_settled

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

SOON = 0.05


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_connections_are_waited_for_until_both_ends_are_closed(namespaces: None, family: socket.AddressFamily) -> None:
    with Lab.from_spec("pair") as lab:
        client, server = lab["client"], lab["server"]
        address = str(server.ipv4 if family == socket.AF_INET else server.ipv6)
        with server.entered():
            listener = socket.create_server(("", 9), family=family)
        with listener:
            assert wait_settled([client, server]), "one that listens is settled"
            with client.entered():
                opened = socket.create_connection((address, 9), timeout=10)
            accepted, _ = listener.accept()
            with accepted:
                assert not wait_settled([client, server], SOON)
                opened.close()
                assert not wait_settled([client, server], SOON), "the server has not closed yet"
            assert wait_settled([client, server])
