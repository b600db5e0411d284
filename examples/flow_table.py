"""Who sent how much to whom: the flows of a capture as a table, with Polars.

    python examples/flow_table.py captures/tcp-fast-retransmission.pcap --csv talkers.csv

It needs `pip install 'rawkit[polars]'`, and no root.
"""

import argparse
import sys

import polars as pl

import rawkit


def talkers(path: str) -> pl.DataFrame:
    """A row for each client, server and port: flows, bytes of payload each way, and how long the longest took."""
    return (
        rawkit.read_flows(path)
        .to_polars()
        .group_by("id.orig_h", "id.resp_h", "id.resp_p", "proto")
        .agg(
            pl.len().alias("flows"),
            pl.col("orig_bytes", "resp_bytes").sum(),
            pl.col("duration").max().alias("longest"),
            pl.col("conn_state").value_counts(sort=True).first().struct.field("conn_state").alias("mostly"),
        )
        .sort(pl.col("orig_bytes") + pl.col("resp_bytes"), descending=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Who sent how much to whom in a capture.")
    parser.add_argument("capture")
    parser.add_argument("--csv", help="a file for all rows")
    asked = parser.parse_args()
    table = talkers(asked.capture)
    if asked.csv:
        table.with_columns(pl.col("longest").dt.total_nanoseconds()).write_csv(asked.csv)
    with pl.Config(tbl_rows=20, tbl_cols=-1, tbl_width_chars=160, tbl_hide_column_data_types=True):
        print(table)


if __name__ == "__main__":
    try:
        main()
    except rawkit.RawkitError as error:
        sys.exit(str(error))
