/* login, whoami, health, keys: who one is, and to whom one talks. */
#include "known.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *role_name(const cli *c, const char *role) {
    static const char *const names[][3] = {{"ROLE_ADMIN", "administrator", "ผู้ดูแลระบบ"},
                                           {"ROLE_PROVINCE_OFFICER", "province officer", "เจ้าหน้าที่จังหวัด"},
                                           {"ROLE_PROVINCE_HEAD", "province head", "ศึกษาธิการจังหวัด"},
                                           {"ROLE_REGIONAL_ANALYST", "regional analyst", "นักวิเคราะห์ภาค"},
                                           {"ROLE_READER", "reader", "ผู้อ่าน"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], role) == 0)
            return names[i][c->thai ? 2 : 1];
    return role;
}

int command_whoami(cli *c) {
    int status;
    json_t *me = cli_call(c, "nithet.v1.IdentityService/WhoAmI", json_object(), NITHET_CALL_READ, NULL, &status);
    if (!me)
        return status;
    const json_t *officer = json_object_get(me, "officer");
    if (c->output == OUTPUT_JSON) {
        cli_print_json(me);
    } else {
        table *t = table_new(c);
        table_column(t, "login", T(c, "LOGIN", "ผู้ใช้"), TABLE_LEFT);
        table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
        table_column(t, "role", T(c, "ROLE", "บทบาท"), TABLE_LEFT);
        table_column(t, "org", T(c, "OFFICE", "หน่วยงาน"), TABLE_LEFT);
        table_column(t, "org_name", T(c, "OFFICE'S NAME", "ชื่อหน่วยงาน"), TABLE_LEFT);
        table_column(t, "session_expires", T(c, "SESSION ENDS", "เซสชันสิ้นสุด"), TABLE_LEFT);
        table_cell(t, cli_text(c, officer, "login"));
        table_cell(t, cli_text(c, officer, "name"));
        table_cell(t, role_name(c, cli_text(c, officer, "role")));
        table_cell(t, cli_text(c, officer, "org"));
        table_cell(t, cli_text(c, me, "org_name"));
        table_cell(t, cli_time(c, cli_number(me, "session_expires_at_us")));
        status = table_print(t);
    }
    json_decref(me);
    return status;
}

int command_login(cli *c) {
    const char *endpoint = cli_option(c, "endpoint"), *key = cli_option(c, "key");
    if (!endpoint)
        endpoint = getenv("NITHET_ENDPOINT");
    if (!key)
        key = getenv("NITHET_KEY");
    if (!endpoint || !key) {
        cli_complain(c, "--endpoint and --key are needed; `nithet keys generate FILE` makes a key",
                     "ต้องระบุ --endpoint และ --key สร้างกุญแจได้ด้วย `nithet keys generate FILE`");
        return EXIT_USAGE;
    }
    if (!cli_connect(c))
        return EXIT_USAGE;
    nithet_server_info info;
    nithet_error *error = NULL;
    if (nithet_get_server_info(c->client, &info, &error) != NITHET_OK)
        return cli_fail(c, error);
    int status = command_whoami(c);
    if (status != EXIT_GOOD)
        return status;
    const char *name = cli_option(c, "profile");
    char hex[65], path[1024], *full = realpath(key, NULL);
    nt_hex(info.service_key, 32, hex);
    profile p = {.endpoint = (char *)(uintptr_t)endpoint,
                 .key = full ? full : (char *)(uintptr_t)key,
                 .service_key = hex,
                 .ca = (char *)(uintptr_t)cli_option(c, "ca"),
                 .client_cert = (char *)(uintptr_t)cli_option(c, "client-cert"),
                 .lang = (char *)(uintptr_t)cli_option(c, "lang")};
    known k;
    known_fetch(c, &k); /* so that what is submitted without a network can be checked here */
    known_free(&k);
    int saved = profile_save(name ? name : "default", &p, path);
    if (!saved)
        cli_complain(c, "%s: %s", "%s: %s", name ? name : "default", strerror(errno));
    else
        fprintf(stderr,
                T(c, "Remembered in %s; the service's key is %s: compare it with what the office says.\n",
                  "บันทึกไว้ที่ %s กุญแจของบริการคือ %s ให้ตรวจเทียบกับที่สำนักงานแจ้ง\n"),
                path, hex);
    free(full);
    return saved ? EXIT_GOOD : EXIT_FAILED;
}

