/* publication: figures that were frozen under a name, checked by anyone. */
#include "cli.h"

#include "base/proof.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const table_field PUBLICATION[] = {{"name", "NAME", "ชื่อ", SHOW_TEXT},
                                          {"org", "OFFICE", "หน่วยงาน", SHOW_TEXT},
                                          {"period", "PERIOD", "งวด", SHOW_TEXT},
                                          {"figures", "FIGURES", "รายการ", SHOW_NUMBER},
                                          {"published_at_us", "PUBLISHED", "เผยแพร่เมื่อ", SHOW_TIME},
                                          {"officer", "BY", "โดย", SHOW_TEXT},
                                          {"note", "NOTE", "หมายเหตุ", SHOW_TEXT}};
static const table_field ERRATUM[] = {{"indicator", "INDICATOR", "ตัวชี้วัด", SHOW_TEXT},
                                      {"org", "OFFICE", "หน่วยงาน", SHOW_TEXT},
                                      {"disaggregation", "BREAKDOWN", "จำแนก", SHOW_TEXT},
                                      {"published", "PUBLISHED", "ที่เผยแพร่", SHOW_FIGURE},
                                      {"now", "NOW", "ปัจจุบัน", SHOW_FIGURE}};
enum {
    PUBLICATION_FIELDS = sizeof PUBLICATION / sizeof *PUBLICATION,
    ERRATUM_FIELDS = sizeof ERRATUM / sizeof *ERRATUM
};

static int publish(cli *c, const char *name) {
    const char *period = cli_need(c, "period"), *org = cli_option(c, "org"), *note = cli_option(c, "note");
    int status;
    if (!period)
        return EXIT_USAGE;
    json_t *out = cli_call(
        c, "nithet.v1.PublicationService/Publish",
        json_pack("{s:s,s:s,s:s,s:s}", "org", org ? org : "", "period", period, "name", name, "note", note ? note : ""),
        NITHET_CALL_SIGNED, NULL, &status);
    if (!out)
        return status;
    json_t *one = json_pack("[O]", json_object_get(out, "publication"));
    status = table_list(c, PUBLICATION, PUBLICATION_FIELDS, one);
    json_decref(one);
    json_decref(out);
    return status;
}

static int list(cli *c) {
    const char *org = cli_option(c, "org");
    int status;
    json_t *out = cli_call(c, "nithet.v1.PublicationService/ListPublications",
                           json_pack("{s:s}", "org", org ? org : ""), NITHET_CALL_READ, "publications", &status);
    if (!out)
        return status;
    status = table_list(c, PUBLICATION, PUBLICATION_FIELDS, json_object_get(out, "publications"));
    json_decref(out);
    return status;
}

static int print_figures(cli *c, const json_t *out) {
    table *t = table_new(c);
    table_column(t, "indicator", T(c, "INDICATOR", "ตัวชี้วัด"), TABLE_LEFT);
    table_column(t, "org", T(c, "OFFICE", "หน่วยงาน"), TABLE_LEFT);
    table_column(t, "disaggregation", T(c, "BREAKDOWN", "จำแนก"), TABLE_LEFT);
    table_column(t, "value", T(c, "VALUE", "ค่า"), TABLE_RIGHT);
    table_column(t, "reported", T(c, "REPORTED", "รายงาน"), TABLE_RIGHT);
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(out, "figures"), i, f) {
        table_cell(t, cli_text(c, f, "indicator"));
        table_cell(t, cli_text(c, f, "org"));
        table_cell(t, cli_text(c, f, "disaggregation"));
        table_cell(t, cli_figure(c, cli_text(c, f, "value")));
        table_cell(t, nt_arena_printf(c->arena, "%lld/%lld", (long long)cli_number(f, "reported"),
                                      (long long)cli_number(f, "expected")));
    }
    return table_print(t);
}

