/* CatalogueService: what is measured, and what is asked for. */
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "api/service.h"
#include "domain/decimal.h"

#include "nithet/v1/catalogue.pb-c.h"

#include <stdio.h>

nt_status nt_list_strategic_issues(nt_call *call, const void *in) {
    (void)in;
    Nithet__V1__ListStrategicIssuesResponse out = NITHET__V1__LIST_STRATEGIC_ISSUES_RESPONSE__INIT;
    nt_status st = nt_message_issues(call->arena, nt_worker_of(call)->catalogue, &out.issues, &out.n_issues);
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}

static Nithet__V1__Dimension *dimension_message(nt_arena *arena, const nt_dimension *d) {
    Nithet__V1__Dimension *m = NT_NEW(arena, Nithet__V1__Dimension);
    if (!m)
        return NULL;
    nithet__v1__dimension__init(m);
    m->code = nt_text(d->code);
    m->name = nt_message_name(arena, d->name);
    m->members = NT_NEW_ARRAY(arena, Nithet__V1__DimensionMember *, d->member_count + 1);
    for (size_t i = 0; m->members && i < d->member_count; i++) {
        Nithet__V1__DimensionMember *member = NT_NEW(arena, Nithet__V1__DimensionMember);
        if (!member)
            return NULL;
        nithet__v1__dimension_member__init(member);
        member->code = nt_text(d->members[i].code);
        member->name = nt_message_name(arena, d->members[i].name);
        m->members[m->n_members++] = member;
    }
    return m;
}

