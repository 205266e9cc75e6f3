#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CSV means what its JSON twins say; what is written as CSV reads back the same elsewhere."""
import csv
import glob
import json
import os
import random

from harness import Run, build_folder, same, shared

READ = """
sluice: 1
name: read
nodes:
  in: { source: file, with: { path: "%s" }, decode: csv }
  out: { sink: stdout, from: in }
"""
WRITE = """
sluice: 1
name: write
nodes:
  in: { source: file, with: { path: in.ndjson }, decode: json }
  files: { transform: csv, from: in, with: { to: table, compress: %s } }
  table: { sink: local, from: files }
"""

build = build_folder()
run = Run(build)
run.unpack(shared("data/csv/spectrum.tar.zst"), "spectrum")
names = sorted(glob.glob(run.path("spectrum/csvs/*.csv")))
same("files", len(names) > 0, True)
for name in names:
    want = json.load(open(name.replace("/csvs/", "/json/").replace(".csv", ".json")))
    got = [json.loads(line) for line in run.graph(READ % name).stdout.splitlines()]
    same(os.path.basename(name), got, want)
run.close()

# Cells with all that is special, in a fixed random order.
pick = random.Random(7)
signs = [",", '"', "\n", "\r\n", "\r", " ", "'", ";", "\\", "ä", "🙂", "x", "", "NULL", "0"]
rows = [{"id": i, **{c: "".join(pick.choice(signs) for _ in range(pick.randrange(6))) for c in "abc"}} for i in range(500)]
for compress in ("none", "zstd"):
    run = Run(build)
    run.write("in.ndjson", "".join(json.dumps(r) + "\n" for r in rows))
    run.graph(WRITE % compress)
    files = glob.glob(run.path("table/*.csv*"))
    same("files written", len(files), 1)
    if compress == "none":
        with open(files[0], newline="", encoding="utf-8") as f:
            got = list(csv.DictReader(f))
        same("read by Python", got, [{k: str(v) for k, v in r.items()} for r in rows])
    back = run.graph(READ % files[0])
    got = [json.loads(line) for line in back.stdout.splitlines()]
    same("read by sluice, " + compress, got, [{k: str(v) for k, v in r.items()} for r in rows])
    run.close()
