/* See cli.h. */
#include "cli.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

extern const uint8_t nt_descriptors_data[], nt_descriptors_data_end[];

const char *cli_option_at(const cli *c, const char *name, size_t n) {
    for (size_t i = 0; i < c->option_count; i++)
        if (strcmp(c->options[i][0], name) == 0 && n-- == 0)
            return c->options[i][1];
    return NULL;
}

const char *cli_option(const cli *c, const char *name) {
    const char *value = NULL;
    for (size_t i = 0; i < c->option_count; i++)
        if (strcmp(c->options[i][0], name) == 0)
            value = c->options[i][1];
    return value;
}

int cli_flag(const cli *c, const char *name) {
    return cli_option(c, name) != NULL;
}

void cli_complain(const cli *c, const char *en, const char *th, ...) {
    va_list args;
    va_start(args, th);
    fputs("nithet: ", stderr);
    vfprintf(stderr, T(c, en, th), args);
    fputc('\n', stderr);
    va_end(args);
}

const char *cli_need(const cli *c, const char *name) {
    const char *value = cli_option(c, name);
    if (!value)
        cli_complain(c, "--%s is needed; see --help", "ต้องระบุ --%s ดูได้จาก --help", name);
    return value;
}

const schema *cli_contract(cli *c) {
    if (!c->contract)
        c->contract = schema_parse(
            c->arena, nt_bytes_of(nt_descriptors_data, (size_t)(nt_descriptors_data_end - nt_descriptors_data)));
    return c->contract;
}

static const char *choose(const cli *c, const char *option, const char *variable, const char *from_profile) {
    const char *value = cli_option(c, option);
    if (!value)
        value = getenv(variable);
    return value && *value ? value : from_profile;
}

nithet_client *cli_connect(cli *c) {
    if (c->client)
        return c->client;
    profile p;
    const char *name = choose(c, "profile", "NITHET_PROFILE", "default");
    profile_load(name, &p);
    uint8_t pinned[32];
    const char *service_key = choose(c, "service-key", "NITHET_SERVICE_KEY", p.service_key);
    const char *timeout = cli_option(c, "timeout");
    nithet_options o = {.endpoints = choose(c, "endpoint", "NITHET_ENDPOINT", p.endpoint),
                        .key_file = choose(c, "key", "NITHET_KEY", p.key),
                        .ca_file = choose(c, "ca", "NITHET_CA", p.ca),
                        .client_cert_file = choose(c, "client-cert", "NITHET_CLIENT_CERT", p.client_cert),
                        .timeout_ms = timeout ? (unsigned)strtoul(timeout, NULL, 10) : 0};
    nithet_error *error = NULL;
    if (!o.endpoints)
        cli_complain(c,
                     "where is the service? Give --endpoint tcp://host:7400 and --key FILE, or run `nithet login` once",
                     "บริการอยู่ที่ใด ให้ระบุ --endpoint tcp://host:7400 และ --key FILE หรือสั่ง `nithet login` ครั้งแรก");
    else if (service_key && !nt_unhex(service_key, pinned, sizeof pinned))
        cli_complain(c, "--service-key is 64 hexadecimal digits", "--service-key เป็นเลขฐานสิบหก 64 หลัก");
    else {
        o.service_key = service_key ? pinned : NULL;
        c->client = nithet_open(&o, &error);
        c->endpoints = nt_arena_strdup(c->arena, o.endpoints);
        c->key_file = nt_arena_strdup(c->arena, o.key_file ? o.key_file : "");
        if (!c->client)
            cli_fail(c, error);
    }
    profile_free(&p);
    return c->client;
}

const char *cli_folder(cli *c, const char *variable, const char *otherwise, const char *inner) {
    const char *base = getenv(variable), *home = getenv("HOME");
    char *path = base && *base == '/' ? nt_arena_printf(c->arena, "%s/nithet%s%s", base, *inner ? "/" : "", inner)
                                      : nt_arena_printf(c->arena, "%s/%s/nithet%s%s", home ? home : "", otherwise,
                                                        *inner ? "/" : "", inner);
    for (char *at = path ? path + 1 : NULL; at && *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(path, 0700);
            *at = '/';
        }
    if (path)
        mkdir(path, 0700);
    return path;
}

