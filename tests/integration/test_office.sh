#!/bin/bash
# What an officer has at hand: rules that speak up, figures sent back by name, Excel files, a network that goes away; and what the region sees
# of completeness and quality.
set -u
. "$(dirname "$0")/../support/office.sh"
open_office
{ register officer province_officer TH-50; register head province_head TH-50; register analyst regional_analyst REO15; register neighbour province_officer TH-51; } >out
officer() { "$nithet" "$@" --key officer.key; }
submit() { officer submit "$@"; }
accept() { "$nithet" submission endorse "$1" --key head.key >/dev/null && "$nithet" submission accept "$1" --key analyst.key >/dev/null; }

# Rules.
students() { # file, population, boys of the first level, note, total
    {   echo indicator,sex,level,value,note
        for sex in male female; do for level in pre pri lsec usec voc; do
            value=100; [ "$sex$level" != malepre ] || value=$3
            echo "STUDENTS,$sex,$level,$value,"
        done; done
        [ -z "${5:-}" ] || echo "STUDENTS,,,$5,"
        echo "POP_3_17,,,$2,$4"
        for i in DROPOUTS OOSC; do for sex in male female; do echo "$i,$sex,,1,"; done; done
    } >"$1"
}
students good.csv 1200 100 ""
run figures_that_agree 0 submit good.csv --form ENROLMENT --period AY2565
accept 1
students bad.csv 1200 101 "" 1000
run a_sum_that_does_not_agree_stops 3 submit bad.csv --form ENROLMENT --period AY2566; has STUDENTS_SUM; has "1000 = sum("; has "bad.csv:12: column value"
run and_says_so_in_thai 3 submit bad.csv --form ENROLMENT --period AY2566 --lang th; has "ยอดรวมนักเรียน"
students bad.csv 1 100 ""
sed -i 's/OOSC,male,,1/OOSC,male,,5/' bad.csv
run a_comparison_between_indicators_stops 3 submit bad.csv --form ENROLMENT --period AY2566; has OOSC_LESS
students jump.csv 3000 100 ""
run a_jump_wants_a_reason 3 submit jump.csv --form ENROLMENT --period AY2566; has "warning: "; has POP_JUMP; has "jump.csv:12: column value"
run a_dry_run_warns_too 3 submit jump.csv --form ENROLMENT --period AY2566 --dry-run; has POP_JUMP
students jump.csv 3000 100 "รวมแรงงานต่างด้าวปีแรก"
run a_reason_in_the_note_settles_it 0 submit jump.csv --form ENROLMENT --period AY2566; has "revision 1"
printf 'form,name_th,name_en,period_kind,level,due_days,grace_days\nBAD,ก,a,academic_year,province,1,1\n' >f.csv
printf 'form,indicator,dimensions,required\nBAD,GRAD_M6,sex,yes\n' >fi.csv
printf 'form,rule,severity,expression,name_th,name_en\nBAD,R1,error,GRAD_M6 +,ก,a\nBAD,R2,error,GRAD_M6 + BUDGET_ALLOCATED > 1,ก,a\nBAD,R3,error,POP_3_17 > 1,ก,a\n' >fr.csv
run a_rule_that_is_none_is_refused 3 admin catalog apply f.csv fi.csv fr.csv --yes; has "rules[0].expression"; has "rules[1].expression"; has NOT_IN_FORM; has UNIT_MISMATCH
head=indicator,issue,name_th,name_en,unit_th,unit_en,direction,decimals,aggregation,weight,numerator
printf '%s\nA_RATE,1,ก,a,ก,percent,neutral,2,ratio_of_sums,STUDENTS,B_RATE + 1\nB_RATE,1,ก,a,ก,percent,neutral,2,ratio_of_sums,A_RATE,STUDENTS\nC_RATE,1,ก,a,ก,percent,neutral,2,ratio_of_sums,SCHOOLS,STUDENTS\n' $head >i.csv
run a_formula_that_is_computed_of_itself_is_refused 3 admin catalog apply i.csv --yes; has CYCLE; has UNIT_MISMATCH; has "i.csv:4"

# Sent back, figure by figure.
latest() { sql "SELECT max(id) FROM submission"; }
run returned_with_comments_on_figures 0 "$nithet" submission return "$(latest)" --key analyst.key --comment "ดูสองช่อง" --cell 'STUDENTS[level=pre;sex=male]@TH-50=ไม่ตรงกับ DMC' --cell 'POP_3_17=ขอหลักฐาน'
run the_officer_sees_which 0 officer submission show "$(latest)" --lang th; has "STUDENTS[level=pre;sex=male]: ไม่ตรงกับ DMC"; has "POP_3_17: ขอหลักฐาน"
run submit_again 0 submit jump.csv --form ENROLMENT --period AY2566 --reason "แก้ตามความเห็น"
run a_comment_on_what_was_not_sent_is_refused 3 "$nithet" submission return "$(latest)" --key analyst.key --comment x --cell 'GRAD_M6=no'; has "no figure GRAD_M6"
run and_nothing_was_returned 0 officer submission show "$(latest)"; has_not returned
run comments_on_figures_go_with_a_return 2 "$nithet" submission endorse "$(latest)" --key head.key --cell 'POP_3_17=x'

