#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Heterogeneous nested events (904 paths) become one table that keeps every value."""
import collections
import json

from harness import Run, build_folder, same, shared

GRAPH = """
sluice: 1
name: github
nodes:
  events: { source: file, with: { path: "%s" }, decode: json }
  files: { transform: parquet, from: events, with: { to: table } }
  table: { sink: local, from: files }
"""

source = shared("data/github/events_2021.ndjson.zst")
want = json.load(open(shared("data/github/expected.json")))["github/events_2021.ndjson"]
run = Run(build_folder())
run.graph(GRAPH % source)

rows = run.rows("table")
same("by type", dict(collections.Counter(r["type"] for r in rows)), want["by_type"])
same("actors", len({r["actor"]["id"] for r in rows}), want["distinct_actor"])
same("repositories", len({r["repo"]["id"] for r in rows}), want["distinct_repo"])
same("commits", sum(len(r["payload"].get("commits") or []) for r in rows), want["push_commits"])
same("with org", sum(bool(r.get("org")) for r in rows), want["with_org"])
same("ids", len({r["id"] for r in rows}), want["distinct_ids"])
same("first and last", [min(r["created_at"] for r in rows), max(r["created_at"] for r in rows)], [want["min_created"], want["max_created"]])
same("push sizes", sum(r["payload"].get("size") or 0 for r in rows), want["sum_push_size"])

same("duckdb", run.sql("SELECT count(DISTINCT id), count(DISTINCT actor.id), count(DISTINCT repo.id), count(org), sum(len(payload.commits)), sum(payload.size), min(created_at), max(created_at) FROM {t}", "table"),
     [(want["distinct_ids"], want["distinct_actor"], want["distinct_repo"], want["with_org"], want["push_commits"], want["sum_push_size"], want["min_created"], want["max_created"])])
same("duckdb unnest", run.sql("SELECT count(*) FROM (SELECT unnest(payload.commits) FROM {t})", "table"), [(want["rows_after_unnest_of_payload_commits"],)])
same("dead letters", len(run.dead()), 0)
run.close()
