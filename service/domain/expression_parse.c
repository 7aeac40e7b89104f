/* The parser: one function a level of binding; depth and size are counted as it goes. See expression.h. */
#include "domain/expression_node.h"

#include "domain/decimal.h"

#include <ctype.h>
#include <string.h>

typedef struct parser {
    nt_arena *arena;
    const nt_names *names;
    const char *path;
    const char *begin, *at;
    nt_expression *out;
    /* Where each figure that the text names stands among the references: the same figure, twice named, is read once,
     * but runs (sums) must stand together. */
    size_t nodes, depth;
    nt_status fault;
} parser;

static const node *parse_or(parser *p);

static const nt_indicator *catalogue_indicator(const void *context, const char *code) {
    return nt_catalogue_indicator(context, code);
}

static const nt_dimension *catalogue_dimension(const void *context, const char *code) {
    return nt_catalogue_dimension(context, code);
}

nt_names nt_names_of(const nt_catalogue *catalogue) {
    return (nt_names){catalogue, catalogue_indicator, catalogue_dimension};
}

static void fail(parser *p, const char *rule, const char *en, const char *th) {
    if (nt_ok(p->fault))
        p->fault = nt_fail_field(p->arena, p->path, rule, "at letter %zu, before \"%.20s\": %s%.0s",
                                 "ที่อักษร %zu ก่อน \"%.20s\": %.0s%s", (size_t)(p->at - p->begin) + 1, p->at, en, th);
}

static void skip_blanks(parser *p) {
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
        p->at++;
}

static int is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Takes `symbol` if it stands next. Words must end there. */
static int take(parser *p, const char *symbol) {
    skip_blanks(p);
    size_t n = strlen(symbol);
    if (strncmp(p->at, symbol, n) != 0 || (is_word(symbol[0]) && is_word(p->at[n])))
        return 0;
    p->at += n;
    return 1;
}

static void expect(parser *p, const char *symbol) {
    if (!take(p, symbol))
        fail(p, "SYNTAX",
             symbol[0] == ')'   ? "a `)` is expected"
             : symbol[0] == '(' ? "a `(` is expected"
                                : "a `,` is expected",
             symbol[0] == ')'   ? "ต้องมี `)`"
             : symbol[0] == '(' ? "ต้องมี `(`"
                                : "ต้องมี `,`");
}

static node *new_node(parser *p, node_kind kind, nt_type type) {
    node *n = nt_ok(p->fault) ? NT_NEW(p->arena, node) : NULL;
    if (!n && nt_ok(p->fault))
        p->fault = nt_fail_memory();
    if (++p->nodes > NT_EXPRESSION_NODES)
        fail(p, "TOO_LARGE", "the expression has too many parts: 200 is the most", "นิพจน์มีส่วนประกอบเกิน 200");
    if (!n || !nt_ok(p->fault))
        return NULL;
    n->kind = kind;
    n->type = type;
    return n;
}

static const node *want(parser *p, const node *n, nt_type type) {
    if (n && n->type != type)
        fail(p, "TYPE",
             type == NT_TYPE_NUMBER ? "a number is expected, and this is yes or no"
                                    : "yes or no is expected, and this is a number",
             type == NT_TYPE_NUMBER ? "ต้องเป็นตัวเลข ไม่ใช่ใช่/ไม่ใช่" : "ต้องเป็นใช่/ไม่ใช่ ไม่ใช่ตัวเลข");
    return n;
}

static const node *two(parser *p, node_kind kind, nt_type type, const node *a, const node *b, nt_type inner) {
    want(p, a, inner);
    want(p, b, inner);
    node *n = new_node(p, kind, type);
    if (!n || !a || !b)
        return NULL;
    n->arguments[0] = a;
    n->arguments[1] = b;
    n->argument_count = 2;
    return n;
}

static int go_down(parser *p) {
    if (++p->depth > NT_EXPRESSION_DEPTH)
        fail(p, "TOO_DEEP", "the expression is nested too deep: 32 levels is the most", "นิพจน์ซ้อนกันเกิน 32 ชั้น");
    return nt_ok(p->fault);
}

/* Figures. */

