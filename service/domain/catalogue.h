/* The catalogue at one moment: organisation units, strategic issues, dimensions, indicators, forms.
 *
 * Immutable once built, and shared by all requests that began with it; `store` builds it and counts who uses it.
 * Everything in it lives in its own arena. Sorted by code unless said otherwise. */
#ifndef NT_DOMAIN_CATALOGUE_H
#define NT_DOMAIN_CATALOGUE_H

#include "base/arena.h"
#include "base/status.h"
#include "domain/period.h"

/* As in directory.proto. */
typedef enum nt_org_kind {
    NT_ORG_COUNTRY = 1,
    NT_ORG_REGION = 2,
    NT_ORG_PROVINCE = 3,
    NT_ORG_DISTRICT = 4,
    NT_ORG_SCHOOL = 5,
    NT_ORG_PARTNER = 6
} nt_org_kind;

/* As in catalogue.proto. */
typedef enum nt_direction { NT_HIGHER_IS_BETTER = 1, NT_LOWER_IS_BETTER = 2, NT_NEUTRAL = 3 } nt_direction;
typedef enum nt_aggregation {
    NT_SUM = 1,
    NT_WEIGHTED_AVERAGE = 2,
    NT_RATIO_OF_SUMS = 3,
    NT_MIN = 4,
    NT_MAX = 5,
    NT_LAST = 6,
    NT_AGGREGATION_NONE = 7,
    NT_MEDIAN = 8,
    NT_COUNT = 9,
    NT_FIRST = 10
} nt_aggregation;
typedef enum nt_missing_policy {
    NT_MISSING_EXCLUDES = 1,
    NT_MISSING_SPOILS = 2,
    NT_MISSING_IS_ZERO = 3
} nt_missing_policy;
typedef enum nt_severity { NT_ERROR = 1, NT_WARNING = 2 } nt_severity;

struct nt_expression;

typedef struct nt_name {
    const char *th;
    const char *en;
} nt_name;

typedef struct nt_org {
    int32_t id;
    const char *code;
    nt_org_kind kind;
    const struct nt_org *parent; /* NULL for the country */
    nt_name name;
    const char *valid_from; /* `2025-10-01` */
    const char *valid_to;   /* exclusive; "" for still */
} nt_org;

typedef struct nt_issue {
    const char *code;
    nt_name name;
} nt_issue;

typedef struct nt_member {
    const char *code;
    nt_name name;
} nt_member;

typedef struct nt_dimension {
    const char *code;
    nt_name name;
    const nt_member *members; /* in the order given */
    size_t member_count;
} nt_dimension;

enum { NT_DIMENSIONS_MAX = 8 };

typedef struct nt_indicator {
    int32_t id;
    const char *code;
    const char *issue;
    nt_name name;
    nt_name unit;
    nt_direction direction;
    unsigned decimals;
    nt_aggregation aggregation;
    const char *dimensions[NT_DIMENSIONS_MAX]; /* sorted */
    size_t dimension_count;
    const char *weight;    /* NULL if none; an indicator's code, or (of ratios) an expression */
    const char *numerator; /* NULL if none; an expression */
    /* Of ratios, once the catalogue is bound (nt_catalogue_bind). */
    const struct nt_expression *above, *below;
    int64_t factor; /* of ratios, ten-thousandths; 0: 100 where the unit is percent, else 1 */
    nt_missing_policy missing_policy;
    nt_aggregation over_periods;    /* how months become a quarter, and so on */
    nt_aggregation over_dimensions; /* how a breakdown's members become the total */
    nt_day valid_from;              /* the first day of the periods that this version is for */
    int has_minimum, has_maximum;
    int64_t minimum, maximum; /* ten-thousandths */
    unsigned version;
    const struct nt_indicator *earlier; /* the version before; NULL for the first */
} nt_indicator;

typedef struct nt_form_item {
    const nt_indicator *indicator;
    const nt_dimension *dimensions[NT_DIMENSIONS_MAX]; /* sorted by code */
    size_t dimension_count;
    int required;
} nt_form_item;

/* What must hold of each organisation's figures: see expression.h. */
typedef struct nt_form_rule {
    const char *code;
    nt_severity severity;
    nt_name name;     /* what is wrong where it does not hold */
    const char *text; /* the expression */
    const struct nt_expression *expression;
} nt_form_rule;