# Excel.
run a_template 0 officer form template ENROLMENT -o t.xlsx --period AY2564; has "17 cells"
run an_empty_template_names_sheet_and_cell 3 submit t.xlsx; has "t.xlsx: sheet ข้อมูล, cell H2 (ค่า)"
run in_thai 3 submit t.xlsx --lang th; has "ชีต ข้อมูล ช่อง H2"
run a_template_of_no_form 5 officer form template NOPE -o no.xlsx
run a_template_filled_in_with_libreoffice 0 submit "$source/tests/data/grad_m6_libreoffice.xlsx" --period AY2561; has "GRAD_M6, TH-50, AY2561"
run its_figures 0 officer query --revision submitted --from AY2561 --to AY2561 --output csv; has "sex=male,852,"; has "sex=female,1411,"; has นับแล้ว
run a_sheet_of_excel 0 submit "$source/tests/data/grad_m6_excel.xlsx" --form GRAD_M6 --period AY2562
run its_figures_too 0 officer query --revision submitted --from AY2562 --to AY2562 --output csv; has "sex=male,852,"; has "sex=female,1411,"; has "ตรวจ & นับ"
run a_fault_in_a_workbook_is_told_by_cell 3 submit "$source/tests/data/grad_m6_excel.xlsx" --form BUDGET --period FY2569Q1; has "sheet Sheet2, row 2"
head -c 2000 "$source/tests/data/grad_m6_libreoffice.xlsx" >cut.xlsx
run a_damaged_workbook 3 submit cut.xlsx --form GRAD_M6 --period AY2561; has "damaged"

# Without a network.
printf 'sex,value\nmale,7\nfemale,8\n' >m6.csv
run online_first 0 submit m6.csv --form GRAD_M6 --period AY2550
stop_daemon TERM
run without_a_service_it_is_kept 6 submit m6.csv --form GRAD_M6 --period AY2551 --receipt later.json; has "outbox"
run the_same_again_is_the_same 6 submit m6.csv --form GRAD_M6 --period AY2551; has "outbox"
run a_fault_is_told_without_a_service 3 sh -c "printf 'sex,value\nmale,x\nfemale,8\n' >x.csv; '$nithet' submit x.csv --form GRAD_M6 --period AY2551 --key officer.key"; has "x.csv:2"
run one_waits 0 officer outbox list --output csv; has "GRAD_M6,TH-50,AY2551,2"; [ "$(wc -l <out)" = 2 ] || fail "not one"
run sending_without_a_service 6 officer outbox send --timeout 500
run in_thai_too 0 officer outbox list --lang th; has "ลงนามเมื่อ"
kept=$(officer outbox list --output csv | tr -d '\r' | sed -n '2s/,.*//p')
cp "nithet/outbox/$kept.request" saved.request
printf x >>"nithet/outbox/$kept.request"
start_daemon
run a_changed_request_is_found 1 officer outbox send; has "changed since"
cp saved.request "nithet/outbox/$kept.request"
run it_is_sent_once_the_service_is_back 0 officer outbox send; has "AY2551, revision 1"
[ -s later.json ] || fail "the receipt was not kept where it was asked for"
run the_outbox_is_empty 0 officer outbox list --output csv; [ "$(wc -l <out)" = 1 ] || fail "something is left"
cp saved.request "nithet/outbox/$kept.request"
run sent_again_it_is_not_submitted_again 0 officer outbox send; has "revision 1"
[ "$(sql "SELECT count(*) FROM submission WHERE period = 'AY2551'")" = 1 ] || fail "submitted twice"
cp saved.request "nithet/outbox/$kept.request"
run another_officer_cannot_send_it 4 "$nithet" outbox send --key neighbour.key
run drop 0 officer outbox drop "$kept"; run drop_what_is_not_there 5 officer outbox drop "$kept"

# The daemon dies between the commit and the answer: the request stays in the outbox, and is in once.
stop_daemon TERM
NITHET_FAULT=replying:1 start_daemon tests/nithetd-faults
run the_answer_is_lost 6 submit m6.csv --form GRAD_M6 --period AY2552 --timeout 1500; has "outbox"
wait "$daemon" 2>/dev/null
[ "$(sql "SELECT count(*) FROM submission WHERE period = 'AY2552'")" = 1 ] || fail "it should have been committed"
start_daemon
run the_receipt_comes_later 0 officer outbox send; has "AY2552, revision 1"
[ "$(sql "SELECT count(*) FROM submission WHERE period = 'AY2552'")" = 1 ] || fail "submitted twice"

