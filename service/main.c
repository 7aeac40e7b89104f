/* nithetd: options, start, signals, drain. */
#include "api/anchor.h"
#include "api/handlers.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/keyfile.h"
#include "settings.h"
#include "store/migrate.h"
#include "store/officer.h"

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>

enum { EXIT_USAGE = 2, DATABASE_WAIT_SECONDS = 30 };

static const char USAGE[] =
    "nithetd " NITHET_VERSION ", the data service of a regional education office\n"
    "\n"
    "  nithetd [run]     serve, until SIGTERM; what was begun is finished and answered first. SIGHUP reads the "
    "certificates again\n"
    "  nithetd init      make the service's key, migrate, register the first administrator; again is harmless\n"
    "  nithetd migrate   bring the database's schema up to date\n"
    "  nithetd methods   who may call what: every method of the contract, its roles, whose data it is about\n"
    "  nithetd check     read the configuration and say whether it is good\n"
    "\n"
    "  -c, --config FILE      default: /etc/nithet/nithetd.conf (deploy/nithetd.conf explains each setting)\n"
    "  init: --admin LOGIN    default: admin\n"
    "        --admin-name N   default: Administrator\n"
    "        --admin-key FILE the administrator's key; made if it is not there. Default: admin.key\n"
    "  -h, --help, --version\n"
    "\n"
    "Exit status: 0 good, 1 failed, 2 wrong usage.\n";

typedef struct options {
    const char *command;
    const char *config;
    const char *admin, *admin_name, *admin_key;
} options;

static int parse_options(int argc, char **argv, options *o) {
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"admin", required_argument, NULL, 'a'},
                                          {"admin-name", required_argument, NULL, 'n'},
                                          {"admin-key", required_argument, NULL, 'k'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {0}};
    *o = (options){"run", "/etc/nithet/nithetd.conf", "admin", "Administrator", "admin.key"};
    int c;
    while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1)
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 'a':
            o->admin = optarg;
            break;
        case 'n':
            o->admin_name = optarg;
            break;
        case 'k':
            o->admin_key = optarg;
            break;
        case 'h':
            fputs(USAGE, stdout);
            exit(0);
        case 'v':
            puts(NITHET_VERSION);
            exit(0);
        default:
            return 0;
        }
    if (optind < argc)
        o->command = argv[optind++];
    return optind == argc;
}

static int failed(nt_status st) {
    if (nt_ok(st))
        return 0;
    nt_log(NT_LOG_ERROR, "%s: %s", nt_code_name(st.code), st.fault ? st.fault->en : "");
    return 1;
}

static int load_service_key(const char *path, int create, uint8_t seed[32]) {
    int rv = nt_keyfile_read(path, NT_KEYFILE_SERVICE, seed);
    if (rv == ENOENT && create) {
        randombytes_buf(seed, 32);
        rv = nt_keyfile_create(path, NT_KEYFILE_SERVICE, seed);
        if (rv == 0)
            nt_log(NT_LOG_INFO, "service key made: %s; keep a copy of it apart from the database's", path);
    }
    if (rv == EACCES)
        nt_log(NT_LOG_ERROR, "%s: must be readable by its owner alone (chmod 600)", path);
    else if (rv == ENOENT)
        nt_log(NT_LOG_ERROR, "%s: not there; `nithetd init` makes it", path);
    else if (rv)
        nt_log(NT_LOG_ERROR, "%s: %s", path, strerror(rv));
    return rv == 0;
}

/* As the database's owner: for migrations and the first administrator. */
static nt_status open_owner(const nt_settings *s, nt_arena *arena, nt_connection **c, int migrate) {
    *c = nt_connection_new(s->database, NULL);
    int64_t give_up = nt_clock_monotonic_us() + (int64_t)DATABASE_WAIT_SECONDS * 1000000;
    for (;;) {
        int applied;
        nt_connection_begin_call(*c, nt_clock_monotonic_us() + INT64_C(3600) * 1000000);
        nt_status st = migrate ? nt_migrate(*c, arena, &applied) : nt_migrate_check(*c, arena);
        if (st.code != NT_UNAVAILABLE || nt_clock_monotonic_us() > give_up)
            return st;
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000000L}, NULL);
    }
}

