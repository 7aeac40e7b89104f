/* Submissions: figures gathered into columns, sent in one call or chunk by chunk, and gone on with after a cut. */
#include "client.h"

#include "domain/decimal.h"
#include "domain/observation.h"

#include "nithet/v1/submission.pb-c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uthash.h>

enum { TERM_ARENA = 1 << 30, SEND_ARENA = 1 << 30, COMMIT_TIMEOUT_MS = 600000, RESUME_LINE = 256 };

typedef struct term {
    const char *text;
    uint32_t number;
    UT_hash_handle hh;
} term;

/* One column's texts, each once. */
typedef struct dictionary {
    term *by_text;
    term *latest;
    const char **texts;
    size_t count, capacity;
} dictionary;

struct nithet_submission {
    nt_arena *arena;
    char *form, *org, *period, *reason;
    dictionary indicators, orgs, breakdowns;
    size_t count, capacity;
    uint32_t *indicator, *org_number, *breakdown;
    int64_t *value;
    uint8_t *status;
    const char **notes; /* NULL until there is one */
};

nithet_submission *nithet_submission_new(const char *form, const char *org, const char *period) {
    nithet_submission *s = calloc(1, sizeof *s);
    if (!s || !(s->arena = nt_arena_new(TERM_ARENA))) {
        free(s);
        return NULL;
    }
    s->form = nt_arena_strdup(s->arena, form);
    s->org = nt_arena_strdup(s->arena, org);
    s->period = nt_arena_strdup(s->arena, period);
    s->reason = nt_arena_strdup(s->arena, "");
    if (nt_arena_exhausted(s->arena)) {
        nithet_submission_free(s);
        return NULL;
    }
    return s;
}

static void free_dictionary(dictionary *d) {
    term *it, *next;
    HASH_ITER(hh, d->by_text, it, next) {
        HASH_DEL(d->by_text, it);
        free(it);
    }
    free(d->texts);
}

void nithet_submission_free(nithet_submission *s) {
    if (!s)
        return;
    free_dictionary(&s->indicators);
    free_dictionary(&s->orgs);
    free_dictionary(&s->breakdowns);
    free(s->indicator);
    free(s->org_number);
    free(s->breakdown);
    free(s->value);
    free(s->status);
    free(s->notes);
    nt_arena_free(s->arena);
    free(s);
}

nithet_code nithet_submission_reason(nithet_submission *s, const char *reason) {
    char *copy = nt_arena_strdup(s->arena, reason);
    if (!copy)
        return NITHET_RESOURCE_EXHAUSTED;
    s->reason = copy;
    return NITHET_OK;
}

size_t nithet_submission_count(const nithet_submission *s) {
    return s->count;
}

static int number_of(nithet_submission *s, dictionary *d, const char *text, uint32_t *number) {
    if (d->latest && strcmp(d->latest->text, text) == 0) {
        *number = d->latest->number;
        return 1;
    }
    term *it = NULL;
    size_t length = strlen(text);
    HASH_FIND(hh, d->by_text, text, length, it);
    if (!it) {
        if (d->count == d->capacity) {
            size_t capacity = d->capacity ? d->capacity * 2 : 64;
            const char **grown = realloc(d->texts, capacity * sizeof *grown);
            if (!grown)
                return 0;
            d->texts = grown;
            d->capacity = capacity;
        }
        it = calloc(1, sizeof *it);
        if (!it || !(it->text = nt_arena_strdup(s->arena, text))) {
            free(it);
            return 0;
        }
        it->number = (uint32_t)d->count;
        d->texts[d->count++] = it->text;
        HASH_ADD_KEYPTR(hh, d->by_text, it->text, length, it);
    }
    d->latest = it;
    *number = it->number;
    return 1;
}

#define GROW(array, capacity) (((grown = realloc((array), (capacity) * sizeof *(array))) != NULL) ? ((array) = grown, 1) : 0)

static int make_room(nithet_submission *s) {
    if (s->count < s->capacity)
        return 1;
    size_t capacity = s->capacity ? s->capacity * 2 : 256;
    void *grown;
    if (!GROW(s->indicator, capacity) || !GROW(s->org_number, capacity) || !GROW(s->breakdown, capacity) ||
        !GROW(s->value, capacity) || !GROW(s->status, capacity) || (s->notes && !GROW(s->notes, capacity)))
        return 0;
    s->capacity = capacity;
    return 1;
}