static size_t add_reference(parser *p, const nt_indicator *indicator, const char *breakdown, nt_when when, int run) {
    nt_expression *e = p->out;
    for (size_t i = 0; !run && i < e->count; i++)
        if (e->references[i].indicator == indicator && e->references[i].when == when &&
            strcmp(e->references[i].breakdown, breakdown) == 0)
            return i;
    if (e->count == NT_FIGURES_MOST) {
        fail(p, "TOO_LARGE", "the expression reads too many figures: 2000 is the most", "นิพจน์อ้างข้อมูลเกิน 2000 ช่อง");
        return 0;
    }
    if (e->count == e->capacity) {
        size_t capacity = e->capacity ? e->capacity * 2 : 8;
        nt_reference *grown = NT_NEW_ARRAY(p->arena, nt_reference, capacity);
        if (!grown) {
            p->fault = nt_fail_memory();
            return 0;
        }
        if (e->count)
            memcpy(grown, e->references, e->count * sizeof *grown);
        e->references = grown;
        e->capacity = capacity;
    }
    e->references[e->count] = (nt_reference){indicator, breakdown, when};
    return e->count++;
}

typedef struct cell {
    const nt_indicator *indicator;
    const nt_dimension *dimensions[NT_DIMENSIONS_MAX];
    const nt_member *members[NT_DIMENSIONS_MAX];
    size_t count;
} cell;

static const char *word(parser *p) {
    skip_blanks(p);
    size_t n = 0;
    while (is_word(p->at[n]) || p->at[n] == '-' || p->at[n] == '.')
        n++;
    const char *text = n ? nt_arena_strndup(p->arena, p->at, n) : NULL;
    if (!text)
        fail(p, "SYNTAX", "a code is expected", "ต้องเป็นรหัส");
    p->at += n;
    return text;
}

static void add_dimension(parser *p, cell *c, const nt_dimension *d, const nt_member *m) {
    for (size_t i = 0; i < c->count; i++)
        if (c->dimensions[i] == d) {
            fail(p, "DOUBLED", "the dimension stands twice", "มิติซ้ำ");
            return;
        }
    if (c->count == NT_DIMENSIONS_MAX) {
        fail(p, "TOO_MANY", "too many dimensions: 8 is the most", "มิติเกิน 8");
        return;
    }
    size_t at = c->count++; /* in order of code */
    while (at > 0 && strcmp(c->dimensions[at - 1]->code, d->code) > 0) {
        c->dimensions[at] = c->dimensions[at - 1];
        c->members[at] = c->members[at - 1];
        at--;
    }
    c->dimensions[at] = d;
    c->members[at] = m;
}

static const nt_dimension *known_dimension(parser *p) {
    const char *code = word(p);
    const nt_dimension *d = code ? p->names->dimension(p->names->context, code) : NULL;
    if (!d)
        fail(p, "UNKNOWN_DIMENSION", "there is no such dimension", "ไม่มีมิตินี้");
    return d;
}

/* `CODE` or `CODE[d=m;...]`. */
static int parse_cell(parser *p, cell *c) {
    *c = (cell){0};
    skip_blanks(p);
    size_t n = 0;
    while (isupper((unsigned char)p->at[n]) || isdigit((unsigned char)p->at[n]) || p->at[n] == '_')
        n++;
    const char *code = n && isupper((unsigned char)p->at[0]) ? nt_arena_strndup(p->arena, p->at, n) : NULL;
    c->indicator = code ? p->names->indicator(p->names->context, code) : NULL;
    if (!c->indicator) {
        fail(p, "UNKNOWN_INDICATOR", "an indicator's code is expected here, and there is none of this name",
             "ต้องเป็นรหัสตัวชี้วัดที่มีในทะเบียน");
        return 0;
    }
    p->at += n;
    if (!take(p, "["))
        return 1;
    do {
        const nt_dimension *d = known_dimension(p);
        if (nt_ok(p->fault) && !take(p, "="))
            fail(p, "SYNTAX", "dimension=member is expected", "ต้องเขียนแบบ มิติ=สมาชิก");
        const char *member = nt_ok(p->fault) ? word(p) : NULL;
        const nt_member *m = member ? nt_dimension_member(d, member) : NULL;
        if (nt_ok(p->fault) && !m)
            fail(p, "UNKNOWN_MEMBER", "the dimension has no such member", "มิตินี้ไม่มีสมาชิกนี้");
        if (!nt_ok(p->fault))
            return 0;
        add_dimension(p, c, d, m);
    } while (nt_ok(p->fault) && take(p, ";"));
    if (!take(p, "]"))
        fail(p, "SYNTAX", "a `]` is expected", "ต้องมี `]`");
    return nt_ok(p->fault);
}

static const char *breakdown_text(parser *p, const cell *c) {
    const char *text = "";
    for (size_t i = 0; i < c->count && text; i++)
        text = nt_arena_printf(p->arena, "%s%s%s=%s", text, i ? ";" : "", c->dimensions[i]->code, c->members[i]->code);
    if (!text && nt_ok(p->fault))
        p->fault = nt_fail_memory();
    return text ? text : "";
}

