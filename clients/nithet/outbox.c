/* See outbox.h. A file KEY.request each, named after its idempotency key, so that they sort by time; KEY.fault holds
 * why the service refused it, the last time that it was sent. */
#include "outbox.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *outbox_folder(cli *c) {
    return cli_folder(c, "XDG_STATE_HOME", ".local/state", "outbox");
}

static const char *file_of(cli *c, const char *key, const char *ending) {
    const char *folder = outbox_folder(c);
    return folder ? nt_arena_printf(c->arena, "%s/%s.%s", folder, key, ending) : NULL;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of what waits, oldest first. */
static const char **list_keys(cli *c, size_t *count) {
    const char *folder = outbox_folder(c);
    DIR *d = folder ? opendir(folder) : NULL;
    size_t capacity = 0;
    const char **keys = NULL;
    *count = 0;
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        if (n != 26 + strlen(".request") || strcmp(e->d_name + 26, ".request") != 0)
            continue;
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            const char **grown = NT_NEW_ARRAY(c->arena, const char *, capacity);
            if (!grown)
                break;
            if (*count)
                memcpy(grown, keys, *count * sizeof *keys);
            keys = grown;
        }
        keys[(*count)++] = nt_arena_strndup(c->arena, e->d_name, 26);
    }
    if (d)
        closedir(d);
    if (*count)
        qsort(keys, *count, sizeof *keys, by_text);
    return keys;
}

static void forget(cli *c, const char *key) {
    const char *request = file_of(c, key, "request"), *fault = file_of(c, key, "fault");
    if (request)
        unlink(request);
    if (fault)
        unlink(fault);
}

static void say_kept(const cli *c, const char *key) {
    fprintf(stderr,
            T(c,
              "Kept in the outbox as %s: signed, and not submitted yet, as far as is known. `nithet outbox send` sends "
              "it; it is "
              "never submitted twice.\n",
              "เก็บไว้ในกล่องขาออกเป็น %s ลงนามแล้ว แต่ยังไม่ทราบว่าบันทึกแล้ว สั่ง `nithet outbox send` เพื่อส่ง จะไม่มีการส่งซ้ำ\n"),
            key);
}

/* The same figures, said in the same words, that wait already. */
static nithet_request *waiting_twin(cli *c, const nithet_request *request) {
    nithet_request_info mine, other;
    size_t count;
    const char **keys = list_keys(c, &count);
    nithet_request_about(request, &mine);
    for (size_t i = 0; i < count; i++) {
        nithet_request *r = nithet_request_load(file_of(c, keys[i], "request"), NULL);
        if (!r)
            continue;
        nithet_request_about(r, &other);
        if (memcmp(mine.content_digest, other.content_digest, sizeof mine.content_digest) == 0 &&
            strcmp(mine.form, other.form) == 0 && strcmp(mine.org, other.org) == 0 &&
            strcmp(mine.period, other.period) == 0 && strcmp(mine.reason, other.reason) == 0)
            return r;
        nithet_request_free(r);
    }
    return NULL;
}

static const char *full_path(cli *c, const char *path) {
    char *folder = path && *path != '/' ? realpath(".", NULL) : NULL;
    const char *full = folder ? nt_arena_printf(c->arena, "%s/%s", folder, path) : path;
    free(folder);
    return full;
}

int outbox_submit(cli *c, figures *f, const known *k) {
    nithet_error *error = NULL;
    nithet_request_info info;
    nithet_request *r =
        nithet_submission_sign(c->client, f->submission, k->audience, full_path(c, cli_option(c, "receipt")), &error);
    if (!r)
        return error ? figures_print_error(c, f, error) : EXIT_FAILED;
    nithet_request *twin = waiting_twin(c, r);
    if (twin) {
        nithet_request_free(r);
        r = twin;
    }
    nithet_request_about(r, &info);
    const char *path = file_of(c, info.idempotency_key, "request");
    nithet_receipt *receipt = NULL;
    int status = EXIT_GOOD;
    if (!path)
        status = cli_fail(c, NULL);
    else if (!twin && nithet_request_save(r, path, &error) != NITHET_OK)
        status = cli_fail(c, error);
    else if (k->offline) {
        cli_complain(c, "the service cannot be reached; forms as of %s", "ติดต่อบริการไม่ได้ ใช้แบบรายงาน ณ %s",
                     cli_time(c, k->at_us));
        say_kept(c, info.idempotency_key);
        status = EXIT_TRY_AGAIN;
    } else if (!(receipt = nithet_request_send(c->client, r, &error))) {
        status = error ? figures_print_error(c, f, error) : EXIT_FAILED;
        if (status == EXIT_TRY_AGAIN || status == EXIT_FAILED) {
            say_kept(c, info.idempotency_key);
        } else {
            forget(c, info.idempotency_key);
            fputs(T(c, "Nothing was submitted.\n", "ยังไม่มีการบันทึกข้อมูล\n"), stderr);
        }
    } else {
        status = cli_receipt(c, receipt, *info.label ? info.label : NULL);
        forget(c, info.idempotency_key);
    }
    nithet_receipt_free(receipt);
    nithet_request_free(r);
    return status;
}

/* The commands. */

