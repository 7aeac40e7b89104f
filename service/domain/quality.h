/* A score of data quality, from 0 to 100, whose parts are shown beside it: nobody has to believe a number alone.
 *
 *   completeness  forms received, of those expected
 *   timeliness    forms received by the due day, of those expected
 *   cells         required cells with a value, of those in what was received
 *   plausibility  submissions without an explained warning, of those received
 *   stability     submissions that were neither sent back nor corrected, of those received
 *
 * After the dimensions of quality of the UN Statistics Division's National Quality Assurance Frameworks Manual (2019);
 * the weights are the project's own. */
#ifndef NT_DOMAIN_QUALITY_H
#define NT_DOMAIN_QUALITY_H

#include <stdint.h>

typedef struct nt_status_count {
    uint32_t expected, received, on_time, late, returned, accepted;
    int64_t required_cells, missing_cells;
    uint32_t warned;    /* with an explained warning */
    uint32_t corrected; /* sent back, or a second revision or later */
} nt_status_count;

enum { NT_QUALITY_PARTS = 5 };
/* completeness, timeliness, cells, plausibility, stability: percent, 100 together. */
extern const unsigned NT_QUALITY_WEIGHTS[NT_QUALITY_PARTS];

typedef struct nt_quality {
    int has_score;
    int64_t score;                  /* ten-thousandths, rounded to two decimals, as the parts */
    int has_part[NT_QUALITY_PARTS]; /* 0: there is nothing to judge by */
    int64_t part[NT_QUALITY_PARTS];
} nt_quality;

/* Parts that cannot be judged stay out of the score, and the others weigh more. No score where nothing is expected. */
nt_quality nt_quality_of(const nt_status_count *count);
void nt_status_count_add(nt_status_count *to, const nt_status_count *more);

#endif
