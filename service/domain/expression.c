/* See expression.h: what an expression comes to, how it is shown, and its unit. */
#include "domain/expression_node.h"

#include "domain/decimal.h"

#include <string.h>

const nt_reference *nt_expression_references(const nt_expression *e, size_t *count) {
    *count = e->count;
    return e->references;
}

/* Evaluation. */

typedef struct evaluation {
    const nt_expression *e;
    nt_figure figure;
    void *context;
} evaluation;

static nt_value yes_no(int yes) {
    return (nt_value){.number = {yes, 1}};
}

static nt_value read_figure(const evaluation *v, size_t number) {
    return v->figure(v->context, number, &v->e->references[number]);
}

static nt_value arithmetic(node_kind kind, nt_value a, nt_value b) {
    if (a.absence || b.absence)
        return nt_value_absent(a.absence ? a.absence : b.absence);
    nt_value out = {0};
    int ok;
    switch (kind) {
    case NODE_ADD:
        ok = nt_rational_add(a.number, b.number, &out.number);
        break;
    case NODE_SUBTRACT:
        ok = nt_rational_subtract(a.number, b.number, &out.number);
        break;
    case NODE_MULTIPLY:
        ok = nt_rational_multiply(a.number, b.number, &out.number);
        break;
    default:
        if (b.number.n == 0)
            return nt_value_absent(NT_ABSENT_DIVISION);
        ok = nt_rational_divide(a.number, b.number, &out.number);
        break;
    }
    return ok ? out : nt_value_absent(NT_ABSENT_RANGE);
}

static nt_value comparison(node_kind kind, nt_value a, nt_value b) {
    int order;
    if (a.absence || b.absence)
        return nt_value_absent(a.absence ? a.absence : b.absence);
    if (!nt_rational_compare(a.number, b.number, &order))
        return nt_value_absent(NT_ABSENT_RANGE);
    switch (kind) {
    case NODE_EQUAL:
        return yes_no(order == 0);
    case NODE_UNEQUAL:
        return yes_no(order != 0);
    case NODE_LESS:
        return yes_no(order < 0);
    case NODE_LESS_OR_EQUAL:
        return yes_no(order <= 0);
    case NODE_GREATER:
        return yes_no(order > 0);
    default:
        return yes_no(order >= 0);
    }
}

static nt_value figures_present(const evaluation *v, const node *n) {
    size_t present = 0;
    for (size_t i = 0; i < n->count; i++)
        present += read_figure(v, n->first + i).absence == NT_THERE;
    return n->kind == NODE_PRESENT    ? yes_no(present == 1)
           : n->kind == NODE_TOGETHER ? yes_no(present == 0 || present == n->count)
                                      : yes_no(present <= 1);
}

static nt_value evaluate(const evaluation *v, const node *n);

static nt_value logic(const evaluation *v, const node *n) {
    nt_value a = evaluate(v, n->arguments[0]);
    int decides = n->kind == NODE_AND ? 0 : 1; /* what settles it whatever the other side is */
    if (!a.absence && (a.number.n != 0) == decides)
        return a;
    nt_value b = evaluate(v, n->arguments[1]);
    if (!b.absence && (b.number.n != 0) == decides)
        return b;
    return a.absence ? a : b;
}

static nt_value extreme(const evaluation *v, const node *n) {
    nt_value best = evaluate(v, n->arguments[0]);
    for (size_t i = 1; i < n->argument_count && !best.absence; i++) {
        nt_value other = evaluate(v, n->arguments[i]);
        nt_value better = comparison(n->kind == NODE_MIN ? NODE_LESS : NODE_GREATER, other, best);
        if (better.absence)
            return better;
        if (better.number.n)
            best = other;
    }
    return best;
}

