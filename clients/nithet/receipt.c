/* receipt: what the service promised, kept in a file and checked without a network. */
#include "cli.h"

#include "base/proof.h"

#include <sodium.h>
#include <string.h>

static json_t *receipt_json(const nithet_receipt *r, const uint8_t service_key[32]) {
    char digest[65], hash[65], signature[129], key[65];
    nt_hex(r->content_digest, 32, digest);
    nt_hex(r->audit_hash, 32, hash);
    nt_hex(r->signature, 64, signature);
    nt_hex(service_key, 32, key);
    return json_pack("{s:I,s:s,s:s,s:s,s:s,s:I,s:s,s:i,s:I,s:s,s:s,s:I,s:s,s:s,s:s}", "submission_id",
                     (json_int_t)r->submission_id, "form", r->form, "org", r->org, "period", r->period, "reason",
                     r->reason, "observations", (json_int_t)r->observations, "content_digest", digest, "revision",
                     (int)r->revision, "received_at_us", (json_int_t)r->received_at_us, "officer", r->officer, "key_id",
                     r->key_id, "audit_position", (json_int_t)r->audit_position, "audit_hash", hash, "signature",
                     signature, "service_key", key);
}

static int save_receipt(cli *c, const json_t *json, const char *path) {
    if (!path)
        return 1;
    const char *aside = nt_arena_printf(c->arena, "%s.new", path);
    if (aside && json_dump_file(json, aside, JSON_INDENT(2)) == 0 && rename(aside, path) == 0)
        return 1;
    cli_complain(c, "%s: the receipt could not be written; the submission is in", "%s: เขียนใบรับไม่ได้ แต่ส่งข้อมูลแล้ว", path);
    return 0;
}

int cli_receipt(cli *c, const nithet_receipt *receipt, const char *path) {
    nithet_server_info info;
    int known = nithet_get_server_info(c->client, &info, NULL) == NITHET_OK;
    static const uint8_t none[32];
    json_t *json = receipt_json(receipt, known ? info.service_key : none);
    int status = save_receipt(c, json, path) ? EXIT_GOOD : EXIT_FAILED;
    if (c->output == OUTPUT_JSON)
        cli_print_json(json);
    else
        printf(T(c, "Submission %llu: %s, %s, %s, revision %u, %llu figures, received %s\n",
                 "รายงานเลขที่ %llu: %s, %s, %s, ฉบับที่ %u, %llu รายการ, รับเมื่อ %s\n"),
               (unsigned long long)receipt->submission_id, receipt->form, receipt->org, receipt->period,
               receipt->revision, (unsigned long long)receipt->observations, cli_time(c, receipt->received_at_us));
    json_decref(json);
    return status;
}

static int take_hex(const json_t *json, const char *key, uint8_t *out, size_t size) {
    const char *text = json_string_value(json_object_get(json, key));
    return text && nt_unhex(text, out, size);
}

int command_receipt(cli *c) {
    if (c->argument_count != 2 || strcmp(c->arguments[0], "verify") != 0) {
        cli_complain(c, "receipt verify FILE [--service-key HEX]", "receipt verify FILE [--service-key HEX]");
        return EXIT_USAGE;
    }
    json_error_t where;
    json_t *json = json_load_file(c->arguments[1], 0, &where);
    nithet_receipt r = {.submission_id = (uint64_t)cli_number(json, "submission_id"),
                        .form = cli_text(c, json, "form"),
                        .org = cli_text(c, json, "org"),
                        .period = cli_text(c, json, "period"),
                        .reason = cli_text(c, json, "reason"),
                        .observations = (uint64_t)cli_number(json, "observations"),
                        .revision = (uint32_t)cli_number(json, "revision"),
                        .received_at_us = cli_number(json, "received_at_us"),
                        .officer = cli_text(c, json, "officer"),
                        .key_id = cli_text(c, json, "key_id"),
                        .audit_position = (uint64_t)cli_number(json, "audit_position")};
    uint8_t key[32];
    profile p;
    const char *name = cli_option(c, "profile"), *given = cli_option(c, "service-key");
    profile_load(name ? name : "default", &p);
    if (!given)
        given = p.service_key;
    int readable = json && take_hex(json, "content_digest", r.content_digest, 32) &&
                   take_hex(json, "audit_hash", r.audit_hash, 32) && take_hex(json, "signature", r.signature, 64);
    int status = EXIT_FAULTY;
    if (!readable)
        cli_complain(c, "%s: this is no receipt", "%s: ไม่ใช่ใบรับ", c->arguments[1]);
    else if (!given || !nt_unhex(given, key, 32)) {
        cli_complain(c, "whose signature? Give --service-key HEX, as the office says it is",
                     "ให้ระบุ --service-key HEX ตามที่สำนักงานแจ้ง");
        status = EXIT_USAGE;
    } else if (sodium_init() >= 0 && nithet_receipt_verify(&r, key)) {
        printf(T(c, "Good: submission %llu of %s, %s, %s, revision %u was received %s and signed by this service\n",
                 "ถูกต้อง: รายงานเลขที่ %llu ของ %s, %s, %s ฉบับที่ %u รับเมื่อ %s และลงนามโดยบริการนี้\n"),
               (unsigned long long)r.submission_id, r.org, r.form, r.period, r.revision, cli_time(c, r.received_at_us));
        status = EXIT_GOOD;
    } else {
        cli_complain(c, "%s: the signature is not this service's: the receipt was changed, or is another service's",
                     "%s: ลายมือชื่อไม่ใช่ของบริการนี้ ใบรับถูกแก้ไขหรือเป็นของบริการอื่น", c->arguments[1]);
    }
    profile_free(&p);
    json_decref(json);
    return status;
}
