#!/bin/bash
# From accepted figures to answers: four provinces over five years; targets, scorecards, pivots, lineage, what changed, publications, concerns,
# the director's page. Every number that is asked for here was worked out by hand from the figures below.
#   test_analysis.sh [FOLDER]     FOLDER: where the reports go (to be looked at)
set -u
. "$(dirname "$0")/../support/office.sh"
open_office
for p in 50 51 52 58 10; do register "o$p" province_officer TH-$p; register "h$p" province_head TH-$p; done >out
register analyst regional_analyst REO15 >out; register bangkok regional_analyst TH >out
analyst() { "$nithet" "$@" --key analyst.key; }

enrolment() { # population, pupils of each of ten cells, dropouts of each sex, note
    echo indicator,sex,level,value,note
    for sex in male female; do for level in pre pri lsec usec voc; do echo "STUDENTS,$sex,$level,$2,$4"; done; done
    echo "POP_3_17,,,$1,$4"
    for sex in male female; do echo "DROPOUTS,$sex,,$3,$4"; echo "OOSC,$sex,,5,"; done
}
take() { # province, analyst's key
    for state in SUBMITTED ENDORSED; do
        "$nithet" submission list --org "TH-$1" --state $state --key "$2" --output csv | tr -d '\r' | sed '1d;s/,.*//' | while read -r id; do
            [ $state = SUBMITTED ] && "$nithet" submission endorse "$id" --key "h$1.key" >/dev/null || "$nithet" submission accept "$id" --key "$2" >/dev/null
        done
    done
}
submit() { # province, form, period, [more options]: the file on standard input
    cat >in.csv
    local p=$1 f=$2 t=$3
    shift 3
    "$nithet" submit in.csv --form "$f" --period "$t" --key "o$p.key" "$@" >out 2>&1 || { name="submit $f $t of $p"; fail "refused"; }
}
for year in 2562 2563 2564 2565 2566; do
    n=$((year - 2562))
    enrolment 2000 $((160 + n * 5)) $((20 - n)) "" | submit 50 ENROLMENT AY$year
    enrolment 1000 $((80 + n)) 8 "" | submit 51 ENROLMENT AY$year
    enrolment 1200 $((100 - n)) 6 "" | submit 52 ENROLMENT AY$year
    [ $year = 2566 ] || enrolment 500 40 5 "" | submit 58 ENROLMENT AY$year
done
enrolment 3000 200 2 "" | submit 10 ENROLMENT AY2566
for p in 50 51; do printf 'sex,value\nmale,100\nfemale,200\n' | submit $p GRAD_M6 AY2566; done
for q in 1 2 3 4; do printf 'indicator,value\nBUDGET_ALLOCATED,100\nBUDGET_DISBURSED,%s\n' $((20 * q)) >b.csv
    sql "INSERT INTO period_extension SELECT f.id, u.id, 'FY2567Q$q', DATE '2999-01-01', 'test', 1, 1 FROM form f, org_unit u WHERE f.code = 'BUDGET' AND u.code = 'TH-50'"
    submit 50 BUDGET FY2567Q$q <b.csv; done
for p in 50 51 52 58; do take $p analyst.key; done
take 10 bangkok.key

# Ratios of sums: AY2566 is 1800 of 2000, 840 of 1000, 960 of 1200; TH-58 has not reported.
run a_rate_is_of_sums 0 analyst overview REO15 --period AY2566 --output csv; has "ENROL_RATE,,percent,85.71,3/4,90,84,80,"
run the_sum_of_a_breakdown 0 analyst overview REO15 --period AY2566 --output csv; has "STUDENTS,,persons,3600,3/4,1800,840,960,"
run quarters_become_a_year_only_by_rule 0 analyst explain BUDGET_DISBURSED REO15 FY2567; has "was not reported"
cat >i.csv <<END
indicator,issue,name_th,name_en,unit_th,unit_en,direction,decimals,aggregation,minimum,over_periods
BUDGET_ALLOCATED,6,งบประมาณที่ได้รับจัดสรร,Budget allocated,บาท,baht,neutral,0,sum,0,sum
BUDGET_DISBURSED,6,งบประมาณที่เบิกจ่าย,Budget disbursed,บาท,baht,higher_is_better,0,sum,0,sum
END
run a_rule_for_periods 0 admin catalog apply i.csv --yes; has "over_periods"
run quarters_become_a_year 0 analyst explain DISBURSEMENT_RATE TH-50 FY2567; has "50 "; has "(200) / (400) * 100"