static nt_status register_admin(nt_connection *c, nt_arena *arena, const options *o, const nt_settings *s,
                                const uint8_t public_key[NT_PUBLIC_KEY_SIZE]) {
    uint8_t key_id[NT_KEY_ID_SIZE];
    char ulid[27], hex[2 * NT_KEY_ID_SIZE + 1];
    nt_officer officer;
    nt_officer_key key;
    int64_t now = nt_clock_wall_us();
    nt_proof_key_id(public_key, key_id);
    nt_hex(key_id, sizeof key_id, hex);
    nt_ulid_new(ulid);
    nt_connection_begin_call(c, nt_clock_monotonic_us() + 30 * 1000000);
    nt_status st = nt_store_key_find(c, arena, nt_bytes_of(key_id, sizeof key_id), &officer, &key);
    if (!nt_ok(st) || officer.login) {
        if (nt_ok(st))
            nt_log(NT_LOG_INFO, "administrator %s has key %s already", officer.login, hex);
        return st;
    }
    nt_effect e = {.chain = "TH",
                   .method = "nithetd/init",
                   .key = ulid,
                   .login = o->admin,
                   .audience = s->server.audience,
                   .at_us = now,
                   .sent_at_us = now,
                   .key_id = nt_bytes_of(key_id, sizeof key_id),
                   .payload = nt_bytes_of(public_key, NT_PUBLIC_KEY_SIZE)};
    st = nt_effect_begin(c, arena, &e);
    if (nt_ok(st))
        st = nt_store_officer_by_login(c, arena, o->admin, &officer);
    if (nt_ok(st) && officer.login && officer.role != NT_ROLE_ADMIN)
        return nt_fail(arena, NT_ALREADY_EXISTS, "%s is registered, and is no administrator",
                       "%s ลงทะเบียนแล้ว และไม่ใช่ผู้ดูแลระบบ", o->admin);
    static const nt_statement COUNTRY = {.sql = "SELECT id FROM org_unit WHERE code = 'TH'"};
    nt_rows *rows = NULL;
    if (nt_ok(st) && !officer.login) {
        st = nt_connection_query(c, arena, &COUNTRY, NULL, &rows);
        officer = (nt_officer){.login = o->admin, .name = o->admin_name, .role = NT_ROLE_ADMIN};
        if (nt_ok(st))
            officer.org_id = (int32_t)nt_rows_int(rows, 0, 0);
        if (nt_ok(st))
            st = nt_store_officer_add(c, arena, &officer, now);
    }
    key = (nt_officer_key){officer.id, e.key_id, e.payload, now, 0};
    if (nt_ok(st))
        st = nt_store_key_add(c, arena, &key);
    e.officer_id = officer.id;
    nt_effect_subject(&e, nt_arena_printf(arena, "officer/%s", o->admin));
    if (nt_ok(st))
        st = nt_effect_commit(c, arena, &e, (nt_bytes){0}, NULL, 0);
    if (nt_ok(st))
        nt_log(NT_LOG_INFO, "administrator %s registered, key %s", o->admin, hex);
    return st;
}

static int run_init(const options *o, const nt_settings *s, nt_arena *arena) {
    uint8_t seed[32], officer_seed[32], public_key[NT_PUBLIC_KEY_SIZE], secret[NT_SECRET_KEY_SIZE];
    if (!load_service_key(s->key_file, 1, seed))
        return 1;
    int rv = nt_keyfile_read(o->admin_key, NT_KEYFILE_OFFICER, officer_seed);
    if (rv == ENOENT) {
        randombytes_buf(officer_seed, sizeof officer_seed);
        rv = nt_keyfile_create(o->admin_key, NT_KEYFILE_OFFICER, officer_seed);
    }
    if (rv) {
        nt_log(NT_LOG_ERROR, "%s: %s", o->admin_key,
               rv == EACCES ? "must be readable by its owner alone" : strerror(rv));
        return 1;
    }
    crypto_sign_seed_keypair(public_key, secret, officer_seed);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(officer_seed, sizeof officer_seed);
    nt_connection *c;
    nt_status st = open_owner(s, arena, &c, 1);
    if (nt_ok(st))
        st = register_admin(c, arena, o, s, public_key);
    nt_connection_free(c);
    return failed(st);
}

static int run_migrate(const nt_settings *s, nt_arena *arena) {
    nt_connection *c;
    nt_status st = open_owner(s, arena, &c, 1);
    nt_connection_free(c);
    return failed(st);
}

static void reload(nt_server *server) {
    char fault[300];
    if (nt_server_reload_tls(server, fault))
        nt_log(NT_LOG_INFO, "SIGHUP: certificates read again, for new connections");
    else
        nt_log(NT_LOG_ERROR, "SIGHUP: the certificates stay as they were: %s", fault);
}

static int wait_for_end(nt_server *server) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    int which = 0;
    while (sigwait(&signals, &which) == 0 && which == SIGHUP)
        reload(server);
    return which;
}

