#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# tests/interop/parquet_test.py - the Parquet library and writer against other readers.
#
# Builds the two drivers in the build folder and runs parquet_property.py (the library) and
# parquet_records.py (the writer) over a range of seeds.
import os
import subprocess
import sys

import harness

SEEDS = (("parquet_property.py", "parquet_random", 60), ("parquet_records.py", "parquet_records", 60))


def main():
    build = harness.build_folder()
    here = os.path.dirname(os.path.abspath(__file__))
    targets = ["tests/interop/" + program for _, program, _ in SEEDS]
    subprocess.run(["make", "-s", "-C", build] + targets, check=True, stdout=subprocess.DEVNULL)
    for script, program, count in SEEDS:
        subprocess.run([sys.executable, os.path.join(here, script),
                        os.path.join(build, "tests/interop", program), "1", str(count)], check=True)


if __name__ == "__main__":
    main()