# Targets.
cat >targets.csv <<END
indicator,org,year,value,at_risk
ENROL_RATE,REO15,AY2566,86,90
DROPOUT_RATE,REO15,AY2566,1.2,90
STUDENTS,REO15,AY2566,4000,80
END
run targets_show_the_difference 0 analyst target apply targets.csv --dry-run; has "+ target ENROL_RATE REO15 AY2566"; has "3 changes"
run targets 0 analyst target apply targets.csv --yes; has "Done"
run targets_again 0 analyst target apply targets.csv --yes; has "0 changes, 3 as they are"
run targets_list 0 analyst target list --output csv; has "ENROL_RATE,REO15,AY2566,86,90"
printf 'indicator,org,year,value\nENROL_RATE,TH-10,AY2566,5\nNOPE,REO15,AY2566,5\nENROL_RATE,REO15,FY2567Q1,5\nENROL_RATE,REO15,AY2566,x\n' >bad.csv
run faulty_targets 3 analyst target apply bad.csv --yes; has "bad.csv:2"; has FOREIGN_ORG; has "bad.csv:3"; has UNKNOWN_INDICATOR; has "bad.csv:4"; has PERIOD_KIND; has "bad.csv:5"; has NOT_A_NUMBER
run an_officer_sets_no_targets 4 "$nithet" target apply targets.csv --yes --key o50.key
# 85.71 of 86: at risk. Dropouts 2 * (16 + 8 + 6) = 60 of 3600: 1.67, over 1.32: off track. Pupils are neither good nor bad: no status.
# Nor is their sum compared with the year before, when a province more had reported.
run a_scorecard 0 analyst scorecard REO15 --period AY2566 --output csv
has "ENROL_RATE,REO15,percent,85.71,3/4,86,at risk,-0.29"; has "DROPOUT_RATE,REO15,percent,1.67,3/4,1.2,off track,0.47"; has "STUDENTS,REO15,persons,3600,3/4,4000,,-400,,,,"
# The region's target serves for rates of its provinces, not for sums. Rates of the provinces: 90, 84, 80, and Bangkok's 66.67.
run provinces_and_ranks 0 analyst scorecard REO15 --period AY2566 --units --output csv
has "ENROL_RATE,TH-50,percent,90,1/1,86,on track,4,2.5,2.5,2.5,1/3,1/4"; has "ENROL_RATE,TH-52,percent,80,1/1,86,at risk,-6,-0.83,-0.83,-0.833,3/3,3/4"
has "STUDENTS,TH-50,persons,1800,1/1,,,,50,50,50,"; has "ENROL_RATE,TH-58,percent,,0/1,86,no data"
run a_province_sees_its_rank 0 "$nithet" scorecard TH-52 --period AY2566 --output csv --key o52.key; has "ENROL_RATE,TH-52,percent,80,1/1,86,at risk,-6,-0.83,-0.83,-0.833,3/3,3/4"
run and_no_others_figures 4 "$nithet" scorecard TH-50 --period AY2566 --key o52.key
run a_scorecard_in_thai 0 analyst scorecard REO15 --period AY2566 --lang th; has เสี่ยง; has ไม่ถึงเป้า

# Pivots.
run pivot 0 analyst pivot --rows org --columns period --indicator ENROL_RATE --from AY2564 --to AY2566 --output csv; has "TH-50,85,87.5,90"; has "TH-58,80,80,"; [ "$(wc -l <out)" = 5 ] || fail "not four provinces"
run pivot_page_by_page 0 analyst pivot --rows org --indicator STUDENTS --period AY2565 --page-size 1 --output csv; has "TH-50,1750"; has "TH-58,400"; [ "$(wc -l <out)" = 5 ] || fail "not four provinces"
run pivot_by_breakdown 0 analyst pivot --rows level --columns sex --indicator STUDENTS --period AY2566 --output csv; has "pri,360,360"
run pivot_filter 0 analyst pivot --rows org --indicator STUDENTS --period AY2566 --dim sex=male --output csv; has "TH-50,900"
run pivot_measures 0 analyst pivot --rows org --indicator STUDENTS --period AY2566 --measure value,change,change_percent,year_change_percent,share,rank,percentile --output csv
has "TH-50,1800,50,2.86,2.86,50,1,100"; has "TH-51,840,10,1.2,1.2,23.33,3,33.33"
run pivot_per_capita 0 analyst pivot --rows org --indicator DROPOUTS --period AY2566 --measure per_capita --per STUDENTS --per-factor 1000 --output csv; has "TH-50,17.7778"
run pivot_top 0 analyst pivot --rows org --indicator STUDENTS --period AY2566 --top 1 --output csv; has "TH-50,1800"; [ "$(wc -l <out)" = 2 ] || fail "not one row"
run pivot_bottom 0 analyst pivot --rows org --indicator STUDENTS --period AY2566 --bottom 1 --output csv; has "TH-51,840"
run pivot_percentiles 0 analyst pivot --rows org --indicator STUDENTS --period AY2566 --percentile 50,100 --output csv; has "P50,960"; has "P100,1800"
run pivot_of_indicators 0 analyst pivot --rows indicator,org --columns period --indicator STUDENTS,POP_3_17 --period AY2566 --output csv; has "POP_3_17,TH-52,1200"
run pivot_of_regions 0 admin pivot --rows org --level region --indicator STUDENTS --period AY2566 --output csv; has "REO15,3600"
run pivot_wrong_axis 3 analyst pivot --rows colour --indicator STUDENTS --period AY2566; has "colour"
run pivot_without_its_axis 3 analyst pivot --rows org --indicator STUDENTS --from AY2564 --to AY2566; has "period"
run pivot_xlsx 0 analyst pivot --rows org --columns period --indicator ENROL_RATE --from AY2564 --to AY2566 --output xlsx -o pivot.xlsx; [ "$(head -c 2 pivot.xlsx)" = PK ] || fail "no workbook"
run pivot_json 0 analyst pivot --rows org --indicator STUDENTS --period AY2566 --output json; has '"row_count"'
run sdmx 0 analyst query --indicator STUDENTS --org TH-50 --from AY2566 --to AY2566 --output sdmx; has "DATAFLOW,INDICATOR,REF_AREA,AFFILIATION,LEVEL,SEX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MEASURE"; has "NITHET:ENROLMENT(1.0),STUDENTS,TH-50,_T,pri,male,AY2566,180,A,persons"

