#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A plugin from outside of the tree is built, tested, found and run; an old or broken one is refused.
#
# make check runs this on the build, make installcheck (and so make distcheck) on what is installed:
# then nothing but PATH and pkg-config leads to sluice. The plugin is the SDK's template.
. "${srcdir:-.}/tests/tools/lib.sh"

said=template status=0 out='' err=''
mkdir mine && cp "$top"/sdk/template/* mine/ || fail "no template"
# A copy from a release that can't be written to is to be changed all the same.
chmod -R u+w mine
if [ -n "${SLUICE_INSTALLED:-}" ]; then
  with=(CC="${SL_CC:-cc}" SLUICE="$sluice")
  cflags=$(pkg-config --cflags sluice) || fail "pkg-config knows no sluice"
  template=$(pkg-config --variable=templatedir sluice)
  diff -r mine "$template" || fail "the installed template is another"
else
  # What libsluice-check calls when it is sanitized is in the program: the same flags link it.
  harness=$build/tools/harness/.libs
  cflags=-I$top/sdk/include
  libs="$harness/libsluice-check.so -Wl,-rpath,$harness -Wl,-rpath,$build/sdk/lib/.libs"
  with=(CC="${SL_CC:-cc}" SLUICE="$sluice" SLUICE_CFLAGS="$cflags"
    SLUICE_CHECK_LIBS="$libs ${SL_SANITIZE:-}")
fi

out=$(make -C mine check "${with[@]}" CFLAGS="-O1 -Wall -Wextra -Werror" 2>&1) || fail "make check"
out_has "ok: contains, alone"
out_has "0 rules broken"
out_has "ok: the record"

# Installed for one user, it is there without a word.
out=$(make -C mine install "${with[@]}" 2>&1) || fail "make install"
run plugin list --json
is 0
folder=$HOME/.local/lib/sluice/1
json 'any(m["path"] == "'"$folder"'/contains.so" and m["descriptor"] for m in j)'
printf '%s\n' '{"t":"a needle"}' '{"t":"hay"}' > in.json
pipeline='file:in.json | contains:{field: t, text: needle} | stdout'
run run "$pipeline" --until-end --quiet
is 0
out_is '{"t":"a needle"}'
run plugin show contains
is 0
out_has "the field to look into"

# Built again: the descriptor of before is not believed any more.
sed 's/the field to look into/where to look/' mine/contains.c > mine/changed.c && mv mine/changed.c mine/contains.c
out=$(make -C mine contains.so "${with[@]}" 2>&1) || fail "make"
cp mine/contains.so "$folder/"
run plugin show contains
is 0
out_has "where to look"
rm -r "$HOME/.local"
run run "$pipeline" --until-end --quiet
is 78
err_has "contains"

# module NAME SED-SCRIPT: the template as broken/NAME.so, changed by the script.
module() {
  sed -e "s/\"contains\"/\"$1\"/" -e "$2" mine/contains.c > "$1.c"
  # shellcheck disable=SC2086
  out=$(${SL_CC:-cc} -std=gnu11 -D_GNU_SOURCE $cflags -fPIC -fvisibility=hidden -shared -Wl,--build-id \
    -o "broken/$1.so" "$1.c" 2>&1) || fail "building $1"
}
mkdir broken
module old 's/^#include <sluice.sdk.h>/&\n#undef SL_ABI_MAJOR\n#define SL_ABI_MAJOR 0/'
module newer 's/^#include <sluice.sdk.h>/&\n#undef SL_ABI_MINOR\n#define SL_ABI_MINOR 99/'
module lacking 's/^    uint32_t n = 0;/    extern int nowhere_to_be_found(void);\n    uint32_t n = (uint32_t)nowhere_to_be_found();/'
module tableless 's/^SL_PLUGIN.*/const void *not_a_table = \&contains;/'
module whole ''
head -c $(($(stat -c %s broken/whole.so) / 2)) broken/whole.so > broken/cut.so
: > broken/empty.so

# refused NAME CODE WORDS: listing says why, the others stay usable, a graph with it is wrong at its place.
refused() {
  run plugin list --plugin-path broken
  is 0
  out_has "error[$2]: $1.so $3"
  out_has "generate"
  out_has "whole"
  run plugin check "broken/$1.so"
  is 1
  out_has "error[$2]"
  printf 'sluice: 1\nnodes:\n  in: { source: file, with: { path: in.json }, decode: json }
  mine: { transform: %s, from: in, with: { field: t, text: needle } }
  out: { sink: stdout, from: mine }\n' "$1" > g.yaml
  run run g.yaml --plugin-path broken --until-end
  is 78
  err_has "error[$2]: the plugin \"$1\" can't be used"
  err_has "g.yaml:4:22"
  out_is ""
  run help "$2"
  is 0
  out_has "remedy:"
}
refused old plugin.abi.major "is built for plugin ABI 0.0, this sluice has 1.0; install the old.so made for this version"
refused newer plugin.abi.minor ""
refused lacking plugin.symbol "needs the symbol nowhere_to_be_found"
refused tableless plugin.abi.symbol "exports no sluice_plugin_v1"
refused cut plugin.file.truncated "is cut off or damaged; install it again"
refused empty plugin.file.kind "is no shared object"

run run "file:in.json | whole:{field: t, text: needle} | stdout" --plugin-path broken --until-end --quiet
is 0
out_is '{"t":"a needle"}'
