/* See message.h. */
#include "api/message.h"

Nithet__V1__LocalizedText *nt_message_name(nt_arena *arena, nt_name name) {
    Nithet__V1__LocalizedText *m = NT_NEW(arena, Nithet__V1__LocalizedText);
    if (m) {
        nithet__v1__localized_text__init(m);
        m->th = nt_text(name.th);
        m->en = nt_text(name.en);
    }
    return m;
}

Nithet__V1__Date *nt_message_date(nt_arena *arena, const char *iso) {
    Nithet__V1__Date *m = iso && *iso ? NT_NEW(arena, Nithet__V1__Date) : NULL;
    if (m) {
        nithet__v1__date__init(m);
        m->iso = nt_text(iso);
    }
    return m;
}

nt_status nt_message_changes(nt_arena *arena, const nt_changes *changes, Nithet__V1__Change ***out, size_t *count) {
    *out = NT_NEW_ARRAY(arena, Nithet__V1__Change *, changes->count + 1);
    *count = 0;
    for (const nt_change *c = changes->first; *out && c; c = c->next) {
        Nithet__V1__Change *m = NT_NEW(arena, Nithet__V1__Change);
        if (!m)
            return nt_fail_memory();
        nithet__v1__change__init(m);
        m->kind = nt_text(c->kind);
        m->code = nt_text(c->code);
        m->field = nt_text(c->field);
        m->before = nt_text(c->before);
        m->after = nt_text(c->after);
        (*out)[(*count)++] = m;
    }
    return *out ? nt_success() : nt_fail_memory();
}

nt_status nt_message_issues(nt_arena *arena, const nt_catalogue *catalogue, Nithet__V1__StrategicIssue ***out,
                            size_t *count) {
    *out = NT_NEW_ARRAY(arena, Nithet__V1__StrategicIssue *, catalogue->issue_count + 1);
    *count = 0;
    for (size_t i = 0; *out && i < catalogue->issue_count; i++) {
        Nithet__V1__StrategicIssue *m = NT_NEW(arena, Nithet__V1__StrategicIssue);
        if (!m)
            return nt_fail_memory();
        nithet__v1__strategic_issue__init(m);
        m->code = nt_text(catalogue->issues[i].code);
        m->name = nt_message_name(arena, catalogue->issues[i].name);
        (*out)[(*count)++] = m;
    }
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_success();
}

nt_name nt_name_of(const Nithet__V1__LocalizedText *text) {
    return text ? (nt_name){text->th, text->en} : (nt_name){"", ""};
}
