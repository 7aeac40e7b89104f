/* See access.h. */
#include "api/access.h"

#include "api/service.h"
#include "base/clock.h"
#include "store/officer.h"

#include <stdio.h>

static const void *member(const void *message, const char *name) {
    const ProtobufCMessage *m = message;
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
    return field ? (const char *)message + field->offset : NULL;
}

static const char *text_of(const void *message, const char *name) {
    const void *at = member(message, name);
    return at ? *(const char *const *)at : "";
}

static nt_status role_denied(nt_call *call) {
    return nt_fail(call->arena, NT_PERMISSION_DENIED, "a %s%.0s may not call %s", "%.0s%s ไม่มีสิทธิ์เรียก %s",
                   nt_role_name((nt_role)call->caller->role, 0), nt_role_name((nt_role)call->caller->role, 1),
                   call->method->full_name);
}

static nt_status check_within(nt_call *call, const nt_org *org) {
    const nt_org *own = nt_catalogue_org_by_id(nt_worker_of(call)->catalogue, call->caller->org_id);
    if (own && nt_org_within(org, own)) {
        call->scope = org;
        return nt_success();
    }
    return nt_fail_resource(call->arena, NT_PERMISSION_DENIED, "org_unit", org->code,
                            "%s is not in %s, where %s is registered", "%s ไม่อยู่ในสังกัด %s ที่ %s ลงทะเบียนไว้", org->code,
                            call->caller->org, call->caller->login);
}

static nt_status check_code(nt_call *call, const char *path, const char *code) {
    const nt_org *org = nt_catalogue_org(nt_worker_of(call)->catalogue, code);
    if (!org)
        return nt_fail_field(call->arena, path, "UNKNOWN_ORG",
                             "there is no organisation \"%.40s\": provinces are written TH-50; see `nithet org list`",
                             "ไม่มีหน่วยงาน \"%.40s\" รหัสจังหวัดเขียนแบบ TH-50 ดูได้จาก `nithet org list`", code);
    return check_within(call, org);
}

static nt_status check_org(nt_call *call, const void *message) {
    const char *name = member(message, "org") ? "org" : "under";
    const char *code = text_of(message, name);
    if (*code)
        return check_code(call, name, code);
    const nt_org *own = nt_catalogue_org_by_id(nt_worker_of(call)->catalogue, call->caller->org_id);
    if (!own)
        return nt_fail(call->arena, NT_FAILED_PRECONDITION, "%s, where you are registered, does not exist any more",
                       "ไม่มีหน่วยงาน %s ที่ท่านลงทะเบียนไว้แล้ว", call->caller->org);
    call->scope = own;
    return nt_success();
}

static nt_status check_draft(nt_call *call, const void *message) {
    nt_worker *w = nt_worker_of(call);
    int64_t id = (int64_t)(*(const uint64_t *)member(message, "draft_id") & INT64_MAX);
    int32_t org_id;
    nt_status st = nt_store_draft_org(w->connection, call->arena, id, &org_id);
    const nt_org *org = org_id ? nt_catalogue_org_by_id(w->catalogue, org_id) : NULL;
    if (nt_ok(st) && org_id && !org)
        st = nt_fail(call->arena, NT_FAILED_PRECONDITION, "the draft's province is gone", "ไม่มีจังหวัดของร่างนี้แล้ว");
    if (nt_ok(st) && org)
        st = check_within(call, org);
    return nt_ok(st) ? nt_store_draft_get(w->connection, call->arena, id, call->received_at_us, &w->draft) : st;
}

static nt_status check_submission(nt_call *call, const void *message) {
    nt_worker *w = nt_worker_of(call);
    uint64_t id = *(const uint64_t *)member(message, "submission_id");
    int32_t org_id;
    nt_status st = nt_store_submission_org(w->connection, call->arena, (int64_t)(id & INT64_MAX), &org_id);
    if (!nt_ok(st))
        return st;
    const nt_org *org = org_id ? nt_catalogue_org_by_id(w->catalogue, org_id) : NULL;
    if (!org) {
        char name[24];
        snprintf(name, sizeof name, "%llu", (unsigned long long)id);
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "submission", name, "there is no submission %s",
                                "ไม่มีรายงานเลขที่ %s", name);
    }
    st = check_within(call, org);
    return nt_ok(st) ? nt_store_submission_get(w->connection, call->arena, (int64_t)(id & INT64_MAX), &w->submission)
                     : st;
}

