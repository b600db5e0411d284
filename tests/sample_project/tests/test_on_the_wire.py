"""The server as the network sees it, in a network of its own."""

from __future__ import annotations

from threading import Thread

import pytest
from greeter.server import serve

SERVER = ("192.0.2.20", 7000)


@pytest.fixture
def network(lab):
    """A client and a server; the program waits for one client."""
    network = lab("pair")
    with network["server"].socket() as listener:
        listener.settimeout(30)
        listener.bind(SERVER)
        listener.listen()
        server = Thread(target=serve, args=(listener, 1))
        server.start()
        yield network
        server.join()


@pytest.mark.parametrize("said", [b"Ada\n", b"Ada\nand a line that nobody asked for\n"], ids=["name", "and more"])
def test_who_says_a_name_is_greeted_and_nobody_is_reset(network, sniffed, said):
    with sniffed(network["server"], filter="tcp") as seen, network["client"].socket() as connection:
        connection.settimeout(30)
        connection.connect(SERVER)
        connection.sendall(said)
        greeting = connection.makefile("rb").readline()
    assert greeting == b"Hello, Ada!\n"
    assert [attempt.outcome for attempt in seen.handshakes] == ["established"]
    assert [end.by for end in seen.teardowns] == ["FIN"]