# An old signature.
run signed_offline 0 true
stop_daemon TERM
run kept_for_too_long 6 submit m6.csv --form GRAD_M6 --period AY2553
start_daemon
run still_good_today 0 officer outbox send
run submission_verify_knows_when_it_was_signed 0 officer submission verify "$(sql "SELECT max(id) FROM submission")"; has "good  the officer"

# Completeness and quality.
run status_by_province 0 "$nithet" status --period AY2566 --by province --output csv --key analyst.key; has "TH-50,Chiang Mai,8,1,0,1"
has "23.75,12.5,0,100,0,0" # score: complete, timely, cells, plausible (a warning), stable (corrected)
run status_by_region 0 "$nithet" status --period AY2566 --by region --output csv --key analyst.key; has "REO15"
run submissions_then 0 officer submission list --as-of 2020-01-31 --output csv; [ "$(wc -l <out)" = 1 ] || fail "something was there then"
run submissions_in_a_while 0 officer submission list --as-of "$(date -d tomorrow +%Y-%m-%d)" --output csv; has AY2551
run status_in_thai 0 "$nithet" status --period AY2566 --lang th --key analyst.key; has "ช่องที่ขาด"; has "ต้องเตือน"
run status_then 0 "$nithet" status --period AY2566 --by province --as-of 2020-01-31 --output csv --key analyst.key; has "TH-50,Chiang Mai,8,0,0,0"

# The second line: the service's own role sees what its scope says, and nothing without one.
as_service() { psql -XqAt -v ON_ERROR_STOP=1 -h "$work/pg/s" -U nithet -d nithet -c 'SET ROLE nithet_service' -c "$1" -c "$2" 2>&1; }
id50=$(sql "SELECT id FROM org_unit WHERE code = 'TH-50'") id51=$(sql "SELECT id FROM org_unit WHERE code = 'TH-51'")
for table in submission submission_head submission_transition submission_cell_comment rollup observation_seen audit_event signed_request; do
    name=row_security_of_$table
    : >out
    [ "$(as_service "SELECT 1" "SELECT count(*) FROM $table" | tail -1)" = 0 ] || fail "is seen without a scope"
    [ "$(as_service "SET nithet.scope = '{$id51}'" "SELECT count(*) FROM $table WHERE true")" = "$(sql "SELECT $([ $table = audit_event ] && echo "count(*) FROM audit_event WHERE chain = 'TH-51'" || { [ $table = signed_request ] && echo "count(*) FROM signed_request WHERE chain = 'TH-51'" || echo 0; })")" ] || fail "a neighbour sees it"
    [ "$(as_service "SET nithet.scope = '{$id50}'" "SELECT count(*) > 0 FROM $table")" = t ] || fail "its own province does not see it"
    count=$((count + 3))
done
name=row_security_of_writing
as_service "SET nithet.scope = '{$id51}'" "INSERT INTO rollup SELECT 'AY2500', $id50, 1, 1, 1, 1, 1, 1, 1, 0" >out && fail "a neighbour can write"
as_service "SELECT 1" "SELECT 1 FROM observation" >out && fail "observations can be read without a scope"

# A new key, and the old one revoked: at once, on every daemon.
sed "s|$work/sock|$work/sock2|" conf >conf2
"$build/nithetd" -c conf2 2>log2 &
second=$!
for _ in $(seq 100); do "$nithet" health --endpoint "ipc://$work/sock2" --timeout 300 >/dev/null 2>&1 && break; sleep 0.05; done
"$nithet" keys generate new.key >/dev/null
run a_second_key 0 admin keys register --public "$(public_key new.key)" --login officer --name officer --role province_officer --org TH-50
run the_new_key_works 0 "$nithet" whoami --key new.key --endpoint "ipc://$work/sock2"; has officer
run the_old_key_still_works 0 officer whoami --endpoint "ipc://$work/sock2"
old=$("$nithet" keys show officer.key --output csv | tr -d '\r' | sed -n '2s/,.*//p')
run revoke 0 admin keys revoke "$old" --reason "เปลี่ยนกุญแจ"
run the_old_key_is_of_no_use_here 4 officer whoami
run nor_on_the_other_daemon 4 officer whoami --endpoint "ipc://$work/sock2"
run the_new_one_is 0 "$nithet" whoami --key new.key
kill $second; wait $second 2>/dev/null

verdict