static const node *figure_node(parser *p, node_kind kind, nt_type type, const cell *c, nt_when when) {
    node *n = new_node(p, kind, type);
    if (!n)
        return NULL;
    n->count = 1;
    n->first = add_reference(p, c->indicator, breakdown_text(p, c), when, 0);
    return n;
}

/* All members of the dimensions named after `by`, taken apart. */
static void expand_sum(parser *p, cell *c, const nt_dimension *const *by, size_t by_count, size_t at) {
    if (!nt_ok(p->fault))
        return;
    if (at == by_count) {
        add_reference(p, c->indicator, breakdown_text(p, c), NT_WHEN_NOW, 1);
        return;
    }
    for (size_t m = 0; m < by[at]->member_count && nt_ok(p->fault); m++) {
        cell inner = *c;
        add_dimension(p, &inner, by[at], &by[at]->members[m]);
        expand_sum(p, &inner, by, by_count, at + 1);
    }
}

static const node *parse_sum(parser *p) {
    cell c;
    const nt_dimension *by[NT_DIMENSIONS_MAX];
    size_t by_count = 0;
    if (!parse_cell(p, &c))
        return NULL;
    if (!take(p, "by"))
        fail(p, "SYNTAX", "`by` and a dimension are expected: sum(CODE by sex)", "ต้องมี `by` และมิติ: sum(CODE by sex)");
    while (nt_ok(p->fault) && by_count < NT_DIMENSIONS_MAX) {
        by[by_count++] = known_dimension(p);
        if (!take(p, ","))
            break;
    }
    node *n = new_node(p, NODE_SUM, NT_TYPE_NUMBER);
    if (!n || !nt_ok(p->fault))
        return NULL;
    n->first = p->out->count;
    expand_sum(p, &c, by, by_count, 0);
    n->count = p->out->count - n->first;
    return n;
}

static const node *parse_figures(parser *p, node_kind kind) {
    node *n = new_node(p, kind, NT_TYPE_YES_NO);
    if (!n)
        return NULL;
    n->first = p->out->count;
    do {
        cell c;
        if (!parse_cell(p, &c))
            return NULL;
        add_reference(p, c.indicator, breakdown_text(p, &c), NT_WHEN_NOW, 1);
    } while (nt_ok(p->fault) && take(p, ","));
    n->count = p->out->count - n->first;
    return n;
}

static const node *parse_arguments(parser *p, node_kind kind, size_t least, size_t most) {
    node *n = new_node(p, kind, NT_TYPE_NUMBER);
    if (!n)
        return NULL;
    do {
        if (n->argument_count == most) {
            fail(p, "SYNTAX", "there are too many arguments", "อาร์กิวเมนต์มากเกินไป");
            return NULL;
        }
        const node *argument = parse_or(p);
        if (!argument)
            return NULL;
        if (kind != NODE_IF)
            want(p, argument, NT_TYPE_NUMBER);
        n->arguments[n->argument_count++] = argument;
    } while (nt_ok(p->fault) && take(p, ","));
    if (n->argument_count < least)
        fail(p, "SYNTAX", "more arguments are expected", "อาร์กิวเมนต์ไม่ครบ");
    if (kind == NODE_IF && nt_ok(p->fault)) {
        want(p, n->arguments[0], NT_TYPE_YES_NO);
        want(p, n->arguments[2], n->arguments[1]->type);
        n->type = n->arguments[1]->type;
    }
    return nt_ok(p->fault) ? n : NULL;
}

/* change(X) is (X / previous(X) - 1) * 100. */
static const node *parse_change(parser *p) {
    cell c;
    if (!parse_cell(p, &c))
        return NULL;
    const node *now = figure_node(p, NODE_FIGURE, NT_TYPE_NUMBER, &c, NT_WHEN_NOW);
    const node *before = figure_node(p, NODE_FIGURE, NT_TYPE_NUMBER, &c, NT_WHEN_PREVIOUS);
    node *one = new_node(p, NODE_NUMBER, NT_TYPE_NUMBER), *hundred = new_node(p, NODE_NUMBER, NT_TYPE_NUMBER);
    if (!one || !hundred)
        return NULL;
    one->number = NT_DECIMAL_ONE;
    hundred->number = 100 * NT_DECIMAL_ONE;
    const node *ratio = two(p, NODE_DIVIDE, NT_TYPE_NUMBER, now, before, NT_TYPE_NUMBER);
    const node *less = two(p, NODE_SUBTRACT, NT_TYPE_NUMBER, ratio, one, NT_TYPE_NUMBER);
    return two(p, NODE_MULTIPLY, NT_TYPE_NUMBER, less, hundred, NT_TYPE_NUMBER);
}