static nithet_code refuse_value(const nithet_submission *s, const char *value, nt_decimal_fault fault, nithet_error **error) {
    char path[64];
    snprintf(path, sizeof path, "observations[%zu].value", s->count);
    nt_arena *arena = nt_arena_new(1 << 16);
    if (!arena)
        return nithet_fail_memory(error);
    nt_status st;
    switch (fault) {
    case NT_DECIMAL_EMPTY:
        st = nt_fail_field(arena, path, "REQUIRED", "there is no figure: write it, or give the status MISSING and the reason",
                           "ไม่มีค่า ให้ใส่ค่า หรือระบุสถานะ MISSING พร้อมเหตุผล");
        break;
    case NT_DECIMAL_TOO_PRECISE:
        st = nt_fail_field(arena, path, "TOO_PRECISE", "\"%.40s\" has more than four digits after the point",
                           "\"%.40s\" มีทศนิยมเกินสี่ตำแหน่ง", value);
        break;
    case NT_DECIMAL_TOO_LARGE:
        st = nt_fail_field(arena, path, "OUT_OF_RANGE", "\"%.40s\" has more than 14 digits before the point",
                           "\"%.40s\" มีเลขหน้าจุดทศนิยมเกิน 14 หลัก", value);
        break;
    case NT_DECIMAL_BAD_GROUPING:
        st = nt_fail_field(arena, path, "BAD_GROUPING", "the commas in \"%.40s\" do not stand every three digits",
                           "เครื่องหมายจุลภาคใน \"%.40s\" ไม่ได้คั่นทุกสามหลัก", value);
        break;
    case NT_DECIMAL_OK:
        st = nt_fail_field(arena, path, "VALUE_WITHOUT_STATUS", "a figure that is missing or suppressed has no value: leave it empty",
                           "ข้อมูลที่ขาดหายหรือปกปิดต้องไม่มีค่า ให้เว้นว่าง");
        break;
    case NT_DECIMAL_NOT_A_NUMBER:
    default:
        st = nt_fail_field(arena, path, "NOT_A_NUMBER", "\"%.40s\" is not a number: write 1234 or 1,234.5",
                           "\"%.40s\" ไม่ใช่ตัวเลข ให้เขียน 1234 หรือ 1,234.5", value);
        break;
    }
    nithet_code code = nithet_fail_status(error, st);
    nt_arena_free(arena);
    return code;
}

nithet_code nithet_submission_add(nithet_submission *s, const char *indicator, const char *org, const char *disaggregation,
                                  const char *value, nithet_status status, const char *note, nithet_error **error) {
    int64_t number = 0;
    nt_decimal_fault fault = nt_decimal_parse(nt_bytes_text(value ? value : ""), &number);
    int wants_value = nt_status_has_value((unsigned)status);
    if (wants_value ? fault != NT_DECIMAL_OK : fault != NT_DECIMAL_EMPTY)
        return refuse_value(s, value ? value : "", fault, error);
    size_t row = s->count;
    if (!make_room(s) || !number_of(s, &s->indicators, indicator, &s->indicator[row]) ||
        !number_of(s, &s->orgs, org, &s->org_number[row]) ||
        !number_of(s, &s->breakdowns, disaggregation ? disaggregation : "", &s->breakdown[row]))
        return nithet_fail_memory(error);
    if (note && *note && !s->notes && !(s->notes = calloc(s->capacity, sizeof *s->notes)))
        return nithet_fail_memory(error);
    if (s->notes) {
        s->notes[row] = note && *note ? nt_arena_strdup(s->arena, note) : NULL;
        if (note && *note && !s->notes[row])
            return nithet_fail_memory(error);
    }
    s->value[row] = wants_value ? number : 0;
    s->status[row] = (uint8_t)status;
    s->count++;
    return NITHET_OK;
}

static nt_observations all_of(const nithet_submission *s) {
    return (nt_observations){.indicators = s->indicators.texts,
                             .indicator_count = s->indicators.count,
                             .orgs = s->orgs.texts,
                             .org_count = s->orgs.count,
                             .breakdowns = s->breakdowns.texts,
                             .breakdown_count = s->breakdowns.count,
                             .count = s->count,
                             .indicator = s->indicator,
                             .org = s->org_number,
                             .breakdown = s->breakdown,
                             .value = s->value,
                             .status = s->status,
                             .notes = s->notes};
}

/* Some of the rows as a message with dictionaries of its own. */

typedef struct part {
    Nithet__V1__ObservationSet set;
    Nithet__V1__ObservationColumns columns;
    nt_observations view; /* the same, as the domain sees it */
} part;

static uint32_t local_number(uint32_t *map, const char *const *texts, uint32_t global, char **used, size_t *count) {
    if (map[global] == UINT32_MAX) {
        map[global] = (uint32_t)*count;
        used[(*count)++] = (char *)(uintptr_t)texts[global];
    }
    return map[global];
}

