"""rawkit/view/packets/record_kernel.py: the default fields of rawkit/decode/fields/declared.py written as JSON and CSV.

Fields that stand in a row and are found in headers at one place of the decoder's row (link, network, transport) make a
section. For each kind of header there is a function, which writes what that kind has and counts what it has not.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from generating.text import python

if TYPE_CHECKING:
    from rawkit.decode.fields.declared import Field, Header

SOURCE = "rawkit/decode/fields/declared.py"
ARRAYS = ("data", "rows", "text", "index")
VARIABLES = ("data", "start", "end", "rows", "row", "text", "index", "status", "conversation", "flags")
"""What the functions of sections and of headers are handed, where they use it."""
SECTIONS = {"stop.layer": "LAYERS", "stop.reason": "REASONS"}
"""Where the names of `text` fields stand in the table of names (`rawkit.view.packets.layout`)."""
NUMBERS = {1: "number8", 2: "number16", 4: "number32"}
BYTES = {1: "u8", 2: "u16", 4: "u32"}

HEAD = '''
"""The packets view as JSON lines and as CSV: the default fields, in the order of their declarations."""

from __future__ import annotations

from typing import Final

'''
INLINE = "\nFORCE_INLINE: Final = True\n"
"""Each function but the first is called at one place: apart they would only hand arrays to each other."""
RENDER = '''

def render_records(
    data: Ints,
    offsets: Ints,
    captures: Ints,
    lengths: Ints,
    times: Ints,
    statuses: Ints,
    rows: Ints,
    streams: Ints,
    analyses: Ints,
    text: Ints,
    index: Ints,
    numbers: Ints,
    csv: int,
    out: Ints,
    first: int,
    last: int,
) -> tuple[int, int]:
    """Writes a record for each packet from `first` on; returns the first that found no room, and the bytes used."""
    at = 0
    for i in range(first, last):
        if at + LINE_ROOM > len(out):
            return i, at
        row = i * WIDTH
        start = offsets[i] + 0
        end = start + rows[row + END]
        number = numbers[i] + 0
        time = times[i] + 0
        on_wire = lengths[i] + 0
        kept = captures[i] + 0
        status = statuses[i] + 0
        conversation = streams[i] + 0
        flags = analyses[i] + 0
{lines}
        at = put(out, at, b"\\n") if csv else put(out, at, b"}}\\n")
    return last, at
'''


def module(_present: str) -> str:
    """The whole text of the kernel."""
    from rawkit.decode.fields.declared import DECLARED, FRAME, Header, RowColumn

    fields = [field for field in DECLARED if field.default]
    check_order(fields)
    lines, functions = [], []
    for place, group in groupby(fields, lambda field: getattr(field.found, "place", None)):
        members = list(group)
        if place is not None:
            name, text = section(members)
            functions.append(text)
            lines.append(f"at = {call(name, text)}")
            continue
        for field in members:
            assert isinstance(field.found, RowColumn) or field.found == FRAME, field.name
            lines.append(written(field))
    body = RENDER.format(lines="\n".join(f"        {line}" for line in lines)) + "".join(functions)
    assert not any(isinstance(one.found, Header) and not one.found.kinds for one in fields)
    return python(SOURCE, HEAD + imports(body) + INLINE + body)


def check_order(fields: list[Field]) -> None:
    """A section begins and ends once: its fields stand in a row."""
    places = [place for place, _ in groupby(getattr(field.found, "place", None) for field in fields)]
    once = [place for place in places if place is not None]
    assert len(once) == len(set(once)), "fields of one place of the row have to stand in a row"


# A section and its headers -----------------------------------------------------------------------------------


def section(fields: list[Field]) -> tuple[str, str]:
    """The name and the text of the functions that write the fields of link, network or transport headers."""
    header = header_of(fields[0])
    kinds = list(dict.fromkeys(kind for field in fields for kind in header_of(field).kinds))
    name = f"{row_column(header.place).lower()}_fields"
    parts, cases = [], []
    for kind in kinds:
        label = kind_name(header, kind)
        text = of_kind(f"{label.rpartition('.')[2].lower()}_fields", fields, kind)
        parts.append(text)
        cases.append(f"    if kind == {label}:\n        return {call(function_name(text), text)}")
    lines = [
        f"    place = start + rows[row + {row_column(header.place)}] if rows[row + {row_column(header.place)}] >= 0 "
        "else end",
        f"    kind = rows[row + {row_column(header.kind)}]",
        *cases,
        f"    return absent(out, at, {len(fields)}, csv)",
    ]
    return name, function(name, lines) + "".join(parts)


def of_kind(name: str, fields: list[Field], kind: int) -> str:
    """The function for one kind of header: its fields in order, and how many others stand between them."""
    lines = []
    for has, group in groupby(fields, lambda field: kind in header_of(field).kinds):
        members = list(group)
        lines += [f"    {written(field)}" for field in members] if has else [missing(len(members))]
    lines[-1] = lines[-1].replace("at = ", "return ", 1)
    return function(name, lines, ("place",))


def missing(count: int) -> str:
    return f"    at = absent(out, at, {count}, csv)"


def function(name: str, lines: list[str], more: tuple[str, ...] = ()) -> str:
    """A function that takes what its lines use."""
    used = [word for word in (*more, *VARIABLES) if uses("\n".join(lines), word)]
    parameters = ", ".join(f"{word}: {'Ints' if word in ARRAYS else 'int'}" for word in used)
    return f"\n\ndef {name}(out: Ints, at: int, csv: int, {parameters}) -> int:\n" + "\n".join(lines) + "\n"


def uses(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w\"'.]){word}\b(?!\()", text) is not None


def function_name(text: str) -> str:
    return text.split("def ", 1)[1].split("(", 1)[0]


def call(name: str, text: str) -> str:
    """A call of a function with the variables that have its parameters' names."""
    head = text.split(f"def {name}(", 1)[1].split(")", 1)[0]
    return f"{name}({', '.join(part.split(':')[0].strip() for part in head.split(','))})"


