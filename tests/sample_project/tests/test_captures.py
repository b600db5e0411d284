"""What was recorded when the bug was reported stays as it was understood."""

from __future__ import annotations


def test_the_server_closed_before_it_had_read_everything(capture):
    """Bug 17: "sometimes the greeting is lost"."""
    [end] = capture("bug-17.pcap").rows("teardowns")
    assert (end["by"], end["reset_by"], end["call"]) == ("RST", "server", "close() with unread data, or SO_LINGER 0")


def test_all_that_was_recorded(capture, golden):
    golden(capture("bug-17.pcap"))
