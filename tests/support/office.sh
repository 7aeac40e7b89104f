# What the shell tests begin with: where the build and the sources are, a folder of their own, and nobody's profile or environment.
# Sourced; the test cleans up $work itself, because it knows what it started.
build=${NITHET_BUILD:-build}
source=${NITHET_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
work=$(mktemp -d /tmp/nithet-test-XXXXXX)
chmod 755 "$work"
export XDG_CONFIG_HOME=$work XDG_STATE_HOME=$work LC_ALL=C.UTF-8
unset NITHET_ENDPOINT NITHET_KEY NITHET_PROFILE NITHET_LANG NITHET_SERVICE_KEY LANG
nithet=$build/clients/nithet/nithet
export XDG_CACHE_HOME=$work

# Checks: `run NAME STATUS COMMAND...` has its output (both streams) in $work/out; has and has_not look there.
failures=0 count=0
fail() { echo "FAILED: $name: $1"; sed 's/^/    /' "$work/out" | head -60; failures=$((failures + 1)); }
run() {
    name=$1 want=$2
    shift 2
    count=$((count + 1))
    "$@" >"$work/out" 2>&1
    got=$?
    [ $got = "$want" ] || fail "exit status $got instead of $want"
}
has() { grep -qF -- "$1" "$work/out" || fail "has no \"$1\""; }
has_not() { ! grep -qF -- "$1" "$work/out" || fail "has \"$1\""; }
verdict() { echo "$count checks, $failures failed"; [ $failures = 0 ]; }

# A service of the test's own, at ipc://$work/sock; stop_daemon TERM|KILL, start_daemon [PROGRAM], and everything is stopped at the end.
daemon=
sql() { psql -XqAt -v ON_ERROR_STOP=1 -h "$work/pg/s" -U postgres -d nithet -c "$1"; }
admin() { "$nithet" "$@" --key "$work/admin.key"; }
stop_daemon() { [ -z "$daemon" ] || { kill "-$1" "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; }; daemon=; }
close_office() {
    stop_daemon TERM
    "$source/deploy/private-postgres" stop "$work/pg"
    rm -rf "$work"
}
start_daemon() {
    "$build/${1:-nithetd}" -c "$work/conf" 2>>"$work/log" &
    daemon=$!
    for _ in $(seq 200); do "$nithet" health --timeout 300 >/dev/null 2>&1 && return; sleep 0.05; done
    echo "the daemon does not serve"
    tail -3 "$work/log"
    exit 1
}
open_office() { # with the starter catalogue
    trap close_office EXIT
    export NITHET_ENDPOINT=ipc://$work/sock
    cd "$work" || exit 1
    "$source/deploy/private-postgres" start "$work/pg" || exit 1
    printf '[service]\naudience = test\nkey = %s/service.key\n[database]\nconninfo = %s\n[listen]\nurl = ipc://%s/sock\n' "$work" \
        "$("$source/deploy/private-postgres" conninfo "$work/pg")" "$work" >conf
    "$build/nithetd" init -c conf --admin-key admin.key 2>log || { cat log; exit 1; }
    start_daemon
    admin org apply "$source/deploy/catalogue/organisations.csv" --yes >out && admin catalog apply "$source"/deploy/catalogue/*.csv --yes >out || { cat out; exit 1; }
}
public_key() { "$nithet" keys show "$1" --output csv | tr -d '\r' | sed -n '2s/.*,//p'; }
register() { # login role org: the key is $work/LOGIN.key
    "$nithet" keys generate "$work/$1.key" >/dev/null
    admin keys register --public "$(public_key "$work/$1.key")" --login "$1" --name "เจ้าหน้าที่ $1" --role "$2" --org "$3"
}
