"""The fixture `capture`: lists, where it looks, and what a failure says."""

from __future__ import annotations


def test_its_lists_are_those_of_the_library(project):
    project.makepyfile(
        """
        import rawkit

        def test_it(capture):
            seen = capture("dns.pcap")
            everything = list(rawkit.read_events(str(seen.path)))
            assert seen.handshakes + seen.teardowns + seen.udp + seen.flows == sorted(
                everything, key=lambda one: [rawkit.Handshake, rawkit.Teardown, rawkit.UdpExchange, rawkit.FlowRecord]
                .index(type(one)))
            assert (len(seen.handshakes), len(seen.teardowns), len(seen.udp), len(seen.flows)) == (1, 1, 1, 2)
            assert [packet.number for packet in seen.packets] == list(range(1, 21))
            assert seen.packets is seen.packets
            assert [packet.number for packet in seen.open("tcp port 53")][0] == 9
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_it_looks_beside_the_test_and_in_the_folders_of_the_setting(project):
    project.makepyfile(
        """
        def test_setting(capture):
            assert capture("tcp-half-close.pcap").teardowns[0].by == "FIN"

        def test_beside(capture):
            assert capture("tcp-connect-refused.pcap").handshakes[0].outcome == "refused"

        def test_absolute(capture, request):
            assert capture(request.config.rootpath / "recorded/tcp-half-close.pcap").flows

        def test_nowhere(capture):
            capture("lost.pcap")
        """
    )
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["E*CaptureError: lost.pcap: not in */recorded*"])


def test_events_that_differ_are_told_field_by_field(project):
    project.makepyfile(
        """
        from rawkit.values import replace

        def test_differs(capture):
            [attempt] = capture("tcp-connect-refused.pcap").handshakes
            expected = replace(attempt, outcome="timed out", syn_repeats=6, syn_time=0)
            assert [attempt, attempt] == [expected]
        """
    )
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*2 events, 1 expected",
            "E*[[]0] outcome: 'refused' != 'timed out'; syn_repeats: 0 != 6; others too: syn_time",
            "E*[[]1] is not expected: Handshake(transport='tcp', client=*outcome='refused'*",
        ]
    )


def test_other_lists_are_compared_as_ever(project):
    project.makepyfile("def test_it():\n    assert [1, 2] == [1, 3]\n\ndef test_empty():\n    assert [] == [1]\n")
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E*At index 1 diff: 2 != 3*"])
    assert "expected" not in result.stdout.str()


def test_expectations_fail_with_what_was_found_and_the_frames(project):
    project.makepyfile(
        """
        def test_holds(capture):
            capture("dns.pcap").expect("count(udp) == 1", "none(packets, tcp.analysis.retransmission)")

        def test_fails(capture):
            capture("tcp-connect-refused.pcap").expect("any(handshakes)", 'none(teardowns, by == "RST")')
        """
    )
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*AssertionError: *tcp-connect-refused.pcap",
            "E*  ok    any(handshakes): 1 of 1",
            'E*  FAIL  none(teardowns, by == "RST"): 1 of 1',
            "E*          frame 2: 192.0.2.10:40000 > 198.51.100.20:9000: RST by the server (refused)*",
        ]
    )
    assert "recorded.py" not in result.stdout.str()
