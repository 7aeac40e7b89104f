/* A provincial office's submitter: M.6 graduates by sex, from its own records to the regional office.
 *
 *     cc submit.c $(pkg-config --cflags --libs nithet) -o submit
 *     ./submit tcp://data.example.go.th:7400 officer.key TH-50 AY2566 3612 5001 */
#include <nithet.h>
#include <stdio.h>

static int fail(nithet_error *error) {
    if (!error)
        return 1;
    fprintf(stderr, "%s: %s\n", nithet_code_name(error->code), error->en);
    for (size_t i = 0; i < error->violation_count; i++)
        fprintf(stderr, "  %s: %s\n", error->violations[i].path, error->violations[i].en);
    nithet_error_free(error);
    return 1;
}

int main(int argc, char **argv) {
    nithet_error *error = NULL;
    if (argc != 7)
        return 2;
    nithet_options options = {.endpoints = argv[1], .key_file = argv[2]};
    nithet_client *client = nithet_open(&options, &error);
    if (!client)
        return fail(error);

    nithet_submission *s = nithet_submission_new("GRAD_M6", argv[3], argv[4]);
    nithet_code code = nithet_submission_add(s, "GRAD_M6", argv[3], "sex=male", argv[5], NITHET_NORMAL, NULL, &error);
    if (code == NITHET_OK)
        code = nithet_submission_add(s, "GRAD_M6", argv[3], "sex=female", argv[6], NITHET_NORMAL, NULL, &error);

    nithet_receipt *receipt = code == NITHET_OK ? nithet_submission_send(client, s, NULL, &error) : NULL;
    if (receipt)
        printf("submission %llu, revision %u\n", (unsigned long long)receipt->submission_id, receipt->revision);
    int status = receipt ? 0 : fail(error);
    nithet_receipt_free(receipt);
    nithet_submission_free(s);
    nithet_close(client);
    return status;
}
