/* See keyfile.h. */
#include "base/keyfile.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int nt_keyfile_read(const char *path, const char *kind, uint8_t seed[32]) {
    char text[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    struct stat about;
    int open_to_others = fstat(fd, &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO));
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (open_to_others)
        return EACCES;
    if (n < 0)
        return EIO;
    text[n] = '\0';
    size_t length = strlen(kind);
    int good = strncmp(text, kind, length) == 0 && text[length] == ' ';
    if (good) {
        char *hex = text + length + 1;
        hex[strcspn(hex, "\r\n")] = '\0';
        good = nt_unhex(hex, seed, 32);
    }
    sodium_memzero(text, sizeof text);
    return good ? 0 : EINVAL;
}

int nt_keyfile_create(const char *path, const char *kind, const uint8_t seed[32]) {
    char text[256], hex[65];
    nt_hex(seed, 32, hex);
    int length = snprintf(text, sizeof text, "%s %s\n", kind, hex), rv = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        rv = errno;
    else if (write(fd, text, (size_t)length) != length || fsync(fd) != 0)
        rv = EIO;
    if (fd >= 0)
        close(fd);
    if (rv && fd >= 0)
        unlink(path);
    sodium_memzero(text, sizeof text);
    sodium_memzero(hex, sizeof hex);
    return rv;
}