# A field -----------------------------------------------------------------------------------------------------


def written(field: Field) -> str:
    """The lines that write one field where the packet has it."""
    from rawkit.decode.fields.declared import RowColumn

    name = literal(field)
    if field.own:
        return f"at = {field.own}({', '.join(own_arguments(field, name))})"
    if isinstance(field.found, RowColumn):
        return f"at = {from_row(field, field.found, name)}"
    place = f"place + {field.offset}" if field.offset else "place"
    if field.kind != "number":
        return f"at = {field.kind}(out, at, {name}, csv, data, {place}, end)"
    if (field.bits, field.shift, field.unit) == (-1, 0, 1):
        return f"at = {NUMBERS[field.size]}(out, at, {name}, csv, data, {place}, end)"
    some = value(f"{BYTES[field.size]}(data, {place})", field)
    return (
        f"at = put_decimal(out, key(out, at, {name}, csv), {some}) if place + {field.offset + field.size} <= end "
        "else absent(out, at, 1, csv)"
    )


def literal(field: Field) -> str:
    """What JSON has before the value: comma, name, colon, and what opens it."""
    from rawkit.decode.fields.declared import DECLARED

    opening = {"number": "", "words": '["'}.get(field.kind, '"')
    return "b" + repr(f'{"{" if field is DECLARED[0] else ","}"{field.name}":{opening}')


def value(raw: str, field: Field) -> str:
    """The declaration's formula, without what does nothing."""
    some = raw if field.bits == -1 else f"{raw} & {field.bits:#x}"
    if field.shift:
        some = f"{some if field.bits == -1 else f'({some})'} >> {field.shift}"
    return f"({some}) * {field.unit}" if field.unit != 1 else some


def from_row(field: Field, found: object, name: str) -> str:
    from rawkit.decode.fields.declared import RowColumn

    assert isinstance(found, RowColumn)
    column = f"rows[row + {row_column(found.column)}]"
    some = value(column, field) if (field.bits, field.shift) != (-1, 0) else f"{column} + 0"
    if field.kind == "text":
        entry = f"{SECTIONS[field.name]} + ({some})"
        return f"name_from_row(out, at, {name}, csv, {column}, text, index, {entry})"
    less = f"({some}) - {found.minus}" if found.minus else some
    return f"from_row(out, at, {name}, csv, {column}, {less})"


