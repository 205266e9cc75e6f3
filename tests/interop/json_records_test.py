#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every record of real JSON comes through decoder and writer equal to what Python reads: digit for
digit, key for key in order, documents and arrays as lists of records."""
import glob
import json
import os
import subprocess
from decimal import Decimal

from harness import Run, build_folder, same, shared

GRAPH = """
sluice: 1
name: records
nodes:
  documents: { source: file, with: { path: "%s", compression: none }, decode: %s }
  lines: { transform: json, from: documents, with: { to: out, compress: %s } }
  table: { sink: local, from: lines }
"""


def number(text):
    return Decimal(text)


def parse(text):
    """A list of the documents in TEXT; objects as lists of pairs, numbers exact."""
    decoder = json.JSONDecoder(parse_float=number, parse_int=number, object_pairs_hook=lambda pairs: ("object", pairs))
    found, at = [], 0
    while at < len(text):
        while at < len(text) and text[at] in " \t\r\n\ufeff":
            at += 1
        if at < len(text):
            document, at = decoder.raw_decode(text, at)
            found.append(document)
    return found


def records(documents):
    for d in documents:
        for r in d if isinstance(d, list) else [d]:
            yield r if isinstance(r, tuple) else ("object", [("value", r)])


def below(documents, key):
    for d in documents:
        yield from dict(d[1])[key]


def written(run):
    for name in sorted(glob.glob(run.path("out/**/*.ndjson*"), recursive=True)):
        data = open(name, "rb").read()
        if name.endswith(".zst"):
            data = subprocess.run(["zstd", "-dc", name], check=True, capture_output=True).stdout
        for line in data.decode().split("\n"):
            yield from parse(line)


def compare(label, data, decode="json", key=None, compress="none"):
    run = Run(build)
    run.write("in.json", data)
    run.graph(GRAPH % ("in.json", decode, compress))
    documents = parse(data.decode("utf-8"))
    want = list(below(documents, key) if key else records(documents))
    got = list(written(run))
    same(label + " dead letters", len(run.dead()), 0)
    same(label + " records", len(got), len(want))
    for i, (g, w) in enumerate(zip(sorted(got, key=repr), sorted(want, key=repr))):
        if repr(g) != repr(w) and g != w:
            raise AssertionError("%s, record %d:\n%r\nshould be\n%r" % (label, i, g, w))
    print("ok  %s: %d equal records" % (label, len(got)))
    run.close()


def unpacked(path):
    return subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout


build = build_folder()
files = [f for folder in ("github", "documents", "security") for f in sorted(glob.glob(shared("data/" + folder) + "/*.zst")) if ".tar." not in f]
for i, path in enumerate(files):
    compare(os.path.basename(path), unpacked(path), compress=("none", "zstd")[i % 2])

trail = Run(build)
trail.unpack(shared("data/security/cloudtrail.tar.zst"), "trail")
for path in sorted(glob.glob(trail.path("trail/**/*.json"), recursive=True))[:5]:
    compare("cloudtrail " + os.path.basename(path)[:30], open(path, "rb").read(), '{ json: { records: "Records[]" } }', "Records")
trail.close()