static uint32_t *new_map(nt_arena *arena, size_t count) {
    uint32_t *map = NT_NEW_ARRAY(arena, uint32_t, count + 1);
    if (map)
        memset(map, 0xff, (count + 1) * sizeof *map);
    return map;
}

static int make_part(nt_arena *arena, const nithet_submission *s, const uint32_t *order, size_t begin, size_t count, part *p) {
    nithet__v1__observation_set__init(&p->set);
    nithet__v1__observation_columns__init(&p->columns);
    Nithet__V1__ObservationColumns *c = &p->columns;
    uint32_t *maps[3] = {new_map(arena, s->indicators.count), new_map(arena, s->orgs.count), new_map(arena, s->breakdowns.count)};
    size_t most_orgs = s->orgs.count < count ? s->orgs.count : count;
    c->indicators = NT_NEW_ARRAY(arena, char *, s->indicators.count + 1);
    c->orgs = NT_NEW_ARRAY(arena, char *, most_orgs + 1);
    c->disaggregations = NT_NEW_ARRAY(arena, char *, s->breakdowns.count + 1);
    c->indicator = NT_NEW_ARRAY(arena, uint32_t, count);
    c->org = NT_NEW_ARRAY(arena, uint32_t, count);
    c->disaggregation = NT_NEW_ARRAY(arena, uint32_t, count);
    c->value_e4 = NT_NEW_ARRAY(arena, int64_t, count);
    c->status = NT_NEW_ARRAY(arena, Nithet__V1__ObservationStatus, count);
    uint8_t *status = NT_NEW_ARRAY(arena, uint8_t, count);
    const char **notes = NT_NEW_ARRAY(arena, const char *, count);
    if (nt_arena_exhausted(arena))
        return 0;
    int all_normal = 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t row = order ? order[begin + i] : (uint32_t)(begin + i);
        c->indicator[i] = local_number(maps[0], s->indicators.texts, s->indicator[row], c->indicators, &c->n_indicators);
        c->org[i] = local_number(maps[1], s->orgs.texts, s->org_number[row], c->orgs, &c->n_orgs);
        c->disaggregation[i] = local_number(maps[2], s->breakdowns.texts, s->breakdown[row], c->disaggregations, &c->n_disaggregations);
        c->value_e4[i] = s->value[row];
        c->status[i] = (Nithet__V1__ObservationStatus)s->status[row];
        status[i] = s->status[row];
        all_normal &= s->status[row] == NITHET_NORMAL;
        notes[i] = s->notes ? s->notes[row] : NULL;
        c->n_notes += notes[i] != NULL;
    }
    c->n_indicator = c->n_org = c->n_disaggregation = c->n_value_e4 = count;
    c->n_status = all_normal ? 0 : count;
    size_t noted = 0;
    Nithet__V1__ObservationNote *all = NT_NEW_ARRAY(arena, Nithet__V1__ObservationNote, c->n_notes + 1);
    c->notes = NT_NEW_ARRAY(arena, Nithet__V1__ObservationNote *, c->n_notes + 1);
    for (size_t i = 0; all && c->notes && i < count; i++) {
        if (!notes[i])
            continue;
        nithet__v1__observation_note__init(&all[noted]);
        all[noted].row = (uint32_t)i;
        all[noted].text = (char *)(uintptr_t)notes[i];
        c->notes[noted] = &all[noted];
        noted++;
    }
    p->set.columns = c;
    p->view = (nt_observations){.indicators = (const char *const *)c->indicators,
                                .indicator_count = c->n_indicators,
                                .orgs = (const char *const *)c->orgs,
                                .org_count = c->n_orgs,
                                .breakdowns = (const char *const *)c->disaggregations,
                                .breakdown_count = c->n_disaggregations,
                                .count = count,
                                .indicator = c->indicator,
                                .org = c->org,
                                .breakdown = c->disaggregation,
                                .value = c->value_e4,
                                .status = status,
                                .notes = notes};
    return !nt_arena_exhausted(arena);
}

static void fill_statement(const nithet_submission *s, const uint8_t digest[NT_DIGEST_SIZE], Nithet__V1__SubmissionStatement *out) {
    nithet__v1__submission_statement__init(out);
    out->form = s->form;
    out->org = s->org;
    out->period = s->period;
    out->reason = s->reason;
    out->observations = s->count;
    out->content_digest = (ProtobufCBinaryData){NT_DIGEST_SIZE, (uint8_t *)(uintptr_t)digest};
}

static nithet_code refuse_empty(nithet_error **error) {
    return nithet_fail(error, NITHET_INVALID_ARGUMENT, "there are no figures to send", "ไม่มีข้อมูลที่จะส่ง");
}

