/* What the files that write the page share. */
#ifndef NITHET_CLI_REPORT_PAGE_H
#define NITHET_CLI_REPORT_PAGE_H

#include "report.h"

typedef struct page {
    const report *r;
    nt_buffer *out;
} page;

/* Markup, as it is. */
void page_raw(page *p, const char *html);
/* Words, escaped. */
void page_text(page *p, const char *words);
/* Formatted, then escaped: nothing that came from a name is ever markup. */
void page_put(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_heading(page *p, const char *th, const char *en);
void page_english(page *p, const char *words);
/* "" where there is none. */
const char *page_field(const page *p, const json_t *thing, const char *key);
/* 1,234.5 */
const char *page_figure(const page *p, const char *decimal);
const char *page_org(const page *p, const char *code, int thai);
/* The figure of the period before. */
const char *page_before(const page *p, const report_score *s);

/* The ten questions, with their answers in both languages. */
void report_questions(page *p);

#endif