static const node *parse_when(parser *p, nt_when when) {
    cell c;
    return parse_cell(p, &c) ? figure_node(p, NODE_FIGURE, NT_TYPE_NUMBER, &c, when) : NULL;
}

static const node *parse_function(parser *p, const char *name) {
    static const struct {
        const char *name;
        nt_when when;
    } whens[] = {{"previous", NT_WHEN_PREVIOUS},       {"year_before", NT_WHEN_YEAR_BEFORE},
                 {"zscore", NT_WHEN_ZSCORE},           {"modified_zscore", NT_WHEN_MODIFIED_ZSCORE},
                 {"history_min", NT_WHEN_HISTORY_MIN}, {"history_max", NT_WHEN_HISTORY_MAX}};
    for (size_t i = 0; i < sizeof whens / sizeof whens[0]; i++)
        if (strcmp(name, whens[i].name) == 0)
            return parse_when(p, whens[i].when);
    static const struct {
        const char *name;
        node_kind kind;
        size_t least, most;
    } functions[] = {{"if", NODE_IF, 3, 3},
                     {"min", NODE_MIN, 1, NT_ARGUMENTS_MOST},
                     {"max", NODE_MAX, 1, NT_ARGUMENTS_MOST},
                     {"abs", NODE_ABS, 1, 1},
                     {"coalesce", NODE_COALESCE, 1, NT_ARGUMENTS_MOST}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(name, functions[i].name) == 0)
            return parse_arguments(p, functions[i].kind, functions[i].least, functions[i].most);
    if (strcmp(name, "sum") == 0)
        return parse_sum(p);
    if (strcmp(name, "change") == 0)
        return parse_change(p);
    if (strcmp(name, "together") == 0)
        return parse_figures(p, NODE_TOGETHER);
    if (strcmp(name, "at_most_one") == 0)
        return parse_figures(p, NODE_AT_MOST_ONE);
    if (strcmp(name, "present") == 0) {
        cell c;
        return parse_cell(p, &c) ? figure_node(p, NODE_PRESENT, NT_TYPE_YES_NO, &c, NT_WHEN_NOW) : NULL;
    }
    fail(p, "UNKNOWN_FUNCTION", "there is no such function", "ไม่มีฟังก์ชันนี้");
    return NULL;
}

static const node *parse_number(parser *p) {
    size_t n = 0;
    while (isdigit((unsigned char)p->at[n]) || p->at[n] == '.')
        n++;
    node *it = new_node(p, NODE_NUMBER, NT_TYPE_NUMBER);
    if (!it)
        return NULL;
    if (nt_decimal_parse(nt_bytes_of(p->at, n), &it->number) != NT_DECIMAL_OK) {
        fail(p, "NOT_A_NUMBER", "a number such as 12.5 is expected, with at most four digits after the point",
             "ต้องเป็นตัวเลขเช่น 12.5 ทศนิยมไม่เกินสี่ตำแหน่ง");
        return NULL;
    }
    p->at += n;
    return it;
}

static const node *parse_primary(parser *p) {
    skip_blanks(p);
    if (take(p, "(")) {
        const node *inner = parse_or(p);
        if (nt_ok(p->fault))
            expect(p, ")");
        return inner;
    }
    if (isdigit((unsigned char)*p->at))
        return parse_number(p);
    if (islower((unsigned char)*p->at)) {
        char name[32];
        size_t n = 0;
        while (is_word(p->at[n]))
            n++;
        if (n >= sizeof name) {
            fail(p, "UNKNOWN_FUNCTION", "there is no such function", "ไม่มีฟังก์ชันนี้");
            return NULL;
        }
        memcpy(name, p->at, n);
        name[n] = '\0';
        const char *here = p->at;
        p->at += n;
        skip_blanks(p);
        if (*p->at != '(') {
            p->at = here;
            fail(p, "SYNTAX", "a number, an indicator or a function is expected", "ต้องเป็นตัวเลข ตัวชี้วัด หรือฟังก์ชัน");
            return NULL;
        }
        p->at++;
        const node *it = parse_function(p, name);
        if (nt_ok(p->fault))
            expect(p, ")");
        return it;
    }
    cell c;
    return parse_cell(p, &c) ? figure_node(p, NODE_FIGURE, NT_TYPE_NUMBER, &c, NT_WHEN_NOW) : NULL;
}