static nt_value evaluate(const evaluation *v, const node *n) {
    nt_value a;
    switch (n->kind) {
    case NODE_NUMBER:
        return nt_value_of(n->number);
    case NODE_FIGURE:
        return read_figure(v, n->first);
    case NODE_SUM:
        a = yes_no(0);
        for (size_t i = 0; i < n->count; i++)
            a = arithmetic(NODE_ADD, a, read_figure(v, n->first + i));
        return a;
    case NODE_PRESENT:
    case NODE_TOGETHER:
    case NODE_AT_MOST_ONE:
        return figures_present(v, n);
    case NODE_NEGATE:
        return arithmetic(NODE_SUBTRACT, yes_no(0), evaluate(v, n->arguments[0]));
    case NODE_NOT:
        a = evaluate(v, n->arguments[0]);
        return a.absence ? a : yes_no(a.number.n == 0);
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
        return arithmetic(n->kind, evaluate(v, n->arguments[0]), evaluate(v, n->arguments[1]));
    case NODE_AND:
    case NODE_OR:
        return logic(v, n);
    case NODE_IF:
        a = evaluate(v, n->arguments[0]);
        return a.absence ? a : evaluate(v, n->arguments[a.number.n ? 1 : 2]);
    case NODE_MIN:
    case NODE_MAX:
        return extreme(v, n);
    case NODE_ABS:
        a = evaluate(v, n->arguments[0]);
        a.number.n = a.number.n < 0 ? -a.number.n : a.number.n;
        return a;
    case NODE_COALESCE:
        a = nt_value_absent(NT_ABSENT_MISSING);
        for (size_t i = 0; i < n->argument_count; i++) {
            a = evaluate(v, n->arguments[i]);
            if (!a.absence)
                return a;
        }
        return a;
    case NODE_EQUAL:
    case NODE_UNEQUAL:
    case NODE_LESS:
    case NODE_LESS_OR_EQUAL:
    case NODE_GREATER:
    case NODE_GREATER_OR_EQUAL:
    default:
        return comparison(n->kind, evaluate(v, n->arguments[0]), evaluate(v, n->arguments[1]));
    }
}

nt_value nt_expression_evaluate(const nt_expression *e, nt_figure figure, void *context) {
    evaluation v = {e, figure, context};
    return evaluate(&v, e->root);
}

/* Showing. */

static const char *figure_text(nt_arena *arena, nt_value value) {
    int64_t rounded;
    char text[NT_DECIMAL_TEXT];
    if (value.absence || !nt_rational_round(value.number, 4, &rounded))
        return "?";
    nt_decimal_format(rounded, text);
    return nt_arena_strdup(arena, text);
}

static const char *show(nt_arena *arena, const evaluation *v, const node *n);

static const char *show_call(nt_arena *arena, const evaluation *v, const node *n, const char *name) {
    const char *text = nt_arena_printf(arena, "%s(", name);
    for (size_t i = 0; i < n->argument_count && text; i++) {
        const char *inner = show(arena, v, n->arguments[i]);
        text = inner ? nt_arena_printf(arena, "%s%s%s", text, i ? ", " : "", inner) : NULL;
    }
    for (size_t i = 0; i < n->count && text; i++) {
        const char *inner = figure_text(arena, read_figure(v, n->first + i));
        text = inner ? nt_arena_printf(arena, "%s%s%s", text, i ? ", " : "", inner) : NULL;
    }
    return text ? nt_arena_printf(arena, "%s)", text) : NULL;
}

