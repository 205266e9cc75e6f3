#!/bin/sh
# Make configure from a checkout of the sources.
cd "$(dirname "$0")" && exec autoreconf --install
