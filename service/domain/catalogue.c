/* See catalogue.h. */
#include "domain/catalogue.h"

#include "domain/decimal.h"
#include "domain/expression.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Open addressing over ids; built once. */
struct nt_org_index {
    size_t mask;
    const nt_org *slots[];
};

static size_t spread(int32_t id) {
    return (size_t)((uint32_t)id * 2654435761u);
}

int nt_catalogue_index(nt_catalogue *catalogue) {
    size_t capacity = 16;
    while (capacity < catalogue->org_count * 2)
        capacity *= 2;
    struct nt_org_index *index =
        nt_arena_zalloc(catalogue->arena, 1, sizeof *index + capacity * sizeof index->slots[0]);
    if (!index)
        return 0;
    index->mask = capacity - 1;
    for (size_t i = 0; i < catalogue->org_count; i++) {
        size_t at = spread(catalogue->orgs[i].id) & index->mask;
        while (index->slots[at])
            at = (at + 1) & index->mask;
        index->slots[at] = &catalogue->orgs[i];
    }
    catalogue->orgs_by_id = index;
    size_t offices = 0;
    for (size_t i = 0; i < catalogue->org_count; i++)
        offices += catalogue->orgs[i].kind <= NT_ORG_PROVINCE;
    catalogue->offices = NT_NEW_ARRAY(catalogue->arena, const nt_org *, offices + 1);
    for (size_t i = 0; catalogue->offices && i < catalogue->org_count; i++)
        if (catalogue->orgs[i].kind <= NT_ORG_PROVINCE)
            catalogue->offices[catalogue->office_count++] = &catalogue->orgs[i];
    return catalogue->offices != NULL;
}

static nt_status bind_indicator(nt_catalogue *k, nt_indicator *i) {
    nt_names names = nt_names_of(k);
    if (!nt_indicator_derived(i) || !i->numerator || !i->weight)
        return nt_success();
    nt_status st = nt_expression_parse(k->arena, &names, "numerator", i->numerator, NT_TYPE_NUMBER, &i->above);
    if (nt_ok(st))
        st = nt_expression_parse(k->arena, &names, "weight", i->weight, NT_TYPE_NUMBER, &i->below);
    return st.code == NT_INVALID_ARGUMENT ? nt_success() : st;
}

nt_status nt_catalogue_bind(nt_catalogue *k) {
    nt_names names = nt_names_of(k);
    nt_status st = nt_success();
    for (size_t i = 0; i < k->indicator_count && nt_ok(st); i++)
        for (const nt_indicator *v = &k->indicators[i]; v && nt_ok(st); v = v->earlier)
            st = bind_indicator(k, (nt_indicator *)(uintptr_t)v);
    for (size_t i = 0; i < k->form_count; i++)
        for (size_t r = 0; r < k->forms[i].rule_count && nt_ok(st); r++) {
            nt_form_rule *rule = (nt_form_rule *)(uintptr_t)&k->forms[i].rules[r];
            st = nt_expression_parse(k->arena, &names, "rule", rule->text, NT_TYPE_YES_NO, &rule->expression);
            st = st.code == NT_INVALID_ARGUMENT ? nt_success() : st;
        }
    return st;
}

const nt_indicator *nt_indicator_on(const nt_indicator *indicator, nt_day day) {
    while (indicator->valid_from > day && indicator->earlier)
        indicator = indicator->earlier;
    return indicator;
}

int64_t nt_indicator_factor(const nt_indicator *i) {
    if (i->factor)
        return i->factor;
    return strchr(i->unit.en, '%') || strstr(i->unit.en, "percent") ? 100 * NT_DECIMAL_ONE : NT_DECIMAL_ONE;
}

const nt_org *nt_catalogue_org_by_id(const nt_catalogue *catalogue, int32_t id) {
    const struct nt_org_index *index = catalogue->orgs_by_id;
    for (size_t at = spread(id) & index->mask; index->slots[at]; at = (at + 1) & index->mask)
        if (index->slots[at]->id == id)
            return index->slots[at];
    return NULL;
}

