/* See office.h. BUILD_DIR and SOURCE_DIR come from CMake. */
#include "office.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct office {
    char folder[200];
    char conninfo[300];
    office_daemon first;
    char paths[64][320];
    size_t path_count;
    char sql_result[4096];
};

static office *open_office; /* to be cleaned up also when a test gives up */

static void give_up(const char *what) {
    fprintf(stderr, "tests/support/office: %s\n", what);
    office *o = open_office;
    open_office = NULL;
    office_close(o);
    exit(1);
}

int run_command(char *out, size_t size, const char *format, ...) {
    char command[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(command, sizeof command - 16, format, args);
    va_end(args);
    if (n < 0 || n >= (int)sizeof command - 16)
        give_up("a command line is too long");
    strcat(command, " 2>&1");
    FILE *p = popen(command, "r");
    if (!p)
        give_up("popen");
    size_t got = fread(out, 1, size - 1, p);
    out[got] = '\0';
    char rest[4096];
    while (fread(rest, 1, sizeof rest, p) > 0)
        ;
    int status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

const char *office_folder(const office *o) {
    return o->folder;
}

const char *office_conninfo(const office *o) {
    return o->conninfo;
}

static void wait_until_serving(office_daemon *d) {
    nithet_options options = {.endpoints = d->endpoint, .timeout_ms = 1000};
    nithet_client *c = nithet_open(&options, NULL);
    for (int i = 0; i < 200 && c; i++) {
        nithet_call_options call = {.flags = NITHET_CALL_OPEN | NITHET_CALL_READ, .timeout_ms = 1000};
        nithet_reply reply = {0};
        int serving = nithet_call(c, "nithet.v1.HealthService/Check", NULL, 0, &call, &reply, NULL) == NITHET_OK &&
                      reply.payload_size == 2 && ((uint8_t *)reply.payload)[1] == 1;
        nithet_reply_clear(&reply);
        if (serving) {
            nithet_close(c);
            return;
        }
        if (waitpid(d->pid, NULL, WNOHANG) == d->pid)
            break;
        pause_ms(50);
    }
    char log[4096];
    run_command(log, sizeof log, "tail -20 '%s'", d->log);
    fputs(log, stderr);
    give_up("the daemon does not serve");
}

void office_start(office *o, office_daemon *d, const char *name, const char *extra) {
    snprintf(d->endpoint, sizeof d->endpoint, "ipc://%s/%s.sock", o->folder, name);
    snprintf(d->config, sizeof d->config, "%s/%s.conf", o->folder, name);
    snprintf(d->log, sizeof d->log, "%s/%s.log", o->folder, name);
    FILE *f = fopen(d->config, "w");
    if (!f)
        give_up("cannot write the configuration");
    fprintf(f, "[service]\naudience = test\nkey = %s/service.key\n[database]\nconninfo = %s\n[listen]\nurl = %s\n%s\n",
            o->folder, o->conninfo, d->endpoint, extra ? extra : "");
    fclose(f);
    d->pid = fork();
    if (d->pid == 0) {
        if (!freopen(d->log, "a", stderr))
            _exit(126);
        execl(BUILD_DIR "/nithetd", "nithetd", "-c", d->config, (char *)NULL);
        _exit(127);
    }
    wait_until_serving(d);
}

int office_stop(office_daemon *d) {
    if (d->pid <= 0)
        return 0;
    kill(d->pid, SIGTERM);
    int status = 0;
    for (int i = 0; i < 600; i++) {
        if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
            d->pid = 0;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        pause_ms(50);
    }
    kill(d->pid, SIGKILL);
    waitpid(d->pid, &status, 0);
    d->pid = 0;
    return -1;
}

office *office_open(int with_catalogue) {
    office *o = calloc(1, sizeof *o);
    char out[8192];
    if (!o)
        give_up("memory");
    snprintf(o->folder, sizeof o->folder, "/tmp/nithet-test-XXXXXX");
    if (!mkdtemp(o->folder))
        give_up("cannot make a temporary folder");
    open_office = o;
    /* Nobody's profile or environment is the tests' business. */
    setenv("XDG_CONFIG_HOME", o->folder, 1);
    setenv("XDG_STATE_HOME", o->folder, 1);
    static const char *const ours[] = {
        "NITHET_ENDPOINT", "NITHET_KEY", "NITHET_PROFILE", "NITHET_LANG", "NITHET_SERVICE_KEY", "LC_ALL", "LANG"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        unsetenv(ours[i]);
    if (run_command(out, sizeof out, "chmod 755 %s && " SOURCE_DIR "/deploy/private-postgres start %s/pg", o->folder,
                    o->folder) != 0) {
        fputs(out, stderr);
        give_up("PostgreSQL does not start");
    }
    if (run_command(out, sizeof out, SOURCE_DIR "/deploy/private-postgres conninfo %s/pg", o->folder) != 0)
        give_up("conninfo");
    out[strcspn(out, "\n")] = '\0';
    snprintf(o->conninfo, sizeof o->conninfo, "%s", out);
    /* init needs a configuration; office_start writes it again. */
    char config[300];
    snprintf(config, sizeof config, "%s/first.conf", o->folder);
    FILE *f = fopen(config, "w");
    if (!f)
        give_up("cannot write the configuration");
    fprintf(f,
            "[service]\naudience = test\nkey = %s/service.key\n[database]\nconninfo = %s\n[listen]\nurl = "
            "ipc://%s/unused.sock\n",
            o->folder, o->conninfo, o->folder);
    fclose(f);
    if (run_command(out, sizeof out, BUILD_DIR "/nithetd init -c %s --admin-key %s/admin.key", config, o->folder) !=
        0) {
        fputs(out, stderr);
        give_up("nithetd init");
    }
    office_start(o, &o->first, "first", "[metrics]\nurl = http://127.0.0.1:0\n");
    if (with_catalogue &&
        run_command(out, sizeof out,
                    BUILD_DIR "/clients/nithet/nithet org apply " SOURCE_DIR
                              "/deploy/catalogue/organisations.csv --yes --endpoint %s --key %s/admin.key && " BUILD_DIR
                              "/clients/nithet/nithet catalog apply " SOURCE_DIR
                              "/deploy/catalogue/*.csv --yes --endpoint %s --key %s/admin.key",
                    o->first.endpoint, o->folder, o->first.endpoint, o->folder) != 0) {
        fputs(out, stderr);
        give_up("the catalogue was not taken");
    }
    return o;
}

void office_close(office *o) {
    char out[1024];
    if (!o)
        return;
    open_office = NULL;
    office_stop(&o->first);
    run_command(out, sizeof out, SOURCE_DIR "/deploy/private-postgres stop %s/pg; rm -rf %s", o->folder, o->folder);
    free(o);
}

office_daemon *office_first(office *o) {
    return &o->first;
}

const char *office_key(office *o, const char *login, const char *role, const char *org) {
    char path[320], out[4096];
    snprintf(path, sizeof path, "%s/%s.key", o->folder, login);
    for (size_t i = 0; i < o->path_count; i++)
        if (strcmp(o->paths[i], path) == 0)
            return o->paths[i];
    if (o->path_count == 64)
        give_up("too many officers");
    if (strcmp(login, "admin") != 0 &&
        run_command(out, sizeof out,
                    BUILD_DIR "/clients/nithet/nithet keys generate %s >/dev/null && " BUILD_DIR
                              "/clients/nithet/nithet keys register --public $(" BUILD_DIR
                              "/clients/nithet/nithet keys show %s --output csv | tr -d '\\r' | sed -n '2s/.*,//p') "
                              "--login %s --name %s --role %s --org "
                              "%s --endpoint %s --key %s/admin.key",
                    path, path, login, login, role, org, o->first.endpoint, o->folder) != 0) {
        fputs(out, stderr);
        give_up("an officer was not registered");
    }
    snprintf(o->paths[o->path_count], sizeof o->paths[0], "%s", path);
    return o->paths[o->path_count++];
}

nithet_client *office_client(office *o, const char *key) {
    nithet_options options = {.endpoints = o->first.endpoint, .key_file = key};
    nithet_error *error = NULL;
    nithet_client *c = nithet_open(&options, &error);
    if (!c)
        give_up(error ? error->en : "no client");
    return c;
}

const char *office_sql(office *o, const char *sql) {
    char file[300];
    snprintf(file, sizeof file, "%s/query.sql", o->folder);
    FILE *f = fopen(file, "w");
    if (!f)
        give_up("cannot write a query");
    fputs(sql, f);
    fclose(f);
    if (run_command(o->sql_result, sizeof o->sql_result,
                    "psql -XqAt -v ON_ERROR_STOP=1 -h %s/pg/s -U postgres -d nithet -f %s", o->folder, file) != 0)
        fprintf(stderr, "%s\n", o->sql_result);
    o->sql_result[strcspn(o->sql_result, "|\n")] = '\0';
    return o->sql_result;
}

int office_sql_allowed(office *o, const char *sql) {
    char out[4096];
    return run_command(
               out, sizeof out,
               "psql -XqAt -v ON_ERROR_STOP=1 -h %s/pg/s -U nithet -d nithet -c 'SET ROLE nithet_service' -c \"%s\"",
               o->folder, sql) == 0;
}
