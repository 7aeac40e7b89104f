#!/bin/bash
# The command line as an office uses it: good files in every shape, bad ones each refused with row, column, rule and cure.
set -u
. "$(dirname "$0")/../support/office.sh"
trap close_office EXIT
"$source/deploy/private-postgres" start "$work/pg" || exit 1
cat >"$work/conf" <<END
[service]
audience = test
key = $work/service.key
[database]
conninfo = $("$source/deploy/private-postgres" conninfo "$work/pg")
[listen]
url = ipc://$work/sock
END
"$build/nithetd" init -c "$work/conf" --admin-key "$work/admin.key" 2>"$work/init.log" || { cat "$work/init.log"; exit 1; }
"$build/nithetd" -c "$work/conf" 2>"$work/log" &
daemon=$!
export NITHET_ENDPOINT=ipc://$work/sock
for _ in $(seq 100); do "$nithet" health --timeout 500 >/dev/null 2>&1 && break; sleep 0.1; done

cd "$work" || exit 1
run health 0 "$nithet" health && has SERVING
run health_in_thai 0 "$nithet" health --lang th && has พร้อมให้บริการ
run health_of_no_service 5 "$nithet" health nithet.v1.Nope
run login_with_an_unknown_key 4 sh -c "'$nithet' keys generate stranger.key && '$nithet' login --key stranger.key"; has UNAUTHENTICATED
run login 0 "$nithet" login --key admin.key && has Administrator; has_not "out of memory"
run whoami_by_profile 0 "$nithet" whoami --lang th && has ผู้ดูแลระบบ
run org_apply_shows_the_difference_first 0 "$nithet" org apply "$source/deploy/catalogue/organisations.csv" --dry-run && has "95 changes"
run org_apply 0 "$nithet" org apply "$source/deploy/catalogue/organisations.csv" --yes && has Done
run org_apply_again_is_no_change 0 "$nithet" org apply "$source/deploy/catalogue/organisations.csv" --yes && has "0 changes, 95 as they are"
run catalog_apply 0 "$nithet" catalog apply "$source"/deploy/catalogue/*.csv --yes && has Done
run catalog_apply_again_is_no_change 0 "$nithet" catalog apply "$source"/deploy/catalogue/*.csv --yes && has "0 changes"
sed 's/ชาย,male/ชาย,boys/' "$source/deploy/catalogue/dimensions.csv" >changed.csv
run catalog_apply_tells_what_differs 0 "$nithet" catalog apply changed.csv --dry-run && has "~ dimension sex"
echo "indicator,issue,name_th,name_en,unit_th,unit_en,direction,decimals,aggregation
BAD,9,ก,a,ก,a,sideways,0,sum" >changed.csv
run a_faulty_catalogue_is_refused 1 "$nithet" catalog apply changed.csv && has direction
printf 'indicator,issue,name_th,name_en,unit_th,unit_en,direction,decimals,aggregation\nGOOD,1,ก,a,ก,a,neutral,0,sum\nBAD,9,ก,a,ก,a,neutral,7,sum\n' >changed.csv
run a_faulty_catalogue_is_told_by_file_and_line 3 "$nithet" catalog apply changed.csv; has "changed.csv:3: indicators[1].issue"; has "changed.csv:3: indicators[1].decimals"
run catalog_lists 0 "$nithet" catalog indicators --issue 3 --lang th && has "O-NET"
[ "$("$nithet" catalog indicators --output csv | wc -l)" -ge 41 ] || fail "fewer than 40 indicators"
run catalog_issues 0 "$nithet" catalog issues --lang th && has การบริหารจัดการ
run catalog_period 0 "$nithet" catalog period FY2569R1 && has 2026-03-31
run org_list 0 "$nithet" org list --under REO15 --lang th && has แม่ฮ่องสอน

run register_officer 0 register officer province_officer TH-50
run register_head 0 register head province_head TH-50
run register_analyst 0 register analyst regional_analyst REO15
run a_province_role_needs_a_province 3 register wrong province_officer REO15; has "not a province"
run keys_are_never_overwritten 5 "$nithet" keys generate officer.key
run keys_list 0 "$nithet" keys list && has officer
run an_officer_registers_nobody 4 "$nithet" keys register --public "$(printf 'ab%.0s' $(seq 32))" --login x --name x --role reader --org TH-50 --key officer.key

submit() { "$nithet" submit "$@" --form GRAD_M6 --key officer.key; }
check() { submit bad.csv --period AY2567 --dry-run; }

printf 'sex,value\nmale,12\nfemale,34\n' >good.csv
run dry_run_changes_nothing 0 submit good.csv --period AY2566 --dry-run && has "2 figures, no fault"
run submit 0 submit good.csv --period AY2566 --receipt receipt.json && has "revision 1"
key=$(sed -n 's/^service_key = //p' nithet/default.ini)
run receipt_is_genuine_offline 0 env NITHET_ENDPOINT=ipc:///nobody "$nithet" receipt verify receipt.json --service-key "$key" && has Good
sed 's/"observations": 2/"observations": 3/' receipt.json >forged.json
run a_forged_receipt_is_found 3 "$nithet" receipt verify forged.json --service-key "$key"
run a_correction_wants_a_reason 3 submit good.csv --period AY2566; has "--reason"
run a_correction_with_its_reason 0 submit good.csv --period AY2566 --reason "นับใหม่" && has "revision 2"

printf '\xef\xbb\xbfหน่วยงาน;เพศ;ค่า;หมายเหตุ\r\nTH-50;ชาย;"๑,๒๓๔";ตรวจแล้ว\r\nTH-50;หญิง;"5,001";\r\n' >thai.csv
run bom_crlf_thai_digits_thousands_semicolons_thai_headings 0 submit thai.csv --period AY2565 && has "2 figures"
run the_figures_are_what_was_meant 0 "$nithet" query --revision submitted --from AY2565 --to AY2565 --output csv --key officer.key; has "sex=male,1234,"; has "sex=female,5001,"; has ตรวจแล้ว
iconv -f UTF-8 -t TIS-620 <<'END' >tis.csv
เพศ,ค่า,หมายเหตุ
ชาย,1,ทดสอบ
หญิง,2,
END
run tis620_is_told 3 submit tis.csv --period AY2564; has "--encoding tis-620"
run tis620_is_read_when_told 0 submit tis.csv --period AY2564 --encoding tis-620
run tis620_came_right 0 "$nithet" query --revision submitted --from AY2564 --to AY2564 --key officer.key && has ทดสอบ
printf 'org,GRAD_M6[sex=male],GRAD_M6[sex=female]\nTH-50,7,8\n' >wide.csv
run a_wide_sheet 0 submit wide.csv --period AY2563 && has "2 figures"
printf 'sex,value,status,note\nmale,5,,\nfemale,,ไม่มีข้อมูล,ยังไม่สำรวจ\n' >missing.csv
run missing_is_not_zero 0 submit missing.csv --period AY2562
run missing_is_shown_as_missing 0 "$nithet" query --revision submitted --from AY2562 --to AY2562 --lang th --key officer.key && has ไม่มีข้อมูล

printf 'org,sex,value\nTH-99,male,1\nTH-50,male,2\nTH-50,female,3\n' >bad.csv
run unknown_province 3 check; has "bad.csv:2: column org"; has "TH-99"; has "UNKNOWN_ORG"; has "nithet org list"
printf 'org,sex,value\nTH-51,male,1\nTH-50,male,2\nTH-50,female,3\n' >bad.csv
run foreign_province 3 check; has FOREIGN_ORG
printf 'sex,value\nmale,1\nfemale,2\nmale,1\n' >bad.csv
run duplicate_cell 3 check; has "bad.csv:4"; has DOUBLED_CELL
printf 'sex,value\nmale,-1\nfemale,2\n' >bad.csv
run out_of_range 3 check; has "bad.csv:2: column value"; has OUT_OF_RANGE
run out_of_range_in_thai 3 submit bad.csv --period AY2567 --dry-run --lang th; has "ต่ำกว่า"
printf 'sex,value\nmale,สิบ\nfemale,2\n' >bad.csv
run text_for_a_number 3 check; has "bad.csv:2: column value"; has "is not a number"
printf 'sex,value\nmale,1.5\nfemale,2\n' >bad.csv
run too_precise 3 check; has TOO_PRECISE
printf 'sex,value\nmale,"12,34"\nfemale,2\n' >bad.csv
run bad_grouping 3 check; has "every three digits"
printf 'sex,value\nmale,1,234\nfemale,2\n' >bad.csv
run thousands_without_quotes 3 check; has "bad.csv:2"; has quotes
printf 'sex,value\nother,1\nfemale,2\n' >bad.csv
run unknown_member 3 check; has "bad.csv:2: column sex"
printf 'colour,value\nred,1\n' >bad.csv
run unknown_column 3 check; has "column colour"
printf 'sex,value\nmale,1\n' >bad.csv
run a_required_cell_is_missing 3 check; has REQUIRED_CELL_MISSING; has "sex=female"
printf 'sex,value\nmale,"1\nfemale,2\n' >bad.csv
run an_open_quote 3 check
: >bad.csv
run an_empty_file 3 check
run no_file 3 submit nofile.csv --period AY2567
printf '\xff\xfe\x00\x01' >bad.csv
run not_text_at_all 3 check; has UTF-8
run a_wrong_period 3 submit good.csv --period 2023; has "AY2568"
run a_gregorian_year 3 submit good.csv --period AY2023; has 2566
run a_period_of_the_wrong_kind 3 submit good.csv --period FY2569; has PERIOD_KIND
run an_unknown_form 5 "$nithet" submit good.csv --form NOPE --period AY2566 --key officer.key; has "no form"
printf 'sex,value\n\nmale,x\n\n"fe\nmale",y\nmale,-1\nfemale,1.5\n' >bad.csv
run all_faults_with_their_rows 3 check; has "bad.csv:3:"; has "bad.csv:5:"; has "bad.csv:7:"; has "bad.csv:8:"
[ "$("$nithet" submission list --period AY2567 --output csv --key officer.key | wc -l)" = 1 ] || fail "a failed submission left something behind"
name=nothing_left
[ -z "$(ls nithet/*.resume 2>/dev/null)" ] || { : >out; fail "a resume file was left: $(ls nithet/*.resume)"; }

second=$("$nithet" submission list --period AY2566 --output csv --key officer.key | tr -d '\r' | sed -n '2s/,.*//p')
run show 0 "$nithet" submission show 1 --lang th --key officer.key && has ส่งแล้ว
run endorse_needs_the_head 4 "$nithet" submission endorse "$second" --key officer.key
run endorse 0 "$nithet" submission endorse "$second" --key head.key
run accept 0 "$nithet" submission accept "$second" --key analyst.key
run accept_again 5 "$nithet" submission accept "$second" --key analyst.key; has FAILED_PRECONDITION
run overview 0 "$nithet" overview REO15 --period AY2566 --breakdowns --key analyst.key && has "Chiang Mai" && has 46
run overview_in_thai 0 "$nithet" overview REO15 --period AY2566 --lang th --key analyst.key && has เชียงใหม่ && has "ปีการศึกษา 2566"
run overview_json 0 "$nithet" overview REO15 --period AY2566 --output json --key analyst.key && has '"total": "46"'
run overview_csv 0 "$nithet" overview REO15 --period AY2566 --output csv --key analyst.key && has "GRAD_M6,,"
run overview_now 0 "$nithet" overview REO15 --period AY2566 --breakdowns --output csv --key analyst.key && cp out now.csv
run overview_computed_anew_is_the_same 0 "$nithet" overview REO15 --period AY2566 --breakdowns --output csv --as-of "$(date -d 'next year' +%Y-%m-%d)" --key analyst.key
cmp -s out now.csv || fail "what is kept differs from what is computed"
run overview_before_anything_was_accepted 0 "$nithet" overview REO15 --period AY2566 --output csv --as-of 2020-01-31T09:00 --key analyst.key && has_not GRAD_M6
run overview_of_another_region 4 "$nithet" overview REO1 --period AY2566 --key analyst.key
run query_filters 0 "$nithet" query --indicator GRAD_M6 --dim sex=male --org TH-50 --key analyst.key --output csv && has "sex=male,12," && has_not sex=female
run query_unknown_indicator 3 "$nithet" query --indicator NOPE --key analyst.key

