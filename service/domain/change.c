/* See change.h. */
#include "domain/change.h"

#include "domain/decimal.h"
#include "domain/expression.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 96, NAME_MAX_BYTES = 600 };

void nt_changes_init(nt_changes *changes, nt_arena *arena) {
    *changes = (nt_changes){.arena = arena};
}

void nt_changes_add(nt_changes *all, const char *kind, const char *code, const char *field, const char *before,
                    const char *after) {
    nt_change *c = NT_NEW(all->arena, nt_change);
    if (!c)
        return;
    *c = (nt_change){NULL, kind, code, field, before, after};
    if (all->last)
        all->last->next = c;
    else
        all->first = c;
    all->last = c;
    all->count++;
}

/* A thing's fields as texts, in one order for both sides. */
typedef struct field {
    const char *name;
    const char *text;
} field;

static int compare_fields(nt_changes *all, const char *kind, const char *code, const field *before, const field *after,
                          size_t count) {
    int differs = 0;
    if (!before) {
        nt_changes_add(all, kind, code, "", "", after[0].text);
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(before[i].text, after[i].text) != 0) {
            nt_changes_add(all, kind, code, after[i].name, before[i].text, after[i].text);
            differs = 1;
        }
    all->unchanged += !differs;
    return differs;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *nt_dimension_list(nt_arena *arena, const char **dimensions, size_t count) {
    qsort(dimensions, count, sizeof *dimensions, by_text);
    const char *text = "";
    for (size_t i = 0; i < count && text; i++)
        text = nt_arena_printf(arena, "%s%s%s", text, i ? "," : "", dimensions[i]);
    return text ? text : "";
}

const char *nt_form_item_dimensions(nt_arena *arena, const nt_form_item *item) {
    const char *codes[NT_DIMENSIONS_MAX];
    for (size_t i = 0; i < item->dimension_count; i++)
        codes[i] = item->dimensions[i]->code;
    return nt_dimension_list(arena, codes, item->dimension_count);
}

int nt_issue_changes(nt_changes *changes, const nt_catalogue *current, const nt_issue *wanted) {
    const nt_issue *old = nt_catalogue_issue(current, wanted->code);
    field after[] = {{"name.th", wanted->name.th}, {"name.en", wanted->name.en}};
    field before[2];
    if (old) {
        before[0] = (field){"name.th", old->name.th};
        before[1] = (field){"name.en", old->name.en};
    }
    return compare_fields(changes, "issue", wanted->code, old ? before : NULL, after, 2);
}

static const char *members_text(nt_arena *arena, const nt_dimension *d) {
    const char *text = "";
    for (size_t i = 0; i < d->member_count && text; i++)
        text = nt_arena_printf(arena, "%s%s%s (%s / %s)", text, i ? ", " : "", d->members[i].code,
                               d->members[i].name.th, d->members[i].name.en);
    return text ? text : "";
}

int nt_dimension_changes(nt_changes *changes, const nt_catalogue *current, const nt_dimension *wanted) {
    const nt_dimension *old = nt_catalogue_dimension(current, wanted->code);
    field before[3], after[] = {{"name.th", wanted->name.th},
                                {"name.en", wanted->name.en},
                                {"members", members_text(changes->arena, wanted)}};
    if (old) {
        before[0] = (field){"name.th", old->name.th};
        before[1] = (field){"name.en", old->name.en};
        before[2] = (field){"members", members_text(changes->arena, old)};
    }
    return compare_fields(changes, "dimension", wanted->code, old ? before : NULL, after, 3);
}

static const char *number_text(nt_arena *arena, int64_t value) {
    return nt_arena_printf(arena, "%lld", (long long)value);
}

static const char *limit_text(nt_arena *arena, int has, int64_t value) {
    char text[NT_DECIMAL_TEXT] = "";
    if (has)
        nt_decimal_format(value, text);
    return nt_arena_strdup(arena, text);
}

static const char *day_text(nt_arena *arena, nt_day day) {
    char text[NT_DATE_TEXT];
    nt_day_format(day, text);
    return nt_arena_strdup(arena, text);
}

enum { INDICATOR_FIELDS = 18 };

static int indicator_fields(nt_arena *arena, const nt_indicator *i, field out[INDICATOR_FIELDS]) {
    const char *dimensions[NT_DIMENSIONS_MAX];
    memcpy(dimensions, i->dimensions, sizeof dimensions);
    const field fields[INDICATOR_FIELDS] = {
        {"name.th", i->name.th},
        {"name.en", i->name.en},
        {"issue", i->issue},
        {"unit.th", i->unit.th},
        {"unit.en", i->unit.en},
        {"direction", number_text(arena, (int)i->direction)},
        {"decimals", number_text(arena, i->decimals)},
        {"aggregation", number_text(arena, (int)i->aggregation)},
        {"dimensions", nt_dimension_list(arena, dimensions, i->dimension_count)},
        {"weight", i->weight ? i->weight : ""},
        {"numerator", i->numerator ? i->numerator : ""},
        {"minimum", limit_text(arena, i->has_minimum, i->minimum)},
        {"maximum", limit_text(arena, i->has_maximum, i->maximum)},
        {"factor", limit_text(arena, i->factor != 0, i->factor)},
        {"missing_policy", number_text(arena, (int)i->missing_policy)},
        {"over_periods", number_text(arena, (int)i->over_periods)},
        {"over_dimensions", number_text(arena, (int)i->over_dimensions)},
        {"valid_from", day_text(arena, i->valid_from)},
    };
    memcpy(out, fields, sizeof fields);
    return !nt_arena_exhausted(arena);
}

int nt_indicator_changes(nt_changes *changes, const nt_catalogue *current, const nt_indicator *wanted) {
    const nt_indicator *old = nt_catalogue_indicator(current, wanted->code);
    field before[INDICATOR_FIELDS], after[INDICATOR_FIELDS];
    if (!indicator_fields(changes->arena, wanted, after) || (old && !indicator_fields(changes->arena, old, before)))
        return 0;
    return compare_fields(changes, "indicator", wanted->code, old ? before : NULL, after, INDICATOR_FIELDS);
}

enum { FORM_FIELDS = 9 };

static int form_fields(nt_arena *arena, const nt_form *f, field out[FORM_FIELDS]) {
    const char *items = "";
    for (size_t i = 0; i < f->item_count && items; i++) {
        const char *dimensions = nt_form_item_dimensions(arena, &f->items[i]);
        items = nt_arena_printf(arena, "%s%s%s%s%s%s", items, i ? "; " : "", f->items[i].indicator->code,
                                *dimensions ? " by " : "", dimensions, f->items[i].required ? " required" : "");
    }
    const char *rules = "";
    for (size_t i = 0; i < f->rule_count && rules; i++)
        rules = nt_arena_printf(arena, "%s%s%s (%s) %s [%s / %s]", rules, i ? "; " : "", f->rules[i].code,
                                f->rules[i].severity == NT_WARNING ? "warning" : "error", f->rules[i].text,
                                f->rules[i].name.th, f->rules[i].name.en);
    const field fields[FORM_FIELDS] = {{"name.th", f->name.th},
                                       {"name.en", f->name.en},
                                       {"period_kind", nt_period_kind_name(f->period_kind, 0)},
                                       {"level", nt_org_kind_name(f->level, 0)},
                                       {"due_days", number_text(arena, f->due_days)},
                                       {"grace_days", number_text(arena, f->grace_days)},
                                       {"locks", f->locks ? "yes" : "no"},
                                       {"items", items},
                                       {"rules", rules}};
    memcpy(out, fields, sizeof fields);
    return !nt_arena_exhausted(arena);
}

int nt_form_changes(nt_changes *changes, const nt_catalogue *current, const nt_form *wanted) {
    const nt_form *old = nt_catalogue_form(current, wanted->code);
    field before[FORM_FIELDS], after[FORM_FIELDS];
    if (!form_fields(changes->arena, wanted, after) || (old && !form_fields(changes->arena, old, before)))
        return 0;
    return compare_fields(changes, "form", wanted->code, old ? before : NULL, after, FORM_FIELDS);
}

int nt_org_changes(nt_changes *changes, const nt_catalogue *current, const nt_org *wanted) {
    const nt_org *old = nt_catalogue_org(current, wanted->code);
    field before[3], after[] = {{"name.th", wanted->name.th},
                                {"name.en", wanted->name.en},
                                {"parent", wanted->parent ? wanted->parent->code : ""}};
    if (old) {
        before[0] = (field){"name.th", old->name.th};
        before[1] = (field){"name.en", old->name.en};
        before[2] = (field){"parent", old->parent ? old->parent->code : ""};
    }
    return compare_fields(changes, "org_unit", wanted->code, old ? before : NULL, after, 3);
}

/* The faults. */

static void check_name(nt_violations *faults, const char *path, const char *what, nt_name name) {
    char at[PATH];
    snprintf(at, sizeof at, "%s.%s", path, what);
    if (!*name.th || !*name.en)
        nt_violations_add(faults, at, "REQUIRED", "it needs a text in Thai and one in English",
                          "ต้องมีทั้งภาษาไทยและภาษาอังกฤษ");
    if (strlen(name.th) > NAME_MAX_BYTES || strlen(name.en) > NAME_MAX_BYTES)
        nt_violations_add(faults, at, "TOO_LONG", "a name has at most %d bytes", "ชื่อยาวได้ไม่เกิน %d ไบต์", NAME_MAX_BYTES);
}

static void check_code(nt_violations *faults, const char *path, const char *code, int valid) {
    char at[PATH];
    snprintf(at, sizeof at, "%s.code", path);
    if (!valid)
        nt_violations_add(
            faults, at, "BAD_CODE",
            "\"%.40s\" is no code: indicators and forms are upper-case letters, digits and `_`; others letters, "
            "digits, `_`, `-`, `.`",
            "\"%.40s\" ไม่ใช่รหัสที่ถูกต้อง ตัวชี้วัดและแบบรายงานใช้ A-Z 0-9 _ อย่างอื่นใช้อักษรอังกฤษ ตัวเลข _ - .", code);
}

/* In what is sent, else in what there is. */
#define KNOWN(function, array, type)                                                                                   \
    const type *function(const nt_catalogue *current, const nt_catalogue *wanted, const char *code) {                  \
        for (size_t i = 0; i < wanted->array##_count; i++)                                                             \
            if (strcmp(wanted->array##s[i].code, code) == 0)                                                           \
                return &wanted->array##s[i];                                                                           \
        return nt_catalogue_##array(current, code);                                                                    \
    }
static KNOWN(known_issue, issue, nt_issue) KNOWN(nt_wanted_dimension, dimension, nt_dimension)
    KNOWN(nt_wanted_indicator, indicator, nt_indicator)

        static void check_reference(nt_violations *faults, const char *path, const char *field_name, const char *code,
                                    int known) {
    char at[PATH];
    snprintf(at, sizeof at, "%s.%s", path, field_name);
    if (!known)
        nt_violations_add(faults, at, "UNKNOWN_REFERENCE", "there is no \"%.40s\", neither here nor in the catalogue",
                          "ไม่มี \"%.40s\" ทั้งในไฟล์นี้และในทะเบียน", code);
}

static void check_dimension(const nt_catalogue *current, const nt_dimension *d, const char *path,
                            nt_violations *faults) {
    char at[PATH];
    check_code(faults, path, d->code, nt_simple_code_valid(d->code));
    check_name(faults, path, "name", d->name);
    if (d->member_count == 0) {
        snprintf(at, sizeof at, "%s.members", path);
        nt_violations_add(faults, at, "REQUIRED", "a dimension needs members", "มิติต้องมีสมาชิก");
    }
    for (size_t m = 0; m < d->member_count; m++) {
        snprintf(at, sizeof at, "%s.members[%zu]", path, m);
        check_code(faults, at, d->members[m].code, nt_simple_code_valid(d->members[m].code));
        check_name(faults, at, "name", d->members[m].name);
        for (size_t k = 0; k < m; k++)
            if (strcmp(d->members[k].code, d->members[m].code) == 0)
                nt_violations_add(faults, at, "DOUBLED", "%s stands twice", "%s ซ้ำ", d->members[m].code);
    }
    const nt_dimension *old = nt_catalogue_dimension(current, d->code);
    for (size_t m = 0; old && m < old->member_count; m++)
        if (!nt_dimension_member(d, old->members[m].code)) {
            snprintf(at, sizeof at, "%s.members", path);
            nt_violations_add(faults, at, "MEMBER_REMOVED",
                              "%s may not be taken away: figures may have been submitted by it",
                              "ตัด %s ออกไม่ได้ เพราะอาจมีข้อมูลที่ส่งไว้แล้ว", old->members[m].code);
        }
}

/* What both stand for: the names in what is sent, else in what there is. */
typedef struct both {
    const nt_catalogue *current, *wanted;
} both;

static const nt_indicator *both_indicator(const void *context, const char *code) {
    const both *b = context;
    return nt_wanted_indicator(b->current, b->wanted, code);
}

static const nt_dimension *both_dimension(const void *context, const char *code) {
    const both *b = context;
    return nt_wanted_dimension(b->current, b->wanted, code);
}

/* NULL and its faults, if it cannot be understood. */
static const nt_expression *check_expression(const both *b, const char *path, const char *text, nt_type type,
                                             nt_violations *faults) {
    const nt_names names = {b, both_indicator, both_dimension};
    const nt_expression *e = NULL;
    nt_status st = nt_expression_parse(faults->arena, &names, path, text, type, &e);
    if (nt_ok(st))
        return e;
    for (const nt_violation *v = st.fault->violations; v; v = v->next)
        nt_violations_copy(faults, v->path, v->rule, v->en, v->th, v->warning);
    return NULL;
}

enum { DERIVED_DEPTH = 8 };

/* Does a ratio come back to `start` by what it is made of? At most DERIVED_DEPTH ratios stand on one another. */
static int reaches(const both *b, const nt_indicator *start, const nt_indicator *from, int depth) {
    if (!nt_indicator_derived(from) || !from->numerator || !from->weight)
        return 0;
    if (depth > DERIVED_DEPTH)
        return 1;
    const char *texts[] = {from->numerator, from->weight};
    const nt_names names = {b, both_indicator, both_dimension};
    for (int k = 0; k < 2; k++) {
        nt_arena *scratch = nt_arena_new(4 << 20);
        const nt_expression *e = NULL;
        size_t count = 0;
        int found = 0;
        if (scratch && nt_ok(nt_expression_parse(scratch, &names, "", texts[k], NT_TYPE_NUMBER, &e))) {
            const nt_reference *r = nt_expression_references(e, &count);
            for (size_t i = 0; i < count && !found; i++)
                found = strcmp(r[i].indicator->code, start->code) == 0 || reaches(b, start, r[i].indicator, depth + 1);
        }
        nt_arena_free(scratch);
        if (found)
            return 1;
    }
    return 0;
}

/* A ratio's parts must be understood, may only read the period at hand, must not come back to itself, and must be in
 * one unit where the result is a percentage. */
static void check_ratio(const both *b, const nt_indicator *i, const char *path, nt_violations *faults) {
    char at[PATH];
    const char *texts[] = {i->numerator, i->weight}, *fields[] = {"numerator", "weight"}, *units[2];
    for (int k = 0; k < 2; k++) {
        snprintf(at, sizeof at, "%s.%s", path, fields[k]);
        const nt_expression *e = check_expression(b, at, texts[k], NT_TYPE_NUMBER, faults);
        if (!e)
            return;
        units[k] = nt_expression_unit(e, at, faults);
        size_t count;
        const nt_reference *r = nt_expression_references(e, &count);
        for (size_t n = 0; n < count; n++)
            if (r[n].when != NT_WHEN_NOW) {
                nt_violations_add(faults, at, "OTHER_PERIOD",
                                  "a formula is of one period: previous(), change() and the "
                                  "like are for rules",
                                  "สูตรใช้ข้อมูลงวดเดียว previous() change() ใช้ในกฎตรวจสอบเท่านั้น");
                break;
            }
    }
    snprintf(at, sizeof at, "%s.numerator", path);
    if (nt_indicator_factor(i) == 100 * NT_DECIMAL_ONE && units[0] && units[1] && *units[0] && *units[1] &&
        strcmp(units[0], units[1]) != 0)
        nt_violations_add(faults, at, "UNIT_MISMATCH",
                          "a percentage of %s in %s is none: give it another factor or unit",
                          "ร้อยละของ%s%s ใช้ไม่ได้ ให้ตั้งตัวคูณหรือหน่วยอื่น", units[0], units[1]);
    if (reaches(b, i, i, 0))
        nt_violations_add(faults, at, "CYCLE", "%s is computed of itself, or ratios stand on one another over %d deep",
                          "%s คำนวณวนกลับมาที่ตัวเอง หรือซ้อนกันเกิน %d ชั้น", i->code, DERIVED_DEPTH);
}

static void check_rules(const both *b, const nt_form *f, const char *path, nt_violations *faults) {
    char at[PATH];
    for (size_t k = 0; k < f->rule_count; k++) {
        const nt_form_rule *rule = &f->rules[k];
        snprintf(at, sizeof at, "%s.rules[%zu]", path, k);
        check_code(faults, at, rule->code, nt_indicator_code_valid(rule->code));
        check_name(faults, at, "name", rule->name);
        for (size_t j = 0; j < k; j++)
            if (strcmp(f->rules[j].code, rule->code) == 0)
                nt_violations_add(faults, at, "DOUBLED", "%s stands twice", "%s ซ้ำ", rule->code);
        snprintf(at, sizeof at, "%s.rules[%zu].expression", path, k);
        const nt_expression *e = check_expression(b, at, rule->text, NT_TYPE_YES_NO, faults);
        if (!e)
            continue;
        nt_expression_unit(e, at, faults);
        size_t count;
        const nt_reference *r = nt_expression_references(e, &count);
        for (size_t n = 0; n < count; n++) {
            size_t item = 0;
            while (item < f->item_count && strcmp(f->items[item].indicator->code, r[n].indicator->code) != 0)
                item++;
            if (item == f->item_count) {
                nt_violations_add(faults, at, "NOT_IN_FORM", "form %s does not ask for %s",
                                  "แบบรายงาน %s ไม่ได้ขอตัวชี้วัด %s", f->code, r[n].indicator->code);
                break;
            }
        }
    }
}

static void check_indicator(const nt_catalogue *current, const nt_catalogue *wanted, const nt_indicator *i,
                            const char *path, nt_violations *faults) {
    char at[PATH];
    check_code(faults, path, i->code, nt_indicator_code_valid(i->code));
    check_name(faults, path, "name", i->name);
    check_name(faults, path, "unit", i->unit);
    check_reference(faults, path, "issue", i->issue, known_issue(current, wanted, i->issue) != NULL);
    for (size_t d = 0; d < i->dimension_count; d++)
        check_reference(faults, path, "dimensions", i->dimensions[d],
                        nt_wanted_dimension(current, wanted, i->dimensions[d]) != NULL);
    int wants_weight = i->aggregation == NT_WEIGHTED_AVERAGE || i->aggregation == NT_RATIO_OF_SUMS;
    snprintf(at, sizeof at, "%s.weight", path);
    if (wants_weight && !i->weight)
        nt_violations_add(faults, at, "REQUIRED", "this aggregation needs the indicator to weigh by, or to divide by",
                          "การรวมค่าแบบนี้ต้องระบุตัวชี้วัดที่ใช้ถ่วงน้ำหนักหรือเป็นตัวหาร");
    int ratio = nt_indicator_derived(i);
    if (i->weight && !ratio)
        check_reference(faults, path, "weight", i->weight, nt_wanted_indicator(current, wanted, i->weight) != NULL);
    snprintf(at, sizeof at, "%s.numerator", path);
    if ((i->aggregation == NT_RATIO_OF_SUMS) != (i->numerator != NULL))
        nt_violations_add(faults, at, "REQUIRED", "a ratio of sums has a numerator, and nothing else has",
                          "ตัวชี้วัดแบบอัตราส่วนต้องมีตัวตั้ง แบบอื่นต้องไม่มี");
    if (ratio && i->numerator && i->weight)
        check_ratio(&(both){current, wanted}, i, path, faults);
    const nt_indicator *before = nt_catalogue_indicator(current, i->code);
    snprintf(at, sizeof at, "%s.valid_from", path);
    if (before && i->valid_from < before->valid_from)
        nt_violations_add(faults, at, "REWRITES_THE_PAST",
                          "the version before is for periods from a later day on: a new one begins then or later",
                          "รุ่นก่อนมีผลตั้งแต่วันหลังจากนี้ รุ่นใหม่ต้องเริ่มในวันเดียวกันหรือหลังจากนั้น");
    snprintf(at, sizeof at, "%s.maximum", path);
    if (i->has_minimum && i->has_maximum && i->minimum > i->maximum)
        nt_violations_add(faults, at, "OUT_OF_RANGE", "the maximum is below the minimum", "ค่าสูงสุดน้อยกว่าค่าต่ำสุด");
    snprintf(at, sizeof at, "%s.decimals", path);
    if (i->decimals > 4)
        nt_violations_add(faults, at, "OUT_OF_RANGE", "at most 4 digits after the point are kept",
                          "ทศนิยมได้ไม่เกิน 4 ตำแหน่ง");
}

static void check_form(const nt_form *f, const char *path, nt_violations *faults) {
    char at[PATH];
    check_code(faults, path, f->code, nt_indicator_code_valid(f->code));
    check_name(faults, path, "name", f->name);
    snprintf(at, sizeof at, "%s.level", path);
    if (f->level != NT_ORG_PROVINCE && f->level != NT_ORG_DISTRICT && f->level != NT_ORG_SCHOOL)
        nt_violations_add(faults, at, "BAD_LEVEL", "figures are of provinces, of districts or of schools",
                          "ข้อมูลต้องเป็นระดับจังหวัด อำเภอ หรือสถานศึกษา");
    snprintf(at, sizeof at, "%s.due_days", path);
    if (f->due_days > 3660 || f->grace_days > 3660)
        nt_violations_add(faults, at, "OUT_OF_RANGE", "at most ten years", "ไม่เกินสิบปี");
    snprintf(at, sizeof at, "%s.items", path);
    if (f->item_count == 0)
        nt_violations_add(faults, at, "REQUIRED", "a form asks for something", "แบบรายงานต้องมีรายการ");
    for (size_t k = 0; k < f->item_count; k++) {
        const nt_form_item *item = &f->items[k];
        snprintf(at, sizeof at, "%s.items[%zu]", path, k);
        if (item->indicator->aggregation == NT_RATIO_OF_SUMS)
            nt_violations_add(faults, at, "DERIVED", "%s is computed, and cannot be asked for", "%s คำนวณได้ ไม่ต้องขอ",
                              item->indicator->code);
        for (size_t d = 0; d < item->dimension_count; d++) {
            size_t m = 0;
            while (m < item->indicator->dimension_count &&
                   strcmp(item->indicator->dimensions[m], item->dimensions[d]->code) != 0)
                m++;
            if (m == item->indicator->dimension_count)
                nt_violations_add(faults, at, "NOT_A_DIMENSION", "%s cannot be broken down by %s",
                                  "%s จำแนกตาม %s ไม่ได้", item->indicator->code, item->dimensions[d]->code);
        }
    }
}

void nt_wanted_check(const nt_catalogue *current, const nt_catalogue *wanted, nt_violations *faults) {
    char path[PATH];
    for (size_t i = 0; i < wanted->issue_count; i++) {
        snprintf(path, sizeof path, "issues[%zu]", i);
        check_code(faults, path, wanted->issues[i].code, nt_simple_code_valid(wanted->issues[i].code));
        check_name(faults, path, "name", wanted->issues[i].name);
    }
    for (size_t i = 0; i < wanted->dimension_count; i++) {
        snprintf(path, sizeof path, "dimensions[%zu]", i);
        check_dimension(current, &wanted->dimensions[i], path, faults);
    }
    for (size_t i = 0; i < wanted->indicator_count; i++) {
        snprintf(path, sizeof path, "indicators[%zu]", i);
        check_indicator(current, wanted, &wanted->indicators[i], path, faults);
    }
    for (size_t i = 0; i < wanted->form_count; i++) {
        snprintf(path, sizeof path, "forms[%zu]", i);
        check_form(&wanted->forms[i], path, faults);
        check_rules(&(both){current, wanted}, &wanted->forms[i], path, faults);
    }
}
