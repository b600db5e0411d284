"""What the kernel tells of a TCP connection: struct tcp_info (include/uapi/linux/tcp.h) and of congestion control."""

from __future__ import annotations

from typing import Final

from rawkit.diag.fields import WORD, Field, row

TCP_INFO: Final = (
    *row(1, "state ca_state retransmits probes backoff options"),
    Field("snd_wscale", 6, 1, bits=4),
    Field("rcv_wscale", 6, 1, shift=4, bits=4),
    Field("delivery_rate_app_limited", 7, 1, bits=1),
    Field("fastopen_client_fail", 7, 1, shift=1, bits=2),
    *row(WORD, "rto ato", "us", 8),
    *row(WORD, "snd_mss rcv_mss", "bytes", 16),
    *row(WORD, "unacked sacked lost retrans fackets", "segments", 24),
    *row(WORD, "last_data_sent last_ack_sent last_data_recv last_ack_recv", "ms", 44),
    *row(WORD, "pmtu rcv_ssthresh", "bytes", 60),
    *row(WORD, "rtt rttvar", "us", 68),
    *row(WORD, "snd_ssthresh snd_cwnd", "segments", 76),
    Field("advmss", 84, WORD, "bytes"),
    Field("reordering", 88, WORD, "segments"),
    Field("rcv_rtt", 92, WORD, "us"),
    Field("rcv_space", 96, WORD, "bytes"),
    Field("total_retrans", 100, WORD, "segments"),
    *row(8, "pacing_rate max_pacing_rate", "bytes/s", 104),
    *row(8, "bytes_acked bytes_received", "bytes", 120),
    *row(WORD, "segs_out segs_in", "segments", 136),
    Field("notsent_bytes", 144, WORD, "bytes"),
    Field("min_rtt", 148, WORD, "us"),
    *row(WORD, "data_segs_in data_segs_out", "segments", 152),
    Field("delivery_rate", 160, 8, "bytes/s"),
    *row(8, "busy_time rwnd_limited sndbuf_limited", "us", 168),
    *row(WORD, "delivered delivered_ce", "segments", 192),
    *row(8, "bytes_sent bytes_retrans", "bytes", 200),
    *row(WORD, "dsack_dups reord_seen", "", 216),
    Field("rcv_ooopack", 224, WORD, "segments"),
    *row(WORD, "snd_wnd rcv_wnd", "bytes", 228),
    Field("rehash", 236, WORD),
    *row(2, "total_rto total_rto_recoveries", "", 240),
    Field("total_rto_time", 244, WORD, "ms"),
    Field("received_ce", 248, WORD, "segments"),
    *row(WORD, "delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes", "bytes", 252),
    *row(WORD, "received_e1_bytes received_e0_bytes received_ce_bytes", "bytes", 264),
    *row(2, "accecn_fail_mode accecn_opt_seen", "", 276),
)
"""A kernel has the fields up to its own time; those of 6.18 are the last ones here."""
OPTIONS: Final = {
    1: "ts", 2: "sack", 4: "wscale", 8: "ecn", 16: "ecnseen", 32: "fastopen", 64: "usec_ts", 128: "tfo_child",
}  # fmt: skip
"""Bits of `options` (TCPI_OPT_*): what both sides agreed on, in ss's words."""
CA_STATES: Final = ("open", "disorder", "cwr", "recovery", "loss")
"""`ca_state`: what congestion control takes the network for (TCP_CA_*)."""
VEGAS: Final = (Field("enabled", 0, WORD), Field("rttcnt", 4, WORD), *row(WORD, "rtt minrtt", "us", 8))
DCTCP: Final = (*row(2, "enabled ce_state"), *row(WORD, "alpha ab_ecn ab_tot", at=4))
BBR: Final = (Field("bw", 0, 8, "bytes/s"), Field("min_rtt", 8, WORD, "us"), *row(WORD, "pacing_gain cwnd_gain", at=12))
"""What some kinds of congestion control tell (include/uapi/linux/inet_diag.h); gains are times 256."""
MPTCP_INFO: Final = (
    *row(1, "subflows add_addr_signal add_addr_accepted subflows_max add_addr_signal_max add_addr_accepted_max"),
    *row(WORD, "flags token", at=8),
    *row(8, "write_seq snd_una rcv_nxt", at=16),
    *row(1, "local_addr_used local_addr_max csum_enabled", at=40),
    Field("retransmits", 44, WORD),
    *row(8, "bytes_retrans bytes_sent bytes_received bytes_acked", "bytes", 48),
    Field("subflows_total", 80, 1),
    *row(WORD, "last_data_sent last_data_recv last_ack_recv", "ms", 84),
)
"""struct mptcp_info (include/uapi/linux/mptcp.h), to Linux 6.9."""