/* Each of these structs is found by its `code`, in an array sorted by it. */
#define FIND_BY_CODE(type, array, count, wanted)                                                                       \
    size_t low = 0, high = (count);                                                                                    \
    while (low < high) {                                                                                               \
        size_t middle = low + (high - low) / 2;                                                                        \
        int order = strcmp((array)[middle].code, (wanted));                                                            \
        if (order == 0)                                                                                                \
            return &(array)[middle];                                                                                   \
        if (order < 0)                                                                                                 \
            low = middle + 1;                                                                                          \
        else                                                                                                           \
            high = middle;                                                                                             \
    }                                                                                                                  \
    return NULL

const nt_org *nt_catalogue_org(const nt_catalogue *c, const char *code) {
    FIND_BY_CODE(nt_org, c->orgs, c->org_count, code);
}

const nt_indicator *nt_catalogue_indicator(const nt_catalogue *c, const char *code) {
    FIND_BY_CODE(nt_indicator, c->indicators, c->indicator_count, code);
}

const nt_dimension *nt_catalogue_dimension(const nt_catalogue *c, const char *code) {
    FIND_BY_CODE(nt_dimension, c->dimensions, c->dimension_count, code);
}

const nt_form *nt_catalogue_form(const nt_catalogue *c, const char *code) {
    FIND_BY_CODE(nt_form, c->forms, c->form_count, code);
}

const nt_issue *nt_catalogue_issue(const nt_catalogue *c, const char *code) {
    FIND_BY_CODE(nt_issue, c->issues, c->issue_count, code);
}

const nt_indicator *nt_catalogue_indicator_by_id(const nt_catalogue *c, int32_t id) {
    for (size_t i = 0; i < c->indicator_count; i++)
        if (c->indicators[i].id == id)
            return &c->indicators[i];
    return NULL;
}

const nt_form *nt_catalogue_form_by_id(const nt_catalogue *c, int32_t id) {
    for (size_t i = 0; i < c->form_count; i++)
        if (c->forms[i].id == id)
            return &c->forms[i];
    return NULL;
}

const nt_member *nt_dimension_member(const nt_dimension *dimension, const char *code) {
    for (size_t i = 0; i < dimension->member_count; i++)
        if (strcmp(dimension->members[i].code, code) == 0)
            return &dimension->members[i];
    return NULL;
}

int nt_org_within(const nt_org *org, const nt_org *root) {
    for (; org; org = org->parent)
        if (org == root)
            return 1;
    return 0;
}

const nt_org *nt_org_province(const nt_org *org) {
    for (; org; org = org->parent)
        if (org->kind == NT_ORG_PROVINCE)
            return org;
    return NULL;
}

static int all_digits(const char *text, size_t least, size_t most) {
    size_t n = strlen(text);
    return n >= least && n <= most && strspn(text, "0123456789") == n;
}

int nt_org_code_valid(const char *code, nt_org_kind kind) {
    switch (kind) {
    case NT_ORG_COUNTRY:
        return strcmp(code, "TH") == 0;
    case NT_ORG_REGION:
        return strncmp(code, "REO", 3) == 0 && code[3] != '0' && all_digits(code + 3, 1, 2);
    case NT_ORG_PROVINCE:
        return strncmp(code, "TH-", 3) == 0 && all_digits(code + 3, 2, 2);
    case NT_ORG_DISTRICT:
        return all_digits(code, 4, 4);
    case NT_ORG_SCHOOL:
        return all_digits(code, 8, 10);
    case NT_ORG_PARTNER:
        return strncmp(code, "P-", 2) == 0 && nt_simple_code_valid(code + 2);
    }
    return 0;
}

int nt_indicator_code_valid(const char *code) {
    size_t n = strlen(code);
    return n >= 2 && n <= 40 && isupper((unsigned char)code[0]) &&
           strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == n;
}

int nt_simple_code_valid(const char *code) {
    size_t n = strlen(code);
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)code[i]) && !strchr("_-.", code[i]))
            return 0;
    return n >= 1 && n <= 40;
}

