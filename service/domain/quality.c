/* See quality.h. */
#include "domain/quality.h"

#include "domain/decimal.h"

const unsigned NT_QUALITY_WEIGHTS[NT_QUALITY_PARTS] = {30, 25, 20, 15, 10};

static void set_part(nt_quality *q, int part, int64_t good, int64_t of) {
    if (of <= 0)
        return;
    q->has_part[part] = 1;
    q->part[part] = nt_decimal_round(good * 100 * NT_DECIMAL_ONE / of, 2);
}

nt_quality nt_quality_of(const nt_status_count *n) {
    nt_quality q = {0};
    int64_t sum = 0, weights = 0;
    set_part(&q, 0, n->received, n->expected);
    set_part(&q, 1, n->on_time, n->expected);
    set_part(&q, 2, n->required_cells - n->missing_cells, n->required_cells);
    set_part(&q, 3, n->received - n->warned, n->received);
    set_part(&q, 4, n->received - n->corrected, n->received);
    for (int i = 0; i < NT_QUALITY_PARTS; i++)
        if (q.has_part[i]) {
            sum += q.part[i] * NT_QUALITY_WEIGHTS[i];
            weights += NT_QUALITY_WEIGHTS[i];
        }
    q.has_score = n->expected > 0;
    if (q.has_score)
        q.score = nt_decimal_round(sum / weights, 2);
    return q;
}

void nt_status_count_add(nt_status_count *to, const nt_status_count *more) {
    to->expected += more->expected;
    to->received += more->received;
    to->on_time += more->on_time;
    to->late += more->late;
    to->returned += more->returned;
    to->accepted += more->accepted;
    to->required_cells += more->required_cells;
    to->missing_cells += more->missing_cells;
    to->warned += more->warned;
    to->corrected += more->corrected;
}