nithet_code nithet_submission_validate(nithet_client *client, nithet_submission *s, nithet_error **error) {
    if (s->count == 0)
        return refuse_empty(error);
    nt_arena *arena = nt_arena_new(SEND_ARENA);
    nithet_server_info info;
    nithet_code code = arena ? nithet_get_server_info(client, &info, error) : nithet_fail_memory(error);
    part p;
    uint8_t digest[NT_DIGEST_SIZE] = {0};
    if (code == NITHET_OK && s->count > info.max_observations_per_chunk)
        code = nithet_fail(error, NITHET_OUT_OF_RANGE, "%zu figures, and %u can be checked at once: submit them; nothing is submitted if one is faulty",
                           "มี %zu รายการ ตรวจพร้อมกันได้ %u รายการ ให้ส่งจริง หากมีข้อผิดพลาดจะไม่มีการบันทึก", s->count, info.max_observations_per_chunk);
    if (code == NITHET_OK && !make_part(arena, s, NULL, 0, s->count, &p))
        code = nithet_fail_memory(error);
    if (code == NITHET_OK) {
        Nithet__V1__SubmissionStatement statement;
        fill_statement(s, digest, &statement);
        Nithet__V1__ValidateRequest request = NITHET__V1__VALIDATE_REQUEST__INIT;
        request.statement = &statement;
        request.observations = &p.set;
        size_t size = nithet__v1__validate_request__get_packed_size(&request);
        uint8_t *packed = malloc(size + 1);
        nithet_reply reply = {0};
        nithet_call_options o = {.flags = NITHET_CALL_READ};
        if (packed) {
            nithet__v1__validate_request__pack(&request, packed);
            code = nithet_call(client, "nithet.v1.SubmissionService/Validate", packed, size, &o, &reply, error);
        } else {
            code = nithet_fail_memory(error);
        }
        free(packed);
        if (code == NITHET_OK && reply.payload_size) {
            ProtobufCMessage *message = NULL;
            nt_status st = nt_payload_unpack(arena, &nithet__v1__validate_response__descriptor,
                                             nt_bytes_of(reply.payload, reply.payload_size), &message);
            const Nithet__V1__ValidateResponse *r = (const void *)message;
            nt_violations faults;
            nt_violations_init(&faults, arena);
            for (size_t i = 0; nt_ok(st) && i < r->n_violations; i++)
                nt_violations_add(&faults, r->violations[i]->path, r->violations[i]->rule, "%s%.0s", "%.0s%s",
                                  r->violations[i]->message ? r->violations[i]->message->en : "",
                                  r->violations[i]->message ? r->violations[i]->message->th : "");
            if (nt_ok(st)) {
                faults.total += r->violations_omitted;
                st = nt_violations_status(&faults);
            }
            if (!nt_ok(st))
                code = nithet_fail_status(error, st);
        }
        nithet_reply_clear(&reply);
    }
    nt_arena_free(arena);
    return code;
}

/* How far it came, on disk: `nithet-resume-v1 DIGEST KEY DRAFT`. The key is that of the Submit or the commit, so that what
 * was acknowledged and not heard of is not done again. DRAFT 0 is none. */
typedef struct progress_state {
    const char *path;
    uint8_t digest[NT_DIGEST_SIZE]; /* of statement and figures */
    char key[27];
    uint64_t draft_id;
} progress_state;

static int write_state(const progress_state *p) {
    if (!p->path)
        return 1;
    char hex[2 * NT_DIGEST_SIZE + 1], line[RESUME_LINE], aside[4096];
    nt_hex(p->digest, NT_DIGEST_SIZE, hex);
    int n = snprintf(line, sizeof line, "nithet-resume-v1 %s %s %llu\n", hex, p->key, (unsigned long long)p->draft_id);
    if (snprintf(aside, sizeof aside, "%s.new", p->path) >= (int)sizeof aside)
        return 0;
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int ok = fd >= 0 && write(fd, line, (size_t)n) == n && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok && rename(aside, p->path) == 0;
}

static void read_state(progress_state *p) {
    char line[RESUME_LINE] = "", hex[2 * NT_DIGEST_SIZE + 2] = "", key[28] = "";
    uint8_t digest[NT_DIGEST_SIZE];
    unsigned long long draft = 0;
    FILE *f = p->path ? fopen(p->path, "re") : NULL;
    int good = f && fgets(line, sizeof line, f) && sscanf(line, "nithet-resume-v1 %65s %27s %llu", hex, key, &draft) == 3 &&
               nt_unhex(hex, digest, sizeof digest) && memcmp(digest, p->digest, sizeof digest) == 0 &&
               nt_ulid_valid(nt_bytes_text(key));
    if (f)
        fclose(f);
    if (good) {
        memcpy(p->key, key, sizeof p->key);
        p->draft_id = draft;
    } else {
        nt_ulid_new(p->key);
    }
}

