/* Excel workbooks. An input that begins with `P` is a package as it is; any other is put into one: its parts, separated
 * by a byte 1, become the workbook, its relations, the shared strings and a worksheet, so that the fuzzer need not find
 * out CRCs. */
#include "workbook.h"

#include <stdlib.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void cli_complain(const cli *c, const char *en, const char *th, ...) {
    (void)c;
    (void)en;
    (void)th;
}

const char *sheet_cell(const sheet_row *row, size_t column) {
    return column < row->count ? row->cells[column] : "";
}

static zip_source_t *pack(const uint8_t *data, size_t size) {
    static const char *const names[] = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml",
                                        "xl/worksheets/sheet1.xml"};
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(out);
    zip_t *zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    const uint8_t *at = data, *end = data + size;
    for (size_t i = 0; zip && i < 4 && at < end; i++) {
        const uint8_t *stop = memchr(at, 1, (size_t)(end - at));
        if (!stop)
            stop = end;
        zip_source_t *part = zip_source_buffer(zip, at, (zip_uint64_t)(stop - at), 0);
        zip_int64_t index = zip_file_add(zip, names[i], part, ZIP_FL_OVERWRITE);
        if (index < 0)
            zip_source_free(part);
        else
            zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0);
        at = stop < end ? stop + 1 : end;
    }
    if (!zip || zip_close(zip) != 0) {
        if (zip)
            zip_discard(zip);
        zip_source_free(out);
        return NULL;
    }
    return out;
}

static void read_one(const void *data, size_t size) {
    static nt_arena *arena;
    if (!arena)
        arena = nt_arena_new(64 << 20);
    nt_arena_reset(arena);
    cli c = {.arena = arena};
    sheet s = {.path = "x"};
    if (workbook_read(&c, "x", data, size, &s)) {
        size_t cells = 0;
        for (size_t i = 0; i < s.count; i++)
            for (size_t k = 0; k < s.rows[i].count; k++)
                cells += strlen(sheet_cell(&s.rows[i], k)) + 1;
        if (!s.name || (cells && !s.rows))
            abort();
    }
    free(s.rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t packed[1 << 20];
    if (size && *data == 'P') {
        read_one(data, size);
        return 0;
    }
    zip_source_t *package = pack(data, size);
    if (!package)
        return 0;
    if (zip_source_open(package) == 0) {
        zip_int64_t n = zip_source_read(package, packed, sizeof packed);
        zip_source_close(package);
        if (n > 0)
            read_one(packed, (size_t)n);
    }
    zip_source_free(package);
    return 0;
}
