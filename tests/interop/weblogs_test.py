#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real access log becomes a table by day; the one malformed line becomes a dead letter."""
import collections
import json
import subprocess

from harness import Run, build_folder, dead_bytes, same, shared

GRAPH = """
sluice: 1
name: weblogs
nodes:
  log:
    source: file
    with: { path: "%s" }
    decode: { lines: { format: combined } }
  files:
    transform: parquet
    from: log
    with: { to: table, partition: [ "day(time) AS day" ] }
  table: { sink: local, from: files }
"""

source = shared("data/weblogs/apache_combined.log.zst")
want = json.load(open(shared("data/weblogs/expected.json")))["weblogs/apache_combined.log"]
lines = subprocess.run(["zstd", "-dc", source], check=True, capture_output=True).stdout.split(b"\n")
run = Run(build_folder())
run.graph(GRAPH % source)

rows = run.rows("table")
same("matched", len(rows), want["matched"])
same("status", dict(collections.Counter(str(r["status"]) for r in rows)), want["status"])
same("bytes", sum(r["bytes"] or 0 for r in rows), want["bytes_sum"])
same("no bytes", sum(r["bytes"] is None for r in rows), want["dash_bytes"])
same("addresses", len({r["ip"] for r in rows}), want["distinct_ip"])
same("agents", len({r["agent"] for r in rows}), want["distinct_agent"])
same("methods", dict(collections.Counter(r["method"] for r in rows)), want["methods"])
times = {r["time"].strftime("%d/%b/%Y:%H:%M:%S +0000") for r in rows}
same("times of the first and the last line", want["first"] in times and want["last"] in times, True)

same("duckdb", run.sql("SELECT count(*), sum(bytes), count(*) - count(bytes), count(DISTINCT ip), count(DISTINCT coalesce(agent, '-')) FROM {t}", "table"),
     [(want["matched"], want["bytes_sum"], want["dash_bytes"], want["distinct_ip"], want["distinct_agent"])])
same("duckdb by status", {str(k): n for k, n in run.sql("SELECT status, count(*) FROM {t} GROUP BY 1", "table")}, want["status"])
same("days", len({f.split("day=")[1].split("/")[0] for f in run.files("table")}), 4)

dead = run.dead()
same("dead letters", len(dead), 1)
same("its bytes", dead_bytes(dead[0]).rstrip(b"\n"), lines[want["unmatched_line_numbers"][0] - 1])
run.close()