typedef struct sending {
    nithet_client *client;
    nithet_submission *s;
    const nithet_send_options *options;
    nt_arena *arena;       /* for the whole */
    nt_arena *chunk_arena; /* for one chunk */
    nithet_server_info info;
    uint32_t *order;
    size_t chunk_size, chunk_count;
    uint8_t (*digests)[NT_DIGEST_SIZE];
    uint8_t content[NT_DIGEST_SIZE];
    progress_state state;
} sending;

static void report(const sending *k, size_t sent) {
    if (k->options->progress)
        k->options->progress(k->options->context, sent, k->s->count);
}

static size_t chunk_length(const sending *k, size_t chunk) {
    size_t begin = chunk * k->chunk_size;
    return k->s->count - begin < k->chunk_size ? k->s->count - begin : k->chunk_size;
}

/* Order, doubled cells, digests: before anything is sent. */
static nithet_code prepare(sending *k, nithet_error **error) {
    nithet_submission *s = k->s;
    nt_observations all = all_of(s);
    int sorted;
    size_t doubled;
    k->order = nt_observations_order(k->arena, &all, &sorted, &doubled);
    if (!k->order)
        return nithet_fail_memory(error);
    if (doubled < s->count) {
        uint32_t first = k->order[doubled], second = k->order[doubled + 1];
        char path[64];
        snprintf(path, sizeof path, "observations[%u]", second);
        return nithet_fail_status(error, nt_fail_field(k->arena, path, "DOUBLED_CELL", "%s of %s%s%s stands twice: here and at observations[%u]; keep one",
                                                       "%s ของ %s%s%s ซ้ำ ทั้งที่นี่และที่ observations[%u] ให้เหลือรายการเดียว",
                                                       s->indicators.texts[s->indicator[second]], s->orgs.texts[s->org_number[second]],
                                                       *s->breakdowns.texts[s->breakdown[second]] ? " " : "",
                                                       s->breakdowns.texts[s->breakdown[second]], first));
    }
    size_t most = s->count <= k->info.max_observations_per_submit ? k->info.max_observations_per_submit : k->info.max_observations_per_chunk;
    k->chunk_size = most ? most : 1;
    k->chunk_count = (s->count + k->chunk_size - 1) / k->chunk_size;
    k->digests = nt_arena_alloc(k->arena, k->chunk_count * sizeof *k->digests);
    nt_content_digest *content = nt_content_digest_new(k->arena);
    if (!k->digests || !content)
        return nithet_fail_memory(error);
    for (size_t i = 0; i < k->chunk_count; i++) {
        nt_observations chunk = all;
        chunk.count = chunk_length(k, i);
        nt_observations_digest(&chunk, k->order + i * k->chunk_size, k->digests[i]);
        nt_content_digest_add(content, chunk.count, k->digests[i]);
    }
    nt_content_digest_end(content, k->content);
    /* What the resume file is about: the figures and what is said of them. */
    char *text = nt_arena_printf(k->arena, "%s\n%s\n%s\n%s\n", s->form, s->org, s->period, s->reason);
    uint8_t both[2 * NT_DIGEST_SIZE];
    if (!text)
        return nithet_fail_memory(error);
    nt_proof_digest(nt_bytes_text(text), both);
    memcpy(both + NT_DIGEST_SIZE, k->content, NT_DIGEST_SIZE);
    nt_proof_digest(nt_bytes_of(both, sizeof both), k->state.digest);
    k->state.path = k->options->resume_file;
    read_state(&k->state);
    return NITHET_OK;
}

static nithet_code remember(sending *k, nithet_error **error) {
    if (write_state(&k->state))
        return NITHET_OK;
    return nithet_fail(error, NITHET_FAILED_PRECONDITION, "%s: cannot be written (%s), so nothing was sent: choose another place for it",
                       "%s: เขียนไม่ได้ (%s) จึงยังไม่ได้ส่ง ให้เลือกที่เก็บอื่น", k->state.path, strerror(errno));
}