/* `2026-01-31` or `2026-01-31T09:00`, local time; a Buddhist-era year is taken for one. */
static int parse_moment(const char *text, int64_t *us) {
    struct tm tm = {.tm_isdst = -1};
    int n = 0;
    if (sscanf(text, "%d-%d-%d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3)
        return 0;
    if (text[n] && (sscanf(text + n, "%*[T ]%d:%d", &tm.tm_hour, &tm.tm_min) != 2))
        return 0;
    tm.tm_year -= tm.tm_year > 2400 ? 543 + 1900 : 1900;
    tm.tm_mon--;
    time_t when = mktime(&tm);
    *us = (int64_t)when * 1000000;
    return when > 0;
}

json_t *cli_list(const cli *c, const char *name) {
    json_t *list = json_array();
    for (size_t i = 0; cli_option_at(c, name, i); i++)
        for (const char *at = cli_option_at(c, name, i); *at;) {
            size_t n = strcspn(at, ",");
            if (n)
                json_array_append_new(list, json_stringn(at, n));
            at += n + (at[n] == ',');
        }
    return list;
}

int cli_moment(const cli *c, const char *option, int64_t *us) {
    const char *text = cli_option(c, option);
    if (!text || parse_moment(text, us))
        return 1;
    cli_complain(c, "--%s is such as 2026-01-31T09:00", "--%s เขียนแบบ 2026-01-31T09:00", option);
    return 0;
}

int cli_exit_status(nithet_code code) {
    switch (code) {
    case NITHET_OK:
        return EXIT_GOOD;
    case NITHET_INVALID_ARGUMENT:
    case NITHET_OUT_OF_RANGE:
        return EXIT_FAULTY;
    case NITHET_UNAUTHENTICATED:
    case NITHET_PERMISSION_DENIED:
        return EXIT_NOT_ALLOWED;
    case NITHET_NOT_FOUND:
    case NITHET_ALREADY_EXISTS:
    case NITHET_FAILED_PRECONDITION:
        return EXIT_REFUSED;
    case NITHET_UNAVAILABLE:
    case NITHET_DEADLINE_EXCEEDED:
    case NITHET_RESOURCE_EXHAUSTED:
    case NITHET_ABORTED:
        return EXIT_TRY_AGAIN;
    default:
        return EXIT_FAILED;
    }
}

static json_t *error_json(const nithet_error *e) {
    json_t *list = json_array();
    for (size_t i = 0; i < e->violation_count; i++) {
        const nithet_violation *v = &e->violations[i];
        json_array_append_new(list, json_pack("{s:s,s:s,s:{s:s,s:s}}", "path", v->path, "rule", v->rule, "message",
                                              "th", v->th, "en", v->en));
    }
    return json_pack("{s:{s:s,s:{s:s,s:s},s:o,s:I}}", "error", "code", nithet_code_name(e->code), "message", "th",
                     e->th, "en", e->en, "violations", list, "violations_omitted", (json_int_t)e->violations_omitted);
}

/* `indicators.csv:12` of `indicators[3].weight`; "" if it comes from no file. */
static const char *place_of(const cli *c, const char *path) {
    char list[32];
    size_t n = strcspn(path, "[");
    if (!c->places || !path[n] || n >= sizeof list)
        return "";
    snprintf(list, sizeof list, "%.*s", (int)n, path);
    size_t index = strtoul(path + n + 1, NULL, 10) + c->places_before;
    const char *place = json_string_value(json_array_get(json_object_get(c->places, list), index));
    return place ? place : "";
}

int cli_fail(const cli *c, nithet_error *error) {
    if (!error) {
        cli_complain(c, "out of memory", "หน่วยความจำไม่พอ");
        return EXIT_FAILED;
    }
    if (c->output == OUTPUT_JSON) {
        json_t *json = error_json(error);
        json_dumpf(json, stderr, JSON_INDENT(2));
        fputc('\n', stderr);
        json_decref(json);
    } else {
        fprintf(stderr, "nithet: %s: %s\n", nithet_code_name(error->code), T(c, error->en, error->th));
        for (size_t i = 0; (error->violation_count > 1 || c->places) && i < error->violation_count; i++) {
            const char *place = place_of(c, error->violations[i].path);
            fprintf(stderr, "  %s%s%s: %s [%s]\n", place, *place ? ": " : "", error->violations[i].path,
                    T(c, error->violations[i].en, error->violations[i].th), error->violations[i].rule);
        }
        if (error->violations_omitted)
            fprintf(stderr, T(c, "  ... and %zu more\n", "  ... และอีก %zu แห่ง\n"), error->violations_omitted);
    }
    int status = cli_exit_status(error->code);
    nithet_error_free(error);
    return status;
}

static json_t *call_once(cli *c, const char *method, const schema_method *m, const void *payload, size_t size,
                         const nithet_call_options *o, nithet_reply *reply, int *exit_status) {
    nithet_error *error = NULL;
    if (nithet_call(c->client, method, payload, size, o, reply, &error) != NITHET_OK) {
        *exit_status = cli_fail(c, error);
        return NULL;
    }
    const schema_message *type = schema_find_message(cli_contract(c), m->output);
    json_t *out = type ? message_to_json(type, nt_bytes_of(reply->payload, reply->payload_size)) : NULL;
    if (!out) {
        cli_complain(c, "the reply is not a %s", "คำตอบไม่ใช่ %s", m->output);
        *exit_status = EXIT_FAILED;
    }
    return out;
}

static void gather(json_t *all, json_t *page, const char *list) {
    json_t *more = json_object_get(page, list);
    if (!more)
        return;
    json_t *have = json_object_get(all, list);
    if (have)
        json_array_extend(have, more);
    else
        json_object_set(all, list, more);
}

json_t *cli_call(cli *c, const char *method, json_t *in, unsigned flags, const char *list, int *exit_status) {
    const schema_service *service;
    const schema_method *m = schema_find_method(cli_contract(c), method, &service);
    const schema_message *type = m ? schema_find_message(c->contract, m->input) : NULL;
    char fault[300] = "no such method";
    nt_buffer payload = {0};
    *exit_status = EXIT_FAILED;
    if (!type || !message_from_json(type, in, &payload, fault)) {
        cli_complain(c, "%s: %s", "%s: %s", method, fault);
        json_decref(in);
        return NULL;
    }
    json_decref(in);
    if (!cli_connect(c)) {
        *exit_status = EXIT_USAGE;
        nt_buffer_free(&payload);
        return NULL;
    }
    nithet_reply reply = {0};
    nithet_call_options o = {.flags = flags};
    json_t *all = call_once(c, method, m, payload.data, payload.size, &o, &reply, exit_status);
    while (all && list && reply.continuation_size) {
        nithet_reply next = {0};
        o.continuation = reply.continuation;
        o.continuation_size = reply.continuation_size;
        json_t *page = call_once(c, method, m, payload.data, payload.size, &o, &next, exit_status);
        nithet_reply_clear(&reply);
        reply = next;
        if (!page) {
            json_decref(all);
            all = NULL;
        } else {
            gather(all, page, list);
            json_decref(page);
        }
    }
    nithet_reply_clear(&reply);
    nt_buffer_free(&payload);
    if (all)
        *exit_status = EXIT_GOOD;
    return all;
}

int cli_print_json(const json_t *json) {
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    fputc('\n', stdout);
    return EXIT_GOOD;
}

const char *cli_text(const cli *c, const json_t *json, const char *key) {
    const json_t *v = json_object_get(json, key);
    if (json_is_object(v))
        v = json_object_get(v, c->thai ? "th" : "en");
    return json_is_string(v) ? json_string_value(v) : "";
}

int64_t cli_number(const json_t *json, const char *key) {
    return json_integer_value(json_object_get(json, key));
}

const char *cli_time(const cli *c, int64_t us) {
    static const char *const months[][2] = {{"Jan", "ม.ค."}, {"Feb", "ก.พ."}, {"Mar", "มี.ค."}, {"Apr", "เม.ย."},
                                            {"May", "พ.ค."}, {"Jun", "มิ.ย."}, {"Jul", "ก.ค."}, {"Aug", "ส.ค."},
                                            {"Sep", "ก.ย."}, {"Oct", "ต.ค."}, {"Nov", "พ.ย."}, {"Dec", "ธ.ค."}};
    if (us == 0)
        return "";
    time_t when = (time_t)(us / 1000000);
    struct tm local;
    localtime_r(&when, &local);
    const char *text =
        nt_arena_printf(c->arena, "%d %s %d %02d:%02d", local.tm_mday, months[local.tm_mon][c->thai ? 1 : 0],
                        local.tm_year + 1900 + 543, local.tm_hour, local.tm_min);
    return text ? text : "";
}

const char *cli_figure(const cli *c, const char *decimal) {
    size_t sign = *decimal == '-', whole = strcspn(decimal + sign, "."), n = 0;
    char *out = nt_arena_alloc(c->arena, strlen(decimal) * 2 + 1);
    if (!out || c->output != OUTPUT_TABLE)
        return decimal;
    if (sign)
        out[n++] = '-';
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = decimal[sign + i];
    }
    strcpy(out + n, decimal + sign + whole);
    return out;
}