def own_arguments(field: Field, name: str) -> Iterator[str]:
    """What the parameters of a field's own function ask for."""
    from rawkit.view.packets import value_kernel

    for parameter in inspect.signature(getattr(value_kernel, field.own)).parameters:
        yield name if parameter == "name" else parameter


# Names -------------------------------------------------------------------------------------------------------


def header_of(field: Field) -> Header:
    from rawkit.decode.fields.declared import Header

    assert isinstance(field.found, Header), f"{field.name} is default and in no header that the row knows"
    return field.found


def row_column(number: int) -> str:
    """The name of a column of the decoder's row."""
    from rawkit.decode import layout

    names = list(vars(layout))
    columns = (name for name in names[names.index("STOP") : names.index("WIDTH")] if name.isupper())
    return next(name for name in columns if getattr(layout, name) == number)


def kind_name(header: Header, number: int) -> str:
    """The name of a link type, an EtherType or an IP protocol."""
    from rawkit import linktypes
    from rawkit.decode import layout
    from rawkit.facts import ethertypes, ip_protocols

    of = {layout.LINK_TYPE: linktypes, layout.NET_KIND: ethertypes, layout.PROTOCOL: ip_protocols}[header.kind]
    name = next(name for name, found in vars(of).items() if name.isupper() and found == number)
    return f"linktypes.{name}" if of is linktypes else name


def imports(body: str) -> str:
    """The imports of what the text uses."""
    from rawkit.decode import layout as row
    from rawkit.facts import ethertypes, ip_protocols
    from rawkit.kernels import bytes_kernel
    from rawkit.view import numbers_kernel
    from rawkit.view.packets import layout, value_kernel

    found = ["from rawkit import linktypes", from_module(row.__name__, named_in(body, columns_of(row)))]
    found += [
        from_module(ethertypes.__name__, kinds_at(row.NET)),
        from_module(ip_protocols.__name__, kinds_at(row.TRANSPORT)),
    ]
    found += ["from rawkit.kernels import Ints"]
    found += [from_module(k.__name__, named_in(body, own_functions(k))) for k in (bytes_kernel, numbers_kernel)]
    found += [from_module(layout.__name__, sorted(["LINE_ROOM", *SECTIONS.values()]))]
    found += [from_module(value_kernel.__name__, named_in(body, own_functions(value_kernel)))]
    names = [name.strip() for line in found for name in line.partition(" import ")[2].split(",")]
    assert all(one != other for one, other in pairwise(sorted(names))), "two constants have one name"
    return "\n".join(found) + "\n"


def kinds_at(place: int) -> list[str]:
    """The names of all kinds of headers at a place of the row that default fields are in."""
    from rawkit.decode.fields.declared import DECLARED, Header

    headers = [one.found for one in DECLARED if one.default and isinstance(one.found, Header)]
    return sorted({kind_name(one, kind) for one in headers if one.place == place for kind in one.kinds})


def columns_of(row: object) -> list[str]:
    names = list(vars(row))
    return names[names.index("STOP") : names.index("WIDTH") + 1]


def own_functions(module: object) -> list[str]:
    return [name for name, found in vars(module).items() if getattr(found, "__module__", "") == module.__name__]


def named_in(body: str, names: Iterable[str]) -> list[str]:
    """Those of the names that the text uses: constants, and functions that it calls."""
    constants = {name for name in names if name.isupper() and re.search(rf"(?<![\w.]){name}\b", body)}
    called = {name for name in names if name.islower() and re.search(rf"(?<![\w.]){name}\(", body)}
    return sorted(constants) + sorted(called, key=lambda name: (name.rstrip("0123456789"), len(name), name))


def from_module(module: str, names: list[str]) -> str:
    return f"from {module} import {', '.join(names)}"
