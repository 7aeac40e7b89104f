/* A submission in the making: figures gathered into columns, and checked. */
#include "submission.h"

#include "domain/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

enum { TERM_ARENA = 1 << 30 };

typedef struct nithet_term {
    const char *text;
    uint32_t number;
    UT_hash_handle hh;
} term;

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

#define GROW(array, capacity)                                                                                          \
    (((grown = realloc((array), (capacity) * sizeof *(array))) != NULL) ? ((array) = grown, 1) : 0)

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

static nithet_code refuse_value(const nithet_submission *s, const char *value, nt_decimal_fault fault,
                                nithet_error **error) {
    char path[64];
    snprintf(path, sizeof path, "observations[%zu].value", s->count);
    nt_arena *arena = nt_arena_new(1 << 16);
    if (!arena)
        return nithet_fail_memory(error);
    nt_status st;
    switch (fault) {
    case NT_DECIMAL_EMPTY:
        st = nt_fail_field(arena, path, "REQUIRED",
                           "there is no figure: write it, or give the status MISSING and the reason",
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
        st = nt_fail_field(arena, path, "VALUE_WITHOUT_STATUS",
                           "a figure that is missing or suppressed has no value: leave it empty",
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

nithet_code nithet_submission_add(nithet_submission *s, const char *indicator, const char *org,
                                  const char *disaggregation, const char *value, nithet_status status, const char *note,
                                  nithet_error **error) {
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

nt_observations nithet_submission_all(const nithet_submission *s) {
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

nithet_code nithet_submission_order(nt_arena *arena, const nithet_submission *s, uint32_t **order,
                                    nithet_error **error) {
    nt_observations all = nithet_submission_all(s);
    int sorted;
    size_t doubled;
    *order = nt_observations_order(arena, &all, &sorted, &doubled);
    if (!*order)
        return nithet_fail_memory(error);
    if (doubled == s->count)
        return NITHET_OK;
    uint32_t first = (*order)[doubled], second = (*order)[doubled + 1];
    char path[64];
    snprintf(path, sizeof path, "observations[%u]", second);
    return nithet_fail_status(error, nt_fail_field(arena, path, "DOUBLED_CELL",
                                                   "%s of %s%s%s stands twice: here and at observations[%u]; keep one",
                                                   "%s ของ %s%s%s ซ้ำ ทั้งที่นี่และที่ observations[%u] ให้เหลือรายการเดียว",
                                                   s->indicators.texts[s->indicator[second]],
                                                   s->orgs.texts[s->org_number[second]],
                                                   *s->breakdowns.texts[s->breakdown[second]] ? " " : "",
                                                   s->breakdowns.texts[s->breakdown[second]], first));
}

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

int nithet_part_make(nt_arena *arena, const nithet_submission *s, const uint32_t *order, size_t begin, size_t count,
                     part *p) {
    nithet__v1__observation_set__init(&p->set);
    nithet__v1__observation_columns__init(&p->columns);
    Nithet__V1__ObservationColumns *c = &p->columns;
    uint32_t *maps[3] = {new_map(arena, s->indicators.count), new_map(arena, s->orgs.count),
                         new_map(arena, s->breakdowns.count)};
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
        c->indicator[i] =
            local_number(maps[0], s->indicators.texts, s->indicator[row], c->indicators, &c->n_indicators);
        c->org[i] = local_number(maps[1], s->orgs.texts, s->org_number[row], c->orgs, &c->n_orgs);
        c->disaggregation[i] =
            local_number(maps[2], s->breakdowns.texts, s->breakdown[row], c->disaggregations, &c->n_disaggregations);
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

void nithet_statement_fill(const nithet_submission *s, const uint8_t digest[NT_DIGEST_SIZE],
                           Nithet__V1__SubmissionStatement *out) {
    nithet__v1__submission_statement__init(out);
    out->form = s->form;
    out->org = s->org;
    out->period = s->period;
    out->reason = s->reason;
    out->observations = s->count;
    out->content_digest = (ProtobufCBinaryData){NT_DIGEST_SIZE, (uint8_t *)(uintptr_t)digest};
}

nithet_code nithet_refuse_empty(nithet_error **error) {
    return nithet_fail(error, NITHET_INVALID_ARGUMENT, "there are no figures to send", "ไม่มีข้อมูลที่จะส่ง");
}

/* Rows in order of organisation, so that what is required of one is seen in one call. */
static int by_org(const void *a, const void *b, void *orgs) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const uint32_t *of = orgs;
    return of[x] != of[y] ? (of[x] < of[y] ? -1 : 1) : (x < y ? -1 : x > y);
}

/* As many whole organisations as fit; one that does not fit alone is cut. */
static size_t validate_length(const nithet_submission *s, const uint32_t *order, size_t begin, size_t most) {
    size_t end = s->count - begin > most ? begin + most : s->count, cut = end;
    if (end == s->count)
        return end - begin;
    while (cut > begin && s->org_number[order[cut - 1]] == s->org_number[order[end]])
        cut--;
    return (cut > begin ? cut : end) - begin;
}

static nithet_code validate_some(nithet_client *client, nithet_submission *s, const uint32_t *order, size_t begin,
                                 size_t count, nt_violations *faults, nithet_error **error) {
    nt_arena *arena = nt_arena_new(NITHET_SEND_ARENA);
    part p;
    uint8_t digest[NT_DIGEST_SIZE] = {0};
    Nithet__V1__SubmissionStatement statement;
    ProtobufCMessage *message = NULL;
    nithet_code code =
        arena && nithet_part_make(arena, s, order, begin, count, &p) ? NITHET_OK : nithet_fail_memory(error);
    if (code == NITHET_OK) {
        nithet_statement_fill(s, digest, &statement);
        Nithet__V1__ValidateRequest request = NITHET__V1__VALIDATE_REQUEST__INIT;
        request.statement = &statement;
        request.observations = &p.set;
        nithet_call_options o = {.flags = NITHET_CALL_READ};
        code = nithet_call_message(client, arena, "nithet.v1.SubmissionService/Validate", &request.base, &o,
                                   &nithet__v1__validate_response__descriptor, &message, NULL, error);
    }
    const Nithet__V1__ValidateResponse *r = (const void *)message;
    for (size_t i = 0; code == NITHET_OK && i < r->n_violations; i++) {
        const Nithet__V1__FieldViolation *v = r->violations[i];
        char path[160];
        nithet_path_renumber(v->path, order + begin, count, path, sizeof path);
        nt_violations_copy(faults, path, v->rule, v->message ? v->message->en : "", v->message ? v->message->th : "",
                           v->warning);
    }
    if (code == NITHET_OK)
        faults->total += r->violations_omitted;
    nt_arena_free(arena);
    return code;
}

nithet_code nithet_submission_validate(nithet_client *client, nithet_submission *s, nithet_error **error) {
    if (s->count == 0)
        return nithet_refuse_empty(error);
    nt_arena *arena = nt_arena_new(NITHET_SEND_ARENA);
    nithet_server_info info;
    nithet_code code = arena ? nithet_get_server_info(client, &info, error) : nithet_fail_memory(error);
    uint32_t *order = code == NITHET_OK ? NT_NEW_ARRAY(arena, uint32_t, s->count) : NULL;
    if (code == NITHET_OK && !order)
        code = nithet_fail_memory(error);
    nt_violations faults;
    nt_violations_init(&faults, arena);
    for (size_t i = 0; code == NITHET_OK && i < s->count; i++)
        order[i] = (uint32_t)i;
    if (code == NITHET_OK && s->count > info.max_observations_per_chunk)
        qsort_r(order, s->count, sizeof *order, by_org, s->org_number);
    for (size_t begin = 0; code == NITHET_OK && begin < s->count;) {
        size_t length = validate_length(s, order, begin, info.max_observations_per_chunk);
        code = validate_some(client, s, order, begin, length, &faults, error);
        begin += length;
    }
    if (code == NITHET_OK && faults.total)
        code = nithet_fail_status(error, nt_violations_status(&faults));
    nt_arena_free(arena);
    return code;
}

void nithet_path_renumber(const char *path, const uint32_t *rows, size_t count, char *out, size_t size) {
    static const char prefix[] = "observations[";
    char *rest = NULL;
    snprintf(out, size, "%s", path);
    if (strncmp(path, prefix, sizeof prefix - 1) != 0)
        return;
    unsigned long row = strtoul(path + sizeof prefix - 1, &rest, 10);
    if (row < count)
        snprintf(out, size, "%s%u%s", prefix, rows[row], rest);
}
