/* See sheet.h. */
#include "sheet.h"

#include "workbook.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_MAX = 1 << 30, CELLS_MAX = 512 };

typedef struct reading {
    cli *c;
    sheet *out;
    size_t capacity;
    const char *cells[CELLS_MAX];
    size_t cell_count;
    size_t line;      /* where the row at hand ends */
    size_t row_began; /* where it began */
    size_t breaks;    /* line breaks inside its quotes */
    int failed;
} reading;

static char *read_whole(cli *c, const char *path, size_t *size) {
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!f) {
        cli_complain(c, "%s: %s", "%s: %s", path, strerror(errno));
        return NULL;
    }
    nt_buffer all = {0};
    size_t n;
    do {
        uint8_t *room = nt_buffer_reserve(&all, 65537);
        n = room ? fread(room, 1, 65536, f) : 0;
        all.size += n;
    } while (n && all.size < FILE_MAX);
    int bad = ferror(f) || all.size >= FILE_MAX || all.failed;
    if (f != stdin)
        fclose(f);
    if (bad || !all.data) {
        cli_complain(c, "%s: cannot be read, or is over a gigabyte", "%s: อ่านไม่ได้ หรือใหญ่เกินหนึ่งกิกะไบต์", path);
        nt_buffer_free(&all);
        return NULL;
    }
    all.data[all.size] = '\0';
    *size = all.size;
    return (char *)all.data;
}

/* High bytes that are all Thai letters of TIS-620: what an old Excel writes. */
static int looks_thai(const unsigned char *text, size_t size) {
    size_t thai = 0, other = 0;
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 0x80) {
            int is = (text[i] >= 0xa1 && text[i] <= 0xda) || (text[i] >= 0xdf && text[i] <= 0xfb);
            thai += (size_t)is;
            other += (size_t)!is;
        }
    return thai > 10 * other && thai > 0;
}

static char *convert(cli *c, const char *path, const char *encoding, char *text, size_t *size) {
    iconv_t cd = iconv_open("UTF-8", encoding);
    if (cd == (iconv_t)-1) {
        cli_complain(c, "--encoding %s is not known: tis-620, windows-874 or utf-8",
                     "ไม่รู้จัก --encoding %s ให้ใช้ tis-620, windows-874 หรือ utf-8", encoding);
        free(text);
        return NULL;
    }
    size_t room = *size * 4 + 1, left = room - 1, in_left = *size;
    char *out = malloc(room), *at = out, *in = text;
    size_t rv = out ? iconv(cd, &in, &in_left, &at, &left) : (size_t)-1;
    iconv_close(cd);
    if (rv == (size_t)-1) {
        cli_complain(c, "%s: byte %zu is not %s: choose another --encoding",
                     "%s: ไบต์ที่ %zu ไม่ใช่ %s ให้เลือก --encoding อื่น", path, (size_t)(in - text) + 1, encoding);
        free(out);
        free(text);
        return NULL;
    }
    *at = '\0';
    *size = (size_t)(at - out);
    free(text);
    return out;
}