static const char *show(nt_arena *arena, const evaluation *v, const node *n) {
    static const char *const signs[] = {
        [NODE_ADD] = "+",      [NODE_SUBTRACT] = "-",          [NODE_MULTIPLY] = "*", [NODE_DIVIDE] = "/",
        [NODE_EQUAL] = "=",    [NODE_UNEQUAL] = "<>",          [NODE_LESS] = "<",     [NODE_LESS_OR_EQUAL] = "<=",
        [NODE_GREATER] = ">",  [NODE_GREATER_OR_EQUAL] = ">=", [NODE_AND] = "and",    [NODE_OR] = "or",
        [NODE_COALESCE] = NULL};
    static const char *const calls[] = {[NODE_SUM] = "sum",           [NODE_PRESENT] = "present",
                                        [NODE_TOGETHER] = "together", [NODE_AT_MOST_ONE] = "at_most_one",
                                        [NODE_NOT] = "not",           [NODE_IF] = "if",
                                        [NODE_MIN] = "min",           [NODE_MAX] = "max",
                                        [NODE_ABS] = "abs",           [NODE_COALESCE] = "coalesce"};
    char text[NT_DECIMAL_TEXT];
    if (n->kind == NODE_NUMBER) {
        nt_decimal_format(n->number, text);
        return nt_arena_strdup(arena, text);
    }
    if (n->kind == NODE_FIGURE)
        return figure_text(arena, read_figure(v, n->first));
    if (n->kind == NODE_NEGATE) {
        const char *inner = show(arena, v, n->arguments[0]);
        return inner ? nt_arena_printf(arena, "-%s", inner) : NULL;
    }
    if (!signs[n->kind])
        return show_call(arena, v, n, calls[n->kind]);
    const char *parts[2];
    for (int i = 0; i < 2; i++) {
        const node *inner = n->arguments[i];
        parts[i] = show(arena, v, inner);
        /* Brackets wherever an operator stands in another one: nobody has to know what binds more. */
        if (parts[i] && inner->argument_count == 2 && signs[inner->kind] &&
            !(i == 0 && (inner->kind == n->kind || (n->kind == NODE_MULTIPLY && inner->kind == NODE_DIVIDE))))
            parts[i] = nt_arena_printf(arena, "(%s)", parts[i]);
        if (!parts[i])
            return NULL;
    }
    return nt_arena_printf(arena, "%s %s %s", parts[0], signs[n->kind], parts[1]);
}

const char *nt_expression_show(nt_arena *arena, const nt_expression *e, nt_figure figure, void *context) {
    evaluation v = {e, figure, context};
    const char *text = show(arena, &v, e->root);
    return text ? text : "";
}

/* Units. "" fits every unit: numbers and yes or no. NULL is a unit of its own kind, of which nothing is known. */

static const char *unit_of(const nt_expression *e, const node *n, const char *path, nt_violations *faults);

static const char *same_unit(const char *a, const char *b, const char *path, nt_violations *faults) {
    if (!a || !b)
        return NULL;
    if (*a && *b && strcmp(a, b) != 0)
        nt_violations_add(faults, path, "UNIT_MISMATCH", "figures in %s and in %s are added or compared",
                          "นำข้อมูลหน่วย %s กับ %s มาบวกหรือเทียบกัน", a, b);
    return *a ? a : b;
}

static const char *unit_of(const nt_expression *e, const node *n, const char *path, nt_violations *faults) {
    const char *unit = "";
    switch (n->kind) {
    case NODE_FIGURE:
        return n->count && (e->references[n->first].when == NT_WHEN_ZSCORE ||
                            e->references[n->first].when == NT_WHEN_MODIFIED_ZSCORE)
                   ? ""
                   : e->references[n->first].indicator->unit.en;
    case NODE_SUM:
        return e->references[n->first].indicator->unit.en;
    case NODE_MULTIPLY:
    case NODE_DIVIDE: {
        const char *a = unit_of(e, n->arguments[0], path, faults), *b = unit_of(e, n->arguments[1], path, faults);
        return b && !*b                                            ? a
               : n->kind == NODE_MULTIPLY && a && !*a              ? b
               : a && b && n->kind == NODE_DIVIDE && !strcmp(a, b) ? ""
                                                                   : NULL;
    }
    case NODE_IF:
        unit_of(e, n->arguments[0], path, faults);
        return same_unit(unit_of(e, n->arguments[1], path, faults), unit_of(e, n->arguments[2], path, faults), path,
                         faults);
    default:
        for (size_t i = 0; i < n->argument_count; i++)
            unit = same_unit(unit, unit_of(e, n->arguments[i], path, faults), path, faults);
        return n->type == NT_TYPE_YES_NO ? "" : unit;
    }
}

const char *nt_expression_unit(const nt_expression *e, const char *path, nt_violations *faults) {
    return unit_of(e, e->root, path, faults);
}

const char *nt_absence_name(nt_absence absence, int thai) {
    static const char *const names[][2] = {{"", ""},
                                           {"a figure that it is made of was not reported", "ข้อมูลที่ใช้คำนวณยังไม่ได้รายงาน"},
                                           {"the divisor is zero", "ตัวหารเป็นศูนย์"},
                                           {"the result is too large", "ผลลัพธ์ใหญ่เกินไป"}};
    return names[absence <= NT_ABSENT_RANGE ? absence : 1][thai ? 1 : 0];
}