nt_status nt_list_dimensions(nt_call *call, const void *in) {
    (void)in;
    const nt_catalogue *k = nt_worker_of(call)->catalogue;
    Nithet__V1__ListDimensionsResponse out = NITHET__V1__LIST_DIMENSIONS_RESPONSE__INIT;
    out.dimensions = NT_NEW_ARRAY(call->arena, Nithet__V1__Dimension *, k->dimension_count + 1);
    for (size_t i = 0; out.dimensions && i < k->dimension_count; i++)
        out.dimensions[out.n_dimensions++] = dimension_message(call->arena, &k->dimensions[i]);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

static Nithet__V1__Indicator *indicator_message(nt_arena *arena, const nt_indicator *i) {
    Nithet__V1__Indicator *m = NT_NEW(arena, Nithet__V1__Indicator);
    if (!m)
        return NULL;
    nithet__v1__indicator__init(m);
    m->code = nt_text(i->code);
    m->issue = nt_text(i->issue);
    m->name = nt_message_name(arena, i->name);
    m->unit = nt_message_name(arena, i->unit);
    m->direction = (Nithet__V1__Direction)i->direction;
    m->decimals = i->decimals;
    m->aggregation = (Nithet__V1__Aggregation)i->aggregation;
    m->n_dimensions = i->dimension_count;
    m->dimensions = nt_arena_memdup(arena, i->dimensions, sizeof i->dimensions);
    m->weight = nt_text(i->weight);
    m->numerator = nt_text(i->numerator);
    m->minimum = nt_decimal_text(arena, i->has_minimum, i->minimum);
    m->maximum = nt_decimal_text(arena, i->has_maximum, i->maximum);
    char day[NT_DATE_TEXT];
    nt_day_format(i->valid_from, day);
    m->version = i->version;
    m->factor = nt_decimal_text(arena, i->factor != 0, i->factor);
    m->missing_policy = (Nithet__V1__MissingPolicy)i->missing_policy;
    m->over_periods = (Nithet__V1__Aggregation)i->over_periods;
    m->over_dimensions = (Nithet__V1__Aggregation)i->over_dimensions;
    m->valid_from = nt_message_date(arena, nt_arena_strdup(arena, day));
    return m;
}

nt_status nt_list_indicators(nt_call *call, const void *in) {
    const Nithet__V1__ListIndicatorsRequest *r = in;
    const nt_catalogue *k = nt_worker_of(call)->catalogue;
    if (*r->issue && !nt_catalogue_issue(k, r->issue))
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "issue", r->issue, "there is no strategic issue \"%.40s\"",
                                "ไม่มีประเด็นยุทธศาสตร์ \"%.40s\"", r->issue);
    Nithet__V1__ListIndicatorsResponse out = NITHET__V1__LIST_INDICATORS_RESPONSE__INIT;
    out.indicators = NT_NEW_ARRAY(call->arena, Nithet__V1__Indicator *, k->indicator_count + 1);
    for (size_t i = 0; out.indicators && i < k->indicator_count; i++)
        if (!*r->issue || strcmp(k->indicators[i].issue, r->issue) == 0)
            out.indicators[out.n_indicators++] = indicator_message(call->arena, &k->indicators[i]);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

static Nithet__V1__Form *form_message(nt_arena *arena, const nt_form *f) {
    Nithet__V1__Form *m = NT_NEW(arena, Nithet__V1__Form);
    if (!m)
        return NULL;
    nithet__v1__form__init(m);
    m->code = nt_text(f->code);
    m->name = nt_message_name(arena, f->name);
    m->period_kind = (Nithet__V1__PeriodKind)f->period_kind;
    m->level = (Nithet__V1__OrgKind)f->level;
    m->due_days = f->due_days;
    m->grace_days = f->grace_days;
    m->locks = f->locks;
    m->version = f->version;
    m->items = NT_NEW_ARRAY(arena, Nithet__V1__FormItem *, f->item_count + 1);
    for (size_t i = 0; m->items && i < f->item_count; i++) {
        Nithet__V1__FormItem *item = NT_NEW(arena, Nithet__V1__FormItem);
        if (!item)
            return NULL;
        nithet__v1__form_item__init(item);
        item->indicator = nt_text(f->items[i].indicator->code);
        item->required = f->items[i].required;
        item->dimensions = NT_NEW_ARRAY(arena, char *, NT_DIMENSIONS_MAX);
        for (size_t d = 0; item->dimensions && d < f->items[i].dimension_count; d++)
            item->dimensions[item->n_dimensions++] = nt_text(f->items[i].dimensions[d]->code);
        m->items[m->n_items++] = item;
    }
    m->rules = NT_NEW_ARRAY(arena, Nithet__V1__FormRule *, f->rule_count + 1);
    for (size_t i = 0; m->rules && i < f->rule_count; i++) {
        Nithet__V1__FormRule *rule = NT_NEW(arena, Nithet__V1__FormRule);
        if (!rule)
            return NULL;
        nithet__v1__form_rule__init(rule);
        rule->code = nt_text(f->rules[i].code);
        rule->severity = (Nithet__V1__Severity)f->rules[i].severity;
        rule->expression = nt_text(f->rules[i].text);
        rule->name = nt_message_name(arena, f->rules[i].name);
        m->rules[m->n_rules++] = rule;
    }
    return m;
}

nt_status nt_list_forms(nt_call *call, const void *in) {
    const Nithet__V1__ListFormsRequest *r = in;
    const nt_catalogue *k = nt_worker_of(call)->catalogue;
    if (*r->code && !nt_catalogue_form(k, r->code))
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "form", r->code, "there is no form \"%.40s\"",
                                "ไม่มีแบบรายงาน \"%.40s\"", r->code);
    Nithet__V1__ListFormsResponse out = NITHET__V1__LIST_FORMS_RESPONSE__INIT;
    out.forms = NT_NEW_ARRAY(call->arena, Nithet__V1__Form *, k->form_count + 1);
    for (size_t i = 0; out.forms && i < k->form_count; i++)
        if (!*r->code || strcmp(k->forms[i].code, r->code) == 0)
            out.forms[out.n_forms++] = form_message(call->arena, &k->forms[i]);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

nt_status nt_resolve_period(nt_call *call, const void *in) {
    const Nithet__V1__ResolvePeriodRequest *r = in;
    nt_period period;
    nt_status st = nt_period_parse(call->arena, "code", r->code, &period);
    if (!nt_ok(st))
        return st;
    char first[NT_DATE_TEXT], last[NT_DATE_TEXT], th[160], en[160];
    nt_day_format(period.first, first);
    nt_day_format(period.last, last);
    nt_period_name(&period, 1, th, sizeof th);
    nt_period_name(&period, 0, en, sizeof en);
    Nithet__V1__ResolvePeriodResponse out = NITHET__V1__RESOLVE_PERIOD_RESPONSE__INIT;
    out.code = period.code;
    out.kind = (Nithet__V1__PeriodKind)period.kind;
    out.first_day = nt_message_date(call->arena, first);
    out.last_day = nt_message_date(call->arena, last);
    out.name = nt_message_name(call->arena, (nt_name){th, en});
    return nt_call_reply(call, &out.base);
}

/* What is wanted, as a catalogue whose parts refer to each other and to the current one. */

static void read_dimension(nt_arena *arena, const Nithet__V1__Dimension *in, nt_dimension *out) {
    nt_member *members = NT_NEW_ARRAY(arena, nt_member, in->n_members + 1);
    *out = (nt_dimension){in->code, nt_name_of(in->name), members, 0};
    for (size_t i = 0; members && i < in->n_members; i++)
        members[out->member_count++] = (nt_member){in->members[i]->code, nt_name_of(in->members[i]->name)};
}

static void read_limit(const char *text, const char *path, nt_violations *faults, int *has, int64_t *value) {
    *has = *text != 0;
    if (*has && nt_decimal_parse(nt_bytes_text(text), value) != NT_DECIMAL_OK)
        nt_violations_add(faults, path, "NOT_A_NUMBER", "\"%.40s\" is no number", "\"%.40s\" ไม่ใช่ตัวเลข", text);
}

/* What is not said of an indicator, as catalogue.proto tells. */
static void fill_defaults(const nt_catalogue *current, const Nithet__V1__Indicator *in, nt_indicator *out) {
    const nt_indicator *before = nt_catalogue_indicator(current, in->code);
    nt_aggregation own = out->aggregation;
    if (!out->missing_policy)
        out->missing_policy = NT_MISSING_EXCLUDES;
    if (!out->over_periods)
        out->over_periods =
            own == NT_MIN || own == NT_MAX || own == NT_FIRST || own == NT_LAST || own == NT_RATIO_OF_SUMS
                ? own
                : NT_AGGREGATION_NONE;
    if (!out->over_dimensions)
        out->over_dimensions = own == NT_SUM ? NT_SUM : NT_AGGREGATION_NONE;
    if (!in->valid_from)
        out->valid_from = before ? before->valid_from : nt_day_from_date(1900, 1, 1);
}

static void read_indicator(const nt_catalogue *current, const Nithet__V1__Indicator *in, size_t index,
                           nt_violations *faults, nt_indicator *out) {
    char path[64];
    *out = (nt_indicator){.code = in->code,
                          .issue = in->issue,
                          .name = nt_name_of(in->name),
                          .unit = nt_name_of(in->unit),
                          .direction = (nt_direction)in->direction,
                          .decimals = in->decimals,
                          .aggregation = (nt_aggregation)in->aggregation,
                          .weight = *in->weight ? in->weight : NULL,
                          .numerator = *in->numerator ? in->numerator : NULL,
                          .missing_policy = (nt_missing_policy)in->missing_policy,
                          .over_periods = (nt_aggregation)in->over_periods,
                          .over_dimensions = (nt_aggregation)in->over_dimensions};
    int has_factor;
    fill_defaults(current, in, out);
    snprintf(path, sizeof path, "indicators[%zu].valid_from", index);
    if (in->valid_from && !nt_day_parse(in->valid_from->iso, &out->valid_from))
        nt_violations_add(faults, path, "BAD_DATE", "\"%.20s\" is no day: 2026-10-01",
                          "\"%.20s\" ไม่ใช่วันที่ แบบ 2026-10-01", in->valid_from->iso);
    snprintf(path, sizeof path, "indicators[%zu].factor", index);
    read_limit(in->factor, path, faults, &has_factor, &out->factor);
    snprintf(path, sizeof path, "indicators[%zu]", index);
    if (in->direction == 0 || in->aggregation == 0)
        nt_violations_add(faults, path, "REQUIRED", "say its direction and its aggregation", "ให้ระบุทิศทางและวิธีรวมค่า");
    if (in->n_dimensions > NT_DIMENSIONS_MAX)
        nt_violations_add(faults, path, "TOO_MANY", "at most %d dimensions", "ไม่เกิน %d มิติ", NT_DIMENSIONS_MAX);
    for (size_t d = 0; d < in->n_dimensions && d < NT_DIMENSIONS_MAX; d++)
        out->dimensions[out->dimension_count++] = in->dimensions[d];
    snprintf(path, sizeof path, "indicators[%zu].minimum", index);
    read_limit(in->minimum, path, faults, &out->has_minimum, &out->minimum);
    snprintf(path, sizeof path, "indicators[%zu].maximum", index);
    read_limit(in->maximum, path, faults, &out->has_maximum, &out->maximum);
}

static void read_form(nt_arena *arena, const nt_catalogue *current, const nt_catalogue *wanted,
                      const Nithet__V1__Form *in, size_t index, nt_violations *faults, nt_form *out) {
    char path[64];
    nt_form_item *items = NT_NEW_ARRAY(arena, nt_form_item, in->n_items + 1);
    *out = (nt_form){.code = in->code,
                     .name = nt_name_of(in->name),
                     .period_kind = (nt_period_kind)in->period_kind,
                     .level = (nt_org_kind)in->level,
                     .due_days = in->due_days,
                     .grace_days = in->grace_days,
                     .locks = in->locks,
                     .items = items};
    snprintf(path, sizeof path, "forms[%zu].period_kind", index);
    if (in->period_kind == 0)
        nt_violations_add(faults, path, "REQUIRED", "say for which kind of period it is", "ให้ระบุชนิดของงวด");
    for (size_t i = 0; items && i < in->n_items; i++) {
        const Nithet__V1__FormItem *line = in->items[i];
        nt_form_item item = {.indicator = nt_wanted_indicator(current, wanted, line->indicator),
                             .required = line->required};
        snprintf(path, sizeof path, "forms[%zu].items[%zu].indicator", index, i);
        if (!item.indicator)
            nt_violations_add(faults, path, "UNKNOWN_REFERENCE", "there is no indicator \"%.40s\"",
                              "ไม่มีตัวชี้วัด \"%.40s\"", line->indicator);
        const char *codes[NT_DIMENSIONS_MAX];
        size_t count = line->n_dimensions < NT_DIMENSIONS_MAX ? line->n_dimensions : NT_DIMENSIONS_MAX;
        for (size_t d = 0; d < count; d++)
            codes[d] = line->dimensions[d];
        nt_dimension_list(arena, codes, count); /* sorts */
        for (size_t d = 0; d < count; d++) {
            const nt_dimension *dimension = nt_wanted_dimension(current, wanted, codes[d]);
            snprintf(path, sizeof path, "forms[%zu].items[%zu].dimensions", index, i);
            if (dimension)
                item.dimensions[item.dimension_count++] = dimension;
            else
                nt_violations_add(faults, path, "UNKNOWN_REFERENCE", "there is no dimension \"%.40s\"",
                                  "ไม่มีมิติ \"%.40s\"", codes[d]);
        }
        if (item.indicator)
            items[out->item_count++] = item;
    }
    nt_form_rule *rules = NT_NEW_ARRAY(arena, nt_form_rule, in->n_rules + 1);
    out->rules = rules;
    for (size_t i = 0; rules && i < in->n_rules; i++) {
        const Nithet__V1__FormRule *rule = in->rules[i];
        snprintf(path, sizeof path, "forms[%zu].rules[%zu].severity", index, i);
        if (rule->severity == 0)
            nt_violations_add(faults, path, "REQUIRED", "say whether it is an error or a warning",
                              "ให้ระบุว่าเป็น error หรือ warning");
        rules[out->rule_count++] = (nt_form_rule){.code = rule->code,
                                                  .severity = (nt_severity)rule->severity,
                                                  .name = nt_name_of(rule->name),
                                                  .text = rule->expression};
    }
}

static nt_status read_wanted(nt_call *call, const Nithet__V1__ApplyCatalogueRequest *r, nt_catalogue *wanted) {
    const nt_catalogue *current = nt_worker_of(call)->catalogue;
    nt_arena *arena = call->arena;
    nt_violations faults;
    nt_violations_init(&faults, arena);
    *wanted = (nt_catalogue){.issues = NT_NEW_ARRAY(arena, nt_issue, r->n_issues + 1),
                             .dimensions = NT_NEW_ARRAY(arena, nt_dimension, r->n_dimensions + 1),
                             .indicators = NT_NEW_ARRAY(arena, nt_indicator, r->n_indicators + 1),
                             .forms = NT_NEW_ARRAY(arena, nt_form, r->n_forms + 1)};
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    for (size_t i = 0; i < r->n_issues; i++)
        wanted->issues[wanted->issue_count++] = (nt_issue){r->issues[i]->code, nt_name_of(r->issues[i]->name)};
    for (size_t i = 0; i < r->n_dimensions; i++)
        read_dimension(arena, r->dimensions[i], &wanted->dimensions[wanted->dimension_count++]);
    for (size_t i = 0; i < r->n_indicators; i++)
        read_indicator(current, r->indicators[i], i, &faults, &wanted->indicators[wanted->indicator_count++]);
    for (size_t i = 0; i < r->n_forms; i++)
        read_form(arena, current, wanted, r->forms[i], i, &faults, &wanted->forms[wanted->form_count++]);
    nt_wanted_check(current, wanted, &faults);
    return nt_violations_status(&faults);
}

static nt_status apply_wanted(nt_call *call, const nt_catalogue *wanted, int dry_run, nt_changes *changes) {
    nt_worker *w = nt_worker_of(call);
    const nt_catalogue *current = w->catalogue;
    int64_t next = current->generation + 1;
    nt_status st = nt_success();
    for (size_t i = 0; i < wanted->issue_count && nt_ok(st); i++)
        if (nt_issue_changes(changes, current, &wanted->issues[i]) && !dry_run)
            st = nt_store_issue_put(w->connection, call->arena, &wanted->issues[i]);
    for (size_t i = 0; i < wanted->dimension_count && nt_ok(st); i++)
        if (nt_dimension_changes(changes, current, &wanted->dimensions[i]) && !dry_run)
            st = nt_store_dimension_put(w->connection, call->arena, &wanted->dimensions[i]);
    for (size_t i = 0; i < wanted->indicator_count && nt_ok(st); i++)
        if (nt_indicator_changes(changes, current, &wanted->indicators[i]) && !dry_run)
            st = nt_store_indicator_put(w->connection, call->arena, &wanted->indicators[i], next);
    for (size_t i = 0; i < wanted->form_count && nt_ok(st); i++)
        if (nt_form_changes(changes, current, &wanted->forms[i]) && !dry_run)
            st = nt_store_form_put(w->connection, call->arena, &wanted->forms[i], next);
    if (nt_ok(st) && changes->count && !dry_run)
        st = nt_store_catalogue_changed(w->connection, call->arena, changes, next, call->caller->login,
                                        call->received_at_us);
    return st;
}

nt_status nt_apply_catalogue(nt_call *call, const void *in) {
    const Nithet__V1__ApplyCatalogueRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_effect e = nt_effect_of(call, "TH");
    nt_status st = r->dry_run ? nt_success() : nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || (!r->dry_run && e.replayed)) {
        call->reply = e.reply;
        return st;
    }
    nt_catalogue wanted;
    nt_changes changes;
    nt_changes_init(&changes, call->arena);
    st = read_wanted(call, r, &wanted);
    if (nt_ok(st) && !r->dry_run)
        st = nt_store_catalogue_lock(w->connection, call->arena, w->catalogue);
    if (nt_ok(st))
        st = apply_wanted(call, &wanted, r->dry_run, &changes);
    Nithet__V1__ApplyCatalogueResponse out = NITHET__V1__APPLY_CATALOGUE_RESPONSE__INIT;
    out.unchanged = (uint32_t)changes.unchanged;
    if (nt_ok(st))
        st = nt_message_changes(call->arena, &changes, &out.changes, &out.n_changes);
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    if (r->dry_run)
        return st;
    st = nt_effect_end(call, &e, st, "catalogue");
    nt_catalogue_invalidate(w->service->catalogue);
    return st;
}