int command_health(cli *c) {
    int status;
    json_t *in = json_object();
    json_object_set_new(in, "service", json_string(c->argument_count ? c->arguments[0] : ""));
    json_t *out = cli_call(c, "nithet.v1.HealthService/Check", in, NITHET_CALL_OPEN | NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    const char *state = cli_text(c, out, "status");
    int serving = strcmp(state, "SERVING_STATUS_SERVING") == 0;
    if (c->output == OUTPUT_JSON)
        cli_print_json(out);
    else
        puts(serving ? T(c, "SERVING", "พร้อมให้บริการ") : T(c, "NOT SERVING", "ไม่พร้อมให้บริการ"));
    json_decref(out);
    return serving ? EXIT_GOOD : EXIT_TRY_AGAIN;
}

static int show_key(cli *c, const char *path) {
    uint8_t public_key[32], id[16];
    char hex[65], id_hex[33];
    nithet_error *error = NULL;
    if (nithet_key_public(path, public_key, id, &error) != NITHET_OK)
        return cli_fail(c, error);
    nt_hex(public_key, 32, hex);
    nt_hex(id, 16, id_hex);
    table *t = table_new(c);
    table_column(t, "key_id", T(c, "KEY ID", "รหัสกุญแจ"), TABLE_LEFT);
    table_column(t, "public_key", T(c, "PUBLIC KEY (give it to the administrator)", "กุญแจสาธารณะ (ส่งให้ผู้ดูแลระบบ)"),
                 TABLE_LEFT);
    table_cell(t, id_hex);
    table_cell(t, hex);
    return table_print(t);
}

static int register_key(cli *c) {
    const char *public_hex = cli_need(c, "public"), *login = cli_need(c, "login"), *name = cli_need(c, "name"),
               *role = cli_need(c, "role"), *org = cli_need(c, "org");
    uint8_t raw[32];
    if (!public_hex || !login || !name || !role || !org)
        return EXIT_USAGE;
    if (!nt_unhex(public_hex, raw, 32)) {
        cli_complain(c, "--public is 64 hexadecimal digits: what `nithet keys show` prints",
                     "--public เป็นเลขฐานสิบหก 64 หลัก ตามที่ `nithet keys show` แสดง");
        return EXIT_USAGE;
    }
    json_t *in = json_pack("{s:s,s:s,s:s,s:s}", "login", login, "name", name, "role", role, "org", org);
    char base64[sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL)];
    sodium_bin2base64(base64, sizeof base64, raw, 32, sodium_base64_VARIANT_ORIGINAL);
    json_object_set_new(in, "public_key", json_string(base64));
    int status;
    json_t *out = cli_call(c, "nithet.v1.IdentityService/RegisterKey", in, NITHET_CALL_SIGNED, NULL, &status);
    if (out && c->output == OUTPUT_JSON)
        cli_print_json(out);
    else if (out)
        printf(T(c, "Registered: %s (%s of %s)\n", "ลงทะเบียนแล้ว: %s (%s ของ %s)\n"), login,
               role_name(c, cli_text(c, json_object_get(out, "officer"), "role")), org);
    json_decref(out);
    return status;
}

static int revoke_key(cli *c, const char *id) {
    const char *reason = cli_need(c, "reason");
    if (!reason)
        return EXIT_USAGE;
    int status;
    json_t *out = cli_call(c, "nithet.v1.IdentityService/RevokeKey",
                           json_pack("{s:s,s:s}", "key_id", id, "reason", reason), NITHET_CALL_SIGNED, NULL, &status);
    if (out)
        printf(T(c, "Revoked: %s; %d sessions ended\n", "เพิกถอนแล้ว: %s สิ้นสุด %d เซสชัน\n"), id,
               (int)cli_number(out, "sessions_ended"));
    json_decref(out);
    return status;
}

static int list_officers(cli *c) {
    int status;
    const char *org = cli_option(c, "org");
    json_t *out = cli_call(c, "nithet.v1.IdentityService/ListOfficers", json_pack("{s:s}", "org", org ? org : ""),
                           NITHET_CALL_READ, "officers", &status);
    if (!out)
        return status;
    table *t = table_new(c);
    table_column(t, "login", T(c, "LOGIN", "ผู้ใช้"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    table_column(t, "role", T(c, "ROLE", "บทบาท"), TABLE_LEFT);
    table_column(t, "org", T(c, "OFFICE", "หน่วยงาน"), TABLE_LEFT);
    table_column(t, "key_id", T(c, "KEY ID", "รหัสกุญแจ"), TABLE_LEFT);
    table_column(t, "revoked", T(c, "REVOKED", "เพิกถอน"), TABLE_LEFT);
    size_t i, k;
    json_t *officer, *key;
    json_array_foreach(json_object_get(out, "officers"), i, officer)
        json_array_foreach(json_object_get(officer, "keys"), k, key) {
        table_cell(t, cli_text(c, officer, "login"));
        table_cell(t, cli_text(c, officer, "name"));
        table_cell(t, role_name(c, cli_text(c, officer, "role")));
        table_cell(t, cli_text(c, officer, "org"));
        table_cell(t, cli_text(c, key, "key_id"));
        table_cell(t, cli_time(c, cli_number(key, "revoked_at_us")));
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

int command_keys(cli *c) {
    const char *what = c->argument_count ? c->arguments[0] : "";
    const char *argument = c->argument_count == 2 ? c->arguments[1] : NULL;
    if (strcmp(what, "generate") == 0 && argument) {
        nithet_error *error = NULL;
        return nithet_key_generate(argument, &error) == NITHET_OK ? show_key(c, argument) : cli_fail(c, error);
    }
    if (strcmp(what, "show") == 0 && argument)
        return show_key(c, argument);
    if (strcmp(what, "register") == 0 && c->argument_count == 1)
        return register_key(c);
    if (strcmp(what, "revoke") == 0 && argument)
        return revoke_key(c, argument);
    if (strcmp(what, "list") == 0 && c->argument_count == 1)
        return list_officers(c);
    cli_complain(c, "keys generate FILE | show FILE | register ... | revoke ID | list; see --help",
                 "keys generate FILE | show FILE | register ... | revoke ID | list ดูได้จาก --help");
    return EXIT_USAGE;
}