static const char *status_number(const char *name) {
    static const char *const names[] = {"UNSPECIFIED", "NORMAL", "ESTIMATED", "PROVISIONAL", "MISSING", "SUPPRESSED"};
    static const char *const numbers[] = {"0", "1", "2", "3", "4", "5"};
    const char *own = strncmp(name, "OBSERVATION_STATUS_", 19) == 0 ? name + 19 : name;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], own) == 0)
            return numbers[i];
    return "0";
}

static int take_bytes(const json_t *json, const char *key, uint8_t *out, size_t size) {
    const char *text = json_string_value(json_object_get(json, key));
    size_t got = 0;
    return text &&
           sodium_base642bin(out, size, text, strlen(text), NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == size;
}

/* Digests the figures anew, and checks the service's signature over the digest. */
static int verify(cli *c, const json_t *out) {
    const json_t *p = json_object_get(out, "publication");
    nt_buffer b = {0};
    nt_buffer_printf(&b, "nithet-v1-publication\n%s\n%s\n%s\n%s\n", cli_text(c, p, "name"), cli_text(c, p, "org"),
                     cli_text(c, p, "period"), cli_text(c, p, "note"));
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(out, "figures"), i, f) nt_buffer_printf(
        &b, "%s\t%s\t%s\t%s\t%s\t%lld\t%lld\n", cli_text(c, f, "indicator"), cli_text(c, f, "org"),
        cli_text(c, f, "disaggregation"), cli_text(c, f, "value"), status_number(cli_text(c, f, "status")),
        (long long)cli_number(f, "reported"), (long long)cli_number(f, "expected"));
    uint8_t digest[NT_DIGEST_SIZE], said[NT_DIGEST_SIZE], signature[NT_SIGNATURE_SIZE];
    nt_proof_digest(nt_bytes_of(b.data, b.size), digest);
    nithet_server_info info;
    int known = nithet_get_server_info(c->client, &info, NULL) == NITHET_OK;
    int same = take_bytes(p, "digest", said, sizeof said) && memcmp(digest, said, sizeof said) == 0;
    int genuine = known && take_bytes(p, "signature", signature, sizeof signature) &&
                  nt_proof_verify(digest, info.service_key, nt_bytes_of(signature, sizeof signature));
    nt_buffer_free(&b);
    printf(T(c, "%s  the figures are those that were published\n%s  the service signed them\n",
             "%s  ข้อมูลตรงกับที่เผยแพร่\n%s  บริการลงนามไว้\n"),
           same ? T(c, "good", "ถูกต้อง") : T(c, "BAD ", "ผิด"), genuine ? T(c, "good", "ถูกต้อง") : T(c, "BAD ", "ผิด"));
    return same && genuine ? EXIT_GOOD : EXIT_FAULTY;
}

int command_publication(cli *c) {
    const char *what = c->argument_count ? c->arguments[0] : "", *org = cli_option(c, "org");
    if (strcmp(what, "publish") == 0 && c->argument_count == 2)
        return publish(c, c->arguments[1]);
    if (strcmp(what, "list") == 0 && c->argument_count == 1)
        return list(c);
    int known = strcmp(what, "show") == 0 || strcmp(what, "errata") == 0 || strcmp(what, "verify") == 0;
    if (!known || c->argument_count != 2) {
        cli_complain(c, "publication publish NAME | list | show NAME | errata NAME | verify NAME; see --help",
                     "publication publish NAME | list | show NAME | errata NAME | verify NAME ดูได้จาก --help");
        return EXIT_USAGE;
    }
    int status;
    json_t *out = cli_call(c, "nithet.v1.PublicationService/GetPublication",
                           json_pack("{s:s,s:s}", "org", org ? org : "", "name", c->arguments[1]), NITHET_CALL_READ,
                           NULL, &status);
    if (!out)
        return status;
    if (c->output == OUTPUT_JSON)
        status = cli_print_json(out);
    else
        status = strcmp(what, "show") == 0     ? print_figures(c, out)
                 : strcmp(what, "errata") == 0 ? table_list(c, ERRATUM, ERRATUM_FIELDS, json_object_get(out, "errata"))
                                               : verify(c, out);
    json_decref(out);
    return status;
}
