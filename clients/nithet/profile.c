/* Profiles: what `nithet login` remembers, one small ini file each, under the XDG configuration folder. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int profile_path(const char *name, char path[1024]) {
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (strpbrk(name, "/\\") || *name == '.' || !*name)
        return 0;
    int n = base && *base == '/' ? snprintf(path, 1024, "%s/nithet/%s.ini", base, name)
                                 : snprintf(path, 1024, "%s/.config/nithet/%s.ini", home ? home : "/", name);
    return n > 0 && n < 1024;
}

static int take(void *user, const char *section, const char *name, const char *value) {
    profile *p = user;
    (void)section;
    char **at = strcmp(name, "endpoint") == 0      ? &p->endpoint
                : strcmp(name, "key") == 0         ? &p->key
                : strcmp(name, "service_key") == 0 ? &p->service_key
                : strcmp(name, "ca") == 0          ? &p->ca
                : strcmp(name, "client_cert") == 0 ? &p->client_cert
                : strcmp(name, "lang") == 0        ? &p->lang
                                                   : NULL;
    if (at && *value) {
        free(*at);
        *at = strdup(value);
    }
    return 1;
}

void profile_load(const char *name, profile *p) {
    char path[1024];
    *p = (profile){0};
    if (profile_path(name, path))
        ini_parse(path, take, p);
}

static void put(FILE *f, const char *name, const char *value) {
    if (value && *value)
        fprintf(f, "%s = %s\n", name, value);
}

int profile_save(const char *name, const profile *p, char path[1024]) {
    if (!profile_path(name, path))
        return 0;
    char folder[1024], aside[1100];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *at = folder + 1; *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(folder, 0700);
            *at = '/';
        }
    snprintf(aside, sizeof aside, "%s.new", path);
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f)
        return 0;
    put(f, "endpoint", p->endpoint);
    put(f, "key", p->key);
    put(f, "service_key", p->service_key);
    put(f, "ca", p->ca);
    put(f, "client_cert", p->client_cert);
    put(f, "lang", p->lang);
    return fclose(f) == 0 && rename(aside, path) == 0;
}

void profile_free(profile *p) {
    free(p->endpoint);
    free(p->key);
    free(p->service_key);
    free(p->ca);
    free(p->client_cert);
    free(p->lang);
}
