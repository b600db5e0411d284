"""`rawkit check --expect`: verdicts and exit codes, and reports that others read: junitparser, Perl's prove, json."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from junitparser import Error, Failure, JUnitXml

from rawkit.view.checks.cases import Case, FileCases
from rawkit.view.checks.github import lines as annotations
from rawkit.view.checks.junit import document
from rawkit.view.checks.tap import lines as tap_lines
from tests.conftest import ROOT

CAPTURES = ROOT / "captures"
REFUSED, DNS, CUT = (CAPTURES / name for name in ("tcp-connect-refused.pcap", "dns.pcap", "format-cut.pcap"))
HOLDS, FAILS = 'count(handshakes, outcome == "refused") == 1', 'none(teardowns, by == "RST")'
RST = "192.0.2.10:40000 > 198.51.100.20:9000: RST by the server (refused); connect(): ECONNREFUSED"
ODD = FileCases(
    'a <b> & "c".pcap',
    (
        Case("the file is whole", "ok", ""),
        Case('count(packets, ip.src#1 && tcp.payload contains "]]>") < 3', "failed", "4", ("frame 1: #9%",)),
        Case("back\\slash # TODO not a directive", "failed", "x: y"),
        Case("could not be", "error", "why: \\x1b"),
    ),
)  # fmt: skip


def test_a_line_each_with_what_was_found_and_the_frames_that_show_it(rawkit):
    done = rawkit("check", REFUSED, "--expect", HOLDS, "--expect", FAILS)
    assert done.code == 1
    assert done.lines == [
        str(REFUSED),
        f"  ok    {HOLDS}: 1 of 1",
        f"  FAIL  {FAILS}: 1 of 1",
        f"          frame 2: {RST}",
        "1 of 2 expectations failed",
    ]


@pytest.mark.parametrize(
    ("files", "expect", "code", "last"),
    [
        ([REFUSED], [HOLDS], 0, "1 expectation holds"),
        ([REFUSED, DNS], ["count(packets) < 100"], 0, "2 expectations hold"),
        ([REFUSED, DNS], [HOLDS], 1, "1 of 2 expectations failed"),
        ([CUT], ["count(packets) == 9"], 1, "1 of 2 expectations failed"),
        ([ROOT / "README.md", REFUSED], [HOLDS], 2, "1 of 2 expectations failed"),
        ([ROOT / "README.md", REFUSED], [FAILS], 2, "2 of 2 expectations failed"),
    ],
)
def test_each_file_is_checked_and_the_worst_is_the_exit_code(rawkit, files, expect, code, last):
    done = rawkit("check", *files, *(word for one in expect for word in ("--expect", one)))
    assert (done.code, done.lines[-1]) == (code, last)
    assert [line for line in done.lines if line in map(str, files)] == [
        str(file) for file in files if file.suffix != ".md"
    ]
    assert ("README.md: not a capture file" in done.err) == (code == 2)


def test_a_wrong_expectation_is_said_before_anything_is_read(rawkit, tmp_path):
    done = rawkit("check", tmp_path / "nowhere.pcap", "--expect", "count(handshake) == 1")
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("rawkit: expectation 'count(handshake) == 1', column 7: there is no view handshake")


def test_several_files_without_expectations_stand_one_below_the_other(rawkit):
    done = rawkit("check", REFUSED, DNS)
    blocks = done.out.decode().split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == [f"file: {REFUSED}", f"file: {DNS}"]
    records = [json.loads(line) for line in rawkit("check", REFUSED, DNS, "--format", "json").lines]
    assert [record["frames"] for record in records] == [2, 20]
    assert "expectations" not in records[0]


def test_json_has_values_units_and_frames(rawkit):
    expect = ["p95(handshakes, rtt) < 1us", "mean(packets, frame.len) == 64.0"]
    done = rawkit("check", REFUSED, "--format", "json", *(word for one in expect for word in ("--expect", one)))
    slow, size = json.loads(done.out)["expectations"]
    assert (slow["holds"], slow["found"], slow["of"], slow["unit"]) == (False, 25658, 1, "ns")
    assert (slow["witnesses"][0]["frames"], slow["witnesses"][0]["value"]) == ([1, 2], 25658)
    assert size == {"expect": expect[1], "holds": True, "found": 64.0, "of": 2, "unit": "B"}


# Files of expectations ----------------------------------------------------------------------------------------


def test_a_file_names_its_expectations(rawkit, tmp_path):
    path = tmp_path / "checks.toml"
    path.write_text(f"[expect]\n'nobody listens' = '{HOLDS}'\n'no resets' = '{FAILS}'\n")
    done = rawkit("check", REFUSED, "--expect-file", path)
    assert [line for line in done.lines if "resets" in line or "listens" in line] == [
        f"  ok    nobody listens: {HOLDS}: 1 of 1",
        f"  FAIL  no resets: {FAILS}: 1 of 1",
    ]
    path.write_text(f"expect = ['''{HOLDS}''']\n")
    assert (
        rawkit("check", REFUSED, "--expect-file", path, "--expect", "any(packets)").lines[-1] == "2 expectations hold"
    )


def test_the_file_of_the_page_works(rawkit, tmp_path):
    [text] = re.findall("```toml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)
    path = tmp_path / "checks.toml"
    path.write_text(text)
    done = rawkit("check", CAPTURES / "tcp-three-at-once.pcap", "--expect-file", path)
    assert (done.code, done.lines[-1]) == (0, "3 expectations hold")
    assert rawkit("check", REFUSED, "--expect-file", path).lines[-1] == "2 of 3 expectations failed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("expect = [", "it is no TOML: "),
        ("expects = ['any(udp)']", "there is no expects: did you mean expect?"),
        ("", "it has no expectations: expect = ["),
        ("expect = [3]", "expect: an expectation is a text in quotes"),
        ("[expect]\na = 3", "a: an expectation is a text in quotes"),
        ("expect = ['cuont(udp) == 1']", "expectation 'cuont(udp) == 1', column 1: there is no function cuont()"),
        ("expect = '\xff'", "it is no TOML: it is not UTF-8"),
    ],
)
def test_what_is_wrong_in_a_file(rawkit, tmp_path, text, said):
    path = tmp_path / "checks.toml"
    path.write_bytes(text.encode("latin-1"))
    done = rawkit("check", REFUSED, "--expect-file", path)
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert done.err.startswith(f"rawkit: {path}: {said}")


# Reports ------------------------------------------------------------------------------------------------------


def test_junitparser_reads_the_report(rawkit, tmp_path):
    path = tmp_path / "report.xml"
    rawkit("check", REFUSED, ROOT / "README.md", CUT, "--expect", HOLDS, "--expect", FAILS, "--junit", path)
    refused, none, cut = JUnitXml.fromfile(str(path))
    assert [(suite.name, suite.tests, suite.failures, suite.errors) for suite in (refused, none, cut)] == [
        (str(REFUSED), 3, 1, 0), (str(ROOT / "README.md"), 1, 0, 1), (str(CUT), 3, 2, 0),
    ]  # fmt: skip
    assert [case.name for case in refused] == ["the file is whole", HOLDS, FAILS]
    assert [[type(result) for result in case.result] for case in (*refused, *none, *cut)] == [
        [], [], [Failure], [Error], [Failure], [Failure], [],
    ]  # fmt: skip
    [failure] = list(refused)[2].result
    assert f"frame 2: {RST}" in failure.text


def test_junit_of_names_that_mean_something_in_xml():
    [suite] = JUnitXml.fromstring(document([ODD]).encode())
    assert (suite.name, [case.name for case in suite]) == (ODD.file, [case.name for case in ODD.cases])
    assert "#9%" in list(suite)[1].result[0].text


def test_a_report_that_cannot_be_written(rawkit, tmp_path):
    done = rawkit("check", REFUSED, "--junit", tmp_path / "nowhere" / "report.xml")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "report.xml: No such file or directory: give --junit another file" in done.err


@pytest.mark.referee
def test_prove_reads_tap(rawkit, tmp_path):
    report = tmp_path / "report.tap"
    report.write_bytes(rawkit("check", REFUSED, CUT, "--expect", HOLDS, "--expect", FAILS, "--format", "tap").out)
    odd = tmp_path / "odd.tap"
    odd.write_text("".join(f"{line}\n" for line in tap_lines([ODD])))
    whole = tmp_path / "whole.tap"
    whole.write_bytes(rawkit("check", REFUSED, "--expect", HOLDS, "--format", "tap").out)
    if not shutil.which("prove"):
        pytest.skip("needs prove (perl)")
    command = ["prove", "-f", "--exec", "cat", str(report), str(odd), str(whole)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    told = re.findall(r"(\w+)\.tap +\(Wstat: 0 Tests: (\d) Failed: (\d)\)\n  Failed tests: +(\S+)", said.stdout)
    # `# TODO` in a name is no directive: the test would count as passed.
    assert told == [("report", "6", "3", "3-5"), ("odd", "4", "3", "2-4")]
    assert "Parse errors" not in said.stdout


def test_github_reads_annotations_as_its_toolkit_writes_them(rawkit, monkeypatch):
    """Escapes of actions/toolkit, packages/core/src/command.ts: a property has `:` and `,` besides."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = rawkit("check", REFUSED, "--expect", HOLDS, "--expect", FAILS, "--format", "json")
    [line] = done.err.splitlines()
    assert line.startswith(f"::error file={REFUSED},title=rawkit check::{FAILS}: 1 of 1%0Aframe 2: ")
    assert json.loads(done.out)["frames"] == 2
    assert "frame 1: #9%25" in next(iter(annotations(ODD)))
    monkeypatch.setenv("GITHUB_ACTIONS", "")
    assert rawkit("check", REFUSED, "--expect", FAILS).err == ""