static int serve(const nt_settings *s, nt_service *service, nt_server *server) {
    char fault[300];
    const char *why = NULL;
    if (s->metrics_url && nt_metrics_serve(service->metrics, s->metrics_url, &why) != 0) {
        nt_log(NT_LOG_ERROR, "metrics at %s: %s", s->metrics_url, why);
        return 1;
    }
    if (!nt_service_listen(service) || !nt_server_start(server, fault)) {
        nt_log(NT_LOG_ERROR, "%s", fault);
        return 1;
    }
    for (size_t i = 0; i < s->url_count; i++)
        nt_log(NT_LOG_INFO, "listening at %s", s->urls[i]);
    atomic_store(&service->serving, 1);
    nt_metrics_serving(service->metrics, 1);
    nt_log(NT_LOG_INFO, "nithetd %s serves %s", NITHET_VERSION, s->server.audience);
    sd_notify(0, "READY=1");
    nt_anchorer *anchorer = nt_anchorer_start(service, s->anchor_seconds);
    int which = wait_for_end(server);
    sd_notify(0, "STOPPING=1");
    nt_log(NT_LOG_INFO, "%s: finishing what was begun", which == SIGTERM ? "SIGTERM" : "SIGINT");
    atomic_store(&service->serving, 0);
    int all = nt_server_drain(server);
    nt_anchorer_stop(anchorer);
    nt_log(all ? NT_LOG_INFO : NT_LOG_WARN, all ? "everything was answered" : "some calls did not end in time");
    return all ? 0 : 1;
}

/* Run by the build as well: a method without a rule of access fails it. */
static int print_methods(void) {
    static const char *const scopes[] = {"nobody's", "org", "statement.org", "draft_id", "submission_id", "key_id"};
    char fault[200];
    nt_methods *methods = nt_handlers_build(fault);
    if (!methods) {
        fprintf(stderr, "nithetd: %s\n", fault);
        return 1;
    }
    for (size_t i = 0; i < nt_methods_count(methods); i++) {
        const nt_method *m = nt_methods_at(methods, i);
        printf("%-50s about %-14s%s%s ", m->full_name, scopes[m->entry->scope],
               m->entry->flags & NT_METHOD_SIGNED    ? " signed"
               : m->entry->flags & NT_METHOD_MUTATES ? " changes"
                                                     : "       ",
               m->entry->flags & NT_METHOD_OPEN ? " without a session" : "");
        for (unsigned role = NT_ROLE_ADMIN; role <= NT_ROLE_READER && !(m->entry->flags & NT_METHOD_OPEN); role++)
            if (m->entry->roles >> role & 1)
                printf(" %s", nt_role_name((nt_role)role, 0));
        putchar('\n');
    }
    nt_methods_free(methods);
    return 0;
}

static int run_daemon(const nt_settings *s, nt_arena *arena) {
    char fault[200];
    uint8_t seed[32];
    nt_connection *owner;
    if (!load_service_key(s->key_file, 0, seed))
        return 1;
    nt_status st = open_owner(s, arena, &owner, s->migrate_at_start);
    nt_connection_free(owner);
    if (failed(st))
        return 1;
    nt_service service = {.settings = &s->server, .database = s->database, .session_seconds = s->session_seconds};
    nt_service_keys_derive(&service.keys, seed);
    sodium_memzero(seed, sizeof seed);
    nt_server_hooks hooks;
    nt_service_hooks(&service, &hooks);
    nt_server *server = NULL;
    int rv = 1;
    if (!nt_service_open(&service, fault))
        nt_log(NT_LOG_ERROR, "%s", fault);
    else if ((server = nt_server_new(&s->server, &hooks, service.methods, service.metrics, service.sessions,
                                     service.keys.rpc)))
        rv = serve(s, &service, server);
    nt_server_free(server);
    nt_service_close(&service);
    return rv;
}

int main(int argc, char **argv) {
    options o;
    nt_settings settings;
    char fault[300];
    if (!parse_options(argc, argv, &o)) {
        fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(o.command, "methods") == 0)
        return print_methods();
    if (sodium_init() < 0 || !nt_settings_load(o.config, &settings, fault)) {
        fprintf(stderr, "nithetd: %s\n", fault);
        return 1;
    }
    /* A large request's memory goes back to the system when it ends: glibc would else raise its threshold and keep it.
     */
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_ARENA_MAX, 4);
    /* Every thread inherits this; sigwait in the main one takes them. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    nt_log_start(settings.log_level);
    nt_watchdog_start();
    nt_arena *arena = nt_arena_new(64u << 20);
    int rv = EXIT_USAGE;
    if (strcmp(o.command, "run") == 0)
        rv = run_daemon(&settings, arena);
    else if (strcmp(o.command, "init") == 0)
        rv = run_init(&o, &settings, arena);
    else if (strcmp(o.command, "migrate") == 0)
        rv = run_migrate(&settings, arena);
    else if (strcmp(o.command, "check") == 0)
        rv = 0;
    else
        fputs(USAGE, stderr);
    nt_watchdog_stop();
    nt_server_end();
    nt_arena_free(arena);
    nt_log_stop();
    nt_settings_free(&settings);
    return rv;
}
