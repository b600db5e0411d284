"""`sniff --fields`: the columns asked for, in that order, in each format, and what cannot be asked for."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from rawkit.decode import Decoder
from rawkit.decode.fields import ALL_FIELDS, DECLARED
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.values import replace
from rawkit.view.packets import value_kernel
from rawkit.view.packets.fields_view import FieldsView

NASTY = 'eth"0,\x1b[31m\u202e\\'


@pytest.fixture(params=["interpreted", "compiled"])
def engine(request):
    return request.getfixturevalue(request.param)


def rendered(engine, form, names, interface=NASTY):
    batch = replace(FrameBatch.from_frames([bytes(14)] * 2), interface_names=(interface,))
    packets = Decoder(engine).decode(batch)
    return FieldsView(engine, form, names).render(packets, FlowTracker(engine).track(packets))


def test_names_of_interfaces_are_harmless_in_each_format(engine):
    names = ["frame.number", "frame.interface_name"]
    text, as_csv, as_json = (rendered(engine, form, names) for form in ("text", "csv", "json"))
    assert set(text + as_csv + as_json) <= {*range(32, 127), *b"\t\n"}
    assert json.loads(as_json.splitlines()[1]) == {"frame.number": 2, "frame.interface_name": NASTY}
    shown = 'eth"0,\\x1b[31m\\u202e\\'
    assert text.decode().splitlines()[1] == f"2\t{shown}"
    assert list(csv.reader(io.StringIO(as_csv.decode())))[1] == ["2", shown]


def test_a_name_that_is_longer_than_the_buffer_has_room(engine):
    assert rendered(engine, "text", ["frame.interface_name"], "x" * 70_000) == (b"x" * 70_000 + b"\n") * 2


def test_default_fields_say_the_same_when_they_are_chosen(sniff, capture_path):
    names = [field.name for field in DECLARED if field.default]
    for form in ("json", "csv"):
        chosen = sniff(capture_path, "--format", form, "--fields", ",".join(names))
        whole = sniff(capture_path, "--format", form).out
        assert chosen.out == re.sub(rb',"frame\.comment":\[[^]]*\]', b"", whole)  # not of the packet, but of the file


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fields", "tcp.srcpotr"), "there is no field 'tcp.srcpotr': did you mean tcp.srcport?"),
        (("--fields", "ip.src,ip.src"), "--fields has ip.src twice: leave one out"),
        (("--fields", "ip.src", "--view", "udp"), "--fields chooses fields of packets: leave out it or --view udp"),
        (
            ("--fields", "ip.src", "-x"),
            "--fields gives those fields and nothing more: leave -e, -x, -X, -A, -S and -t out",
        ),
        (("-T", "fields", "-e", "ip.src"), "-T fields -e NAME: --fields NAME,NAME"),
    ],
)
def test_what_cannot_be_asked_for(sniff, root, options, said):
    done = sniff(root / "captures" / "dns.pcap", *options)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_every_field_of_its_own_is_written_by_a_function_of_that_name():
    wanted = {field.own for field in ALL_FIELDS.values() if field.own and field.default}
    assert wanted <= {name for name in vars(value_kernel) if callable(getattr(value_kernel, name))}