typedef struct nt_form {
    int32_t id;
    const char *code;
    nt_name name;
    nt_period_kind period_kind;
    nt_org_kind level;
    unsigned due_days;
    unsigned grace_days;
    int locks;                 /* after the days of grace nothing more is taken */
    const nt_form_item *items; /* in the order given */
    size_t item_count;
    const nt_form_rule *rules; /* likewise */
    size_t rule_count;
    unsigned version;
} nt_form;

typedef struct nt_catalogue {
    nt_arena *arena;
    int64_t generation; /* counts up with every change, in the database */
    nt_org *orgs;
    size_t org_count;
    const nt_org **offices; /* the country, regions and provinces, in order of code */
    size_t office_count;
    nt_issue *issues;
    size_t issue_count;
    nt_dimension *dimensions;
    size_t dimension_count;
    nt_indicator *indicators;
    size_t indicator_count;
    nt_form *forms;
    size_t form_count;
    struct nt_org_index *orgs_by_id;
} nt_catalogue;

/* To be called once by whoever built it: sorts nothing, but makes ids findable. 0 when memory is out. */
int nt_catalogue_index(nt_catalogue *catalogue);
/* And once all is filled in: expressions are parsed. What cannot be (it was checked when it came in) has none. */
nt_status nt_catalogue_bind(nt_catalogue *catalogue);
/* The version of an indicator that is for periods which end on that day: the newest that is valid by then, or else the
 * first. */
const nt_indicator *nt_indicator_on(const nt_indicator *indicator, nt_day day);
/* Is it computed of others, and never submitted? */
static inline int nt_indicator_derived(const nt_indicator *indicator) {
    return indicator->aggregation == NT_RATIO_OF_SUMS;
}
/* Ten-thousandths. */
int64_t nt_indicator_factor(const nt_indicator *indicator);

/* NULL if there is none. */
const nt_org *nt_catalogue_org(const nt_catalogue *catalogue, const char *code);
const nt_org *nt_catalogue_org_by_id(const nt_catalogue *catalogue, int32_t id);
const nt_indicator *nt_catalogue_indicator(const nt_catalogue *catalogue, const char *code);
const nt_indicator *nt_catalogue_indicator_by_id(const nt_catalogue *catalogue, int32_t id);
const nt_dimension *nt_catalogue_dimension(const nt_catalogue *catalogue, const char *code);
const nt_form *nt_catalogue_form(const nt_catalogue *catalogue, const char *code);
const nt_form *nt_catalogue_form_by_id(const nt_catalogue *catalogue, int32_t id);
const nt_issue *nt_catalogue_issue(const nt_catalogue *catalogue, const char *code);
const nt_member *nt_dimension_member(const nt_dimension *dimension, const char *code);

/* Is `org` the unit `root` or beneath it? */
int nt_org_within(const nt_org *org, const nt_org *root);
/* The province that `org` is or lies in; NULL above provinces. */
const nt_org *nt_org_province(const nt_org *org);

/* How codes are written; 0 if not so. */
int nt_org_code_valid(const char *code, nt_org_kind kind);
int nt_indicator_code_valid(const char *code);
int nt_simple_code_valid(const char *code); /* dimensions, members: letters, digits, `_`, `-`, `.` */
const char *nt_org_kind_name(nt_org_kind kind, int thai);

/* A breakdown: `level=M6;sex=male`. Pairs sorted by dimension, each dimension once. */
typedef struct nt_breakdown {
    size_t count;
    const nt_dimension *dimensions[NT_DIMENSIONS_MAX];
    const nt_member *members[NT_DIMENSIONS_MAX];
    const char *canonical; /* in the arena given */
} nt_breakdown;

/* INVALID_ARGUMENT with a violation at `path`: unknown dimension or member, a dimension twice, or not of that form.
 * Order does not matter, `canonical` is sorted. */
nt_status nt_breakdown_parse(nt_arena *arena, const nt_catalogue *catalogue, const char *path, const char *text,
                             nt_breakdown *out);
/* For people: "เพศชาย, ระดับ ม.6". */
const char *nt_breakdown_name(nt_arena *arena, const nt_breakdown *breakdown, int thai);

#endif
