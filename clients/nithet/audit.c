/* audit: the chains looked at, checked and exported. submission verify and diff: what an office signed, and what it
 * changed. */
#include "cli.h"

#include "base/proof.h"
#include "domain/decimal.h"
#include "domain/observation.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* A field of bytes, out of base64. */
static nt_bytes bytes_of(cli *c, const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    size_t room = text ? strlen(text) : 0, size = 0;
    uint8_t *raw = room ? nt_arena_alloc(c->arena, room) : NULL;
    if (!raw || sodium_base642bin(raw, room, text, room, NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return (nt_bytes){0};
    return nt_bytes_of(raw, size);
}

static nt_bytes text_bytes(const cli *c, const json_t *json, const char *key) {
    return nt_bytes_text(cli_text(c, json, key));
}

static json_t *chains_in_scope(cli *c, int *status) {
    const char *org = cli_option(c, "org");
    return cli_call(c, "nithet.v1.AuditService/ListAuditChains", json_pack("{s:s}", "org", org ? org : ""),
                    NITHET_CALL_READ, NULL, status);
}

static json_t *events_of(cli *c, const char *org, int *status) {
    return cli_call(c, "nithet.v1.AuditService/ListAuditEvents", json_pack("{s:s,s:i}", "org", org, "page_size", 2000),
                    NITHET_CALL_READ, "events", status);
}

static int show_log(cli *c) {
    int status;
    json_t *chains = chains_in_scope(c, &status), *chain, *event;
    size_t i, k;
    table *t = table_new(c);
    table_column(t, "org", T(c, "CHAIN", "สาย"), TABLE_LEFT);
    table_column(t, "position", T(c, "NO.", "ลำดับ"), TABLE_RIGHT);
    table_column(t, "at", T(c, "WHEN", "เมื่อ"), TABLE_LEFT);
    table_column(t, "officer", T(c, "OFFICER", "เจ้าหน้าที่"), TABLE_LEFT);
    table_column(t, "method", T(c, "WHAT", "การกระทำ"), TABLE_LEFT);
    table_column(t, "subject", T(c, "ON", "ต่อ"), TABLE_LEFT);
    table_column(t, "signed", T(c, "SIGNED", "ลงนาม"), TABLE_LEFT);
    json_array_foreach(json_object_get(chains, "chains"), i, chain) {
        json_t *events = events_of(c, cli_text(c, chain, "org"), &status);
        if (!events)
            break;
        json_array_foreach(json_object_get(events, "events"), k, event) {
            char number[24];
            const char *method = strrchr(cli_text(c, event, "method"), '/');
            snprintf(number, sizeof number, "%lld", (long long)cli_number(event, "position"));
            table_cell(t, cli_text(c, event, "org"));
            table_cell(t, number);
            table_cell(t, cli_time(c, cli_number(event, "at_us")));
            table_cell(t, cli_text(c, event, "officer"));
            table_cell(t, method ? method + 1 : "");
            table_cell(t, cli_text(c, event, "subject"));
            table_cell(t, *cli_text(c, event, "signature") ? T(c, "signed", "ลงนาม") : "");
        }
        json_decref(events);
    }
    json_decref(chains);
    if (status != EXIT_GOOD) {
        free(t);
        return status;
    }
    return table_print(t);
}

/* Checking. */

typedef struct checking {
    cli *c;
    size_t events, signatures, faults;
} checking;

static void fault(checking *k, const char *org, long long position, const char *en, const char *th) {
    fprintf(stderr, T(k->c, "%s, event %lld: %s\n", "%s เหตุการณ์ที่ %lld: %s\n"), org, position, T(k->c, en, th));
    k->faults++;
}

static void event_hash(cli *c, const json_t *e, nt_bytes previous, uint8_t hash[NT_DIGEST_SIZE]) {
    nt_proof_audit_fields fields = {.chain = text_bytes(c, e, "org"),
                                    .position = (uint64_t)cli_number(e, "position"),
                                    .at_us = cli_number(e, "at_us"),
                                    .officer = text_bytes(c, e, "officer"),
                                    .method = text_bytes(c, e, "method"),
                                    .idempotency_key = text_bytes(c, e, "idempotency_key"),
                                    .subject = text_bytes(c, e, "subject"),
                                    .payload_digest = bytes_of(c, e, "payload_digest"),
                                    .signature = bytes_of(c, e, "signature")};
    nt_proof_audit(previous, &fields, hash);
}

/* The officer's signature covers the payload's digest, which the event has: no payload is needed. */
static int signature_good(cli *c, const json_t *e) {
    nt_bytes public_key = bytes_of(c, e, "public_key"), digest = bytes_of(c, e, "payload_digest"),
             key_id = bytes_of(c, e, "key_id");
    uint8_t commitment[NT_DIGEST_SIZE], id[NT_KEY_ID_SIZE];
    nt_proof_request r = {.method = text_bytes(c, e, "method"),
                          .idempotency_key = text_bytes(c, e, "idempotency_key"),
                          .audience = text_bytes(c, e, "audience"),
                          .sent_at_us = cli_number(e, "sent_at_us")};
    if (public_key.size != NT_PUBLIC_KEY_SIZE || digest.size != NT_DIGEST_SIZE)
        return 0;
    nt_proof_key_id(public_key.data, id);
    nt_proof_commitment_of(&r, digest.data, commitment);
    return nt_bytes_equal(key_id, nt_bytes_of(id, sizeof id)) &&
           nt_proof_verify(commitment, public_key.data, bytes_of(c, e, "signature"));
}

static void check_chain(checking *k, const json_t *chain, const json_t *events) {
    cli *c = k->c;
    const char *org = cli_text(c, chain, "org");
    uint8_t previous[NT_DIGEST_SIZE] = {0}, hash[NT_DIGEST_SIZE];
    long long expected = 1;
    size_t i;
    json_t *e;
    json_array_foreach((json_t *)(uintptr_t)events, i, e) {
        long long position = cli_number(e, "position");
        nt_bytes link = bytes_of(c, e, "previous_hash");
        if (position != expected)
            fault(k, org, expected, "is gone", "หายไป");
        if (!nt_bytes_equal(link, nt_bytes_of(previous, sizeof previous)))
            fault(k, org, position, "does not follow from the one before: something was inserted, deleted or reordered",
                  "ไม่ต่อจากเหตุการณ์ก่อนหน้า มีการแทรก ลบ หรือสลับลำดับ");
        event_hash(c, e, link, hash);
        if (!nt_bytes_equal(bytes_of(c, e, "hash"), nt_bytes_of(hash, sizeof hash)))
            fault(k, org, position, "was edited: its hash does not fit", "ถูกแก้ไข ค่าแฮชไม่ตรง");
        if (*cli_text(c, e, "signature")) {
            k->signatures++;
            if (!signature_good(c, e))
                fault(k, org, position, "the officer's signature does not fit", "ลายมือชื่อเจ้าหน้าที่ไม่ถูกต้อง");
        }
        memcpy(previous, hash, sizeof previous);
        expected = position + 1;
        k->events++;
    }
    if (cli_number(chain, "position") != expected - 1 ||
        !nt_bytes_equal(bytes_of(c, chain, "hash"), nt_bytes_of(previous, sizeof previous)))
        fault(k, org, expected - 1, "is not the chain's head", "ไม่ตรงกับหัวสาย");
}

/* Does the chain still have what an anchor says it had? */
static void check_against_anchor(checking *k, const json_t *anchor, const char *org, const json_t *events) {
    cli *c = k->c;
    size_t i;
    json_t *head;
    json_array_foreach(json_object_get(anchor, "heads"), i, head) {
        long long position = cli_number(head, "position");
        if (strcmp(cli_text(c, head, "org"), org) != 0 || position == 0)
            continue;
        const json_t *e = json_array_get(events, (size_t)position - 1);
        if (!e || cli_number(e, "position") != position ||
            strcmp(cli_text(c, e, "hash"), cli_text(c, head, "hash")) != 0)
            fault(k, org, position, "is not what the service anchored: the chain was cut or written anew",
                  "ไม่ตรงกับที่บริการลงนามกำกับไว้ สายถูกตัดหรือเขียนใหม่");
    }
}

static int anchor_good(cli *c, const json_t *anchor, const uint8_t service_key[32]) {
    uint8_t digest[NT_DIGEST_SIZE];
    size_t i;
    json_t *head;
    nt_proof_anchor *proof =
        nt_proof_anchor_new(c->arena, (uint64_t)cli_number(anchor, "number"), cli_number(anchor, "at_us"));
    if (!proof)
        return 0;
    json_array_foreach(json_object_get(anchor, "heads"), i, head) nt_proof_anchor_add(
        proof, text_bytes(c, head, "org"), (uint64_t)cli_number(head, "position"), bytes_of(c, head, "hash"));
    nt_proof_anchor_end(proof, digest);
    return nt_proof_verify(digest, service_key, bytes_of(c, anchor, "signature"));
}

static void check_anchors(checking *k, const json_t *anchors, const uint8_t service_key[32]) {
    size_t i;
    json_t *anchor;
    long long expected = 0;
    json_array_foreach((json_t *)(uintptr_t)anchors, i, anchor) { /* newest first */
        long long number = cli_number(anchor, "number");
        if (i && number != expected)
            fault(k, T(k->c, "anchors", "การลงนามกำกับ"), expected, "is gone", "หายไป");
        if (!anchor_good(k->c, anchor, service_key))
            fault(k, T(k->c, "anchors", "การลงนามกำกับ"), number, "the service's signature does not fit",
                  "ลายมือชื่อของบริการไม่ถูกต้อง");
        expected = number - 1;
    }
    if (json_array_size(anchors) && expected != 0)
        fault(k, T(k->c, "anchors", "การลงนามกำกับ"), expected, "is gone", "หายไป");
}

static int verify(cli *c) {
    int status;
    checking k = {.c = c};
    json_t *chains = chains_in_scope(c, &status), *chain, *anchor;
    json_t *anchors = chains ? cli_call(c, "nithet.v1.AuditService/ListAuditAnchors",
                                        json_pack("{s:i}", "page_size", 2000), NITHET_CALL_READ, "anchors", &status)
                             : NULL;
    nithet_server_info info;
    nithet_error *error = NULL;
    size_t i, a;
    if (anchors && nithet_get_server_info(c->client, &info, &error) != NITHET_OK)
        status = cli_fail(c, error);
    if (anchors && status == EXIT_GOOD)
        check_anchors(&k, json_object_get(anchors, "anchors"), info.service_key);
    json_array_foreach(json_object_get(chains, "chains"), i, chain) {
        json_t *events = status == EXIT_GOOD ? events_of(c, cli_text(c, chain, "org"), &status) : NULL;
        if (!events)
            break;
        check_chain(&k, chain, json_object_get(events, "events"));
        json_array_foreach(json_object_get(anchors, "anchors"), a, anchor)
            check_against_anchor(&k, anchor, cli_text(c, chain, "org"), json_object_get(events, "events"));
        json_decref(events);
    }
    if (status == EXIT_GOOD) {
        printf(T(c, "%zu chains, %zu events, %zu signatures, %zu anchors checked: %zu faults\n",
                 "ตรวจ %zu สาย %zu เหตุการณ์ %zu ลายมือชื่อ %zu การลงนามกำกับ: พบข้อผิดพลาด %zu แห่ง\n"),
               json_array_size(json_object_get(chains, "chains")), k.events, k.signatures,
               json_array_size(json_object_get(anchors, "anchors")), k.faults);
        status = k.faults ? EXIT_FAULTY : EXIT_GOOD;
    }
    json_decref(chains);
    json_decref(anchors);
    return status;
}

/* One JSON object a line: heads, events, anchors; enough to check everything elsewhere. */
static int export_all(cli *c) {
    int status;
    json_t *chains = chains_in_scope(c, &status), *it, *event;
    json_t *anchors = chains ? cli_call(c, "nithet.v1.AuditService/ListAuditAnchors", json_object(), NITHET_CALL_READ,
                                        "anchors", &status)
                             : NULL;
    size_t i, k;
    json_array_foreach(json_object_get(chains, "chains"), i, it) {
        json_t *events = status == EXIT_GOOD ? events_of(c, cli_text(c, it, "org"), &status) : NULL;
        printf("{\"chain\": ");
        json_dumpf(it, stdout, JSON_COMPACT);
        puts("}");
        json_array_foreach(json_object_get(events, "events"), k, event) {
            printf("{\"event\": ");
            json_dumpf(event, stdout, JSON_COMPACT);
            puts("}");
        }
        json_decref(events);
    }
    json_array_foreach(json_object_get(anchors, "anchors"), i, it) {
        printf("{\"anchor\": ");
        json_dumpf(it, stdout, JSON_COMPACT);
        puts("}");
    }
    json_decref(chains);
    json_decref(anchors);
    return status;
}

int command_audit(cli *c) {
    const char *what = c->argument_count == 1 ? c->arguments[0] : "";
    if (strcmp(what, "log") == 0)
        return show_log(c);
    if (strcmp(what, "verify") == 0)
        return verify(c);
    if (strcmp(what, "export") == 0)
        return export_all(c);
    cli_complain(c, "audit log | verify | export [--org TH-50]", "audit log | verify | export [--org TH-50]");
    return EXIT_USAGE;
}

/* Submissions. */

typedef struct cells {
    const char **columns[3]; /* indicator, org, breakdown */
    uint32_t *numbers;
    int64_t *values;
    uint8_t *status;
    const char **notes;
    const char **texts; /* the values as text */
    size_t count, capacity;
} cells;

static int grow(cells *x) {
    if (x->count < x->capacity)
        return 1;
    x->capacity = x->capacity ? x->capacity * 2 : 1024;
    for (int i = 0; i < 3; i++)
        x->columns[i] = realloc(x->columns[i], x->capacity * sizeof *x->columns[i]);
    x->numbers = realloc(x->numbers, x->capacity * sizeof *x->numbers);
    x->values = realloc(x->values, x->capacity * sizeof *x->values);
    x->status = realloc(x->status, x->capacity);
    x->notes = realloc(x->notes, x->capacity * sizeof *x->notes);
    x->texts = realloc(x->texts, x->capacity * sizeof *x->texts);
    return x->columns[0] && x->columns[1] && x->columns[2] && x->numbers && x->values && x->status && x->notes &&
           x->texts;
}

static void free_cells(cells *x) {
    for (int i = 0; i < 3; i++)
        free(x->columns[i]);
    free(x->numbers);
    free(x->values);
    free(x->status);
    free(x->notes);
    free(x->texts);
}

static int fetch_cells(cli *c, uint64_t id, const char *org, cells *x, int *status) {
    nithet_filter f = {.org = org, .submission_id = id};
    nithet_query *q = nithet_query_new(c->client, &f);
    nithet_row row;
    nithet_error *error = NULL;
    int more = -1;
    while (q && (more = nithet_query_next(q, &row, &error)) > 0 && grow(x)) {
        size_t i = x->count++;
        x->columns[0][i] = nt_arena_strdup(c->arena, row.indicator);
        x->columns[1][i] = nt_arena_strdup(c->arena, row.org);
        x->columns[2][i] = nt_arena_strdup(c->arena, row.disaggregation);
        x->numbers[i] = (uint32_t)i;
        x->values[i] = 0;
        nt_decimal_parse(nt_bytes_text(row.value), &x->values[i]);
        x->status[i] = (uint8_t)row.status;
        x->notes[i] = *row.note ? nt_arena_strdup(c->arena, row.note) : NULL;
        x->texts[i] = nt_arena_strdup(c->arena, row.value);
    }
    nithet_query_free(q);
    if (more < 0)
        *status = cli_fail(c, error);
    return more == 0;
}

static nt_observations as_set(const cells *x) {
    return (nt_observations){x->columns[0], x->count,   x->columns[1], x->count,  x->columns[2], x->count, x->count,
                             x->numbers,    x->numbers, x->numbers,    x->values, x->status,     x->notes};
}

static uint32_t *in_order(cli *c, const nt_observations *set) {
    int sorted;
    size_t doubled;
    return nt_observations_order(c->arena, set, &sorted, &doubled);
}

/* The figures that the service holds now, digested as they were when they came. */
static int digest_fits(cli *c, const cells *x, const json_t *chunks, nt_bytes content_digest) {
    nt_observations set = as_set(x);
    uint32_t *order = in_order(c, &set);
    nt_content_digest *content = nt_content_digest_new(c->arena);
    size_t i, at = 0;
    json_t *chunk;
    uint8_t digest[NT_DIGEST_SIZE];
    if (!order || !content)
        return 0;
    json_array_foreach((json_t *)(uintptr_t)chunks, i, chunk) {
        nt_observations some = set;
        some.count = (size_t)cli_number(chunk, "observations");
        if (at + some.count > set.count)
            return 0;
        nt_observations_digest(&some, order + at, digest);
        nt_content_digest_add(content, some.count, digest);
        at += some.count;
    }
    nt_content_digest_end(content, digest);
    return at == set.count && nt_bytes_equal(content_digest, nt_bytes_of(digest, sizeof digest));
}

static json_t *get_submission(cli *c, const char *id, int *status) {
    json_t *in = json_object();
    json_object_set_new(in, "submission_id", json_string(id));
    return cli_call(c, "nithet.v1.SubmissionService/GetSubmission", in, NITHET_CALL_READ, NULL, status);
}

/* The statement inside of what was signed. */
static json_t *signed_statement(cli *c, const json_t *request) {
    const char *method = cli_text(c, request, "method"), *name = strrchr(method, '/');
    char full[100];
    snprintf(full, sizeof full, "nithet.v1.%sRequest", name ? name + 1 : "");
    const schema_message *type = schema_find_message(cli_contract(c), full);
    json_t *payload = type ? message_to_json(type, bytes_of(c, request, "payload")) : NULL;
    json_t *statement = json_incref(json_object_get(payload, "statement"));
    json_decref(payload);
    return statement;
}

int submission_verify(cli *c, const char *id) {
    int status, good = 1;
    json_t *got = get_submission(c, id, &status);
    if (!got)
        return status;
    const json_t *s = json_object_get(got, "submission"), *statement = json_object_get(s, "statement");
    const char *org = cli_text(c, statement, "org");
    json_t *request =
        cli_call(c, "nithet.v1.AuditService/GetSignedRequest",
                 json_pack("{s:s,s:I}", "org", org, "position", (json_int_t)cli_number(s, "audit_position")),
                 NITHET_CALL_READ, NULL, &status);
    cells x = {0};
    if (request && fetch_cells(c, (uint64_t)cli_number(s, "submission_id"), org, &x, &status)) {
        uint8_t commitment[NT_DIGEST_SIZE];
        nt_bytes public_key = bytes_of(c, request, "public_key");
        nt_proof_request r = {.method = text_bytes(c, request, "method"),
                              .payload = bytes_of(c, request, "payload"),
                              .idempotency_key = text_bytes(c, request, "idempotency_key"),
                              .audience = text_bytes(c, request, "audience"),
                              .sent_at_us = cli_number(request, "sent_at_us")};
        nt_proof_commitment(&r, commitment);
        json_t *said = signed_statement(c, request);
        const struct {
            int good;
            const char *en, *th;
        } checks[] = {{public_key.size == NT_PUBLIC_KEY_SIZE &&
                           nt_proof_verify(commitment, public_key.data, bytes_of(c, request, "signature")),
                       "the officer's signature", "ลายมือชื่อเจ้าหน้าที่"},
                      {said && json_equal(said, (json_t *)(uintptr_t)statement),
                       "form, province, period, reason, count and digest are those that were signed",
                       "แบบ จังหวัด งวด เหตุผล จำนวน และค่าย่อยตรงกับที่ลงนาม"},
                      {digest_fits(c, &x, json_object_get(got, "chunks"), bytes_of(c, statement, "content_digest")),
                       "the figures are those that were signed", "ข้อมูลตรงกับที่ลงนาม"}};
        for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
            printf("%s  %s\n", checks[i].good ? T(c, "good", "ถูกต้อง") : T(c, "BAD ", "ไม่ถูกต้อง"),
                   T(c, checks[i].en, checks[i].th));
            good &= checks[i].good;
        }
        json_decref(said);
        status = good ? EXIT_GOOD : EXIT_FAULTY;
    }
    free_cells(&x);
    json_decref(request);
    json_decref(got);
    return status;
}

/* The revision before, of the same form, province and period; 0 if there is none. */
static uint64_t revision_before(cli *c, const json_t *s, int *status) {
    const json_t *st = json_object_get(s, "statement");
    json_t *all = cli_call(c, "nithet.v1.SubmissionService/ListSubmissions",
                           json_pack("{s:s,s:s,s:s}", "org", cli_text(c, st, "org"), "form", cli_text(c, st, "form"),
                                     "period", cli_text(c, st, "period")),
                           NITHET_CALL_READ, "submissions", status);
    uint64_t id = 0;
    size_t i;
    json_t *it;
    json_array_foreach(json_object_get(all, "submissions"), i,
                       it) if (cli_number(it, "revision") == cli_number(s, "revision") - 1) id =
        (uint64_t)cli_number(it, "submission_id");
    json_decref(all);
    return id;
}

static int compare_cells(const cells *x, uint32_t i, const cells *y, uint32_t k) {
    for (int column = 0; column < 3; column++) {
        int way = strcmp(x->columns[column][i], y->columns[column][k]);
        if (way)
            return way;
    }
    return 0;
}

static void diff_row(cli *c, table *t, const cells *any, uint32_t at, const cells *before, int64_t b,
                     const cells *after, int64_t a) {
    for (int column = 0; column < 3; column++)
        table_cell(t, any->columns[column][at]);
    table_cell(t, b < 0 ? T(c, "(not there)", "(ไม่มี)") : cli_figure(c, before->texts[b]));
    table_cell(t, a < 0 ? T(c, "(not there)", "(ไม่มี)") : cli_figure(c, after->texts[a]));
}

int submission_diff(cli *c, const char *id) {
    int status;
    json_t *got = get_submission(c, id, &status);
    if (!got)
        return status;
    const json_t *s = json_object_get(got, "submission");
    const char *org = cli_text(c, json_object_get(s, "statement"), "org");
    uint64_t before_id = revision_before(c, s, &status);
    cells before = {0}, after = {0};
    if (status == EXIT_GOOD && before_id == 0) {
        puts(T(c, "This is the first revision: there is nothing before it.", "เป็นฉบับแรก ไม่มีฉบับก่อนหน้า"));
    } else if (status == EXIT_GOOD && fetch_cells(c, before_id, org, &before, &status) &&
               fetch_cells(c, (uint64_t)cli_number(s, "submission_id"), org, &after, &status)) {
        nt_observations x = as_set(&before), y = as_set(&after);
        uint32_t *p = in_order(c, &x), *q = in_order(c, &y);
        table *t = table_new(c);
        table_column(t, "indicator", T(c, "INDICATOR", "ตัวชี้วัด"), TABLE_LEFT);
        table_column(t, "org", T(c, "OFFICE", "หน่วยงาน"), TABLE_LEFT);
        table_column(t, "disaggregation", T(c, "BREAKDOWN", "จำแนก"), TABLE_LEFT);
        table_column(t, "before", T(c, "BEFORE", "เดิม"), TABLE_RIGHT);
        table_column(t, "after", T(c, "AFTER", "ใหม่"), TABLE_RIGHT);
        size_t i = 0, k = 0;
        while (p && q && (i < before.count || k < after.count)) {
            int way = i == before.count ? 1 : k == after.count ? -1 : compare_cells(&before, p[i], &after, q[k]);
            if (way < 0)
                diff_row(c, t, &before, p[i], &before, p[i], &after, -1);
            else if (way > 0)
                diff_row(c, t, &after, q[k], &before, -1, &after, q[k]);
            else if (before.values[p[i]] != after.values[q[k]] || before.status[p[i]] != after.status[q[k]])
                diff_row(c, t, &before, p[i], &before, p[i], &after, q[k]);
            i += way <= 0;
            k += way >= 0;
        }
        status = table_print(t);
    }
    free_cells(&before);
    free_cells(&after);
    json_decref(got);
    return status;
}
