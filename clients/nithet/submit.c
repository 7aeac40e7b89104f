/* submit: from a file to a receipt, or to the outbox. */
#include "figures.h"
#include "known.h"
#include "outbox.h"

#include "base/proof.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where an unfinished submission of this file is remembered. */
static const char *resume_path(cli *c, const char *file, const char *form, const char *org, const char *period) {
    char *full = realpath(file, NULL), hex[33];
    uint8_t digest[NT_DIGEST_SIZE];
    const char *about = nt_arena_printf(c->arena, "%s\n%s\n%s\n%s", full ? full : file, form, org, period);
    const char *folder = cli_folder(c, "XDG_STATE_HOME", ".local/state", "");
    free(full);
    if (!about || !folder)
        return NULL;
    nt_proof_digest(nt_bytes_text(about), digest);
    nt_hex(digest, 16, hex);
    return nt_arena_printf(c->arena, "%s/%s.resume", folder, hex);
}

static void show_progress(void *context, size_t sent, size_t total) {
    (void)context;
    enum { WIDTH = 40 };
    int done = (int)(sent * WIDTH / total);
    fprintf(stderr, "\r[%.*s%.*s] %3zu%%  %zu/%zu", done, "########################################", WIDTH - done,
            "                                        ", sent * 100 / total, sent, total);
    if (sent == total)
        fputc('\n', stderr);
}

static void say_nothing_was_submitted(const cli *c) {
    fputs(T(c, "Nothing was submitted.\n", "ยังไม่มีการบันทึกข้อมูล\n"), stderr);
}

/* More than one call can take: chunk by chunk, gone on with after a cut. */
static int send_chunks(cli *c, figures *f, const char *form, const char *org, const char *period) {
    nithet_error *error = NULL;
    nithet_send_options o = {.context = c, .resume_file = resume_path(c, f->sheet->path, form, org, period)};
    if (isatty(STDERR_FILENO))
        o.progress = show_progress;
    nithet_receipt *receipt = nithet_submission_send(c->client, f->submission, &o, &error);
    if (receipt) {
        int status = cli_receipt(c, receipt, cli_option(c, "receipt"));
        nithet_receipt_free(receipt);
        return status;
    }
    if (!error)
        return cli_fail(c, NULL);
    int again = cli_exit_status(error->code) == EXIT_TRY_AGAIN;
    int status = figures_print_error(c, f, error);
    if (again)
        fputs(T(c, "The same command goes on where it stopped; nothing is submitted twice.\n",
                "สั่งซ้ำคำสั่งเดิมเพื่อทำต่อ ข้อมูลจะไม่ถูกส่งซ้ำ\n"),
              stderr);
    else
        say_nothing_was_submitted(c);
    return status;
}

static int validate_figures(cli *c, figures *f) {
    nithet_error *error = NULL;
    int status = EXIT_GOOD;
    if (nithet_submission_count(f->submission) &&
        nithet_submission_validate(c->client, f->submission, &error) != NITHET_OK)
        status = error ? figures_print_error(c, f, error) : EXIT_FAILED;
    if (status == EXIT_GOOD && f->faults)
        status = EXIT_FAULTY;
    if (status == EXIT_GOOD)
        printf(T(c, "%zu figures, no fault; nothing was submitted (--dry-run)\n",
                 "%zu รายการ ไม่พบข้อผิดพลาด ยังไม่ได้ส่ง (--dry-run)\n"),
               nithet_submission_count(f->submission));
    return status;
}

static int submit_figures(cli *c, figures *f, const known *k, const char *form, const char *org, const char *period) {
    int dry_run = cli_flag(c, "dry-run");
    if (dry_run && k->offline) {
        cli_complain(c, "the service cannot be reached: --dry-run asks it", "ติดต่อบริการไม่ได้ --dry-run ต้องถามบริการ");
        return EXIT_TRY_AGAIN;
    }
    if (dry_run || (f->faults && !k->offline))
        return validate_figures(c, f); /* with faults of its own: so that all are known at once */
    if (f->faults)
        return EXIT_FAULTY;
    if (nithet_submission_count(f->submission) > OUTBOX_FIGURES_MOST)
        return send_chunks(c, f, form, org, period);
    return outbox_submit(c, f, k);
}

/* What the command line says, or else the workbook. */
static const char *said(const cli *c, const char *option, const char *in_file) {
    const char *value = cli_option(c, option);
    return value ? value : in_file ? in_file : NULL;
}

static int submit_sheet(cli *c, const sheet *s) {
    const char *form = said(c, "form", s->form), *period = said(c, "period", s->period), *org = said(c, "org", s->org);
    if (!form || !period) {
        cli_need(c, form ? "period" : "form");
        return EXIT_USAGE;
    }
    known k;
    int status = known_fetch(c, &k);
    const json_t *wanted = status == EXIT_GOOD ? known_form(c, &k, form, &status) : NULL;
    if (wanted) {
        figures f = {.submission = nithet_submission_new(form, org ? org : k.org, period)};
        const char *reason = cli_option(c, "reason");
        if (f.submission && reason)
            nithet_submission_reason(f.submission, reason);
        if (!f.submission || !figures_read(c, s, wanted, k.dimensions, org ? org : k.org, &f))
            status = EXIT_FAULTY;
        else
            status = submit_figures(c, &f, &k, form, org ? org : k.org, period);
        if (f.faults && !cli_flag(c, "dry-run"))
            say_nothing_was_submitted(c);
        figures_free(&f);
    }
    known_free(&k);
    return status;
}

int command_submit(cli *c) {
    if (c->argument_count != 1) {
        cli_complain(c, "one file is submitted at a time; see --help", "ส่งได้ครั้งละหนึ่งไฟล์ ดูได้จาก --help");
        return EXIT_USAGE;
    }
    sheet s;
    if (!sheet_read(c, c->arguments[0], cli_option(c, "encoding"), &s))
        return EXIT_FAULTY;
    int status = submit_sheet(c, &s);
    free(s.rows);
    return status;
}
