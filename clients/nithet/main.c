/* nithet: options and the choice of a command. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* What all commands take; `:` wants a value. */
static const char COMMON[] =
    "endpoint: key: profile: service-key: ca: client-cert: timeout: lang: output: out: no-color help";

static const struct command {
    const char *name;
    int (*run)(cli *c);
    const char *options;
    const char *en, *th;
} COMMANDS[] = {
    {"submit", command_submit, "form: period: org: reason: encoding: receipt: dry-run",
     "FILE.csv|FILE.xlsx --form F --period P [--org TH-50] [--reason WHY] [--encoding tis-620] [--dry-run] [--receipt "
     "FILE]; a template tells form and period itself; without a network it is signed and kept in the outbox",
     "ส่งข้อมูลจากไฟล์ CSV หรือ Excel"},
    {"form", command_form,
     "out: org: period:", "template FORM -o FILE.xlsx [--org TH-50] [--period P]: an Excel sheet to fill in and submit",
     "ไฟล์ Excel สำหรับกรอกข้อมูล"},
    {"outbox", command_outbox, "", "list | send | drop KEY: what was signed without a network, and waits",
     "กล่องขาออก: รายงานที่ลงนามแล้วและรอส่ง"},
    {"submission", command_submission, "org: form: period: state: comment: until: cell: as-of:",
     "list [--org --form --period --state --as-of] | show ID | verify ID | diff ID | "
     "endorse|accept|publish|return|withdraw "
     "ID... [--comment WHY] [--cell 'GRAD_M6[sex=male]@TH-50=WHY']... | extend --form F --org O --period P --until "
     "2026-01-31 --comment WHY",
     "ดูและดำเนินการกับรายงานที่ส่ง"},
    {"query", command_query, "form: indicator: org: from: to: dim: totals revision: sort: desc as-of: limit:",
     "[--indicator I]... [--org O] [--from P] [--to P] [--dim sex=male]... [--totals] [--revision "
     "accepted|submitted|all] [--sort "
     "period|org|value] [--desc] [--as-of 2026-01-31T09:00] [--limit N]",
     "สืบค้นข้อมูล"},
    {"overview", command_overview,
     "period: breakdowns as-of:", "[ORG] --period P [--breakdowns] [--as-of 2026-01-31T09:00]", "ภาพรวมของภาคหรือจังหวัด"},
    {"catalog", command_catalog, "dry-run yes issue:",
     "apply FILE... [--dry-run] [--yes] | issues | dimensions | indicators [--issue 1] | forms | period CODE",
     "ทะเบียนตัวชี้วัดและแบบรายงาน"},
    {"org", command_org, "under: kind: on: dry-run yes",
     "list [--under REO15] [--kind province] [--on 2026-01-31] | apply FILE [--dry-run] [--yes]", "หน่วยงาน"},
    {"keys", command_keys, "login: name: role: org: reason: public:",
     "generate FILE | show FILE | register --public HEX --login L --name N --role R --org O | revoke ID --reason WHY | "
     "list [--org O]",
     "กุญแจของเจ้าหน้าที่"},
    {"login", command_login, "", "--endpoint URL --key FILE [--profile NAME]: tries it, and remembers it",
     "ทดสอบและจดจำการเชื่อมต่อ"},
    {"whoami", command_whoami, "", "who the service takes you for", "แสดงตัวตนที่บริการรู้จัก"},
    {"health", command_health, "", "[SERVICE]: exit status 0 if it serves", "ตรวจสอบสถานะบริการ"},
    {"call", command_call, "", "METHOD ['{\"json\":...}' | -]: any method", "เรียกเมธอดใดก็ได้ด้วย JSON"},
    {"describe", command_describe, "", "[SERVICE | METHOD | MESSAGE | ENUM]: from the service's reflection",
     "แสดงรายละเอียดของบริการ"},
    {"status", command_status, "period: org: form: by: as-of:",
     "--period P [--org O] [--form F] [--by form|province|region] [--as-of TIME]: what is expected, received, late, "
     "accepted; "
     "the quality of each province's data; whom to remind",
     "ความครบถ้วนและทันเวลา"},
    {"target", command_target, "org: year: indicator: dry-run yes",
     "apply FILE.csv [--org REO15] [--dry-run] [--yes] | list [--org O] [--year FY2569] [--indicator I]: what is to be "
     "reached",
     "เป้าหมายตัวชี้วัด"},
    {"scorecard", command_scorecard, "period: as-of: units",
     "[ORG] --period P [--units] [--as-of TIME]: figures against targets, with trend and rank",
     "ผลเทียบเป้าหมาย แนวโน้ม อันดับ"},
    {"pivot", command_pivot,
     "org: rows: columns: indicator: level: period: from: to: dim: measure: as-of: compare: per: per-factor: top: "
     "bottom: percentile: page-size:",
     "--rows AXES --columns AXES --indicator I[,I] --period P[,P] | --from P --to P  [--org O] [--level "
     "region|province]\n"
     "      [--dim sex=male] [--measure "
     "value,change,change_percent,year_change_percent,share,per_capita,rank,percentile,"
     "reported,revision]\n"
     "      [--top N | --bottom N] [--percentile 10,50,90] [--per I --per-factor N] [--as-of TIME] [--compare TIME]\n"
     "      [--page-size N]; "
     "an axis is "
     "indicator,\n      org, period or a dimension",
     "ตารางวิเคราะห์หลายมิติ"},
    {"explain", command_explain,
     "dim: as-of:", "INDICATOR ORG PERIOD [--dim sex=male] [--as-of TIME]: where a number comes from", "ที่มาของตัวเลข"},
    {"changes", command_changes, "period: since: until:",
     "[ORG] --period P --since TIME [--until TIME]: what changed since the report", "สิ่งที่เปลี่ยนไป"},
    {"rollup", command_rollup, "period:",
     "check [ORG] [--period P]: makes the sums again from the figures, and compares exactly", "ตรวจสอบผลรวม"},
    {"publication", command_publication, "org: period: note: service-key:",
     "publish NAME --period P [--org O] [--note N] | list | show NAME | errata NAME | verify NAME: figures that never "
     "move",
     "ข้อมูลเผยแพร่"},
    {"concerns", command_concerns,
     "period:", "[ORG] --period P: odd figures, the weightiest first: whom to call about what", "ข้อมูลที่ควรสอบถามจังหวัด"},
    {"report", command_report, "period: as-of:",
     "region|province|country ORG --period P -o FILE.html|FILE.xlsx: the director's page", "รายงานผู้บริหาร"},
    {"audit", command_audit,
     "org:", "log | verify | export [--org TH-50]: the chains of what was done, checked from end to end",
     "ตรวจสอบหลักฐานการดำเนินการ"},
    {"receipt", command_receipt, "", "verify FILE [--service-key HEX]: needs no network", "ตรวจสอบใบรับ"},
    {"completion", command_completion, "", "bash: eval \"$(nithet completion bash)\"", "เติมคำสั่งใน bash"},
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

static void usage(const cli *c, FILE *out, const struct command *only) {
    if (!only)
        fputs(T(c, "nithet: submit figures to a regional education office, and ask for them\n\n",
                "nithet: ส่งและสืบค้นข้อมูลกับสำนักงานศึกษาธิการภาค\n\n"),
              out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (!only || only == &COMMANDS[i]) {
            fprintf(out, "  nithet %s %s\n", COMMANDS[i].name, COMMANDS[i].en);
            if (c->thai)
                fprintf(out, "      %s\n", COMMANDS[i].th);
        }
    fputs(T(c,
            "\nAll take: --endpoint URL[,URL...]  --key FILE  --profile NAME  --service-key HEX  --ca FILE  "
            "--client-cert FILE\n"
            "          --timeout MS  --lang th|en  --output table|json|csv|xlsx  -o FILE  --no-color  --help\n"
            "or from NITHET_ENDPOINT, NITHET_KEY, NITHET_PROFILE, NITHET_LANG, or from the profile that `nithet login` "
            "wrote.\n"
            "Exit status: 0 good, 1 failed, 2 wrong usage, 3 what was sent is faulty, 4 not allowed, 5 refused (not "
            "there, there\n"
            "already, not in this state), 6 try again (cannot be reached, busy, too slow).\n",
            "\nทุกคำสั่งรับ: --endpoint URL[,URL...]  --key FILE  --profile NAME  --service-key HEX  --ca FILE  "
            "--client-cert FILE\n"
            "          --timeout MS  --lang th|en  --output table|json|csv|xlsx  -o FILE  --no-color  --help\n"
            "หรือจาก NITHET_ENDPOINT, NITHET_KEY, NITHET_PROFILE, NITHET_LANG หรือจากโปรไฟล์ที่ `nithet login` บันทึกไว้\n"
            "รหัสจบ: 0 สำเร็จ 1 ล้มเหลว 2 ใช้คำสั่งผิด 3 ข้อมูลที่ส่งผิดพลาด 4 ไม่มีสิทธิ์ 5 ถูกปฏิเสธ (ไม่มี มีแล้ว หรือสถานะไม่ตรง) 6 "
            "ให้ลองใหม่\n"),
          out);
}

/* 0 no such option, 1 a flag, 2 wants a value. */
static int option_kind(const char *specs, const char *name, size_t length) {
    for (const char *at = specs; *at;) {
        size_t n = strcspn(at, " ");
        int wants = at[n - 1] == ':';
        if (n - (size_t)wants == length && strncmp(at, name, length) == 0)
            return wants ? 2 : 1;
        at += n + strspn(at + n, " ");
    }
    return 0;
}

static int take_option(cli *c, const struct command *command, int argc, char **argv, int *i) {
    const char *name = argv[*i] + 2;
    size_t length = strcspn(name, "=");
    int kind = option_kind(COMMON, name, length);
    if (!kind && command && *command->options)
        kind = option_kind(command->options, name, length);
    const char *value = "";
    if (kind == 2)
        value = name[length] == '=' ? name + length + 1 : *i + 1 < argc ? argv[++*i] : NULL;
    if (!kind || !value || c->option_count == OPTIONS_MAX) {
        cli_complain(c, kind ? "--%.*s wants a value" : "there is no option --%.*s here; see --help",
                     kind ? "--%.*s ต้องมีค่า" : "ไม่มีตัวเลือก --%.*s สำหรับคำสั่งนี้ ดูได้จาก --help", (int)length, name);
        return 0;
    }
    c->options[c->option_count][0] = nt_arena_strndup(c->arena, name, length);
    c->options[c->option_count++][1] = value;
    return 1;
}

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i].name, name) == 0)
            return &COMMANDS[i];
    return NULL;
}

