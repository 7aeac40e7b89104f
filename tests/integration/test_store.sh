#!/bin/bash
# Migrations: once, also when two begin together; gone on with after a cut; refused by a daemon that does not fit. And a daemon whose database
# goes away and comes back.
set -u
. "$(dirname "$0")/../support/office.sh"
export NITHET_ENDPOINT=ipc://$work/sock
daemon=
cleanup() {
    [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; }
    "$source/deploy/private-postgres" stop "$work/pg"
    rm -rf "$work"
}
trap cleanup EXIT
die() { echo "FAILED: $1"; tail -n 5 "$work"/log "$work"/out 2>/dev/null; exit 1; }
sql() { psql -XqAt -v ON_ERROR_STOP=1 -h "$work/pg/s" -U postgres -d nithet -c "$1"; }
cd "$work" || exit 1
"$source/deploy/private-postgres" start "$work/pg" || exit 1
printf '[service]\naudience = test\nkey = %s/service.key\n[database]\nconninfo = %s\nmigrate = yes\n[listen]\nurl = ipc://%s/sock\n' "$work" \
    "$("$source/deploy/private-postgres" conninfo "$work/pg")" "$work" >conf
pids=
for i in 1 2 3 4; do
    "$build/nithetd" migrate -c conf 2>"migrate$i.log" &
    pids="$pids $!"
done
for pid in $pids; do wait "$pid" || die "a migration that began with others failed"; done
[ "$(cat migrate*.log | grep -c applied)" = "$(ls "$source"/service/store/migrations/*.sql | wc -l)" ] || die "a migration was applied twice, or not at all"
"$build/nithetd" migrate -c conf 2>out || die "again is not harmless"
! grep -q applied out || die "again applied something"

# Cut after the first: the rest is applied, the first is not applied again.
sql "DROP SCHEMA public CASCADE" >/dev/null 2>&1
sql "CREATE SCHEMA public AUTHORIZATION nithet" >/dev/null
cat >first.sql <<END
CREATE TABLE schema_migration (number integer PRIMARY KEY, name text NOT NULL, applied_us bigint NOT NULL);
END
psql -Xq -v ON_ERROR_STOP=1 -h "$work/pg/s" -U nithet -d nithet -f first.sql -f "$source/service/store/migrations/0001_directory_and_catalogue.sql" \
    -c "INSERT INTO schema_migration VALUES (1, 'x', 0)" >out 2>&1 || die "the first migration by hand"
"$build/nithetd" migrate -c conf 2>out || die "it does not go on"
! grep -q 0001 out || die "the first was applied again"
grep -q 0002 out || die "the second was not applied"

# A failing migration leaves nothing of itself.
sql "DROP SCHEMA public CASCADE" >/dev/null 2>&1
sql "CREATE SCHEMA public AUTHORIZATION nithet" >/dev/null
sql "CREATE TABLE officer (x int)" >/dev/null # in the way of the second
"$build/nithetd" migrate -c conf 2>out && die "a migration that cannot work is said to have worked"
[ "$(sql "SELECT max(number) FROM schema_migration")" = 1 ] || die "the migrations before it were not kept"
[ "$(sql "SELECT count(*) FROM pg_class WHERE relname = 'officer_key'")" = 0 ] || die "half a migration stayed"
sql "DROP TABLE officer" >/dev/null
"$build/nithetd" migrate -c conf 2>out || die "it does not go on once the obstacle is gone"

"$build/nithetd" init -c conf --admin-key admin.key 2>out || die init
sed 's/migrate = yes/migrate = no/' conf >conf.no
sql "UPDATE schema_migration SET number = number + 100 WHERE number = (SELECT max(number) FROM schema_migration)" >/dev/null
timeout 20 "$build/nithetd" -c conf.no 2>out && die "a daemon took a schema that it does not know"
grep -q "schema" out || die "it does not say why"
sql "UPDATE schema_migration SET number = number - 100 WHERE number > 100" >/dev/null

"$build/nithetd" -c conf.no 2>log &
daemon=$!
for _ in $(seq 100); do "$nithet" health --timeout 500 >/dev/null 2>&1 && break; sleep 0.1; done
"$nithet" whoami --key admin.key >out 2>&1 || die "whoami"
"$source/deploy/private-postgres" stop "$work/pg"
"$nithet" whoami --key admin.key --timeout 1500 >out 2>&1
[ $? = 6 ] || die "without a database the exit status is not 6"
for _ in $(seq 50); do "$nithet" health --timeout 500 >out 2>&1; grep -q "NOT SERVING" out && break; sleep 0.1; done
grep -q "NOT SERVING" out || die "health does not tell that the database is gone"
"$nithet" health nithet.v1.ServerInfoService >out 2>&1 || die "what needs no database does not serve"
"$source/deploy/private-postgres" start "$work/pg"
"$nithet" whoami --key admin.key --timeout 15000 >out 2>&1 || die "the daemon does not find its database again"
for _ in $(seq 50); do "$nithet" health --timeout 500 >/dev/null 2>&1 && break; sleep 0.1; done
"$nithet" health >out 2>&1 || die "health does not tell that the database is back"
kill "$daemon"
wait "$daemon" || die "it does not stop with 0"
daemon=
echo "migrations and a database that goes and comes: good"
