/* TargetService: what is to be reached. */
#include "domain/target.h"
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "domain/decimal.h"
#include "store/target.h"

#include "nithet/v1/target.pb-c.h"

#include <stdio.h>

enum { TARGETS_MOST = 10000 };

static const nt_target *find(const nt_target *all, size_t count, int32_t indicator_id, int32_t org_id,
                             const char *year) {
    for (size_t i = 0; i < count; i++)
        if (all[i].indicator_id == indicator_id && all[i].org_id == org_id && strcmp(all[i].year, year) == 0)
            return &all[i];
    return NULL;
}

static void read_number(const char *text, const char *path, nt_violations *faults, int64_t otherwise, int *has,
                        int64_t *value) {
    *has = *text != 0;
    *value = otherwise;
    if (*has && nt_decimal_parse(nt_bytes_text(text), value) != NT_DECIMAL_OK)
        nt_violations_add(faults, path, "NOT_A_NUMBER", "\"%.40s\" is no number", "\"%.40s\" ไม่ใช่ตัวเลข", text);
}

static void read_target(nt_call *call, const Nithet__V1__Target *in, size_t index, nt_violations *faults,
                        nt_target *out) {
    const nt_catalogue *k = nt_worker_of(call)->catalogue;
    char path[64];
    int has_risk;
    const nt_indicator *indicator = nt_catalogue_indicator(k, in->indicator);
    const nt_org *org = nt_catalogue_org(k, in->org);
    nt_period year;
    snprintf(path, sizeof path, "targets[%zu].indicator", index);
    if (!indicator)
        nt_violations_add(faults, path, "UNKNOWN_INDICATOR", "there is no indicator \"%.40s\"", "ไม่มีตัวชี้วัด \"%.40s\"",
                          in->indicator);
    snprintf(path, sizeof path, "targets[%zu].org", index);
    if (!org || org->kind > NT_ORG_PROVINCE)
        nt_violations_add(faults, path, "UNKNOWN_ORG", "\"%.40s\" is no province, region or country",
                          "\"%.40s\" ไม่ใช่จังหวัด ภาค หรือประเทศ", in->org);
    else if (!nt_org_within(org, call->scope))
        nt_violations_add(faults, path, "FOREIGN_ORG", "%s is not in %s", "%s ไม่อยู่ในสังกัด %s", org->code,
                          ((const nt_org *)call->scope)->code);
    snprintf(path, sizeof path, "targets[%zu].year", index);
    nt_status st = nt_period_parse(call->arena, path, in->year, &year);
    if (!nt_ok(st) || (year.kind != NT_PERIOD_FISCAL_YEAR && year.kind != NT_PERIOD_ACADEMIC_YEAR))
        nt_violations_add(faults, path, "PERIOD_KIND", "\"%.20s\" is no year: write FY2569 or AY2568",
                          "\"%.20s\" ไม่ใช่ปี ให้เขียน FY2569 หรือ AY2568", in->year);
    *out = (nt_target){.indicator_id = indicator ? indicator->id : 0,
                       .org_id = org ? org->id : 0,
                       .year = nt_arena_strdup(call->arena, nt_ok(st) ? year.code : "")};
    snprintf(path, sizeof path, "targets[%zu].value", index);
    read_number(in->value, path, faults, 0, &out->has_value, &out->value);
    snprintf(path, sizeof path, "targets[%zu].at_risk", index);
    read_number(in->at_risk, path, faults, NT_AT_RISK_DEFAULT, &has_risk, &out->at_risk);
    if (out->at_risk < 0 || out->at_risk > 100 * NT_DECIMAL_ONE)
        nt_violations_add(faults, path, "OUT_OF_RANGE", "a percentage from 0 to 100", "ร้อยละ 0 ถึง 100");
}

static const char *target_text(nt_arena *arena, const nt_target *t) {
    if (!t || !t->has_value)
        return "";
    return nt_arena_printf(arena, "%s (%s%%)", nt_decimal_text(arena, 1, t->value),
                           nt_decimal_text(arena, 1, t->at_risk));
}