# Lineage.
run explain 0 analyst explain ENROL_RATE REO15 AY2566; has "(STUDENTS) / (POP_3_17) * 100"; has "(3600) / (4200) * 100"; has "85.71"; has "o50"; has "h51"; has "Missing: Mae Hong Son"
run explain_in_thai 0 analyst explain ENROL_RATE REO15 AY2566 --lang th; has "ยังขาด: แม่ฮ่องสอน"
run explain_one_breakdown 0 analyst explain STUDENTS TH-50 AY2566 --dim 'level=pri;sex=male'; has 180

# What is kept is what the figures make.
run rollup_check 0 analyst rollup check; has ", 0 differ"
sql "UPDATE rollup SET value = value + 10000 WHERE period = 'AY2566' AND org_id = (SELECT id FROM org_unit WHERE code = 'TH-50') AND indicator_id = (SELECT id FROM indicator WHERE code = 'POP_3_17')"
run a_changed_rollup_is_found 3 analyst rollup check; has ", 1 differ"; has "TH-50 AY2566 ENROLMENT POP_3_17"
sql "UPDATE rollup SET value = value - 10000 WHERE period = 'AY2566' AND org_id = (SELECT id FROM org_unit WHERE code = 'TH-50') AND indicator_id = (SELECT id FROM indicator WHERE code = 'POP_3_17')"

# Publication, then a correction.
run publish 0 analyst publication publish report-2566 --period AY2566 --note "รายงานประจำปี"; has "report-2566"
run a_name_is_used_once 5 analyst publication publish report-2566 --period AY2565; has "never moves"
run an_officer_publishes_nothing 4 "$nithet" publication publish mine --period AY2566 --key o50.key
run nothing_to_publish 5 analyst publication publish empty --period AY2540
run no_errata_yet 0 analyst publication errata report-2566 --output csv; [ "$(wc -l <out)" = 1 ] || fail "errata"
before=$(sql "SELECT to_char(to_timestamp(extract(epoch FROM now()) + 1), 'YYYY-MM-DD\"T\"HH24:MI')")
moment=$(($(date +%s) * 1000000))
sleep 1.1
enrolment 2000 170 16 "นับใหม่" | submit 50 ENROLMENT AY2566 --reason "พบนักเรียนซ้ำ"
take 50 analyst.key
run the_published_figure_stays 0 analyst publication show report-2566 --output csv; has "ENROL_RATE,REO15,,85.71,3/4"
run the_erratum_is_listed 0 analyst publication errata report-2566 --output csv; has "ENROL_RATE,REO15,,85.71,83.33"; has "STUDENTS,TH-50,,1800,1700"
run a_publication_is_verified 0 analyst publication verify report-2566; has "good  the service signed"
sql "UPDATE publication_figure SET value = value + 1 WHERE ordinal = 3 AND value IS NOT NULL; UPDATE publication_figure SET value = 10000 WHERE ordinal = 3 AND value IS NULL"
run a_changed_publication_is_found 3 analyst publication verify report-2566; has BAD
name=the_services_role_cannot_change_a_publication
psql -XqAt -v ON_ERROR_STOP=1 -h "$work/pg/s" -U nithet -d nithet -c 'SET ROLE nithet_service' -c "UPDATE publication_figure SET value = 0" >out 2>&1 && fail "it can"
run publications 0 analyst publication list --output csv; has "report-2566,REO15,AY2566"
run what_changed 0 "$nithet" call AnalysisService/ListChanges "{\"org\":\"REO15\",\"period\":\"AY2566\",\"since_us\":$moment}" --key analyst.key; has '"before": "180"'; has '"after": "170"'; has "พบนักเรียนซ้ำ"
run changes 0 analyst changes REO15 --period AY2566 --since 2026-01-01 --output csv; has "TH-50,STUDENTS"
run compared_with_then 0 "$nithet" call AnalysisService/Pivot "{\"rows\":[\"org\"],\"indicators\":[\"STUDENTS\"],\"periods\":[\"AY2566\"],\"measures\":[\"VALUE\",\"REVISION\"],\"compare_as_of_us\":$moment}" --key analyst.key; has '"1700"'; has '"-100"'
run as_it_was 0 "$nithet" call AnalysisService/Pivot "{\"rows\":[\"org\"],\"indicators\":[\"STUDENTS\"],\"periods\":[\"AY2566\"],\"as_of_us\":$moment}" --key analyst.key; has '"1800"'
run rollups_after_a_correction 0 analyst rollup check; has ", 0 differ"

