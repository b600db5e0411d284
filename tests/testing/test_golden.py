"""The fixture `golden`: written when asked, never in CI, and what is another each time does not count."""

from __future__ import annotations

import pytest

SEEN = """
def test_seen(capture, golden):
    golden(capture({name!r}))
"""
REFUSED = "tcp-connect-refused.pcap"


@pytest.fixture
def written(project):
    """The golden file of a capture, written; returns its path."""
    project.makepyfile(test_it=SEEN.format(name=REFUSED))
    project.runpytest_subprocess("--update-golden").assert_outcomes(passed=1)
    return project.path / "golden" / "test_it" / "test_seen.txt"


def test_without_a_file_it_fails_and_says_what_to_do(project):
    project.makepyfile(test_it=SEEN.format(name=REFUSED))
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["there is no */golden/test_it/test_seen.txt: write it with --update-golden*"])
    assert not (project.path / "golden").exists()


def test_what_was_written_is_held_to(project, written):
    project.runpytest_subprocess().assert_outcomes(passed=1)
    written.write_text(written.read_text().replace("outcome: refused", "outcome: established"))
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["-    outcome: established", "+    outcome: refused"])
    project.runpytest_subprocess("--update-golden").assert_outcomes(passed=1)
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_in_ci_nothing_is_written(project, written, monkeypatch):
    written.unlink()
    monkeypatch.setenv("CI", "true")
    result = project.runpytest_subprocess("--update-golden")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--update-golden does nothing in CI*"])
    project.runpytest_subprocess().assert_outcomes(failed=1)
    assert not written.exists()


def test_what_is_another_each_time_does_not_count(project, written):
    """The same connection with other ports, times, numbers of sequence and of frames, made by scapy."""
    from scapy.layers.inet import TCP
    from scapy.layers.l2 import ARP, Ether
    from scapy.utils import rdpcap, wrpcap

    frames = rdpcap(str(project.path / REFUSED))
    for frame in frames:
        frame.time += 86400.25
        ports = ("sport", "dport") if frame[TCP].dport == 9000 else ("dport", "sport")
        setattr(frame[TCP], ports[0], 51234)
        numbers = ("seq", "ack") if frame[TCP].dport == 9000 else ("ack", "seq")
        setattr(frame[TCP], numbers[0], getattr(frame[TCP], numbers[0]) + 777)
        del frame[TCP].chksum
    frames[1].time += 0.5
    early = Ether(src="02:00:00:00:00:01", dst="ff:ff:ff:ff:ff:ff") / ARP()
    early.time = frames[0].time
    wrpcap(str(project.path / REFUSED), [early, *frames], nano=True)
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_fields_that_are_kept_count(project, written):
    project.makepyfile(test_it="def test_seen(capture, golden):\n    golden(capture('dns.pcap'), keep=['id.orig_p'])\n")
    project.runpytest_subprocess("--update-golden").assert_outcomes(passed=1)
    assert "192.0.2.10:40001 > 198.51.100.20:53" in written.read_text()


def test_texts_and_paths_too(project):
    project.makepyfile(
        """
        from pathlib import Path

        def test_texts(golden, request):
            golden("one\\ntwo", "text")
            golden(request.path.parent / "dns.pcap", "capture", views=["udp"])

        def test_twice(golden):
            golden("one")
            golden("two")

        def test_numbers(golden):
            golden(7)
        """
    )
    result = project.runpytest_subprocess("--update-golden")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*ValueError: this test has compared with test_twice.txt before*"])
    result.stdout.fnmatch_lines(["*TypeError: golden compares captures, their paths and texts, not int*"])
    folder = next((project.path / "golden").iterdir())
    assert (folder / "text.txt").read_text() == "one\ntwo\n"
    assert (folder / "capture.txt").read_text().startswith("udp: 1\n  192.0.2.10:* > 198.51.100.20:53\n")