/* The database is told whose rows this call may see, whatever its handler asks for. */
static nt_status set_scope(nt_call *call) {
    nt_worker *w = nt_worker_of(call);
    const nt_org *own = call->caller ? nt_catalogue_org_by_id(w->catalogue, call->caller->org_id) : NULL;
    if (!own)
        return nt_success();
    const char *units = nt_scope_units(call->arena, w->catalogue, own);
    nt_connection_scope(w->connection, units);
    return units ? nt_success() : nt_fail_memory();
}

const char *nt_scope_units(nt_arena *arena, const nt_catalogue *k, const nt_org *root) {
    int32_t *ids = NT_NEW_ARRAY(arena, int32_t, k->office_count + 1);
    const nt_org *province = nt_org_province(root); /* who stands beneath a province sees the province's */
    size_t count = 0;
    for (size_t i = 0; ids && i < k->office_count; i++)
        if (nt_org_within(k->offices[i], province ? province : root))
            ids[count++] = k->offices[i]->id;
    return ids ? nt_param_ints(arena, ids, count) : NULL;
}

static nt_status check_key(nt_call *call, const void *message) {
    nt_worker *w = nt_worker_of(call);
    const char *hex = text_of(message, "key_id");
    uint8_t id[NT_KEY_ID_SIZE];
    if (!nt_unhex(hex, id, sizeof id))
        return nt_fail_field(call->arena, "key_id", "BAD_KEY_ID", "a key's id is %d hexadecimal digits",
                             "รหัสกุญแจเป็นเลขฐานสิบหก %d หลัก", 2 * NT_KEY_ID_SIZE);
    nt_officer officer;
    nt_officer_key key;
    nt_status st = nt_store_key_find(w->connection, call->arena, nt_bytes_of(id, sizeof id), &officer, &key);
    if (!nt_ok(st))
        return st;
    if (!officer.login)
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "key", hex, "there is no key %s", "ไม่มีกุญแจ %s", hex);
    const nt_org *org = nt_catalogue_org_by_id(w->catalogue, officer.org_id);
    if (officer.id == call->caller->officer_id) { /* one's own */
        call->scope = org;
        return nt_success();
    }
    if (call->caller->role != NT_ROLE_ADMIN || !org)
        return nt_fail_resource(call->arena, NT_PERMISSION_DENIED, "key", hex,
                                "%s is not your key: administrators revoke others' keys",
                                "%s ไม่ใช่กุญแจของท่าน ผู้ดูแลระบบเท่านั้นที่เพิกถอนกุญแจผู้อื่นได้", hex);
    return check_within(call, org);
}

nt_status nt_access_check(nt_call *call, const void *message) {
    const nt_method_entry *entry = call->method->entry;
    if (call->caller && !(entry->roles & 1u << call->caller->role))
        return role_denied(call);
    nt_worker *w = nt_worker_of(call);
    if (!w)
        return nt_success(); /* inline methods are about nothing of anybody's */
    nt_status st = nt_catalogue_acquire(w->service->catalogue, w->connection, call->arena, &w->catalogue);
    if (nt_ok(st))
        st = set_scope(call);
    if (!nt_ok(st))
        return st;
    switch (entry->scope) {
    case NT_SCOPE_ORG:
        return check_org(call, message);
    case NT_SCOPE_STATEMENT: {
        const void *at = member(message, "statement");
        const void *statement = at ? *(const void *const *)at : NULL;
        if (!statement)
            return nt_fail_field(call->arena, "statement", "REQUIRED", "say what the figures are: form, org, period",
                                 "ให้ระบุ statement: แบบรายงาน หน่วยงาน งวด");
        return check_code(call, "statement.org", text_of(statement, "org"));
    }
    case NT_SCOPE_DRAFT:
        return check_draft(call, message);
    case NT_SCOPE_SUBMISSION:
        return check_submission(call, message);
    case NT_SCOPE_KEY:
        return check_key(call, message);
    case NT_SCOPE_NONE:
    default:
        return nt_success();
    }
}