static nithet_receipt *copy_receipt(const Nithet__V1__Receipt *r) {
    typedef struct owned_receipt {
        nithet_receipt shown;
        char texts[];
    } owned_receipt;
    const Nithet__V1__SubmissionStatement *st = r->statement;
    if (!st || st->content_digest.len != 32 || r->audit_hash.len != 32 || r->signature.len != 64)
        return NULL;
    const char *in[] = {st->form, st->org, st->period, st->reason, r->officer, r->key_id};
    size_t size = 0;
    for (int i = 0; i < 6; i++)
        size += strlen(in[i]) + 1;
    owned_receipt *o = calloc(1, sizeof *o + size);
    if (!o)
        return NULL;
    char *at = o->texts;
    const char **out[] = {&o->shown.form, &o->shown.org, &o->shown.period, &o->shown.reason, &o->shown.officer, &o->shown.key_id};
    for (int i = 0; i < 6; i++) {
        *out[i] = strcpy(at, in[i]);
        at += strlen(in[i]) + 1;
    }
    o->shown.submission_id = r->submission_id;
    o->shown.observations = st->observations;
    o->shown.revision = r->revision;
    o->shown.received_at_us = r->received_at_us;
    o->shown.audit_position = r->audit_position;
    memcpy(o->shown.content_digest, st->content_digest.data, 32);
    memcpy(o->shown.audit_hash, r->audit_hash.data, 32);
    memcpy(o->shown.signature, r->signature.data, 64);
    return &o->shown;
}

void nithet_receipt_free(nithet_receipt *receipt) {
    free(receipt);
}

int nithet_receipt_verify(const nithet_receipt *r, const uint8_t service_key[32]) {
    uint8_t digest[NT_DIGEST_SIZE];
    nt_proof_receipt_fields fields = {.submission_id = r->submission_id,
                                      .form = nt_bytes_text(r->form),
                                      .org = nt_bytes_text(r->org),
                                      .period = nt_bytes_text(r->period),
                                      .reason = nt_bytes_text(r->reason),
                                      .observations = r->observations,
                                      .content_digest = nt_bytes_of(r->content_digest, 32),
                                      .revision = r->revision,
                                      .received_at_us = r->received_at_us,
                                      .officer = nt_bytes_text(r->officer),
                                      .key_id = nt_bytes_text(r->key_id),
                                      .audit_position = r->audit_position,
                                      .audit_hash = nt_bytes_of(r->audit_hash, 32)};
    nt_proof_receipt(&fields, digest);
    return nt_proof_verify(digest, service_key, nt_bytes_of(r->signature, 64));
}

static nithet_receipt *finish(sending *k, nithet_code code, const Nithet__V1__Receipt *r, nithet_error **error) {
    if (code != NITHET_OK)
        return NULL;
    nithet_receipt *receipt = r ? copy_receipt(r) : NULL;
    if (!receipt || !nithet_receipt_verify(receipt, k->info.service_key)) {
        nithet_receipt_free(receipt);
        nithet_fail(error, NITHET_DATA_LOSS, "the receipt is not signed by the service", "ใบรับไม่ได้ลงนามโดยบริการ");
        return NULL;
    }
    if (k->state.path)
        unlink(k->state.path);
    report(k, k->s->count);
    return receipt;
}

static nithet_receipt *send_whole(sending *k, nithet_error **error) {
    part p;
    Nithet__V1__SubmissionStatement statement;
    if (!make_part(k->arena, k->s, NULL, 0, k->s->count, &p)) {
        nithet_fail_memory(error);
        return NULL;
    }
    if (remember(k, error) != NITHET_OK)
        return NULL;
    fill_statement(k->s, k->content, &statement);
    Nithet__V1__SubmitRequest request = NITHET__V1__SUBMIT_REQUEST__INIT;
    request.statement = &statement;
    request.observations = &p.set;
    nithet_call_options o = {.flags = NITHET_CALL_SIGNED, .idempotency_key = k->state.key, .timeout_ms = k->options->timeout_ms};
    ProtobufCMessage *message = NULL;
    nithet_code code = nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/Submit", &request.base, &o,
                                           &nithet__v1__submit_response__descriptor, &message, NULL, error);
    const Nithet__V1__SubmitResponse *r = (const void *)message;
    return finish(k, code, r ? r->receipt : NULL, error);
}