static size_t line_of(const char *text, size_t offset) {
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static char *to_utf8(cli *c, const char *path, const char *encoding, char *text, size_t *size) {
    if (encoding && strcasecmp(encoding, "utf-8") != 0 && strcasecmp(encoding, "utf8") != 0)
        return convert(c, path, encoding, text, size);
    if (nt_utf8_valid(nt_bytes_of(text, *size)))
        return text;
    size_t good = 0, bad = *size;
    while (good + 1 < bad) { /* the first byte that breaks it */
        size_t middle = good + (bad - good) / 2;
        size_t cut = middle; /* not in the middle of a character */
        while (cut > good && ((unsigned char)text[cut] & 0xc0) == 0x80)
            cut--;
        if (cut > good && nt_utf8_valid(nt_bytes_of(text, cut)))
            good = cut;
        else
            bad = middle;
    }
    if (looks_thai((const unsigned char *)text, *size))
        cli_complain(c,
                     "%s:%zu: the file is not UTF-8 but, it seems, TIS-620: give --encoding tis-620, or save it as "
                     "\"CSV UTF-8\"",
                     "%s:%zu: ไฟล์ไม่ใช่ UTF-8 น่าจะเป็น TIS-620 ให้ระบุ --encoding tis-620 หรือบันทึกเป็น \"CSV UTF-8\"", path,
                     line_of(text, good));
    else
        cli_complain(c, "%s:%zu: the file is not UTF-8: save it as \"CSV UTF-8\", or say what it is with --encoding",
                     "%s:%zu: ไฟล์ไม่ใช่ UTF-8 ให้บันทึกเป็น \"CSV UTF-8\" หรือระบุด้วย --encoding", path, line_of(text, good));
    free(text);
    return NULL;
}

static void on_cell(void *text, size_t size, void *user) {
    reading *r = user;
    const char *bytes = text;
    while (size && (*bytes == ' ' || *bytes == '\t')) {
        bytes++;
        size--;
    }
    while (size && (bytes[size - 1] == ' ' || bytes[size - 1] == '\t'))
        size--;
    const char *copy = nt_arena_strndup(r->c->arena, size ? bytes : "", size);
    for (size_t i = 0; copy && i < size; i++)
        r->breaks += copy[i] == '\n';
    if (!copy || r->cell_count == CELLS_MAX)
        r->failed = 1;
    else
        r->cells[r->cell_count++] = copy;
}

static void on_row(int end, void *user) {
    reading *r = user;
    size_t line = r->row_began;
    r->row_began += 1 + r->breaks;
    r->breaks = 0;
    int empty = 1;
    for (size_t i = 0; i < r->cell_count; i++)
        empty &= !*r->cells[i];
    (void)end;
    if (!empty) {
        if (r->out->count == r->capacity) {
            r->capacity = r->capacity ? r->capacity * 2 : 1024;
            sheet_row *grown = realloc(r->out->rows, r->capacity * sizeof *grown);
            if (!grown) {
                r->failed = 1;
                return;
            }
            r->out->rows = grown;
        }
        const char **cells = nt_arena_memdup(r->c->arena, r->cells, r->cell_count * sizeof *cells);
        r->failed |= !cells;
        r->out->rows[r->out->count++] = (sheet_row){cells, cells ? r->cell_count : 0, line};
    }
    r->cell_count = 0;
}

static unsigned char delimiter_of(const char *text) {
    size_t counts[3] = {0};
    for (; *text && *text != '\n'; text++)
        for (int i = 0; i < 3; i++)
            counts[i] += *text == ",;\t"[i];
    return counts[2] > counts[0] && counts[2] >= counts[1] ? '\t' : counts[1] > counts[0] ? ';' : ',';
}

static int has_rows(cli *c, const sheet *s) {
    if (s->count >= 2)
        return 1;
    cli_complain(c, "%s: a heading and at least one row are needed", "%s: ต้องมีหัวตารางและข้อมูลอย่างน้อยหนึ่งแถว", s->path);
    return 0;
}

static int read_csv(cli *c, const char *path, const char *encoding, char *text, size_t size, sheet *out);

int sheet_read(cli *c, const char *path, const char *encoding, sheet *out) {
    *out = (sheet){.path = path};
    size_t size = 0;
    char *data = read_whole(c, path, &size);
    if (!data)
        return 0;
    if (size < 4 || memcmp(data, "PK\3\4", 4) != 0)
        return read_csv(c, path, encoding, data, size, out);
    int ok = workbook_read(c, path, data, size, out) && has_rows(c, out);
    free(data);
    return ok;
}

/* Takes `text` over. */
static int read_csv(cli *c, const char *path, const char *encoding, char *text, size_t size, sheet *out) {
    if (!(text = to_utf8(c, path, encoding, text, &size)))
        return 0;
    char *begin = text;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        begin += 3;
    size_t n = 0; /* CRLF and a lone CR are line ends: one each */
    for (char *at = begin; *at; at++)
        if (*at == '\r') {
            begin[n++] = '\n';
            at += at[1] == '\n';
        } else {
            begin[n++] = *at;
        }
    begin[n] = '\0';
    struct csv_parser parser;
    reading r = {.c = c, .out = out, .row_began = 1};
    if (csv_init(&parser, CSV_REPALL_NL | CSV_APPEND_NULL) != 0)
        r.failed = 1;
    csv_set_delim(&parser, delimiter_of(begin));
    int wrong = csv_parse(&parser, begin, n, on_cell, on_row, &r) != n || csv_fini(&parser, on_cell, on_row, &r) != 0;
    csv_free(&parser);
    free(text);
    if (wrong || r.failed || nt_arena_exhausted(c->arena)) {
        cli_complain(c, "%s:%zu: this is not CSV: is a quotation mark left open?",
                     "%s:%zu: รูปแบบ CSV ไม่ถูกต้อง อาจลืมปิดเครื่องหมายคำพูด", path, r.row_began);
        return 0;
    }
    return has_rows(c, out);
}

const char *sheet_place(const cli *c, const sheet *s, size_t line, size_t column, const char *heading) {
    char letters[8];
    const char *text;
    workbook_column(column, letters);
    if (!s->name && !heading)
        text = nt_arena_printf(c->arena, "%s:%zu", s->path, line);
    else if (!s->name)
        text = nt_arena_printf(c->arena, T(c, "%s:%zu: column %s", "%s:%zu: คอลัมน์ %s"), s->path, line, heading);
    else if (!heading)
        text = nt_arena_printf(c->arena, T(c, "%s: sheet %s, row %zu", "%s: ชีต %s แถว %zu"), s->path, s->name, line);
    else
        text = nt_arena_printf(c->arena, T(c, "%s: sheet %s, cell %s%zu (%s)", "%s: ชีต %s ช่อง %s%zu (%s)"), s->path,
                               s->name, letters, line, heading);
    return text ? text : s->path;
}

const char *sheet_cell(const sheet_row *row, size_t column) {
    return column < row->count ? row->cells[column] : "";
}

int sheet_column(const sheet *s, const char *const *names) {
    for (size_t k = 0; k < s->rows[0].count; k++)
        for (size_t n = 0; names[n]; n++)
            if (strcasecmp(s->rows[0].cells[k], names[n]) == 0)
                return (int)k;
    return -1;
}
