/* DirectoryService: the organisation tree. */
#include "api/handlers.h"
#include "api/message.h"
#include "api/service.h"

#include "nithet/v1/directory.pb-c.h"

#include <stdio.h>

static Nithet__V1__OrgUnit *unit_message(nt_arena *arena, const nt_org *org) {
    Nithet__V1__OrgUnit *m = NT_NEW(arena, Nithet__V1__OrgUnit);
    if (!m)
        return NULL;
    nithet__v1__org_unit__init(m);
    m->code = nt_text(org->code);
    m->kind = (Nithet__V1__OrgKind)org->kind;
    m->parent = nt_text(org->parent ? org->parent->code : "");
    m->name = nt_message_name(arena, org->name);
    m->valid_from = nt_message_date(arena, org->valid_from);
    m->valid_to = nt_message_date(arena, org->valid_to);
    return m;
}

nt_status nt_list_org_units(nt_call *call, const void *in) {
    const Nithet__V1__ListOrgUnitsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    const nt_catalogue *catalogue = w->catalogue;
    nt_catalogue then;
    nt_day day;
    if (r->on && *r->on->iso) {
        if (!nt_day_parse(r->on->iso, &day))
            return nt_fail_field(call->arena, "on", "BAD_DATE", "\"%.20s\" is no date: write 2026-01-31",
                                 "\"%.20s\" ไม่ใช่วันที่ ให้เขียนแบบ 2026-01-31", r->on->iso);
        nt_status st = nt_store_orgs_on(w->connection, call->arena, r->on->iso, &then);
        if (!nt_ok(st))
            return st;
        catalogue = &then;
    }
    const nt_org *root = *r->under ? nt_catalogue_org(catalogue, r->under) : NULL;
    if (*r->under && !root)
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "org_unit", r->under, "there is no organisation \"%.40s\"",
                                "ไม่มีหน่วยงาน \"%.40s\"", r->under);
    const char *after = nt_arena_strndup(call->arena, (const char *)call->cursor.data, call->cursor.size);
    size_t limit = nt_page_size(r->page_size);
    Nithet__V1__ListOrgUnitsResponse out = NITHET__V1__LIST_ORG_UNITS_RESPONSE__INIT;
    out.units = NT_NEW_ARRAY(call->arena, Nithet__V1__OrgUnit *, limit + 1);
    if (!out.units || !after)
        return nt_fail_memory();
    for (size_t i = 0; i < catalogue->org_count; i++) {
        const nt_org *org = &catalogue->orgs[i];
        if (strcmp(org->code, after) <= 0 || (r->kind && (int)r->kind != (int)org->kind) ||
            (root && !nt_org_within(org, root)))
            continue;
        if (out.n_units == limit) {
            nt_call_continue(call, nt_bytes_text(out.units[limit - 1]->code));
            break;
        }
        if (!(out.units[out.n_units++] = unit_message(call->arena, org)))
            return nt_fail_memory();
    }
    return nt_call_reply(call, &out.base);
}