static const node *parse_unary(parser *p) {
    if (!go_down(p))
        return NULL;
    const node *it;
    if (take(p, "-")) {
        const node *inner = want(p, parse_unary(p), NT_TYPE_NUMBER);
        node *n = new_node(p, NODE_NEGATE, NT_TYPE_NUMBER);
        if (n && inner) {
            n->arguments[0] = inner;
            n->argument_count = 1;
        }
        it = inner ? n : NULL;
    } else {
        it = parse_primary(p);
    }
    p->depth--;
    return it;
}

static const node *parse_product(parser *p) {
    const node *left = parse_unary(p);
    for (;;) {
        node_kind kind = take(p, "*") ? NODE_MULTIPLY : take(p, "/") ? NODE_DIVIDE : NODE_NUMBER;
        if (kind == NODE_NUMBER || !nt_ok(p->fault))
            return left;
        left = two(p, kind, NT_TYPE_NUMBER, left, parse_unary(p), NT_TYPE_NUMBER);
    }
}

static const node *parse_total(parser *p) {
    const node *left = parse_product(p);
    for (;;) {
        node_kind kind = take(p, "+") ? NODE_ADD : take(p, "-") ? NODE_SUBTRACT : NODE_NUMBER;
        if (kind == NODE_NUMBER || !nt_ok(p->fault))
            return left;
        left = two(p, kind, NT_TYPE_NUMBER, left, parse_product(p), NT_TYPE_NUMBER);
    }
}

static const node *parse_comparison(parser *p) {
    static const struct {
        const char *symbol;
        node_kind kind;
    } symbols[] = {
        {"<=", NODE_LESS_OR_EQUAL}, {">=", NODE_GREATER_OR_EQUAL}, {"<>", NODE_UNEQUAL}, {"!=", NODE_UNEQUAL},
        {"<", NODE_LESS},           {">", NODE_GREATER},           {"=", NODE_EQUAL}};
    const node *left = parse_total(p);
    for (size_t i = 0; nt_ok(p->fault) && i < sizeof symbols / sizeof symbols[0]; i++)
        if (take(p, symbols[i].symbol))
            return two(p, symbols[i].kind, NT_TYPE_YES_NO, left, parse_total(p), NT_TYPE_NUMBER);
    return left;
}

static const node *parse_not(parser *p) {
    if (!take(p, "not"))
        return parse_comparison(p);
    if (!go_down(p))
        return NULL;
    const node *inner = want(p, parse_not(p), NT_TYPE_YES_NO);
    p->depth--;
    node *n = new_node(p, NODE_NOT, NT_TYPE_YES_NO);
    if (!n || !inner)
        return NULL;
    n->arguments[0] = inner;
    n->argument_count = 1;
    return n;
}

static const node *parse_and(parser *p) {
    const node *left = parse_not(p);
    while (nt_ok(p->fault) && take(p, "and"))
        left = two(p, NODE_AND, NT_TYPE_YES_NO, left, parse_not(p), NT_TYPE_YES_NO);
    return left;
}

static const node *parse_or(parser *p) {
    if (!go_down(p))
        return NULL;
    const node *left = parse_and(p);
    while (nt_ok(p->fault) && take(p, "or"))
        left = two(p, NODE_OR, NT_TYPE_YES_NO, left, parse_and(p), NT_TYPE_YES_NO);
    p->depth--;
    return left;
}

nt_status nt_expression_parse(nt_arena *arena, const nt_names *names, const char *path, const char *text,
                              nt_type wanted, const nt_expression **out) {
    nt_expression *e = NT_NEW(arena, nt_expression);
    parser p = {.arena = arena, .names = names, .path = path, .begin = text, .at = text, .out = e};
    if (strlen(text) > NT_EXPRESSION_BYTES)
        return nt_fail_field(arena, path, "TOO_LONG", "an expression has at most %d bytes", "นิพจน์ยาวได้ไม่เกิน %d ไบต์",
                             NT_EXPRESSION_BYTES);
    if (!e)
        return nt_fail_memory();
    e->root = parse_or(&p);
    skip_blanks(&p);
    if (nt_ok(p.fault) && *p.at)
        fail(&p, "SYNTAX", "the expression should end here, or go on with an operator",
             "นิพจน์ควรจบตรงนี้ หรือต่อด้วยตัวดำเนินการ");
    if (nt_ok(p.fault))
        want(&p, e->root, wanted);
    if (nt_ok(p.fault) && !e->root)
        p.fault = nt_fail_memory();
    if (!nt_ok(p.fault))
        return p.fault;
    *out = e;
    return nt_success();
}
