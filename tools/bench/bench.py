#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure sluice on the shared workloads, beside DuckDB on the same input in the same run.

usage: bench.py --build DIR --python INTERPRETER [--runs N] [--rows N] [--lanes N] [--levels 1,3] [W1] [W6] [stages]

Needs the shared folder beside the checkout (its bench/ makes the input, counts CPU and proves the
output) and an interpreter with duckdb. Runs of the two engines alternate; what is printed are
medians: rows/s and MB/s of wall time, CPU seconds per GB of input, peak memory of the largest
process, bytes of output, and the ratio of CPU seconds. A figure whose output is not proven is
marked BAD. "stages" runs W1 alone on one processor and prints the busy time of each node per GB of
input: reading, decoding to body and slots, select, column append with page encode and compression.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(HERE))), "shared", "bench")
COLUMNS = ["wall_s", "user_s", "sys_s", "cpu_s", "cpu_s_per_GB", "MB_per_cpu_s", "MB_per_s", "rows_per_s", "peak_rss_MB", "output_bytes"]

DUCKDB = """
import sys
wl, data, out, threads, level = sys.argv[1:6]
sys.path.insert(0, %r)
src = open(%r).read().split("con = duckdb.connect()")[0]
sys.argv = ["", wl, data, out, threads]
exec(src)
con = duckdb.connect()
con.execute(f"SET threads = {threads}")
if wl == "W6":
    con.execute(f"COPY ({SQL[wl]}) TO '{out}/W6.json.zst' (FORMAT json, COMPRESSION zstd)")
else:
    con.execute(f"COPY ({SQL[wl]}) TO '{out}/{wl}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level})")
"""


def make_input(work, rows):
    data = os.path.join(work, "data-%d" % rows)
    path = os.path.join(data, "events.ndjson")
    if not os.path.exists(path):
        os.makedirs(data, exist_ok=True)
        gen = os.path.join(work, "gen")
        subprocess.run(["cc", "-O2", "-ffp-contract=off", "-o", gen, os.path.join(SHARED, "gen.c"), "-lm"], check=True)
        subprocess.run([gen, "--rows", str(rows), "--out", path + ".new"], check=True, stderr=subprocess.DEVNULL)
        os.rename(path + ".new", path)
    return data, path


def measure(label, source, rows, out, cpus, command, env=None):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    r = subprocess.run([sys.executable, os.path.join(SHARED, "measure.py"), "--label", label, "--input", source, "--rows", str(rows), "--output", out, "--cpus", cpus, "--"] + command,
                       capture_output=True, text=True, env=env)
    if r.returncode:
        raise SystemExit("%s failed:\n%s%s" % (label, r.stdout, r.stderr[-3000:]))
    fields = r.stdout.strip().split("\n")[-1].split("\t")
    return dict(zip(COLUMNS, map(float, fields[2:])))


def prove(python, workload, data, out):
    pattern = {"W1": "**/*.parquet", "W6": "**/*.ndjson.zst"}[workload]
    if os.path.exists(os.path.join(out, "W6.json.zst")):
        pattern = "W6.json.zst"
    r = subprocess.run([python, os.path.join(SHARED, "check.py"), workload, data, os.path.join(out, pattern)], capture_output=True, text=True)
    return r.returncode == 0, r.stdout[-2000:] + r.stderr[-2000:]


def line(label, runs, proof):
    m = {k: statistics.median(r[k] for r in runs) for k in COLUMNS}
    print("%-22s %9.0f rows/s %7.1f MB/s %6.2f CPU-s/GB (%.2f..%.2f) %6.0f MB peak %11d bytes  %s" % (
        label, m["rows_per_s"], m["MB_per_s"], m["cpu_s_per_GB"], min(r["cpu_s_per_GB"] for r in runs), max(r["cpu_s_per_GB"] for r in runs), m["peak_rss_MB"], m["output_bytes"], "ok" if proof else "BAD"), flush=True)
    return m