static void choose_language(cli *c) {
    const char *lang = cli_option(c, "lang");
    profile p = {0};
    if (!lang || !*lang)
        lang = getenv("NITHET_LANG");
    if (!lang || !*lang) {
        const char *name = cli_option(c, "profile");
        profile_load(name ? name : "default", &p);
        lang = p.lang;
    }
    if (!lang || !*lang)
        lang = getenv("LC_ALL");
    if (!lang || !*lang)
        lang = getenv("LC_MESSAGES");
    if (!lang || !*lang)
        lang = getenv("LANG");
    c->thai = lang && strncasecmp(lang, "th", 2) == 0;
    profile_free(&p);
}

/* What goes to a file by itself: these make their own. */
static int writes_file(const struct command *command) {
    return strcmp(command->name, "form") == 0 || strcmp(command->name, "report") == 0;
}

static int choose_output(cli *c, const struct command *command) {
    const char *output = cli_option(c, "output"), *lang = cli_option(c, "lang");
    c->color = isatty(STDOUT_FILENO) && !cli_flag(c, "no-color") && !getenv("NO_COLOR");
    if (lang && strcmp(lang, "th") != 0 && strcmp(lang, "en") != 0) {
        cli_complain(c, "--lang is th or en", "--lang เป็น th หรือ en");
        return 0;
    }
    if (!output || strcmp(output, "table") == 0)
        c->output = OUTPUT_TABLE;
    else if (strcmp(output, "json") == 0)
        c->output = OUTPUT_JSON;
    else if (strcmp(output, "csv") == 0)
        c->output = OUTPUT_CSV;
    else if (strcmp(output, "xlsx") == 0)
        c->output = OUTPUT_XLSX;
    else if (strcmp(output, "sdmx") == 0)
        c->output = OUTPUT_SDMX;
    else {
        cli_complain(c, "--output is table, json, csv, xlsx or sdmx", "--output เป็น table, json, csv, xlsx หรือ sdmx");
        return 0;
    }
    const char *out = cli_option(c, "out");
    if (c->output == OUTPUT_XLSX && !out) {
        cli_complain(c, "--output xlsx wants a file: -o FILE.xlsx", "--output xlsx ต้องระบุไฟล์: -o FILE.xlsx");
        return 0;
    }
    if (out && c->output != OUTPUT_XLSX && !writes_file(command) && !freopen(out, "w", stdout)) {
        cli_complain(c, "%s: %s", "%s: %s", out, strerror(errno));
        return 0;
    }
    return 1;
}

