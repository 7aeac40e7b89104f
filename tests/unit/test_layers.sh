#!/bin/sh
# A folder is a layer, and layers include only downwards (api > domain, store, rpc > base). Nothing outside `store` names a PGconn,
# nothing outside `rpc` names nng, nothing outside `rpc` and `api` names a protobuf type.
set -u
cd "${NITHET_SOURCE:-$(dirname "$0")/../..}/service" || exit 1
bad=0
allow() { # layer, what it may include
    layer=$1
    shift
    pattern=$(echo "$*" | tr ' ' '|')
    found=$(grep -rnE '^#include "' "$layer" | grep -vE "#include \"($pattern)/" | grep -vE '#include "(nithet/v1/.*\.pb-c\.h|migrations\.inc)"')
    [ -z "$found" ] || { echo "$layer may include $* only:"; echo "$found"; bad=1; }
}
forbid() { # pattern, where it may stand
    found=$(grep -rnE --include='*.[ch]' "$1" . | grep -vE "^\./($2)/")
    [ -z "$found" ] || { echo "$1 belongs in $2:"; echo "$found"; bad=1; }
}
allow base base
allow domain base domain
allow rpc base rpc
allow store base domain store
allow api base domain rpc store api
forbid '\bPGconn\b|libpq-fe\.h|\bPQ[a-z]+\(' store
forbid '\bnng_|<nng/' rpc
forbid 'ProtobufC|\.pb-c\.h' 'rpc|api'
long=$(find . ../clients -name '*.c' -size +1k -exec wc -l {} + | awk '$1 > 700 && $2 != "total"')
[ -z "$long" ] || { echo "these files are probably two nouns:"; echo "$long"; bad=1; }
exit $bad