/* The chunks that the service has already, as it was left. */
static nithet_code known_chunks(sending *k, uint8_t *known, nithet_error **error) {
    if (!k->state.draft_id)
        return NITHET_OK;
    Nithet__V1__GetDraftRequest request = NITHET__V1__GET_DRAFT_REQUEST__INIT;
    request.draft_id = k->state.draft_id;
    nithet_call_options o = {.flags = NITHET_CALL_READ};
    ProtobufCMessage *message = NULL;
    nithet_error *why = NULL;
    nithet_code code = nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/GetDraft", &request.base, &o,
                                           &nithet__v1__get_draft_response__descriptor, &message, NULL, &why);
    if (code == NITHET_NOT_FOUND) { /* committed (then the key knows), or expired: the commit tells */
        nithet_error_free(why);
        return NITHET_NOT_FOUND;
    }
    if (code != NITHET_OK) {
        if (error)
            *error = why;
        else
            nithet_error_free(why);
        return code;
    }
    const Nithet__V1__GetDraftResponse *r = (const void *)message;
    for (size_t i = 0; i < r->n_chunks; i++) {
        const Nithet__V1__DraftChunk *c = r->chunks[i];
        if (c->number < k->chunk_count && c->digest.len == NT_DIGEST_SIZE && memcmp(c->digest.data, k->digests[c->number], NT_DIGEST_SIZE) == 0)
            known[c->number] = 1;
    }
    return NITHET_OK;
}

static nithet_code create_draft(sending *k, nithet_error **error) {
    Nithet__V1__CreateDraftRequest request = NITHET__V1__CREATE_DRAFT_REQUEST__INIT;
    request.form = k->s->form;
    request.org = k->s->org;
    request.period = k->s->period;
    ProtobufCMessage *message = NULL;
    nithet_code code = nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/CreateDraft", &request.base, NULL,
                                           &nithet__v1__create_draft_response__descriptor, &message, NULL, error);
    if (code != NITHET_OK)
        return code;
    k->state.draft_id = ((const Nithet__V1__CreateDraftResponse *)(const void *)message)->draft_id;
    return remember(k, error);
}

/* The service counts figures in the chunk; the caller in the order of adding. */
static nithet_code renumber(sending *k, size_t chunk, nithet_error *why, nithet_error **error) {
    static const char prefix[] = "observations[";
    nithet_code code = why->code;
    nt_violations faults;
    nt_violations_init(&faults, k->arena);
    for (size_t i = 0; i < why->violation_count; i++) {
        const nithet_violation *v = &why->violations[i];
        char path[160], *rest = NULL;
        snprintf(path, sizeof path, "%s", v->path);
        if (strncmp(v->path, prefix, sizeof prefix - 1) == 0) {
            unsigned long row = strtoul(v->path + sizeof prefix - 1, &rest, 10);
            if (row < chunk_length(k, chunk))
                snprintf(path, sizeof path, "%s%u%s", prefix, k->order[chunk * k->chunk_size + row], rest);
        }
        nt_violations_add(&faults, path, nt_arena_strdup(k->arena, v->rule), "%s%.0s", "%.0s%s", v->en, v->th);
    }
    if (faults.total == 0) {
        if (error)
            *error = why;
        else
            nithet_error_free(why);
        return code;
    }
    faults.total += why->violations_omitted;
    nithet_error_free(why);
    return nithet_fail_status(error, nt_violations_status(&faults));
}

static nithet_code put_chunk(sending *k, size_t chunk, nithet_error **error) {
    part p;
    nt_arena_reset(k->chunk_arena);
    if (!make_part(k->chunk_arena, k->s, k->order, chunk * k->chunk_size, chunk_length(k, chunk), &p))
        return nithet_fail_memory(error);
    Nithet__V1__PutChunkRequest request = NITHET__V1__PUT_CHUNK_REQUEST__INIT;
    request.draft_id = k->state.draft_id;
    request.number = (uint32_t)chunk;
    request.observations = &p.set;
    request.digest = (ProtobufCBinaryData){NT_DIGEST_SIZE, k->digests[chunk]};
    ProtobufCMessage *message = NULL;
    nithet_error *why = NULL;
    nithet_code code = nithet_call_message(k->client, k->chunk_arena, "nithet.v1.SubmissionService/PutChunk", &request.base, NULL,
                                           &nithet__v1__put_chunk_response__descriptor, &message, NULL, &why);
    return why ? renumber(k, chunk, why, error) : code;
}

static nithet_receipt *commit(sending *k, nithet_error **error) {
    Nithet__V1__SubmissionStatement statement;
    fill_statement(k->s, k->content, &statement);
    Nithet__V1__CommitDraftRequest request = NITHET__V1__COMMIT_DRAFT_REQUEST__INIT;
    request.draft_id = k->state.draft_id;
    request.chunks = (uint32_t)k->chunk_count;
    request.statement = &statement;
    nithet_call_options o = {.flags = NITHET_CALL_SIGNED,
                             .idempotency_key = k->state.key,
                             .timeout_ms = k->options->timeout_ms ? k->options->timeout_ms : COMMIT_TIMEOUT_MS};
    ProtobufCMessage *message = NULL;
    nithet_code code = nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/CommitDraft", &request.base, &o,
                                           &nithet__v1__commit_draft_response__descriptor, &message, NULL, error);
    const Nithet__V1__CommitDraftResponse *r = (const void *)message;
    return finish(k, code, r ? r->receipt : NULL, error);
}

