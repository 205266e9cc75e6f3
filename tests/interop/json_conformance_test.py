#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One document a file: every y_ is taken, every n_ is refused into the dead letters byte for byte."""
import glob
import json
import os

from harness import Run, build_folder, dead_bytes, same, shared

GRAPH = """
sluice: 1
name: conformance
nodes:
  documents:
    source: file
    with: { path: "cases/*.json", framing: whole, compression: none }
    decode: json
  lines: { transform: json, from: documents, with: { to: out } }
  table: { sink: local, from: lines }
"""


def letters_of(run):
    return {os.path.basename(l["split"]): dead_bytes(l) for l in run.dead()}


run = Run(build_folder())
run.unpack(shared("data/json_conformance/parsing.tar.zst"), "cases")
cases = {os.path.basename(f): open(f, "rb").read() for f in glob.glob(run.path("cases/**/*.json"), recursive=True)}
run.graph(GRAPH)
dead = letters_of(run)
refused = {n: b for n, b in cases.items() if n.startswith("n_")}
same("refused ones that were taken", sorted(n for n in refused if n not in dead), [])
same("bytes of the refused ones differ", sorted(n for n, b in refused.items() if dead.get(n) != b), [])
same("right ones that were refused", sorted(n for n in dead if n.startswith("y_")), [])
same("dead letters of others", sorted(n for n in dead if n not in cases), [])

taken = [json.loads(l) for f in glob.glob(run.path("out/**/*.ndjson"), recursive=True) for l in open(f, encoding="utf-8")]
total = 0
for name, data in cases.items():
    if name in dead:
        continue
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        total += 1  # an i_ that Python does not take
        continue
    total += len(document) if isinstance(document, list) else 1
print("ok  %d cases, %d refused, %d records" % (len(cases), len(dead), len(taken)))
same("records", len(taken), total)
run.close()
