"""Standard streams that are closed, full or that nobody reads; arguments that are no text: one line, exit code 2."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from rawkit.cli.commands import COMMANDS
from rawkit.cli.ending import ended

CAPTURE = "captures/tcp-connect-refused.pcap"
FULL = "rawkit: cannot write to standard output: No space left on device: make room, or send it elsewhere\n"
NO_MEMORY = "rawkit: there is not enough memory: allow more memory (ulimit -v), or end other programs\n"


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def run(root, request):
    """Runs rawkit by a shell, which closes and redirects: its exit code, and what it says on stderr."""

    def shell(script):
        rawkit = f"{sys.executable} -m rawkit"
        done = subprocess.run(
            ["bash", "-c", script.replace("rawkit", rawkit, 1)],
            cwd=root,
            env=os.environ | {"PYTHONUNBUFFERED": request.param},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr.decode(errors="surrogateescape")

    return shell


@pytest.mark.parametrize(
    "words",
    ["", "--help", "--version", "sniff --help", f"sniff -r {CAPTURE}", f"check {CAPTURE}",
     "synscan --dry-run -p 1 127.0.0.1", "lab list"],
)  # fmt: skip
def test_a_full_disk_behind_standard_output(run, words):
    assert run(f"rawkit {words} > /dev/full") == (2, FULL)


@pytest.mark.parametrize("run", [""], ids=["buffered"], indirect=True)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_behind_the_help_of_each_command(run, name):
    """All write it in the same way; without a buffer sniff's is above."""
    assert run(f"rawkit {name} --help > /dev/full") == (2, FULL)


@pytest.mark.parametrize("words", ["", "--help", "--version", "sniff --help", f"sniff -r {CAPTURE}"])
def test_a_reader_that_has_gone_is_no_error(run, words):
    """By a pipe whose other end is closed before the program writes."""
    code, told = run(f"rawkit {words} > >(exec <&-; exec sleep 5 >&- 2>&-)")
    assert (code, told) == (0, "")


@pytest.mark.parametrize("words", [f"-v sniff -r {CAPTURE}", f"check {CAPTURE}", f"sniff -r {CAPTURE}"])
def test_a_full_disk_behind_standard_error_changes_nothing(run, words):
    assert run(f"rawkit {words} 2> /dev/full") == (0, "")


@pytest.mark.parametrize(
    "words", ["sniff -r -", "check -", "replay - -i lo", "send -i lo --template -", "synscan -p 1 -iL -"]
)
def test_standard_input_is_closed(run, words):
    told = "rawkit: standard input is closed: give a file, or send it from /dev/null\n"
    assert run(f"rawkit {words} <&-") == (2, told)


@pytest.mark.parametrize("run", [""], ids=["buffered"], indirect=True)
@pytest.mark.parametrize(
    "words",
    [
        "sniff -c 1 -i $'\\xff'",
        "ping -I $'\\xff' 127.0.0.1",
        "synscan -p $'\\xff' 127.0.0.1",
        "synscan -p 1 $'\\xff'",
        "synscan -p 1 -e $'\\xff' 127.0.0.1",
        "sniff -r $'\\xff'",
        f"sniff -r {CAPTURE} $'\\xff'",
        f"sniff -r {CAPTURE} -Y $'\\xff'",
        "send $'\\xff'",
        "send -i $'\\xff' 'ARP()'",
        "replay -i $'\\xff' captures/dns.pcap",
        'send $\'IP(dst="127.0.0.1")/Raw("\\xed\\xa0\\x80")\'',
        'send \'IP(dst="127.0.0.1")/Raw("\\ud800")\'',
        "send 'IP(dst=\"127.0.0.1\",ttl=(1,2,0))/ICMP()'",
        "lab up $'\\xff'",
        "merge $'\\xff'",
    ],
)
def test_arguments_that_are_no_text_are_told_in_a_line(run, words):
    code, told = run(f"rawkit {words}")
    assert code == 2
    assert told.startswith("rawkit: ")
    assert told.count("\n") == 1
    assert told.isascii()


@pytest.mark.parametrize("words", ["merge {}", "lab up {}"])
def test_deep_nesting_in_files(run, tmp_path, words):
    deep = tmp_path / "deep.toml"
    deep.write_text(f"a = {'[' * 100_000}\n" if "lab" in words else "[" * 100_000 + "\n")
    code, told = run(f"rawkit {words.format(deep)}")
    assert (code, told.count("\n")) == (2, 1)
    assert str(deep) in told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), NO_MEMORY),
        (OSError(errno.EMFILE, "Too many open files", "/a"), "rawkit: /a: Too many open files: allow more open files"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "rawkit: Cannot allocate memory: allow more memory"),
    ],
)
def test_the_system_has_no_more_to_give(error, told, capsys):
    def call():
        raise error

    assert ended(call) == 2
    assert capsys.readouterr().err.startswith(told)


def test_what_nobody_expects_is_not_hidden():
    def call():
        raise OSError(errno.EPERM, "Operation not permitted")

    with pytest.raises(PermissionError):
        ended(call)