/* Sorts the command line into command, options, arguments; an exit status if that is all there is to do, else -1. */
static int parse(cli *c, int argc, char **argv, const struct command **command) {
    int only_arguments = 0;
    for (int i = 1; i < argc; i++) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = 1;
        } else if (!only_arguments && strcmp(argv[i], "--version") == 0) {
            puts(NITHET_VERSION);
            return EXIT_GOOD;
        } else if (!only_arguments && (strncmp(argv[i], "--", 2) == 0 || strcmp(argv[i], "-o") == 0)) {
            char out[] = "--out"; /* what -o is short for */
            if (argv[i][1] == 'o')
                argv[i] = out;
            if (!take_option(c, *command, argc, argv, &i))
                return EXIT_USAGE;
        } else if (!*command) {
            *command = find_command(argv[i]);
            if (!*command && strcmp(argv[i], "help") != 0) {
                cli_complain(c, "there is no command \"%s\"; see --help", "ไม่มีคำสั่ง \"%s\" ดูได้จาก --help", argv[i]);
                return EXIT_USAGE;
            }
        } else {
            c->arguments[c->argument_count++] = argv[i];
        }
    }
    return -1;
}

static int run_command(cli *c, int argc, char **argv) {
    const struct command *command = NULL;
    choose_language(c); /* for what is wrong with the options themselves */
    int status = parse(c, argc, argv, &command);
    if (status >= 0)
        return status;
    choose_language(c);
    if (cli_flag(c, "help") || !command) {
        int asked = cli_flag(c, "help") || argc > 1;
        usage(c, asked ? stdout : stderr, command);
        return asked ? EXIT_GOOD : EXIT_USAGE;
    }
    return choose_output(c, command) ? command->run(c) : EXIT_USAGE;
}