static int print_list(cli *c) {
    size_t count;
    const char **keys = list_keys(c, &count);
    table *t = table_new(c);
    table_column(t, "key", T(c, "KEY", "รหัส"), TABLE_LEFT);
    table_column(t, "form", T(c, "FORM", "แบบ"), TABLE_LEFT);
    table_column(t, "org", T(c, "PROVINCE", "จังหวัด"), TABLE_LEFT);
    table_column(t, "period", T(c, "PERIOD", "งวด"), TABLE_LEFT);
    table_column(t, "observations", T(c, "FIGURES", "รายการ"), TABLE_RIGHT);
    table_column(t, "signed", T(c, "SIGNED", "ลงนามเมื่อ"), TABLE_LEFT);
    table_column(t, "fault", T(c, "REFUSED BECAUSE", "ถูกปฏิเสธเพราะ"), TABLE_LEFT);
    for (size_t i = 0; i < count; i++) {
        nithet_error *error = NULL;
        nithet_request *r = nithet_request_load(file_of(c, keys[i], "request"), &error);
        nithet_request_info info = {.form = "", .org = "", .period = ""};
        if (r)
            nithet_request_about(r, &info);
        json_t *fault = json_load_file(file_of(c, keys[i], "fault"), 0, NULL);
        char number[24];
        snprintf(number, sizeof number, "%llu", (unsigned long long)info.observations);
        table_cell(t, keys[i]);
        table_cell(t, nt_arena_strdup(c->arena, info.form));
        table_cell(t, nt_arena_strdup(c->arena, info.org));
        table_cell(t, nt_arena_strdup(c->arena, info.period));
        table_cell(t, number);
        table_cell(t, cli_time(c, info.signed_at_us));
        table_cell(t, r ? cli_text(c, fault, "message") : T(c, error ? error->en : "", error ? error->th : ""));
        json_decref(fault);
        nithet_error_free(error);
        nithet_request_free(r);
    }
    return table_print(t);
}

static void note_fault(cli *c, const char *key, const nithet_error *error) {
    json_t *fault = json_pack("{s:s,s:{s:s,s:s}}", "code", nithet_code_name(error->code), "message", "th", error->th,
                              "en", error->en);
    const char *path = file_of(c, key, "fault");
    if (path)
        json_dump_file(fault, path, JSON_INDENT(2));
    json_decref(fault);
}

static int send_one(cli *c, const char *key) {
    nithet_error *error = NULL;
    nithet_request *r = nithet_request_load(file_of(c, key, "request"), &error);
    if (!r)
        return cli_fail(c, error);
    nithet_request_info info;
    nithet_request_about(r, &info);
    nithet_receipt *receipt = nithet_request_send(c->client, r, &error);
    int status;
    if (receipt) {
        const char *otherwise = nt_arena_printf(c->arena, "%s.receipt.json", key);
        const char *folder = outbox_folder(c);
        const char *path = *info.label ? info.label
                           : folder    ? nt_arena_printf(c->arena, "%s/%s", folder, otherwise)
                                       : NULL;
        status = cli_receipt(c, receipt, path);
        forget(c, key);
    } else {
        if (error && cli_exit_status(error->code) != EXIT_TRY_AGAIN)
            note_fault(c, key, error);
        fprintf(stderr, "%s %s %s %s:\n", key, info.form, info.org, info.period);
        status = cli_fail(c, error);
    }
    nithet_receipt_free(receipt);
    nithet_request_free(r);
    return status;
}

/* All of them; one that is refused does not hold up the others, a service that is not there does. */
static int send_all(cli *c) {
    size_t count;
    const char **keys = list_keys(c, &count);
    int status = EXIT_GOOD;
    if (count && !cli_connect(c))
        return EXIT_USAGE;
    for (size_t i = 0; i < count; i++) {
        int one = send_one(c, keys[i]);
        if (one == EXIT_TRY_AGAIN)
            return one;
        status = status == EXIT_GOOD ? one : status;
    }
    if (!count && c->output == OUTPUT_TABLE)
        puts(T(c, "The outbox is empty.", "กล่องขาออกว่าง"));
    return status;
}

static int drop(cli *c, const char *key) {
    const char *path =
        strlen(key) == 26 && strspn(key, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == 26 ? file_of(c, key, "request") : NULL;
    if (!path || access(path, F_OK) != 0) {
        cli_complain(c, "there is no %s in the outbox", "ไม่มี %s ในกล่องขาออก", key);
        return EXIT_REFUSED;
    }
    forget(c, key);
    printf(T(c, "Dropped: %s\n", "ลบแล้ว: %s\n"), key);
    return EXIT_GOOD;
}

int command_outbox(cli *c) {
    const char *what = c->argument_count ? c->arguments[0] : "";
    if (strcmp(what, "list") == 0 && c->argument_count == 1)
        return print_list(c);
    if (strcmp(what, "send") == 0 && c->argument_count == 1)
        return send_all(c);
    if (strcmp(what, "drop") == 0 && c->argument_count == 2)
        return drop(c, c->arguments[1]);
    cli_complain(c, "outbox list | send | drop KEY; see --help", "outbox list | send | drop KEY ดูได้จาก --help");
    return EXIT_USAGE;
}
