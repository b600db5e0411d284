"""Options that people bring from tcpdump, tshark, nmap, ping and fping: each works here, or it is said what to do.

The lists are those of the tools' own manuals: tcpdump 4.99, tshark 4.2, nmap 7.94, iputils 2023, fping 5.1.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib import import_module

import click
import pytest

from rawkit.cli.group import _rawkit

TCPDUMP = """
-A|-B 4096|-C 1|-D|--list-interfaces|-d|-dd|-e|-E x@y|-F file|-G 1|-H|-i lo|--interface=lo|-I|--monitor-mode
--immediate-mode|-j host|--time-stamp-type=host|-K|-l|-L|-m module|-M secret|--micro|-n|-nn|--nano|-N|-#|--number|-O
-p|--no-promiscuous-mode|--print|-q|-Q in|--direction=in|-r file|-s 96|--snapshot-length=96|-S|-t|-tt|-ttt|-tttt|-ttttt
--time-stamp-precision=nano|-u|-U|--packet-buffered|-v|-w file|-W 2|-x|-X|-y EN10MB|-z gzip|-Z user
--relinquish-privileges=user|--count|--version|--buffer-size=4
"""
TSHARK = """
-a duration:5|-b filesize:1000|-c 5|-E separator=,|-f udp|-g|-i lo|-J tcp|-j tcp|-l|-o tcp.x:y|-O tcp|-P|-q|-R udp
-r file|-T fields|-ta|-tad|-td|-tr|-te|-V|-w file|-x|-Y udp|-2|-B 2|-D|-K keytab|-L|-n|-N n|-s 96|-S sep|-u s
--display-filter=udp|--read-file=file
"""
NMAP = """
-sS|-sU|-sA|-sN|-sF|-sX|-sM|-sT|-sV|-sC|-sn|-sL|-sO|-sW|-sY|-b host|-Pn|-P0|-PS22|-PA80|-PU53|-PE|-n|-R|--dns-servers x
--system-dns|--traceroute|-p 22|--exclude-ports 22|-F|-r|--top-ports 5|--port-ratio 1|--version-intensity 5
--script default|--script-args x|-O|--osscan-guess|-T4|--min-hostgroup 5|--max-hostgroup 5|--min-parallelism 5
--max-parallelism 5|--min-rtt-timeout 1|--max-rtt-timeout 1|--initial-rtt-timeout 1|--max-retries 1|--host-timeout 1m
--scan-delay 1|--max-scan-delay 1|--min-rate 1|--max-rate 5|-f|--mtu 8|-D x|-S 192.0.2.1|-e lo|-g 53|--source-port 53
--proxies x|--data ff|--data-string x|--data-length 5|--ip-options x|--ttl 5|--spoof-mac 0|--badsum|-oN f|-oX f|-oG f
-oA f|-v|-vv|-d|--reason|--open|--packet-trace|--iflist|--append-output|--resume f|--noninteractive|--stylesheet x
--webxml|--no-stylesheet|-6|-A|--datadir x|--send-eth|--send-ip|--privileged|--unprivileged|-V|-iL f|-iR 5
--exclude 192.0.2.9|--excludefile f|--stats-every 5s|--defeat-rst-ratelimit|--scanflags SYN
"""
PING = """
-3|-4|-6|-a|-A|-b|-B|-c 1|-C 1|-d|-D|-e 1|-f|-F 5|-H|-i 1|-I lo|-l 1|-L|-m 1|-M do|-n|-N name|-O|-p ff|-q|-Q 1|-r|-R
-s 8|-t 3|-T tsonly|-U|-v|-V|-w 1|-W 1
"""
FPING = """
--ipv4|--ipv6|--alive|--count=3|--vcount=3|--elapsed|--file=f|-g|--generate|--ttl=5|--iface=lo|--interval=5|--loop
--period=5|--quiet|--retry=2|--stats|-S 192.0.2.1|--src=192.0.2.1|--size=5|--timeout=500|--tos=1|-u|--unreach|--version
-x 2|-J|--json|-o
"""
TABLE = [
    (command, words)
    for command, lists in (("sniff", (TCPDUMP, TSHARK)), ("synscan", (NMAP,)), ("ping", (PING, FPING)))
    for one in lists
    for words in re.split(r"[|\n]", one.strip())
]


def command_of(name):
    return import_module(f"rawkit.cli.{name}.command").command


def test_there_are_more_than_120():
    assert len(set(TABLE)) > 240


@pytest.mark.parametrize(("name", "words"), TABLE, ids=lambda value: value.replace(" ", "_"))
def test_it_works_or_it_is_said_what_to_do(name, words):
    error = ""
    with click.Context(_rawkit, info_name="rawkit") as above:
        try:
            command_of(name).make_context(name, [*shlex.split(words), "192.0.2.1"], parent=above)
        except click.UsageError as raised:
            error = raised.format_message()
    assert error == "" or " is not known here: " in error


@pytest.mark.parametrize("name", ["sniff", "ping", "synscan"])
def test_what_is_said_to_do_is_there(name):
    """Options that advice and other names lead to are the command's own, and none of them hides behind the advice."""
    module = import_module(f"rawkit.cli.{name}.command")
    known = {option for one in module.command.params for option in one.opts}
    for option, advice in module.ELSEWHERE.items():
        assert option not in known
        for named in re.findall(
            r"(?<!\w)--?[A-Za-z][\w-]*", re.sub(r"'(?:rawkit|tcpdump|ip|iw) [^']*'|-o -|-T fields -e NAME:", "", advice)
        ):
            assert named in known or re.fullmatch(r"-t+", named), (option, advice)
    also = getattr(module, "ALSO", {})
    assert set(also.values()) <= known
    assert known.isdisjoint(also)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (["sniff", "--read-file=dns.pcap", "--display-filter=udp"], ["sniff", "-r", "dns.pcap", "-Y", "udp"]),
        (["sniff", "--read-file", "dns.pcap", "--display-filter", "tcp"], ["sniff", "-r", "dns.pcap", "-Y", "tcp"]),
        (["sniff", "-r", "dns.pcap", "--", "udp"], ["sniff", "-r", "dns.pcap", "udp"]),
        (["synscan", "--dry-run", "--seed", "1", "-P", "x"], ["synscan", "--dry-run", "--seed", "1", "-P"]),
    ],
)
def test_other_names_are_the_same_options(root, theirs, ours):
    def run(words):
        command = [sys.executable, "-m", "rawkit", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root / "captures")
        return done.returncode, done.stdout, done.stderr

    assert run(theirs) == run(ours)


def test_tsharks_words_for_times_are_no_filters(root):
    command = [sys.executable, "-m", "rawkit", "sniff", "-t", "ad", "-r", root / "captures/dns.pcap"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("rawkit: -t takes no word: give -tt since 1970")
