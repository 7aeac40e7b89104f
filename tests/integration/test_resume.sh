#!/bin/bash
# A million observations from a file: cut in the middle (the client and the daemon killed), gone on with, and in once. Then the daemon is
# killed inside the commit, again and again: whatever was acknowledged is there, once.
set -u
. "$(dirname "$0")/../support/office.sh"
export NITHET_ENDPOINT=ipc://$work/sock
daemon=
stop_daemon() { [ -z "$daemon" ] || { kill "$1" "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; }; daemon=; }
cleanup() {
    stop_daemon -TERM
    "$source/deploy/private-postgres" stop "$work/pg"
    rm -rf "$work"
}
trap cleanup EXIT
die() { echo "FAILED: $1"; tail -3 "$work"/log "$work"/out 2>/dev/null; exit 1; }
sql() { psql -XqAt -v ON_ERROR_STOP=1 -h "$work/pg/s" -U postgres -d nithet -c "$1"; }
start_daemon() {
    "$build/nithetd" -c conf 2>>log &
    daemon=$!
    for _ in $(seq 200); do "$nithet" health --timeout 500 >/dev/null 2>&1 && return; sleep 0.05; done
    die "the daemon does not serve"
}
# until CONDITION: the condition is SQL that says t.
until_sql() { for _ in $(seq 2000); do [ "$(sql "$1")" = t ] && return 0; sleep 0.01; done; return 1; }

cd "$work" || exit 1
"$source/deploy/private-postgres" start "$work/pg" || exit 1
printf '[service]\naudience = test\nkey = %s/service.key\n[database]\nconninfo = %s\n[listen]\nurl = ipc://%s/sock\n' "$work" \
    "$("$source/deploy/private-postgres" conninfo "$work/pg")" "$work" >conf
"$build/nithetd" init -c conf --admin-key admin.key 2>log || die init
start_daemon
admin() { "$nithet" "$@" --key admin.key; }
admin org apply "$source/deploy/catalogue/organisations.csv" --yes >/dev/null && admin catalog apply "$source"/deploy/catalogue/*.csv --yes >/dev/null || die catalogue
for part in 0 1 2; do
    awk -v p=$part 'BEGIN {print "org,kind,parent,name_th,name_en,valid_from"; for (i = p * 10000; i < p * 10000 + 10000; i++) printf "10%06d,school,TH-50,โรงเรียน %d,School %d,2017-04-03\n", i, i, i}' >schools.csv
    admin org apply schools.csv --yes >/dev/null || die schools
done
{ echo indicator,issue,name_th,name_en,unit_th,unit_en,direction,decimals,aggregation,dimensions
  for i in 0 1 2 3; do echo "BULK_$i,1,ทดสอบ,bulk,คน,persons,neutral,0,sum,\"level,sex\""; done; } >i.csv
{ echo form,name_th,name_en,period_kind,level,due_days,grace_days; echo BULK,ทดสอบ,bulk,academic_year,school,1,1; } >f.csv
{ echo form,indicator,dimensions,required; for i in 0 1 2 3; do echo "BULK,BULK_$i,\"level,sex\",no"; done; } >fi.csv
admin catalog apply i.csv f.csv fi.csv --yes >/dev/null || die bulk
"$nithet" keys generate officer.key >/dev/null
admin keys register --public "$("$nithet" keys show officer.key --output csv | tr -d '\r' | sed -n '2s/.*,//p')" --login officer --name officer --role province_officer --org TH-50 >/dev/null || die register
awk 'BEGIN {split("pre pri lsec usec voc", level, " "); print "org,indicator,level,sex,value"
    for (i = 0; i < 1000000; i++) printf "10%06d,BULK_%d,%s,%s,%d\n", int(i / 10) % 30000, int(i / 300000), level[i % 5 + 1], i % 10 < 5 ? "male" : "female", i % 1000}' >million.csv

submit() { exec "$nithet" submit million.csv --form BULK --period AY2566 --key officer.key; }
(submit) >out 2>&1 &
client=$!
until_sql "SELECT count(*) BETWEEN 3 AND 18 FROM draft_chunk" || die "no chunk was seen in the middle"
kill -9 $client 2>/dev/null
wait $client 2>/dev/null
stop_daemon -KILL
before=$(sql "SELECT count(*) FROM draft_chunk")
[ "$(sql "SELECT count(*) FROM submission")" = 0 ] || die "half a submission can be seen"
start_daemon
puts=$(grep -c '"method":"nithet.v1.SubmissionService/PutChunk","status":"OK"' log)
(submit) >out 2>&1 || die "it does not go on"
after=$(grep -c '"method":"nithet.v1.SubmissionService/PutChunk","status":"OK"' log)
[ $((after - puts)) -le $((20 - before + 1)) ] || die "$((after - puts)) chunks were sent again, $before were there"
grep -q "1000000 figures" out || die "not a million"
[ "$(sql "SELECT count(*) = 1000000 AND count(DISTINCT submission_id) = 1 FROM observation")" = t ] || die "the observations are not a million"
[ "$(sql "SELECT count(*) FROM draft_chunk")" = 0 ] || die "chunks were left"
echo "a million observations: cut after $before chunks of 20, $((after - puts)) sent afterwards, in once"

# Killed inside the commit.
kills=0
for year in 2551 2552 2553 2554; do
    head -200001 million.csv >part.csv
    (exec "$nithet" submit part.csv --form BULK --period AY$year --key officer.key) >out 2>&1 &
    client=$!
    until_sql "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'nithet' AND query LIKE 'COPY observation%' AND state <> 'idle')" && kills=$((kills + 1))
    kill -9 $client 2>/dev/null
    wait $client 2>/dev/null
    stop_daemon -KILL
    start_daemon
    "$nithet" submit part.csv --form BULK --period AY$year --key officer.key >out 2>&1 || die "after the kill in AY$year"
    grep -q "revision 1" out || die "AY$year went in twice"
    [ "$(sql "SELECT count(*) FROM submission WHERE period = 'AY$year'")" = 1 ] || die "AY$year is there more than once"
    [ "$(sql "SELECT count(*) FROM observation o JOIN submission s ON s.id = o.submission_id WHERE period = 'AY$year'")" = 200000 ] || die "AY$year is not whole"
done
[ "$(sql "SELECT count(*) FROM observation o WHERE NOT EXISTS (SELECT FROM submission s WHERE s.id = o.submission_id)")" = 0 ] || die "observations of no submission"
echo "killed inside the commit $kills times of 4: each is there once"
[ $kills -ge 1 ] || die "no kill met a commit"
