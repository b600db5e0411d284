"""Congestion control, by the numbers of RFC 5681, RFC 6298 and RFC 9438."""

from __future__ import annotations

import pytest

from rawkit.tcp.congestion import KINDS, make
from rawkit.tcp.congestion.cubic import Cubic
from rawkit.tcp.congestion.reno import Reno
from rawkit.tcp.rto import RetransmissionTimeout
from rawkit.tcp.settings import MILLISECOND, SECOND, Settings


def window_after(cubic: Cubic, seconds: float, round_trip: float = 0.1) -> float:
    """The window in segments, where a whole window is acknowledged each round trip."""
    now = 0.0
    while now < seconds:
        cubic.acked(cubic.window, int(round_trip * SECOND), int(now * SECOND))
        now += round_trip
    return cubic.window / 1000


def test_cubic_is_back_at_w_max_after_k():
    """K = cbrt(W_max (1 - beta) / C), RFC 9438, equation 2; here cbrt(100 * 0.3 / 0.4) = 4.22 s."""
    cubic = Cubic(1000)
    cubic.window = 100_000
    cubic.lost(100_000, 0)
    assert cubic.window == 70_000
    assert window_after(cubic, 4.22) == pytest.approx(100, abs=1.5)


def test_cubic_is_convex_behind_k():
    """W_cubic(2K) = W_max + C K^3 = 130 (equation 1), one round trip ahead."""
    cubic = Cubic(1000)
    cubic.window = 100_000
    cubic.lost(100_000, 0)
    assert window_after(cubic, 8.43) == pytest.approx(130, rel=0.06)


def test_cubic_is_not_slower_than_reno_where_round_trips_are_short():
    """Section 4.3: with a round trip of 1 ms the Reno-friendly estimate grows by alpha each round trip."""
    cubic = Cubic(1000)
    cubic.window = 20_000
    cubic.lost(20_000, 0)
    after = window_after(cubic, 0.010, 0.001)
    assert after == pytest.approx(14 + 10 * 3 * (1 - 0.7) / (1 + 0.7), rel=0.1)


def test_cubic_gives_way_faster_where_the_maximum_was_not_reached_again():
    """Section 4.7: W_max = cwnd (1 + beta) / 2; so K is shorter than from the window itself."""
    cubic = Cubic(1000)
    cubic.window = 100_000
    cubic.lost(100_000, 0)
    cubic.acked(1000, 1, 0)
    cubic.lost(70_000, 0)
    assert cubic.window == pytest.approx(49_000, abs=1000)
    assert window_after(cubic, 2.2) < 66


def test_reno_grows_by_a_segment_a_window():
    reno = Reno(1000)
    reno.lost(20_000, 0)
    for _ in range(10):
        reno.acked(1000, 0, 0)
    assert reno.window == 11_000


@pytest.mark.parametrize("name", ["reno", "cubic"])
def test_after_a_timeout_the_window_is_a_segment(name):
    control = make(name, 1000)
    control.timed_out(10_000, first=True)
    assert control.window == 1000
    threshold = control.threshold
    control.timed_out(1000, first=False)
    assert control.threshold == threshold  # RFC 5681, section 3.1: not again for the same segment


def test_there_are_no_others():
    assert set(KINDS) == {"cubic", "reno", "none"}
    with pytest.raises(ValueError, match="choose cubic, reno, none"):
        make("bbr", 1000)


def test_the_rto_of_rfc_6298():
    rto = RetransmissionTimeout(Settings(rto_min=1))
    assert rto.now == SECOND
    rto.measured(100 * MILLISECOND)
    assert (rto.srtt, rto.variation) == (100 * MILLISECOND, 50 * MILLISECOND)
    rto.measured(200 * MILLISECOND)
    assert rto.variation == (3 * 50 + 100) * MILLISECOND // 4
    assert rto.srtt == (7 * 100 + 200) * MILLISECOND // 8
    assert rto.now == rto.srtt + 4 * rto.variation
    for _ in range(40):
        rto.back_off()
    assert rto.now == 60 * SECOND
