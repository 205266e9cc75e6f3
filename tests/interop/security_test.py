#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Windows events (sparse, 200 fields), Zeek logs (dots in names), CloudTrail (Records[], conflicts)."""
import collections
import json
import os

from harness import Run, build_folder, same, shared

GRAPH = """
sluice: 1
name: security
nodes:
  events: { source: file, with: { path: "%s" }, decode: %s }
  files: { transform: parquet, from: events, with: { to: table } }
  table: { sink: local, from: files }
"""

build = build_folder()
folder = shared("data/security")
expected = json.load(open(os.path.join(folder, "expected.json")))


def top(counter, want):
    """The counts of WANT's keys, in the form that it has."""
    return sorted([k, counter[k]] for k, _ in want)


def windows(name, want):
    run = Run(build)
    run.graph(GRAPH % (os.path.join(folder, os.path.basename(name)), "json"))
    rows = run.rows("table")
    same(name + " event ids", top(collections.Counter(str(r["EventID"]) for r in rows), want["by_event_id"]), sorted(want["by_event_id"]))
    same(name + " channels", top(collections.Counter(r["Channel"] for r in rows), want["by_channel"]), sorted(want["by_channel"]))
    same(name + " hosts", sorted({r["Hostname"] for r in rows if r.get("Hostname")}), want["hosts"])
    same(name + " processes", sum(str(r["EventID"]) in ("1", "4688") for r in rows), want["process_create"])
    same(name + " duckdb", run.sql("SELECT count(*), count(*) FILTER (EventID::VARCHAR IN ('1', '4688')) FROM {t}", "table"), [(len(rows), want["process_create"])])
    same(name + " duckdb channels", dict(run.sql("SELECT Channel, count(*) FROM {t} GROUP BY 1", "table")), dict(collections.Counter(r["Channel"] for r in rows)))
    same(name + " dead letters", len(run.dead()), 0)
    run.close()


def zeek(name, want):
    run = Run(build)
    run.graph(GRAPH % (os.path.join(folder, os.path.basename(name) + ".zst"), "json"))
    rows = run.rows("table")
    ports = collections.Counter(r["id_resp_p"] for r in rows)
    same(name + " rows", len(rows), want["rows"])
    same(name + " hosts", (len({r["id_orig_h"] for r in rows}), len({r["id_resp_h"] for r in rows})), (want["distinct_orig"], want["distinct_resp"]))
    same(name + " ports", top(ports, want["by_resp_port"]), sorted(want["by_resp_port"]))
    same(name + " duckdb", run.sql("SELECT count(*), count(DISTINCT id_orig_h), count(DISTINCT id_resp_h), strftime(min(ts::TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f+00:00'), strftime(max(ts::TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f+00:00') FROM {t}", "table"),
         [(want["rows"], want["distinct_orig"], want["distinct_resp"], want["ts"][0][0], want["ts"][0][1])])
    run.close()


def cloudtrail(want):
    run = Run(build)
    run.unpack(os.path.join(folder, "cloudtrail.tar.zst"), "trail")
    run.graph(GRAPH % ("trail/*.json", '{ json: { records: "Records[]" } }'))
    rows = run.rows("table")
    same("cloudtrail records", len(rows), want["records"])
    same("cloudtrail ids", len({r["eventID"] for r in rows}), want["distinct_event_id"])
    same("cloudtrail sources", top(collections.Counter(r["eventSource"] for r in rows), want["by_source"]), sorted(want["by_source"]))
    same("cloudtrail errors", sum(bool(r.get("errorCode")) for r in rows), want["errors"])
    same("cloudtrail addresses", len({r["sourceIPAddress"] for r in rows}), want["distinct_ip"])
    same("cloudtrail agents", len({r["userAgent"] for r in rows if r.get("userAgent") is not None}), want["distinct_agent"])
    same("cloudtrail duckdb", run.sql("SELECT count(*), count(DISTINCT eventID), count(errorCode), count(DISTINCT sourceIPAddress) FROM {t}", "table"),
         [(want["records"], want["distinct_event_id"], want["errors"], want["distinct_ip"])])
    same("cloudtrail dead letters", len(run.dead()), 0)
    run.close()


for name, want in expected.items():
    if "windows_" in name:
        windows(name, want)
    elif "zeek_" in name:
        zeek(name, want)
    else:
        cloudtrail(want)