/* What differs from what there is: added, unless it is a dry run. */
static nt_status apply(nt_call *call, const Nithet__V1__ApplyTargetsRequest *r, nt_changes *changes) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    nt_violations faults;
    size_t count, org_count;
    nt_target *known, *wanted = NT_NEW_ARRAY(arena, nt_target, r->n_targets + 1);
    int32_t *orgs = nt_org_ids_within(arena, w->catalogue, call->scope, 0, &org_count);
    nt_violations_init(&faults, arena);
    if (!wanted || !orgs)
        return nt_fail_memory();
    for (size_t i = 0; i < r->n_targets; i++)
        read_target(call, r->targets[i], i, &faults, &wanted[i]);
    nt_status st = nt_violations_status(&faults);
    if (nt_ok(st))
        st = nt_store_targets(w->connection, arena, orgs, org_count, "", INT64_MAX, &known, &count);
    for (size_t i = 0; nt_ok(st) && i < r->n_targets; i++) {
        nt_target *t = &wanted[i];
        const nt_target *old = find(known, count, t->indicator_id, t->org_id, t->year);
        if (find(wanted, i, t->indicator_id, t->org_id, t->year)) {
            char path[64];
            snprintf(path, sizeof path, "targets[%zu]", i);
            return nt_fail_field(arena, path, "DOUBLED", "%s of %s, %s stands twice", "%s ของ %s, %s ซ้ำ",
                                 r->targets[i]->indicator, r->targets[i]->org, t->year);
        }
        if (old ? old->has_value == t->has_value &&
                      (!t->has_value || (old->value == t->value && old->at_risk == t->at_risk))
                : !t->has_value) {
            changes->unchanged++;
            continue;
        }
        nt_changes_add(changes, "target",
                       nt_arena_printf(arena, "%s %s %s", r->targets[i]->indicator, r->targets[i]->org, t->year),
                       old ? "value" : "", target_text(arena, old), target_text(arena, t));
        t->revision = old ? old->revision + 1 : 1;
        if (!r->dry_run)
            st = nt_store_target_add(w->connection, arena, t, call->caller->officer_id, call->received_at_us);
    }
    return st;
}

nt_status nt_apply_targets(nt_call *call, const void *in) {
    const Nithet__V1__ApplyTargetsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    if (r->n_targets == 0 || r->n_targets > TARGETS_MOST)
        return nt_fail_field(call->arena, "targets", "REQUIRED", "from 1 to %d targets", "1 ถึง %d เป้าหมาย",
                             TARGETS_MOST);
    nt_effect e = nt_effect_of(call, nt_chain_of(call->scope));
    nt_status st = r->dry_run ? nt_success() : nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || (!r->dry_run && e.replayed)) {
        call->reply = e.reply;
        return st;
    }
    nt_changes changes;
    nt_changes_init(&changes, call->arena);
    st = apply(call, r, &changes);
    Nithet__V1__ApplyTargetsResponse out = NITHET__V1__APPLY_TARGETS_RESPONSE__INIT;
    out.unchanged = (uint32_t)changes.unchanged;
    if (nt_ok(st))
        st = nt_message_changes(call->arena, &changes, &out.changes, &out.n_changes);
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    return r->dry_run ? st : nt_effect_end(call, &e, st, "targets");
}

nt_status nt_list_targets(nt_call *call, const void *in) {
    const Nithet__V1__ListTargetsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    size_t count, org_count;
    nt_target *all;
    int32_t *orgs = nt_org_ids_within(call->arena, w->catalogue, call->scope, 0, &org_count);
    if (!orgs)
        return nt_fail_memory();
    nt_status st = nt_store_targets(w->connection, call->arena, orgs, org_count, r->year, INT64_MAX, &all, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListTargetsResponse out = NITHET__V1__LIST_TARGETS_RESPONSE__INIT;
    out.targets = NT_NEW_ARRAY(call->arena, Nithet__V1__Target *, count + 1);
    for (size_t i = 0; out.targets && i < count; i++) {
        const nt_indicator *indicator = nt_catalogue_indicator_by_id(w->catalogue, all[i].indicator_id);
        const nt_org *org = nt_catalogue_org_by_id(w->catalogue, all[i].org_id);
        Nithet__V1__Target *m = NT_NEW(call->arena, Nithet__V1__Target);
        if (!m)
            return nt_fail_memory();
        if (!all[i].has_value || !indicator || !org || (*r->indicator && strcmp(r->indicator, indicator->code) != 0))
            continue;
        nithet__v1__target__init(m);
        m->indicator = nt_text(indicator->code);
        m->org = nt_text(org->code);
        m->year = nt_text(all[i].year);
        m->value = nt_decimal_text(call->arena, 1, all[i].value);
        m->at_risk = nt_decimal_text(call->arena, 1, all[i].at_risk);
        out.targets[out.n_targets++] = m;
    }
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}