static nithet_receipt *send_chunks(sending *k, nithet_error **error) {
    uint8_t *known = NT_NEW_ARRAY(k->arena, uint8_t, k->chunk_count);
    k->chunk_arena = nt_arena_new(SEND_ARENA);
    if (!known || !k->chunk_arena) {
        nithet_fail_memory(error);
        return NULL;
    }
    nithet_code code = known_chunks(k, known, error);
    if (code == NITHET_NOT_FOUND) {
        nithet_error *why = NULL;
        nithet_receipt *receipt = commit(k, &why); /* perhaps it was committed, and only the answer was lost */
        if (receipt)
            return receipt;
        code = why ? why->code : NITHET_UNKNOWN;
        if (code != NITHET_NOT_FOUND) {
            if (error)
                *error = why;
            return NULL;
        }
        nithet_error_free(why);
        k->state.draft_id = 0;
        code = NITHET_OK;
    }
    if (code == NITHET_OK && !k->state.draft_id)
        code = create_draft(k, error);
    size_t sent = 0;
    for (size_t i = 0; i < k->chunk_count && code == NITHET_OK; i++) {
        if (!known[i])
            code = put_chunk(k, i, error);
        sent += chunk_length(k, i);
        if (code == NITHET_OK)
            report(k, sent);
    }
    return code == NITHET_OK ? commit(k, error) : NULL;
}

/* Sent again, the very same figures would be refused again. */
static int refused_for_good(nithet_code code) {
    return code == NITHET_INVALID_ARGUMENT || code == NITHET_PERMISSION_DENIED || code == NITHET_FAILED_PRECONDITION ||
           code == NITHET_NOT_FOUND || code == NITHET_OUT_OF_RANGE || code == NITHET_ALREADY_EXISTS;
}

nithet_receipt *nithet_submission_send(nithet_client *client, nithet_submission *s, const nithet_send_options *options,
                                       nithet_error **error) {
    static const nithet_send_options none;
    sending k = {.client = client, .s = s, .options = options ? options : &none};
    if (s->count == 0) {
        refuse_empty(error);
        return NULL;
    }
    k.arena = nt_arena_new(SEND_ARENA);
    nithet_receipt *receipt = NULL;
    nithet_error *why = NULL;
    nithet_code code = k.arena ? nithet_get_server_info(client, &k.info, &why) : nithet_fail_memory(&why);
    if (code == NITHET_OK)
        code = prepare(&k, &why);
    if (code == NITHET_OK)
        receipt = s->count <= k.info.max_observations_per_submit ? send_whole(&k, &why) : send_chunks(&k, &why);
    if (why && k.state.path && refused_for_good(why->code))
        unlink(k.state.path); /* there is nothing to go on with */
    if (why && error)
        *error = why;
    else
        nithet_error_free(why);
    nt_arena_free(k.chunk_arena);
    nt_arena_free(k.arena);
    return receipt;
}

nithet_code nithet_transition(nithet_client *client, uint64_t submission_id, const char *state, const char *comment,
                              nithet_error **error) {
    char name[64];
    snprintf(name, sizeof name, "SUBMISSION_STATE_%.40s", state);
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(&nithet__v1__submission_state__descriptor, name);
    if (!value)
        return nithet_fail(error, NITHET_INVALID_ARGUMENT, "\"%.40s\" is no state: ENDORSED, ACCEPTED, PUBLISHED, RETURNED or WITHDRAWN",
                           "\"%.40s\" ไม่ใช่สถานะ ให้ใช้ ENDORSED, ACCEPTED, PUBLISHED, RETURNED หรือ WITHDRAWN", state);
    nt_arena *arena = nt_arena_new(1 << 20);
    if (!arena)
        return nithet_fail_memory(error);
    Nithet__V1__TransitionRequest request = NITHET__V1__TRANSITION_REQUEST__INIT;
    request.submission_id = submission_id;
    request.to = (Nithet__V1__SubmissionState)value->value;
    request.comment = (char *)(uintptr_t)(comment ? comment : "");
    nithet_call_options o = {.flags = NITHET_CALL_SIGNED};
    ProtobufCMessage *message = NULL;
    nithet_code code = nithet_call_message(client, arena, "nithet.v1.SubmissionService/Transition", &request.base, &o,
                                           &nithet__v1__transition_response__descriptor, &message, NULL, error);
    nt_arena_free(arena);
    return code;
}
