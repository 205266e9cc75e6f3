# SPDX-License-Identifier: Apache-2.0
# tools/lib/setup.sh - what the README's commands share: packages, colours, build folders.
#
# Sourced by tools/quickstart and tools/check, never run. Nothing here asks a question: what is
# missing is installed with apt-get (as root or through sudo) after saying so; what can't be had
# ends the command with what to type by hand.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
jobs=$(nproc)
export LC_ALL=C.UTF-8

packages_build="build-essential g++ autoconf automake libtool pkg-config libevent-dev libzstd-dev
  libyaml-dev libxxhash-dev zlib1g-dev libsnappy-dev liblz4-dev libsimdjson-dev"
packages_test="check libsubunit-dev libmsgpack-dev clang-14 clang-format-14 libclang-rt-14-dev
  llvm-14 python3 python3-venv zstd gzip procps"

say() {
  printf '\n== %s\n' "$*"
}

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Install those of the packages $@ that are missing.
need_packages() {
  local missing=() p
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null ||
    die "This is no Debian system: install what these packages hold, then run again: ${missing[*]}"
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "Run as root, or install first: apt-get install ${missing[*]}"
    as=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${as[@]}" apt-get update -qq || true
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >"${TMPDIR:-/tmp}/sluice-apt.log" 2>&1 ||
    die "apt-get install failed; its output is in ${TMPDIR:-/tmp}/sluice-apt.log"
}

# Make configure, when it is missing or older than what it is made from.
need_configure() {
  if [ ! -x "$top/configure" ] || [ -n "$(find "$top/configure.ac" "$top/Makefile.am" \
    "$top"/*/local.mk "$top"/*/*/local.mk -newer "$top/configure" -print -quit 2>/dev/null)" ]; then
    (cd "$top" && ./autogen.sh) >"${TMPDIR:-/tmp}/sluice-autogen.log" 2>&1 ||
      die "making configure failed; see ${TMPDIR:-/tmp}/sluice-autogen.log"
  fi
}

# need_build NAME [CONFIGURE-OPTION ...]: configure (once) and build in build/NAME.
need_build() {
  local dir=$top/build/$1
  shift
  need_configure
  mkdir -p "$dir"
  if [ ! -f "$dir/Makefile" ] || [ "$top/configure" -nt "$dir/config.status" ]; then
    (cd "$dir" && "$top/configure" --quiet "$@") >"$dir/configure.log" 2>&1 ||
      { tail -n 20 "$dir/configure.log" >&2; die "configure failed; see $dir/configure.log"; }
  fi
  make -C "$dir" -j"$jobs" >"$dir/make.log" 2>&1 ||
    { grep -E -A5 'error|Error' "$dir/make.log" | tail -n 40 >&2; die "the build failed; see $dir/make.log"; }
}
