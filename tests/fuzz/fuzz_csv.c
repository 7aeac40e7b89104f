/* The sheets that `nithet submit` and `catalog apply` read: any bytes, in both encodings. */
#include "sheet.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void cli_complain(const cli *c, const char *en, const char *th, ...) {
    (void)c;
    (void)en;
    (void)th;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static nt_arena *arena;
    static int fd = -1;
    char path[64];
    if (fd < 0) {
        arena = nt_arena_new(16 << 20);
        fd = memfd_create("sheet", 0);
    }
    nt_arena_reset(arena);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cli c = {.arena = arena};
    for (int thai = 0; thai < 2; thai++) {
        sheet s;
        if (sheet_read(&c, path, thai ? "TIS-620" : NULL, &s)) {
            size_t cells = 0;
            for (size_t i = 0; i < s.count; i++) {
                if (i && s.rows[i].line <= s.rows[i - 1].line)
                    abort();
                for (size_t k = 0; k < s.rows[i].count; k++)
                    cells += strlen(sheet_cell(&s.rows[i], k)) + 1;
            }
            if (cells > size * 4 + s.count * 600)
                abort();
        }
        free(s.rows);
    }
    return 0;
}
