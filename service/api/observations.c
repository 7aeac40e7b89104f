/* See observations.h. */
#include "api/observations.h"

#include "domain/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

/* Text to number in one column's dictionary. */
typedef struct term {
    const char *text;
    uint32_t number;
    UT_hash_handle hh;
} term;

typedef struct terms {
    nt_arena *arena;
    term *by_text;
    term *latest;
    const char **texts;
    size_t count;
} terms;

/* Rows often repeat the one before; the hash's own memory is taken back at the end. */
static uint32_t number_of(terms *t, const char *text) {
    if (t->latest && strcmp(t->latest->text, text) == 0)
        return t->latest->number;
    term *it = NULL;
    size_t length = strlen(text);
    HASH_FIND(hh, t->by_text, text, length, it);
    if (!it && (it = NT_NEW(t->arena, term))) {
        it->text = text;
        it->number = (uint32_t)t->count;
        t->texts[t->count++] = text;
        HASH_ADD_KEYPTR(hh, t->by_text, it->text, length, it);
    }
    t->latest = it;
    return it ? it->number : 0;
}

static void read_value(const Nithet__V1__Observation *row, size_t index, nt_violations *faults, int64_t *value) {
    char path[64];
    snprintf(path, sizeof path, "observations[%zu].value", index);
    int has_value = nt_status_has_value((unsigned)row->status);
    switch (nt_decimal_parse(nt_bytes_text(row->value), value)) {
    case NT_DECIMAL_OK:
        if (!has_value)
            nt_violations_add(faults, path, "VALUE_WITHOUT_STATUS",
                              "a figure that is missing or suppressed has no value: leave it empty",
                              "ข้อมูลที่ขาดหายหรือปกปิดต้องไม่มีค่า ให้เว้นว่าง");
        return;
    case NT_DECIMAL_EMPTY:
        *value = 0;
        if (has_value)
            nt_violations_add(faults, path, "REQUIRED",
                              "there is no figure: write it, or give the status MISSING and the reason",
                              "ไม่มีค่า ให้ใส่ค่า หรือระบุสถานะ MISSING พร้อมเหตุผล");
        return;
    case NT_DECIMAL_TOO_PRECISE:
        nt_violations_add(faults, path, "TOO_PRECISE", "\"%.40s\" has more than four digits after the point",
                          "\"%.40s\" มีทศนิยมเกินสี่ตำแหน่ง", row->value);
        return;
    case NT_DECIMAL_TOO_LARGE:
        nt_violations_add(faults, path, "OUT_OF_RANGE", "\"%.40s\" has more than 14 digits before the point",
                          "\"%.40s\" มีเลขหน้าจุดทศนิยมเกิน 14 หลัก", row->value);
        return;
    case NT_DECIMAL_BAD_GROUPING:
        nt_violations_add(faults, path, "BAD_GROUPING", "the commas in \"%.40s\" do not stand every three digits",
                          "เครื่องหมายจุลภาคใน \"%.40s\" ไม่ได้คั่นทุกสามหลัก", row->value);
        return;
    case NT_DECIMAL_NOT_A_NUMBER:
    default:
        nt_violations_add(faults, path, "NOT_A_NUMBER", "\"%.40s\" is not a number: write 1234 or 1,234.5",
                          "\"%.40s\" ไม่ใช่ตัวเลข ให้เขียน 1234 หรือ 1,234.5", row->value);
        return;
    }
}