const char *nt_org_kind_name(nt_org_kind kind, int thai) {
    static const char *const names[][2] = {{"unit", "หน่วยงาน"},   {"country", "ประเทศ"}, {"region", "ภาค"},
                                           {"province", "จังหวัด"}, {"district", "อำเภอ"}, {"school", "สถานศึกษา"},
                                           {"partner", "เครือข่าย"}};
    return names[kind >= 1 && kind <= NT_ORG_PARTNER ? kind : 0][thai ? 1 : 0];
}

static void insert_sorted(nt_breakdown *b, const nt_dimension *d, const nt_member *m) {
    size_t at = b->count++;
    for (; at > 0 && strcmp(b->dimensions[at - 1]->code, d->code) > 0; at--) {
        b->dimensions[at] = b->dimensions[at - 1];
        b->members[at] = b->members[at - 1];
    }
    b->dimensions[at] = d;
    b->members[at] = m;
}

static nt_status write_canonical(nt_arena *arena, nt_breakdown *b) {
    size_t size = 1;
    for (size_t i = 0; i < b->count; i++)
        size += strlen(b->dimensions[i]->code) + strlen(b->members[i]->code) + 2;
    char *text = nt_arena_alloc(arena, size), *at = text;
    if (!text)
        return nt_fail_memory();
    for (size_t i = 0; i < b->count; i++) {
        if (i)
            *at++ = ';';
        at = stpcpy(at, b->dimensions[i]->code);
        *at++ = '=';
        at = stpcpy(at, b->members[i]->code);
    }
    *at = '\0';
    b->canonical = text;
    return nt_success();
}

nt_status nt_breakdown_parse(nt_arena *arena, const nt_catalogue *catalogue, const char *path, const char *text,
                             nt_breakdown *out) {
    *out = (nt_breakdown){0};
    char *copy = nt_arena_strdup(arena, text), *rest = NULL;
    if (!copy)
        return nt_fail_memory();
    for (char *pair = strtok_r(copy, ";", &rest); pair; pair = strtok_r(NULL, ";", &rest)) {
        char *equals = strchr(pair, '=');
        if (!equals)
            return nt_fail_field(arena, path, "BREAKDOWN_FORMAT", "\"%.60s\": write dimension=member, such as sex=male",
                                 "\"%.60s\": ให้เขียนแบบ มิติ=สมาชิก เช่น sex=male", pair);
        *equals = '\0';
        const nt_dimension *dimension = nt_catalogue_dimension(catalogue, pair);
        if (!dimension)
            return nt_fail_field(arena, path, "UNKNOWN_DIMENSION",
                                 "there is no dimension \"%.40s\" in the catalogue: see `nithet catalog dimensions`",
                                 "ไม่มีมิติ \"%.40s\" ในบัญชีตัวชี้วัด ดูได้จาก `nithet catalog dimensions`", pair);
        const nt_member *member = nt_dimension_member(dimension, equals + 1);
        if (!member)
            return nt_fail_field(arena, path, "UNKNOWN_MEMBER", "dimension %s has no member \"%.40s\"",
                                 "มิติ %s ไม่มีสมาชิก \"%.40s\"", pair, equals + 1);
        for (size_t i = 0; i < out->count; i++)
            if (out->dimensions[i] == dimension)
                return nt_fail_field(arena, path, "DIMENSION_TWICE", "dimension %s is given twice", "ระบุมิติ %s ซ้ำ",
                                     pair);
        if (out->count == NT_DIMENSIONS_MAX)
            return nt_fail_field(arena, path, "TOO_MANY_DIMENSIONS", "at most %d dimensions", "ระบุได้ไม่เกิน %d มิติ",
                                 NT_DIMENSIONS_MAX);
        insert_sorted(out, dimension, member);
    }
    return write_canonical(arena, out);
}

const char *nt_breakdown_name(nt_arena *arena, const nt_breakdown *b, int thai) {
    const char *text = "";
    for (size_t i = 0; i < b->count && text; i++) {
        const nt_name *member = &b->members[i]->name;
        text = nt_arena_printf(arena, "%s%s%s", text, i ? ", " : "", thai ? member->th : member->en);
    }
    return text ? text : "";
}