int main(int argc, char **argv) {
    cli c = {.arena = nt_arena_new((size_t)2 << 30)};
    c.arguments = c.arena ? NT_NEW_ARRAY(c.arena, const char *, (size_t)argc + 1) : NULL;
    int status = c.arguments ? run_command(&c, argc, argv) : EXIT_FAILED;
    nithet_close(c.client);
    nt_arena_free(c.arena);
    if (fflush(stdout) != 0)
        status = EXIT_FAILED;
    return status;
}

/* Here, because it is about this table. */
int command_completion(cli *c) {
    if (c->argument_count != 1 || strcmp(c->arguments[0], "bash") != 0) {
        cli_complain(c, "only bash is known: nithet completion bash", "รองรับเฉพาะ bash: nithet completion bash");
        return EXIT_USAGE;
    }
    puts("_nithet() {\n    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words=\n    case $command in");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        printf("    %s) words='", COMMANDS[i].name);
        const char *lists[] = {COMMANDS[i].options, COMMON};
        for (int k = 0; k < 2; k++)
            for (const char *at = lists[k]; *at;) {
                size_t n = strcspn(at, " ");
                printf("--%.*s ", (int)(n - (at[n - 1] == ':')), at);
                at += n + strspn(at + n, " ");
            }
        puts("' ;;");
    }
    printf("    esac\n    [ \"$COMP_CWORD\" = 1 ] && words='");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("%s ", COMMANDS[i].name);
    puts("'\n    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n    [[ $word == -* || $COMP_CWORD = 1 ]] || "
         "COMPREPLY+=($(compgen -f -- \"$word\"))\n}\ncomplete -F _nithet nithet");
    return EXIT_GOOD;
}
