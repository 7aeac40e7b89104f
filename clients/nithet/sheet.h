/* A file of rows and cells as offices have it: CSV from Excel, LibreOffice or by hand (UTF-8 with or without a BOM,
 * TIS-620 where said so; LF or CRLF; comma, semicolon or tab), or a workbook (.xlsx) of Excel or LibreOffice. */
#ifndef NITHET_CLI_SHEET_H
#define NITHET_CLI_SHEET_H

#include "cli.h"

typedef struct sheet_row {
    const char **cells;
    size_t count;
    size_t line; /* in the file, or the row of the worksheet; from 1 */
} sheet_row;

typedef struct sheet {
    const char *path;
    sheet_row *rows; /* the first is the heading; empty lines are left out */
    size_t count;
    const char *name;                /* of a workbook's worksheet; NULL: it is CSV */
    const char *form, *period, *org; /* what a template says of itself; NULL: nothing */
} sheet;

/* `encoding`: NULL for UTF-8. 0 after an error was printed. */
int sheet_read(cli *c, const char *path, const char *encoding, sheet *out);
/* Where a cell stands, for people: `file.csv:3: column value`, `file.xlsx: sheet Data, cell C3 (value)`. `heading`
 * NULL: the row as a whole. In the arena. */
const char *sheet_place(const cli *c, const sheet *s, size_t line, size_t column, const char *heading);
/* "" if the row is shorter. */
const char *sheet_cell(const sheet_row *row, size_t column);
/* The column whose heading is one of `names` (ends with NULL), without regard to case; -1 if there is none. */
int sheet_column(const sheet *s, const char *const *names);

#endif