printf 'org,indicator,value\nTH-50,BUDGET_ALLOCATED,10\nTH-50,BUDGET_DISBURSED,5\n' >budget.csv
run a_locked_period_is_closed 5 "$nithet" submit budget.csv --form BUDGET --period FY2567Q1 --key officer.key; has "was locked after"
run a_locked_period_in_thai 5 "$nithet" submit budget.csv --form BUDGET --period FY2567Q1 --key officer.key --lang th; has "ปิดรับ"
run an_extension_is_the_regions 4 "$nithet" submission extend --form BUDGET --org TH-50 --period FY2567Q1 --until 2999-12-31 --comment why --key head.key
run an_extension_wants_a_reason 3 "$nithet" call SubmissionService/GrantExtension '{"form":"BUDGET","org":"TH-50","period":"FY2567Q1","last_day":{"iso":"2999-12-31"}}' --key analyst.key
run an_extension_that_is_over 0 "$nithet" submission extend --form BUDGET --org TH-50 --period FY2567Q1 --until 2024-02-29 --comment "น้ำท่วม" --key analyst.key
run is_of_no_use 5 "$nithet" submit budget.csv --form BUDGET --period FY2567Q1 --key officer.key
run an_extension 0 "$nithet" submission extend --form BUDGET --org TH-50 --period FY2567Q1 --until 2999-12-31 --comment "น้ำท่วม" --key analyst.key
run opens_the_period_for_that_province 0 "$nithet" submit budget.csv --form BUDGET --period FY2567Q1 --key officer.key && has "2 figures"
run and_no_other_period 5 "$nithet" submit budget.csv --form BUDGET --period FY2567Q2 --key officer.key
run status 0 "$nithet" status --period AY2566 --form GRAD_M6 --key analyst.key --output csv && has "GRAD_M6,M.6 graduates by sex,4,1,0,1,0,1"
run status_reminds 0 "$nithet" status --period AY2566 --lang th --key analyst.key && has "ต้องเตือน" && has "TH-52 ลำปาง: BASIC_TESTS"
run status_of_rounds 0 "$nithet" status --period FY2569R1 --key analyst.key && has INSPECTION && has_not GRAD_M6
run call 0 "$nithet" call DiagnosticService/Echo '{"payload": "aGVsbG8="}' && has aGVsbG8=
run call_fails_as_told 5 "$nithet" call DiagnosticService/Echo '{"fail_with": 5, "fail_message": "gone"}' --output json; has NOT_FOUND
run call_with_bad_json 3 "$nithet" call DiagnosticService/Echo '{"payload'
run call_with_an_unknown_field 1 "$nithet" call DiagnosticService/Echo '{"nope": 1}'; has nope
run call_no_method 5 "$nithet" call DiagnosticService/Nope
run describe 0 "$nithet" describe && has nithet.v1.SubmissionService
run describe_a_method_with_comments 0 "$nithet" describe SubmissionService.Submit && has "leaves nothing behind" && has "message nithet.v1.SubmitRequest"
run describe_an_enum 0 "$nithet" describe Role && has ROLE_READER
run completion 0 "$nithet" completion bash && has complete
run completion_is_bash 0 bash -c "eval \"\$('$nithet' completion bash)\" && declare -F _nithet"
run help 0 "$nithet" --help && has "Exit status"
run help_in_thai 0 "$nithet" --help --lang th && has รหัสจบ
run no_command 2 "$nithet"
run an_unknown_option 2 "$nithet" whoami --nope
run nobody_there 6 "$nithet" whoami --endpoint ipc:///tmp/nobody.sock --key admin.key --timeout 500
run the_daemon_checks_its_configuration 0 "$build/nithetd" check -c conf
echo 'nope = 1' >>conf
run a_wrong_setting_is_named 1 "$build/nithetd" check -c conf; has nope

verdict
