"""A display filter in tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, NoReturn

from rawkit.errors import FilterError

LONGEST: Final = 65_536
"""Characters of a filter."""

Kind = Literal["operator", "word", "text", "character", "slice", "end"]


class Token(NamedTuple):
    """A token, and where it begins; of texts and characters `text` is what the escapes stand for."""

    kind: Kind
    text: str
    at: int


_PATTERN: Final = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<text>r?"(?:[^"\\]|\\.)*")
  | (?P<character>'(?:[^'\\]|\\.)+')
  | (?P<slice>\[[^\]]*\])
  | (?P<word>
        \d{4}-\d\d-\d\d(?:T[\d:.]+)?Z?(?![\w:-])                                    # a date
      | (?:[0-9A-Fa-f:]|\.(?!\.))*:(?:[0-9A-Fa-f:]|\.(?!\.))*(?:/\d+)?(?!\w)        # bytes, IPv6
      | [0-9A-Fa-f]{1,2}(?:[.-][0-9A-Fa-f]{1,3})+(?:/\d+)?(?!\w|[.-]\w)             # bytes, IPv4
      | [A-Za-z_]\w*(?:\.\w+)*
      | \d\w*(?:\.\d\w*)*(?:/\d+)?
    )
  | (?P<operator>===|!==|==|!=|~=|>=|<=|&&|\|\||\.\.|[<>!~&+*/%(){},\#-])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{1,3})|(.))", re.DOTALL
)
_LETTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def wrong(at: int, what: str) -> NoReturn:
    """Raises FilterError for what is wrong at a place, which is told as a column from 1."""
    raise FilterError(f"display filter, column {at + 1}: {what}", at, what)


def tokens(text: str) -> Iterator[Token]:
    r"""The tokens of a filter, and one for its end; FilterError where it has something else.

    >>> [token.text for token in tokens('tcp.port in {80..90} && ip.src[0:2] == c0:00')][:6]
    ['tcp.port', 'in', '{', '80', '..', '90']
    >>> next(tokens(r'"a\x41\101\""')).text
    'aAA"'
    """
    if len(text) > LONGEST:
        wrong(LONGEST, f"a filter has at most {LONGEST} characters")
    at = 0
    while at < len(text):
        found = _PATTERN.match(text, at)
        if found is None:
            wrong(at, _unknown(text[at]))
        if found.lastgroup != "space":
            yield _token(found)
        at = found.end()
    yield Token("end", "", len(text))


def _unknown(character: str) -> str:
    if character in "\"'":
        return f"the quote {character} is not closed"
    if character in "[":
        return "the bracket [ is not closed"
    if character == "=":
        return "= was not expected: == compares"
    from rawkit.view.text import escaped

    return f"{escaped(character)} was not expected"


def _token(found: re.Match[str]) -> Token:
    kind, text, at = found.lastgroup, found.group(), found.start()
    if kind == "text":
        value = text[2:-1].replace('\\"', '"') if text[0] == "r" else _unescaped(text[1:-1], at)
        return Token("text", value, at)
    if kind == "character":
        value = _unescaped(text[1:-1], at)
        if len(value) != 1:
            wrong(at, f"{text} is more than one character: use double quotes")
        return Token("character", value, at)
    return Token("slice" if kind == "slice" else "word" if kind == "word" else "operator", text, at)


def _unescaped(text: str, at: int) -> str:
    """The text with its escapes undone; bytes above 127 are the characters of these numbers."""
    return _ESCAPE.sub(lambda found: _escape(found, at), text) if "\\" in text else text


def _escape(found: re.Match[str], at: int) -> str:
    byte, short, long, octal, letter = found.groups()
    if letter is not None:
        if letter not in _LETTERS and letter not in "'\"\\":
            wrong(at, f'\\{letter} is no escape: write \\\\{letter}, or r"..." which has none')
        return _LETTERS.get(letter, letter)
    number = int(octal, 8) if octal else int(byte or short or long, 16)
    if number > (0xFF if octal else 0x10FFFF) or 0xD800 <= number < 0xE000:
        wrong(at, f"{found.group()} is no character")
    return chr(number)