def one(args, workload, level, lanes, work, data, source):
    env = dict(os.environ, SLUICE_PLUGIN_PATH=os.path.join(os.path.abspath(args.build), "modules"), XDG_STATE_HOME=os.path.join(work, "state"))
    ours_out, theirs_out = os.path.join(work, "out-sluice"), os.path.join(work, "out-duckdb")
    cpus = "0" if lanes == 1 else "0,1"
    ours = [os.path.join(args.build, "sluice"), "run", os.path.join(HERE, workload.lower() + ".yaml"), "--until-end", "--quiet", "--lanes", str(lanes),
            "--set", "in=" + source, "--set", "out=" + ours_out, "--set", "level=%d" % level]
    code = DUCKDB % (os.path.join(SHARED, "peers"), os.path.join(SHARED, "peers", "duckdb_peer.py"))
    theirs = [args.python, "-c", code, workload, data, theirs_out, str(lanes), str(level)]
    a, b = [], []
    for _ in range(args.runs):
        a.append(measure("sluice", source, args.rows, ours_out, cpus, ours, env))
        if not args.alone:
            b.append(measure("duckdb", source, args.rows, theirs_out, cpus, theirs))
    good, why = prove(args.python, workload, data, ours_out)
    name = "%s zstd-%d %d lane%s" % (workload, level, lanes, "" if lanes == 1 else "s")
    m = line(name + " sluice", a, good)
    if not good:
        print(why)
    if b:
        d = line(name + " duckdb", b, prove(args.python, workload, data, theirs_out)[0])
        pairs = [x["cpu_s"] / y["cpu_s"] for x, y in zip(a, b)]
        print("%-22s CPU ratio %.3f (%.3f..%.3f), bytes ratio %.3f, rows/s ratio %.2f" % (name, statistics.median(pairs), min(pairs), max(pairs), m["output_bytes"] / d["output_bytes"], m["rows_per_s"] / d["rows_per_s"]), flush=True)
    return m


def stages(args, work, source):
    """The busy time of each node of W1, per GB of input."""
    busy = {}
    for level in ("none", "1", "3"):
        for _ in range(args.runs):
            out = os.path.join(work, "out-sluice")
            shutil.rmtree(out, ignore_errors=True)
            codec = ["--set", "codec=none"] if level == "none" else ["--set", "level=" + level]
            env = dict(os.environ, SLUICE_PLUGIN_PATH=os.path.join(os.path.abspath(args.build), "modules"), XDG_STATE_HOME=os.path.join(work, "state"))
            r = subprocess.run(["taskset", "-c", "0", os.path.join(args.build, "sluice"), "run", os.path.join(HERE, "w1.yaml"), "--until-end", "--json", "--set", "in=" + source, "--set", "out=" + out] + codec,
                               capture_output=True, text=True, env=env, check=True)
            for node in json.loads(r.stdout)["nodes"]:
                busy.setdefault((node["node"], level), []).append(node["busy_ns"] / os.path.getsize(source))
    print("busy seconds per GB of input, medians of %d" % args.runs)
    for node in ("events", "events.decode", "flat", "files"):
        cells = ["zstd %s %.2f" % (level, statistics.median(busy[node, level])) for level in ("none", "1", "3")]
        print("%-16s %s" % (node, "  ".join(cells)))


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--build", required=True)
    ap.add_argument("--python", default=sys.executable)
    ap.add_argument("--runs", type=int, default=3)
    ap.add_argument("--rows", type=int, default=1000000)
    ap.add_argument("--lanes", default="1")
    ap.add_argument("--levels", default="1,3")
    ap.add_argument("--work", default="/tmp/sluice-bench")
    ap.add_argument("--alone", action="store_true", help="without DuckDB")
    ap.add_argument("workloads", nargs="*", default=["W1", "W6", "stages"])
    args = ap.parse_args()
    if not os.path.exists(SHARED):
        raise SystemExit("needs the shared folder beside the checkout (%s)" % SHARED)
    os.makedirs(args.work, exist_ok=True)
    data, source = make_input(args.work, args.rows)
    print("input: %d rows, %d bytes; %d runs, medians (least..most)" % (args.rows, os.path.getsize(source), args.runs))
    if "stages" in args.workloads:
        stages(args, args.work, source)
    for workload in [w for w in args.workloads if w != "stages"]:
        for level in [int(x) for x in args.levels.split(",")] if workload == "W1" else [3]:
            for lanes in [int(x) for x in args.lanes.split(",")]:
                one(args, workload, level, lanes, args.work, data, source)


if __name__ == "__main__":
    main()
