/* See known.h. One JSON file a service and key, under $XDG_CACHE_HOME/nithet. */
#include "known.h"

#include "base/clock.h"
#include "base/proof.h"

#include <string.h>

enum { PROBE_MS = 3000 };

static const char *cache_path(cli *c) {
    uint8_t digest[NT_DIGEST_SIZE];
    char hex[33];
    const char *folder = cli_folder(c, "XDG_CACHE_HOME", ".cache", "");
    const char *about =
        nt_arena_printf(c->arena, "%s\n%s", c->endpoints ? c->endpoints : "", c->key_file ? c->key_file : "");
    if (!folder || !about)
        return NULL;
    nt_proof_digest(nt_bytes_text(about), digest);
    nt_hex(digest, 16, hex);
    return nt_arena_printf(c->arena, "%s/%s.known", folder, hex);
}

static void keep(cli *c, const json_t *all) {
    const char *path = cache_path(c);
    const char *aside = path ? nt_arena_printf(c->arena, "%s.new", path) : NULL;
    if (aside && json_dump_file(all, aside, JSON_COMPACT) == 0)
        rename(aside, path); /* if it cannot be kept, it is only missed without a network */
}

static json_t *ask(cli *c, const char *method, const char *list, json_t *all, int *status) {
    if (*status != EXIT_GOOD)
        return NULL;
    json_t *out = cli_call(c, method, json_object(), NITHET_CALL_READ, NULL, status);
    json_t *found = out && list ? json_object_get(out, list) : NULL;
    if (found)
        json_object_set(all, list, found);
    else if (out && list)
        json_object_set_new(all, list, json_array()); /* an empty list is left out of JSON */
    return out;
}

/* 1 if it answers, whatever it says. */
static int reachable(cli *c) {
    nithet_call_options o = {.flags = NITHET_CALL_OPEN | NITHET_CALL_READ, .timeout_ms = PROBE_MS};
    nithet_reply reply = {0};
    nithet_code code = nithet_call(c->client, "nithet.v1.HealthService/Check", NULL, 0, &o, &reply, NULL);
    nithet_reply_clear(&reply);
    return cli_exit_status(code) != EXIT_TRY_AGAIN;
}

static int fill(known *out) {
    out->forms = json_object_get(out->all, "forms");
    out->dimensions = json_object_get(out->all, "dimensions");
    out->org = json_string_value(json_object_get(out->all, "org"));
    out->audience = json_string_value(json_object_get(out->all, "audience"));
    out->at_us = cli_number(out->all, "at_us");
    return out->forms && out->dimensions && out->org && out->audience;
}

int known_fetch(cli *c, known *out) {
    *out = (known){0};
    if (!cli_connect(c))
        return EXIT_USAGE;
    const char *path = cache_path(c);
    json_t *kept = path ? json_load_file(path, 0, NULL) : NULL;
    if (kept && !reachable(c)) {
        out->all = kept;
        out->offline = 1;
        if (fill(out))
            return EXIT_GOOD;
    }
    json_decref(kept);
    int status = EXIT_GOOD;
    json_t *all = json_object();
    *out = (known){.all = all};
    nithet_server_info info;
    nithet_error *error = NULL;
    json_decref(ask(c, "nithet.v1.CatalogueService/ListForms", "forms", all, &status));
    json_decref(ask(c, "nithet.v1.CatalogueService/ListDimensions", "dimensions", all, &status));
    json_t *me = ask(c, "nithet.v1.IdentityService/WhoAmI", NULL, all, &status);
    if (me)
        json_object_set(all, "org", json_object_get(json_object_get(me, "officer"), "org"));
    json_decref(me);
    if (status == EXIT_GOOD && nithet_get_server_info(c->client, &info, &error) != NITHET_OK)
        status = cli_fail(c, error);
    if (status != EXIT_GOOD)
        return status;
    json_object_set_new(all, "audience", json_string(info.audience));
    json_object_set_new(all, "at_us", json_integer(nt_clock_wall_us()));
    keep(c, all);
    return fill(out) ? EXIT_GOOD : cli_fail(c, NULL);
}

void known_free(known *k) {
    json_decref(k->all);
}

const json_t *known_form(cli *c, const known *k, const char *code, int *exit_status) {
    size_t i;
    json_t *form;
    json_array_foreach((json_t *)(uintptr_t)k->forms, i,
                       form) if (strcmp(cli_text(c, form, "code"), code) == 0) return form;
    cli_complain(c, "there is no form \"%.40s\": see `nithet catalog forms`",
                 "ไม่มีแบบรายงาน \"%.40s\" ดูได้จาก `nithet catalog forms`", code);
    *exit_status = EXIT_REFUSED;
    return NULL;
}