/* The wanted units as domain units, with parents found here or in the tree that is. */
static nt_status read_units(nt_call *call, const Nithet__V1__ApplyOrgUnitsRequest *r, nt_org *units) {
    const nt_catalogue *current = nt_worker_of(call)->catalogue;
    nt_violations faults;
    nt_violations_init(&faults, call->arena);
    char path[64];
    for (size_t i = 0; i < r->n_units; i++) {
        const Nithet__V1__OrgUnit *u = r->units[i];
        units[i] = (nt_org){.code = u->code,
                            .kind = (nt_org_kind)u->kind,
                            .name = nt_name_of(u->name),
                            .valid_from = u->valid_from ? u->valid_from->iso : ""};
        snprintf(path, sizeof path, "units[%zu].code", i);
        if (!nt_org_code_valid(u->code, units[i].kind))
            nt_violations_add(
                &faults, path, "BAD_CODE",
                "\"%.40s\" is no code for that kind: regions are REO1, provinces TH-50, districts 4 digits, schools 8 "
                "or 10, partners P-...",
                "\"%.40s\" ไม่ใช่รหัสของหน่วยงานชนิดนี้ ภาคเขียน REO1 จังหวัด TH-50 อำเภอ 4 หลัก สถานศึกษา 8 หรือ 10 หลัก ภาคี P-...",
                u->code);
        snprintf(path, sizeof path, "units[%zu].name", i);
        if (!*units[i].name.th || !*units[i].name.en)
            nt_violations_add(&faults, path, "REQUIRED", "it needs a name in Thai and one in English",
                              "ต้องมีชื่อทั้งภาษาไทยและภาษาอังกฤษ");
        snprintf(path, sizeof path, "units[%zu].valid_from", i);
        nt_day day;
        if (!nt_day_parse(units[i].valid_from, &day))
            nt_violations_add(&faults, path, "BAD_DATE", "say from which day it holds: 2026-01-31",
                              "ให้ระบุวันที่เริ่มมีผล แบบ 2026-01-31");
        snprintf(path, sizeof path, "units[%zu].parent", i);
        for (size_t k = 0; k < i && !units[i].parent; k++)
            if (strcmp(units[k].code, u->parent) == 0)
                units[i].parent = &units[k];
        if (!units[i].parent)
            units[i].parent = nt_catalogue_org(current, u->parent);
        if (!units[i].parent && units[i].kind != NT_ORG_COUNTRY)
            nt_violations_add(&faults, path, "UNKNOWN_ORG",
                              "there is no \"%.40s\" above it, neither earlier here nor in the tree",
                              "ไม่มีหน่วยงานต้นสังกัด \"%.40s\" ทั้งก่อนหน้านี้ในไฟล์และในระบบ", u->parent);
        else if (units[i].parent && units[i].parent->kind >= units[i].kind && units[i].kind != NT_ORG_PARTNER)
            nt_violations_add(&faults, path, "WRONG_LEVEL", "%s cannot stand above %s", "%s เป็นต้นสังกัดของ %s ไม่ได้",
                              units[i].parent->code, u->code);
        for (size_t k = 0; k < i; k++)
            if (r->n_units < 500 && strcmp(units[k].code, u->code) == 0)
                nt_violations_add(&faults, path, "DOUBLED", "%s stands twice", "%s ซ้ำ", u->code);
        const nt_org *old = nt_catalogue_org(current, u->code);
        snprintf(path, sizeof path, "units[%zu].kind", i);
        if (old && old->kind != units[i].kind)
            nt_violations_add(&faults, path, "KIND_CHANGED", "%s is a %s%.0s, and stays one",
                              "%s เป็น%.0s%s เปลี่ยนชนิดไม่ได้", u->code, nt_org_kind_name(old->kind, 0),
                              nt_org_kind_name(old->kind, 1));
    }
    return nt_violations_status(&faults);
}

/* A change begins after the version that it ends. */
static nt_status check_later(nt_call *call, const nt_org *wanted) {
    const nt_org *old = nt_catalogue_org(nt_worker_of(call)->catalogue, wanted->code);
    if (!old || strcmp(wanted->valid_from, old->valid_from) > 0)
        return nt_success();
    return nt_fail_field(
        call->arena, "units.valid_from", "TOO_EARLY",
        "%s changes, but %s is not after %s, from when what is there holds: give the day of the change",
        "%s มีการเปลี่ยนแปลง แต่ %s ไม่อยู่หลัง %s ซึ่งเป็นวันเริ่มของข้อมูลเดิม ให้ระบุวันที่เปลี่ยน", wanted->code, wanted->valid_from,
        old->valid_from);
}

nt_status nt_apply_org_units(nt_call *call, const void *in) {
    const Nithet__V1__ApplyOrgUnitsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    if (r->n_units > 10000)
        return nt_fail_field(call->arena, "units", "TOO_MANY", "at most 10000 in a call", "ไม่เกิน 10000 หน่วยงานต่อครั้ง");
    nt_org *units = NT_NEW_ARRAY(call->arena, nt_org, r->n_units + 1);
    if (!units)
        return nt_fail_memory();
    nt_effect e = nt_effect_of(call, "TH");
    nt_status st = r->dry_run ? nt_success() : nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || (!r->dry_run && e.replayed)) {
        call->reply = e.reply;
        return st;
    }
    st = read_units(call, r, units);
    if (nt_ok(st) && !r->dry_run)
        st = nt_store_catalogue_lock(w->connection, call->arena, w->catalogue);
    nt_changes changes;
    nt_changes_init(&changes, call->arena);
    for (size_t i = 0; i < r->n_units && nt_ok(st); i++) {
        if (!nt_org_changes(&changes, w->catalogue, &units[i]))
            continue;
        st = check_later(call, &units[i]);
        if (nt_ok(st) && !r->dry_run)
            st = nt_store_org_put(w->connection, call->arena, &units[i]);
    }
    if (nt_ok(st) && changes.count && !r->dry_run)
        st = nt_store_catalogue_changed(w->connection, call->arena, &changes, w->catalogue->generation + 1,
                                        call->caller->login, call->received_at_us);
    Nithet__V1__ApplyOrgUnitsResponse out = NITHET__V1__APPLY_ORG_UNITS_RESPONSE__INIT;
    out.unchanged = (uint32_t)changes.unchanged;
    if (nt_ok(st))
        st = nt_message_changes(call->arena, &changes, &out.changes, &out.n_changes);
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    if (r->dry_run)
        return st;
    st = nt_effect_end(call, &e, st, "org_units");
    nt_catalogue_invalidate(w->service->catalogue);
    return st;
}