static nt_status read_rows(nt_arena *arena, const Nithet__V1__ObservationSet *in, nt_violations *faults,
                           nt_observations *out) {
    size_t n = in->n_rows;
    terms columns[3];
    for (int i = 0; i < 3; i++)
        columns[i] = (terms){.arena = arena, .texts = NT_NEW_ARRAY(arena, const char *, n + 1)};
    uint32_t *numbers[3];
    for (int i = 0; i < 3; i++)
        numbers[i] = NT_NEW_ARRAY(arena, uint32_t, n + 1);
    int64_t *value = NT_NEW_ARRAY(arena, int64_t, n + 1);
    uint8_t *status = NT_NEW_ARRAY(arena, uint8_t, n + 1);
    const char **notes = NT_NEW_ARRAY(arena, const char *, n + 1);
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    for (size_t i = 0; i < n; i++) {
        Nithet__V1__Observation *row = in->rows[i];
        if (row->status == NITHET__V1__OBSERVATION_STATUS__OBSERVATION_STATUS_UNSPECIFIED)
            row->status = NITHET__V1__OBSERVATION_STATUS__OBSERVATION_STATUS_NORMAL;
        numbers[0][i] = number_of(&columns[0], row->indicator);
        numbers[1][i] = number_of(&columns[1], row->org);
        numbers[2][i] = number_of(&columns[2], row->disaggregation);
        status[i] = (uint8_t)row->status;
        notes[i] = *row->note ? row->note : NULL;
        read_value(row, i, faults, &value[i]);
    }
    for (int i = 0; i < 3; i++)
        HASH_CLEAR(hh, columns[i].by_text);
    *out = (nt_observations){.indicators = columns[0].texts,
                             .indicator_count = columns[0].count,
                             .orgs = columns[1].texts,
                             .org_count = columns[1].count,
                             .breakdowns = columns[2].texts,
                             .breakdown_count = columns[2].count,
                             .count = n,
                             .indicator = numbers[0],
                             .org = numbers[1],
                             .breakdown = numbers[2],
                             .value = value,
                             .status = status,
                             .notes = notes};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_success();
}

static nt_status read_columns(nt_arena *arena, const Nithet__V1__ObservationColumns *in, nt_observations *out) {
    size_t n = in->n_value_e4;
    if (in->n_indicator != n || in->n_org != n || in->n_disaggregation != n || (in->n_status && in->n_status != n))
        return nt_fail_field(
            arena, "observations.columns", "UNEQUAL_COLUMNS",
            "the columns indicator, org, disaggregation, value_e4 (and status, unless empty) must have one length",
            "คอลัมน์ indicator, org, disaggregation, value_e4 (และ status ถ้ามี) ต้องยาวเท่ากัน");
    uint8_t *status = NT_NEW_ARRAY(arena, uint8_t, n + 1);
    const char **notes = in->n_notes ? NT_NEW_ARRAY(arena, const char *, n + 1) : NULL;
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    for (size_t i = 0; i < n; i++)
        status[i] = in->n_status && in->status[i] ? (uint8_t)in->status[i] : NT_NORMAL;
    for (size_t i = 0; i < in->n_notes; i++) {
        if (in->notes[i]->row >= n || notes[in->notes[i]->row])
            return nt_fail_field(arena, "observations.columns.notes", "BAD_INDEX",
                                 "note %zu is for a row that is not there, or has one",
                                 "หมายเหตุลำดับที่ %zu อ้างถึงแถวที่ไม่มี หรือมีหมายเหตุแล้ว", i);
        notes[in->notes[i]->row] = in->notes[i]->text;
    }
    *out = (nt_observations){.indicators = (const char *const *)in->indicators,
                             .indicator_count = in->n_indicators,
                             .orgs = (const char *const *)in->orgs,
                             .org_count = in->n_orgs,
                             .breakdowns = (const char *const *)in->disaggregations,
                             .breakdown_count = in->n_disaggregations,
                             .count = n,
                             .indicator = in->indicator,
                             .org = in->org,
                             .breakdown = in->disaggregation,
                             .value = in->value_e4,
                             .status = status,
                             .notes = notes};
    return nt_success();
}

nt_status nt_observations_read(nt_arena *arena, const Nithet__V1__ObservationSet *in, size_t most,
                               nt_violations *faults, nt_observations *out) {
    size_t count = in ? in->n_rows + (in->columns ? in->columns->n_value_e4 : 0) : 0;
    if (count == 0)
        return nt_fail_field(arena, "observations", "REQUIRED", "there are no figures", "ไม่มีข้อมูล");
    if (in->n_rows && in->columns)
        return nt_fail_field(arena, "observations", "ROWS_OR_COLUMNS", "send rows or columns, not both",
                             "ส่ง rows หรือ columns อย่างใดอย่างหนึ่ง");
    if (count > most)
        return nt_fail_field(
            arena, "observations", "TOO_MANY",
            "%zu figures, and %zu is the most in one call (ServerInfo): send them as a draft, in chunks",
            "มี %zu รายการ เกินที่รับได้ %zu รายการต่อครั้ง (ServerInfo) ให้ส่งเป็นร่างทีละชุด", count, most);
    return in->n_rows ? read_rows(arena, in, faults, out) : read_columns(arena, in->columns, out);
}
