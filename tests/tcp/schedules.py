"""Random schedules: what both users do, over which wire, and what has to hold of it."""

from __future__ import annotations

import errno
import random
from dataclasses import dataclass, field

from rawkit.tcp.connection import Connection
from rawkit.tcp.events import Ended, StateChanged
from rawkit.tcp.pair import Pair, WireFaults
from rawkit.tcp.settings import MILLISECOND, SECOND, Settings
from rawkit.tcp.states import TRANSITIONS, State

ENDINGS = {errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT, errno.EPIPE, errno.ECONNABORTED}
LINES = {(state, line.signal, line.new) for line in TRANSITIONS for state in line.states}


@dataclass
class User:
    """Gives its data in bits, reads in bits, and closes; `stops` at some byte by an abort, where it does."""

    end: Connection
    peer: Connection
    data: bytes
    choose: random.Random
    stops: int | None = None
    given: int = 0
    read: bytearray = field(default_factory=bytearray)
    at: int = 0
    idle: int = 0
    closed: bool = False
    states: list[StateChanged] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)

    def act(self, now: int) -> None:
        end, choose = self.end, self.choose
        self.watch()
        if now < self.at:
            return
        before = len(self.read) + self.given
        self.read += end.read(choose.choice((1, 5000, 1 << 20)), now)
        self.give(now)
        done = len(self.read) + self.given - before
        self.idle = choose.choice((0, 0, 0, MILLISECOND, 30 * MILLISECOND, SECOND)) if done else 2 * self.idle + 1000
        self.at = now + min(self.idle, 10 * SECOND)

    def give(self, now: int) -> None:
        end, choose = self.end, self.choose
        if self.peer.state is State.CLOSED and end.deadline is None and self.idle > 1000 * SECOND:
            end.abort(now)  # half-open: the peer's last RST was lost, and without keep-alive nobody can know
        if end.state is State.CLOSED or end.state is State.LISTEN or self.closed:
            return
        if self.stops is not None and self.given >= self.stops:
            end.abort(now)
            self.closed = True
        elif self.given < len(self.data):
            size = choose.choice((1, 1000, 1 << 16))
            self.given += end.send(self.data[self.given : self.given + size], now)
        elif end.state is not State.SYN_SENT:  # where a CLOSE throws away what was given (RFC 9293, section 3.10.4)
            end.shutdown(now)
            self.closed = True

    def watch(self) -> None:
        for event in self.end.events():
            if isinstance(event, StateChanged):
                assert (event.old, event.signal, event.new) in LINES
                assert not self.states or self.states[-1].new is event.old
                self.states.append(event)
            elif isinstance(event, Ended):
                self.ended.append(event)


def settings(choose: random.Random) -> Settings:
    return Settings(
        mss=choose.choice((100, 536, 1460)),
        receive_buffer=choose.choice((300, 5000, 1 << 17)),
        send_buffer=choose.choice((1, 3000, 1 << 17)),
        window_scale=choose.random() < 0.7,
        timestamps=choose.random() < 0.6,
        sack=choose.random() < 0.6,
        congestion=choose.choice(("reno", "cubic", "none")),
        nagle=choose.random() < 0.6,
        delayed_ack=choose.choice((0, 40 * MILLISECOND, 400 * MILLISECOND)),
        burst=choose.choice((1, 1, 4)),
    )


def faults(choose: random.Random, most: float = 0.3) -> WireFaults:
    def some() -> float:
        return choose.random() * most if choose.random() < 0.5 else 0.0

    delay = choose.choice((0, MILLISECOND, 50 * MILLISECOND))
    jitter = choose.choice((0, MILLISECOND, 100 * MILLISECOND))
    return WireFaults(delay, jitter, some(), some(), some(), choose.choice((None, 5 * SECOND)))


def play(seed: int) -> tuple[Pair, list[User]]:
    """Runs one schedule to its end, and holds it against what always has to be."""
    choose = random.Random(seed)
    pair = Pair((settings(choose), settings(choose)), faults(choose), seed, both_open=choose.random() < 0.2)
    smallest = min(min(end.block.settings.send_buffer, end.block.settings.receive_buffer) for end in pair.ends)
    most = min(choose.choice((0, 50, 5000)), 30 * smallest)
    users = [
        User(end, peer, choose.randbytes(choose.randrange(most + 1)), choose)
        for end, peer in (pair.ends, reversed(pair.ends))
    ]
    if choose.random() < 0.15:
        stopping = choose.choice(users)
        stopping.stops = choose.randrange(len(stopping.data) + 1)
    for _ in range(60_000):
        for user in users:
            user.act(pair.now)
            check(user.end)
        if not go_on(pair, users):
            break
    else:
        raise AssertionError("it does not end")
    judge(users)
    return pair, users


def go_on(pair: Pair, users: list[User]) -> bool:
    """To the next thing that happens, on the wire or by a user."""
    busy = [user.at for user in users if not done(user)]
    at = min((at for at in (pair.next, *busy) if at is not None), default=None)
    if at is None:
        return False
    if pair.next is not None and pair.next <= at:
        return pair.step()
    pair.now = max(pair.now, at)
    return True


def done(user: User) -> bool:
    listens = user.end.state is State.LISTEN
    return listens or ((user.closed or user.end.state is State.CLOSED) and not user.end.readable and user.end.has_ended)


def check(end: Connection) -> None:
    """What always holds of a connection."""
    block = end.block
    snd, rcv = block.snd, block.rcv
    assert snd.iss <= snd.una <= snd.nxt <= snd.limit or snd.nxt == snd.iss
    assert rcv.nxt <= rcv.edge
    assert len(rcv.buffer) <= block.settings.receive_buffer + (1 << rcv.shift)
    assert len(snd.buffer) <= block.settings.send_buffer
    assert all(snd.una <= start < stop <= snd.nxt for start, stop in snd.board.sacked)
    if end.state in (State.CLOSED, State.LISTEN):
        assert end.deadline is None
    elif end.state is not State.FIN_WAIT_2 and (snd.flight or snd.has_unsent) and end.state is not State.TIME_WAIT:
        assert end.deadline is not None, "what is to be sent waits for nothing"


def judge(users: list[User]) -> None:
    """Each end has all bytes in order and no error, or a clean error."""
    for user, peer in (users, reversed(users)):
        user.watch()
        assert peer.data.startswith(bytes(user.read)), "bytes that were never sent"
        assert len(user.ended) <= 1
        if user.end.error is not None:
            assert user.end.error in ENDINGS
        if user.end.state is State.CLOSED and user.ended[0].error is None:
            assert bytes(user.read) == peer.data, "an orderly end without all bytes"
        else:
            assert user.end.state in (State.CLOSED, State.LISTEN), user.end