# Concerns.
run concerns 0 analyst concerns REO15 --period AY2566 --output csv; has "corrected"; has "not received"; has "form BASIC_TESTS"
run concerns_in_thai 0 analyst concerns REO15 --period AY2566 --lang th; has "ยังไม่ได้รับ"
enrolment 1000 400 8 "ทดสอบ" | submit 51 ENROLMENT AY2567
take 51 analyst.key
run a_jump_and_an_outlier 0 analyst concerns REO15 --period AY2567 --output csv; has "jump"; has "outlier"
[ "$(sed -n '2s/.*TH-51.*/TH-51/p' out)" = TH-51 ] || fail "the weightiest is not first"

# The director's page.
run report_html 0 analyst report region REO15 --period AY2566 -o report.html
cp report.html out
for text in '<!DOCTYPE html>' 'lang="th"' 'สิบคำถามของผู้บริหาร' 'Ten questions' '<th scope="row">' '<svg' 'class="target"' 'สำนักงานศึกษาธิการภาค 15' 'ภาคผนวก ก' 'ข้อเสนอแนะที่ยังเปิดอยู่' 'สิ่งที่แย่ลง' '▲ เสี่ยง' '■ ไม่ถึงเป้า'; do has "$text"; done
has_not '<script'; has_not 'http://'; has_not 'https://'
[ "$(grep -o '<li><strong>' out | wc -l)" = 10 ] || fail "not ten questions"
run report_xlsx 0 analyst report region REO15 --period AY2566 -o report.xlsx; [ "$(head -c 2 report.xlsx)" = PK ] || fail "no workbook"
run report_of_a_province 0 "$nithet" report province TH-50 --period AY2566 -o province.html --key h50.key
run report_of_another_region 4 analyst report region REO1 --period AY2566 -o no.html
# As it is printed: the director's page is one page, Thai comes out as Thai, and the annexes follow.
if command -v chromium >/dev/null && command -v pdftotext >/dev/null; then
    chrome() { timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update \
        --disable-sync --user-data-dir="$work/chrome" "$@" "file://$work/report.html" >chrome.log 2>&1; }
    run it_prints 0 chrome --no-pdf-header-footer --print-to-pdf="$work/report.pdf"
    pdftotext -f 1 -l 1 report.pdf out; has "สำนักงานศึกษาธิการภาค 15"; has "Whom to call first?"; has "Open recommendations"; has "nithet explain"
    pdftotext -f 2 -l 2 report.pdf out; has "Annex A"
    count=$((count + 1))
    # Every figure table has headers, every picture a title; nothing is wider than the page on a narrow screen of a tablet.
    run its_tables_have_headers 0 sh -c '[ "$(grep -o "<table" report.html | wc -l)" = "$(grep -o "<thead" report.html | wc -l)" ]'
    run its_pictures_have_titles 0 sh -c '[ "$(grep -o "<svg" report.html | wc -l)" = "$(grep -o "<title>" report.html | wc -l)" ] || [ "$(grep -o "<svg" report.html | wc -l)" = "$(($(grep -o "<title>" report.html | wc -l) - 1))" ]'
    [ -z "${1:-}" ] || cp report.pdf "$1"
else
    echo "no Chromium here: how the report prints was not tried"
fi
[ -z "${1:-}" ] || cp report.html report.xlsx province.html pivot.xlsx "$1"
[ -n "$before" ] || fail "clock"

verdict
