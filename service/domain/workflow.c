/* The one transition table. The database holds the same steps in submission_step_allowed() (migrations), and a test
 * compares the two. See workflow.h. */
#include "domain/workflow.h"

#include <stddef.h>

#define ROLE(r) (1u << (r))

static const struct step {
    nt_state from, to;
    unsigned roles;
    int comment;
} STEPS[] = {
    {NT_STATE_DRAFT, NT_STATE_SUBMITTED, ROLE(NT_ROLE_PROVINCE_OFFICER), 0},
    {NT_STATE_SUBMITTED, NT_STATE_ENDORSED, ROLE(NT_ROLE_PROVINCE_HEAD), 0},
    {NT_STATE_SUBMITTED, NT_STATE_RETURNED, ROLE(NT_ROLE_PROVINCE_HEAD) | ROLE(NT_ROLE_REGIONAL_ANALYST), 1},
    {NT_STATE_SUBMITTED, NT_STATE_WITHDRAWN, ROLE(NT_ROLE_PROVINCE_OFFICER), 1},
    {NT_STATE_ENDORSED, NT_STATE_ACCEPTED, ROLE(NT_ROLE_REGIONAL_ANALYST), 0},
    {NT_STATE_ENDORSED, NT_STATE_RETURNED, ROLE(NT_ROLE_PROVINCE_HEAD) | ROLE(NT_ROLE_REGIONAL_ANALYST), 1},
    {NT_STATE_ENDORSED, NT_STATE_WITHDRAWN, ROLE(NT_ROLE_PROVINCE_OFFICER), 1},
    {NT_STATE_ACCEPTED, NT_STATE_PUBLISHED, ROLE(NT_ROLE_REGIONAL_ANALYST), 0},
    {NT_STATE_ACCEPTED, NT_STATE_RETURNED, ROLE(NT_ROLE_REGIONAL_ANALYST), 1},
    {NT_STATE_RETURNED, NT_STATE_WITHDRAWN, ROLE(NT_ROLE_PROVINCE_OFFICER), 1},
};

static const struct step *find_step(nt_state from, nt_state to) {
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++)
        if (STEPS[i].from == from && STEPS[i].to == to)
            return &STEPS[i];
    return NULL;
}

const char *nt_state_name(nt_state state, int thai) {
    static const char *const names[][2] = {
        {"unknown", "ไม่ทราบ"},     {"draft", "ร่าง"},           {"submitted", "ส่งแล้ว"}, {"endorsed", "รับรองแล้ว"},
        {"accepted", "รับข้อมูลแล้ว"}, {"published", "เผยแพร่แล้ว"}, {"returned", "ส่งคืน"},   {"withdrawn", "ถอนคืน"}};
    return names[state >= 1 && state <= NT_STATE_WITHDRAWN ? state : 0][thai ? 1 : 0];
}

const char *nt_role_name(nt_role role, int thai) {
    static const char *const names[][2] = {{"unknown", "ไม่ทราบ"},
                                           {"admin", "ผู้ดูแลระบบ"},
                                           {"province_officer", "เจ้าหน้าที่จังหวัด"},
                                           {"province_head", "ศึกษาธิการจังหวัด"},
                                           {"regional_analyst", "นักวิเคราะห์ภาค"},
                                           {"reader", "ผู้อ่าน"}};
    return names[role >= 1 && role <= NT_ROLE_READER ? role : 0][thai ? 1 : 0];
}

int nt_workflow_allows(nt_state from, nt_state to) {
    return find_step(from, to) != NULL;
}

nt_status nt_workflow_step(nt_arena *arena, nt_state from, nt_state to, nt_role role, const char *comment) {
    const struct step *step = find_step(from, to);
    if (!step)
        return nt_fail(arena, NT_FAILED_PRECONDITION, "a submission that is %s%.0s cannot become %s%.0s",
                       "%.0sรายงานที่%s %.0sเปลี่ยนเป็น%sไม่ได้", nt_state_name(from, 0), nt_state_name(from, 1),
                       nt_state_name(to, 0), nt_state_name(to, 1));
    if (!(step->roles & ROLE(role)))
        return nt_fail(arena, NT_PERMISSION_DENIED, "a %s%.0s may not make a submission %s%.0s",
                       "%.0s%sไม่มีสิทธิ์เปลี่ยนรายงานเป็น%.0s%s", nt_role_name(role, 0), nt_role_name(role, 1),
                       nt_state_name(to, 0), nt_state_name(to, 1));
    if (step->comment && !(comment && *comment))
        return nt_fail_field(arena, "comment", "REQUIRED", "say why: the comment is kept with the submission",
                             "ให้ระบุเหตุผลในความเห็น ซึ่งจะเก็บไว้กับรายงาน");
    return nt_success();
}
