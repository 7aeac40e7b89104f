/* The common part of Submit and CommitDraft: a submission from its checked figures to its receipt. */
#ifndef NT_API_INTAKE_H
#define NT_API_INTAKE_H

#include "api/service.h"
#include "domain/validate.h"

#include "nithet/v1/submission.pb-c.h"

typedef struct nt_intake {
    nt_call *call;
    nt_effect effect;
    nt_subject subject;
    const Nithet__V1__SubmissionStatement *statement;
    nt_submission submission;
    nt_checker *checker;
    nt_violations faults;
    nt_content_digest *content;
    nt_buffer chunks; /* each chunk's count and digest */
    int64_t count;
} nt_intake;

/* FAILED_PRECONDITION if the form locks its periods, the days of grace are over, and no extension holds. */
nt_status nt_intake_open(nt_call *call, const nt_subject *subject);
/* Begins the effect (or finds that it happened: then call->reply is set, and `effect.replayed`), resolves the
 * statement, finds the revision, wants a reason for a correction. */
nt_status nt_intake_begin(nt_intake *intake, nt_call *call, const Nithet__V1__SubmissionStatement *statement);
/* Checks a chunk; its faults go to `faults`. `order` and `checked` (both in `arena`) are for the COPY. */
nt_status nt_intake_check(nt_intake *intake, nt_arena *arena, const nt_observations *set, uint32_t **order,
                          nt_checked *checked);
/* After the last chunk was checked and copied: required cells, count, digest; then audit, receipt, commit. The reply
 * message is made by `reply` from the receipt. */
/* What the form's rules want to know of earlier periods: loaded from what was accepted. Between the last chunk and
 * nt_checker_end. */
nt_status nt_intake_look_back(nt_call *call, nt_checker *checker, const nt_subject *subject);
/* nt_intake_look_back, nt_checker_end, and all faults as a status. */
nt_status nt_intake_judge(nt_intake *intake);
nt_status nt_intake_end(nt_intake *intake, nt_status (*reply)(nt_call *call, Nithet__V1__Receipt *receipt),
                        const nt_command *last, size_t last_count);
/* Whatever happened: nothing stays behind of what was not committed. */
nt_status nt_intake_leave(nt_intake *intake, nt_status st);

/* The rows as the domain sees them: order, doubled cells, digest. */
nt_status nt_intake_digest(nt_arena *arena, const nt_observations *set, uint32_t **order, int *sorted,
                           uint8_t digest[NT_DIGEST_SIZE], nt_violations *faults);

#endif
