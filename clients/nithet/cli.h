/* What all commands of `nithet` share: options, language, the connection, output. */
#ifndef NITHET_CLI_H
#define NITHET_CLI_H

#include "message_json.h"

#include "nithet.h"

#include <jansson.h>
#include <stdio.h>

/* Exit statuses: told in --help. */
enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_FAULTY = 3,      /* what was sent is faulty: correct it */
    EXIT_NOT_ALLOWED = 4, /* who are you, or: you may not */
    EXIT_REFUSED = 5,     /* not found, exists already, not in this state */
    EXIT_TRY_AGAIN = 6    /* the service cannot be reached, is busy, or took too long */
};

/* SDMX is SDMX-CSV 1.0, for single figures: `nithet query`. XLSX goes to the file of --out. */
typedef enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_XLSX, OUTPUT_SDMX } output_format;

enum { OPTIONS_MAX = 128 };

typedef struct cli {
    nt_arena *arena;
    int thai;
    output_format output;
    int color;
    const char *options[OPTIONS_MAX][2]; /* name, value ("" for flags) */
    size_t option_count;
    const char **arguments; /* after the command's words */
    size_t argument_count;
    nithet_client *client;
    const char *endpoints, *key_file; /* of the client */
    const schema *contract;
    /* Where in files what is sent comes from: {"indicators": ["FILE:LINE", ...]}, for errors at `indicators[3].weight`;
     * and how many were sent in earlier calls. NULL: from no files. */
    const json_t *places;
    size_t places_before;
} cli;

/* `en` or `th`. */
#define T(c, en, th) ((c)->thai ? (th) : (en))

/* NULL if it was not given; the last one, if several. */
const char *cli_option(const cli *c, const char *name);
int cli_flag(const cli *c, const char *name);
/* The n-th of a repeated option, NULL after the last. */
const char *cli_option_at(const cli *c, const char *name, size_t n);
/* Prints what is missing and returns NULL. */
const char *cli_need(const cli *c, const char *name);

/* From options, environment, profile. NULL after an error was printed. */
nithet_client *cli_connect(cli *c);
/* The contract that this program was built with. */
const schema *cli_contract(cli *c);

/* Calls a method with a JSON message; on failure prints the error and returns NULL, with the exit status in
 * *exit_status. Follows continuations when `list` names the repeated field to gather. `in` is taken over. */
json_t *cli_call(cli *c, const char *method, json_t *in, unsigned flags, const char *list, int *exit_status);
/* Prints an error in the chosen language and output, frees it, returns the exit status. */
int cli_fail(const cli *c, nithet_error *error);
int cli_exit_status(nithet_code code);
void cli_complain(const cli *c, const char *en, const char *th, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

/* A method with `dry_run`: first the difference is shown, then (asked, unless --yes) it is made. The exit status. */
int cli_apply(cli *c, const char *method, json_t *request);
/* What report.c and the commands of their own both want. */
json_t *cli_scorecard(cli *c, const char *org, const char *period, int64_t as_of_us, int *status);
const char *cli_target_status(const cli *c, const char *status);
const char *cli_concern_kind(const cli *c, const char *kind);

/* `json` printed as it is. */
int cli_print_json(const json_t *json);
/* json[key], or ""; of an object {th, en} the chosen language's. */
const char *cli_text(const cli *c, const json_t *json, const char *key);
int64_t cli_number(const json_t *json, const char *key);
/* A moment for people: "24 พ.ย. 2569 09:30". */
const char *cli_time(const cli *c, int64_t us);

/* A repeated option as a JSON array of texts; also split at commas. */
json_t *cli_list(const cli *c, const char *name);
/* A moment that an option gives; left alone if it does not. 0 after an error was printed. */
int cli_moment(const cli *c, const char *option, int64_t *us);
/* $VARIABLE/nithet, or $HOME/OTHERWISE/nithet, with `inner` below it if that is not ""; made if it is not there. */
const char *cli_folder(cli *c, const char *variable, const char *otherwise, const char *inner);
/* A receipt printed, and kept in a file if `path` is not NULL. The exit status. */
int cli_receipt(cli *c, const nithet_receipt *receipt, const char *path);

/* Profiles: $XDG_CONFIG_HOME/nithet/NAME.ini */
typedef struct profile {
    char *endpoint, *key, *service_key, *ca, *client_cert, *lang;
} profile;
void profile_load(const char *name, profile *p);
int profile_save(const char *name, const profile *p, char path[1024]);
void profile_free(profile *p);

/* Tables. */
typedef struct table table;
enum { TABLE_LEFT, TABLE_RIGHT };
table *table_new(const cli *c);
/* The heading decides how the column is aligned; `key` is its name in JSON and CSV. */
void table_column(table *t, const char *key, const char *title, int align);
void table_cell(table *t, const char *text);
/* Prints in the chosen output, and frees. */
int table_print(table *t);
/* A column of a list: the field that it shows, its headings, how it is written. */
typedef struct table_field {
    const char *field, *en, *th;
    enum { SHOW_TEXT, SHOW_FIGURE, SHOW_NUMBER, SHOW_TIME } show;
} table_field;
/* Prints JSON objects, a row each; returns the exit status. The column's key is the field's name, without "_at_us". */
int table_list(const cli *c, const table_field *fields, size_t field_count, const json_t *rows);

/* One cell of CSV on stdout, with what follows it. */
void table_csv_cell(const char *text, int last);
size_t text_width(const char *text);
/* 1,234.5 for people. */
const char *cli_figure(const cli *c, const char *decimal);

/* The commands; each returns the exit status. */
#define COMMAND(name) int name(cli *c)
COMMAND(command_submit);
COMMAND(command_submission);
COMMAND(command_outbox);
COMMAND(command_form);
COMMAND(command_target);
COMMAND(command_scorecard);
COMMAND(command_pivot);
COMMAND(command_explain);
COMMAND(command_changes);
COMMAND(command_rollup);
COMMAND(command_publication);
COMMAND(command_concerns);
COMMAND(command_report);
COMMAND(command_query);
COMMAND(command_overview);
COMMAND(command_catalog);
COMMAND(command_org);
COMMAND(command_keys);
COMMAND(command_login);
COMMAND(command_whoami);
COMMAND(command_health);
COMMAND(command_call);
COMMAND(command_describe);
COMMAND(command_receipt);
COMMAND(command_audit);
COMMAND(command_status);
COMMAND(command_completion);

/* Of one submission: is it what the officer signed? What differs from the revision before? */
int submission_verify(cli *c, const char *id);
int submission_diff(cli *c, const char *id);

#endif
