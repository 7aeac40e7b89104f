#!/bin/bash
# The audit, from outside: a change made behind the service's back with SQL is found, each kind of it. And what an office signed can be proven.
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
die() { echo "FAILED: $1"; cat "$work/out"; tail -n 3 "$work/log"; exit 1; }
sql() { psql -XqAt -v ON_ERROR_STOP=1 -h "$work/pg/s" -U postgres -d nithet -c "$1" || die "SQL: $1"; }
cd "$work" || exit 1
"$source/deploy/private-postgres" start "$work/pg" || exit 1
printf '[service]\naudience = test\nkey = %s/service.key\nanchor_seconds = 1\n[database]\nconninfo = %s\n[listen]\nurl = ipc://%s/sock\n' "$work" \
    "$("$source/deploy/private-postgres" conninfo "$work/pg")" "$work" >conf
"$build/nithetd" init -c conf --admin-key admin.key 2>out || die init
"$build/nithetd" -c conf 2>log &
daemon=$!
for _ in $(seq 100); do "$nithet" health --timeout 500 >/dev/null 2>&1 && break; sleep 0.1; done
admin() { "$nithet" "$@" --key admin.key; }
admin org apply "$source/deploy/catalogue/organisations.csv" --yes >out && admin catalog apply "$source"/deploy/catalogue/*.csv --yes >out || die catalogue
for who in officer head; do
    "$nithet" keys generate $who.key >/dev/null
    admin keys register --public "$("$nithet" keys show $who.key --output csv | tr -d '\r' | sed -n '2s/.*,//p')" --login $who --name $who --role province_$who --org TH-50 >/dev/null
done
officer() { "$nithet" "$@" --key officer.key; }
printf 'sex,value\nmale,1\nfemale,2\n' >a.csv
printf 'sex,value,status,note\nmale,5,,\nfemale,,missing,why\n' >b.csv
officer submit a.csv --form GRAD_M6 --period AY2566 >out 2>&1 || die submit
officer submit b.csv --form GRAD_M6 --period AY2566 --reason "นับใหม่" >out 2>&1 || die correct
for year in 2561 2562 2563; do officer submit a.csv --form GRAD_M6 --period AY$year >out 2>&1 || die submit; done
"$nithet" submission endorse 1 --key head.key >out 2>&1 || die endorse

officer audit log >out 2>&1 || die "audit log"
grep -q "submission/1" out || die "the submission is not in the log"
until_sql() { for _ in $(seq 100); do [ "$(sql "$1")" = t ] && return; sleep 0.1; done; die "never: $1"; }
until_sql "SELECT count(*) >= 1 FROM audit_anchor"
officer submit a.csv --form GRAD_M6 --period AY2564 >out 2>&1 || die submit
until_sql "SELECT count(*) >= 2 AND (SELECT count(*) FROM audit_anchor_head WHERE chain = 'TH-50' AND position >= 9) >= 1 FROM audit_anchor"
admin audit verify >out 2>&1 || die "audit verify"
grep -q "0 faults" out || die "faults where there are none"
admin audit verify --lang th | grep -q "พบข้อผิดพลาด 0 แห่ง" || die "in Thai"
officer audit verify --org TH-50 >out 2>&1 || die "an officer checks the own chain"
officer audit verify --org TH-51 >out 2>&1 && die "an officer reads another province's chain"
admin audit export >out 2>&1 || die export
[ "$(grep -c '"event"' out)" = "$(sql "SELECT count(*) FROM audit_event")" ] || die "the export is not whole"

sql "CREATE SCHEMA kept; CREATE TABLE kept.e AS SELECT * FROM audit_event; CREATE TABLE kept.s AS SELECT * FROM signed_request; CREATE TABLE kept.c AS SELECT * FROM audit_chain;
     CREATE TABLE kept.a AS SELECT * FROM audit_anchor; CREATE TABLE kept.h AS SELECT * FROM audit_anchor_head" >/dev/null
kill "$daemon" && wait "$daemon"
sed -i 's/anchor_seconds = 1/anchor_seconds = 86400/' conf
"$build/nithetd" -c conf 2>>log &
daemon=$!
for _ in $(seq 100); do "$nithet" health --timeout 500 >/dev/null 2>&1 && break; sleep 0.1; done
tampered() { # what, SQL, what verify must say
    sql "SET session_replication_role = replica; $2" >/dev/null
    admin audit verify >out 2>&1
    [ $? = 3 ] || die "$1 was not found"
    grep -q "$3" out || die "$1 was found, but not as \"$3\""
    sql "SET session_replication_role = replica; TRUNCATE audit_event, signed_request, audit_chain, audit_anchor, audit_anchor_head; INSERT INTO audit_event SELECT * FROM kept.e;
         INSERT INTO signed_request SELECT * FROM kept.s; INSERT INTO audit_chain SELECT * FROM kept.c; INSERT INTO audit_anchor SELECT * FROM kept.a;
         INSERT INTO audit_anchor_head SELECT * FROM kept.h" >/dev/null
    admin audit verify >out 2>&1 || die "after $1 was undone"
}
tampered "an edited event" "UPDATE audit_event SET officer = 'head' WHERE chain = 'TH-50' AND position = 4" "was edited"
tampered "an edited time" "UPDATE audit_event SET at_us = at_us - 1 WHERE chain = 'TH' AND position = 2" "was edited"
tampered "a deleted event" "DELETE FROM audit_event WHERE chain = 'TH-50' AND position = 5" "is gone"
tampered "a deleted first event" "DELETE FROM audit_event WHERE chain = 'TH-50' AND position = 1" "is gone"
tampered "an inserted event" "UPDATE audit_event SET position = position + 100 WHERE chain = 'TH-50' AND position >= 5; INSERT INTO audit_event SELECT chain, 5, at_us, officer, method, idempotency_key, subject,
    payload_digest, ''::bytea, previous_hash, hash FROM audit_event WHERE chain = 'TH-50' AND position = 4; UPDATE audit_event SET position = position - 99 WHERE chain = 'TH-50' AND position >= 100" "does not follow"
tampered "reordered events" "UPDATE audit_event SET position = 1000 WHERE chain = 'TH-50' AND position = 4; UPDATE audit_event SET position = 4 WHERE chain = 'TH-50' AND position = 5;
    UPDATE audit_event SET position = 5 WHERE chain = 'TH-50' AND position = 1000" "does not follow"
tampered "a cut end with a head that fits" "DELETE FROM audit_event WHERE chain = 'TH-50' AND position > 5; UPDATE audit_chain c SET position = 5, hash = e.hash FROM audit_event e WHERE e.chain = 'TH-50' AND e.position = 5 AND c.chain = 'TH-50'" "anchored"
tampered "an edited anchor" "UPDATE audit_anchor_head SET position = position - 1 WHERE chain = 'TH-50' AND number = (SELECT max(number) FROM audit_anchor)" "service's signature"
tampered "a deleted anchor" "DELETE FROM audit_anchor WHERE number = 1" "is gone"
tampered "a signature put in by another" "UPDATE signed_request SET key_id = (SELECT key_id FROM officer_key k JOIN officer o ON o.id = k.officer_id WHERE login = 'head') WHERE chain = 'TH-50' AND position = 4" "signature does not fit"

id=$(officer submission list --form GRAD_M6 --period AY2566 --output csv | tr -d '\r' | sed -n '2s/,.*//p')
officer submission verify "$id" >out 2>&1 || die "submission verify"
[ "$(grep -c good out)" = 3 ] || die "three things are checked"
sql "UPDATE observation SET value = value + 10000 WHERE submission_id = $id AND value IS NOT NULL" >/dev/null
officer submission verify "$id" >out 2>&1 && die "a changed figure was not found"
grep -q "BAD   *the figures" out || die "it does not say that the figures were changed"
sql "UPDATE observation SET value = value - 10000 WHERE submission_id = $id AND value IS NOT NULL; UPDATE submission SET reason = 'other' WHERE id = $id" >/dev/null
officer submission verify "$id" >out 2>&1 && die "a changed reason was not found"
sql "UPDATE submission SET reason = 'นับใหม่' WHERE id = $id" >/dev/null
officer submission verify "$id" >out 2>&1 || die "after it was undone"
officer submission diff "$id" --output csv >out 2>&1 || die diff
grep -q "GRAD_M6,TH-50,sex=male,1,5" out && grep -q "GRAD_M6,TH-50,sex=female,2," out || die "the difference"
officer submission diff 1 --lang th >out 2>&1 && grep -q "เป็นฉบับแรก" out || die "the first has nothing before it"
echo "the audit finds each of ten changes made with SQL; what was signed can be proven"
