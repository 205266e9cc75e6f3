#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile partition values stay below the table and come back; the catalog lists what is there."""
import glob
import json
import os

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from harness import Run, build_folder, same

GRAPH = """
sluice: 1
name: hostile
nodes:
  events: { source: file, with: { path: events.ndjson }, decode: json }
  files: { transform: parquet, from: events, with: { to: table, partition: [ "v AS p" ], open_files: 5 } }
  table: { sink: local, from: files }
"""

NULL = "__HIVE_DEFAULT_PARTITION__"
VALUES = ["a/b", "..", ".", "../../etc", "x=y", "100%", "%41", NULL, "", "ü€😀", "a b", "a+b", "quote\"'", "new\nline", "nul\0x", "\x7f", "back\\slash", "{[^]}",
          "C:\\x", "?q=1#f", "*", "~", " lead", "trail ", "a:b", None, "true", "1", "1.0", "-0", "x" * 500, "ü" * 300]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


run = Run(build_folder())
lines = [json.dumps({"id": i, "v": v, "k": v}, ensure_ascii=False) for i, v in enumerate(VALUES * 3)]
lines += ['{"id":1000,"k":null}', '{"id":1001,"v":[1],"k":"a list"}']
run.write("events.ndjson", "\n".join(lines) + "\n")
run.graph(GRAPH)

everything = [os.path.join(d, f) for d, _, files in os.walk(run.folder) for f in files if f.endswith(".parquet") or ".part" in f]
same("files outside of the table", [f for f in everything if not f.startswith(run.path("table/"))], [])
same("temporary files", [f for f in everything if not f.endswith(".parquet")], [])
same("dead letters", [letter["code"] for letter in run.dead()], ["writer.partition"])


def wrong(rows, nulls):
    """Those whose folder does not say what the record does; long values are cut there."""
    return [r for r in rows if r[1] != (None if r[0] in nulls else r[0]) and len(r[0] or "") < 200]


got = duckdb.sql("SELECT k, p FROM read_parquet('%s/**/*.parquet', hive_partitioning = true, hive_types_autocast = false, union_by_name = true)" % run.path("table")).fetchall()
same("rows by duckdb", len(got), 3 * len(VALUES) + 1)
same("wrong by duckdb", wrong(got, {""}), [])
dataset = ds.dataset(run.path("table"), format="parquet", partitioning=ds.partitioning(pa.schema([("p", pa.string())]), flavor="hive"), exclude_invalid_files=True)
got = [(r["k"], r["p"]) for r in dataset.to_table(columns=["k", "p"]).to_pylist()]
same("rows by pyarrow", len(got), 3 * len(VALUES) + 1)
same("wrong by pyarrow", wrong(got, {"", NULL}), [])

version = open(glob.glob(run.path("table/_sluice/v*.json"))[0], "rb").read()
meta = json.loads(version)
same("length in the catalog", version.rindex(b',\n"length":'), meta["length"])
same("crc32c in the catalog", "%08x" % crc32c(version[:meta["length"]]), meta["crc32c"])
same("files in the catalog", sorted(f["file"] for f in meta["added"]), sorted(os.path.relpath(f, run.path("table")) for f in run.files("table")))
same("rows in the catalog", sum(f["rows"] for f in meta["added"]), 3 * len(VALUES) + 1)
same("bytes in the catalog", all(os.path.getsize(run.path("table/" + f["file"])) == f["bytes"] for f in meta["added"]), True)
values = {f["partition"]["p"] for f in meta["added"]}
same("whole values in the catalog", values, {v or None for v in VALUES})
run.close()
