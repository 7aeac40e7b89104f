/* call and describe: any method, from the service's own reflection (as grpcurl does for gRPC). */
#include "cli.h"

#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

/* What the service says of itself: it may know more than this program. */
static const schema *reflect(cli *c, int *status) {
    nithet_reply reply = {0};
    nithet_error *error = NULL;
    nithet_call_options o = {.flags = NITHET_CALL_OPEN | NITHET_CALL_READ};
    *status = EXIT_USAGE;
    if (!cli_connect(c))
        return NULL;
    if (nithet_call(c->client, "nithet.v1.ReflectionService/GetFileDescriptorSet", NULL, 0, &o, &reply, &error) !=
        NITHET_OK) {
        *status = cli_fail(c, error);
        return NULL;
    }
    const schema *s = NULL;
    nt_wire_reader r = nt_wire_read(nt_bytes_of(reply.payload, reply.payload_size));
    nt_wire_field f;
    while (nt_wire_next(&r, &f))
        if (f.number == 1 && f.type == NT_WIRE_BYTES) /* file_descriptor_set */
            s = schema_parse(c->arena, f.bytes);
    nithet_reply_clear(&reply);
    *status = s ? EXIT_GOOD : EXIT_FAILED;
    if (!s)
        cli_complain(c, "the service's reflection cannot be read", "อ่านรายละเอียดของบริการไม่ได้");
    return s;
}

static void print_comment(const char *comment, const char *indent) {
    while (*comment) {
        size_t n = strcspn(comment, "\n");
        if (n || comment[n])
            printf("%s//%.*s\n", indent, (int)n, comment);
        comment += n + (comment[n] == '\n');
    }
}

static void print_method(const schema_method *m) {
    print_comment(m->comment, "  ");
    printf("  rpc %s(%s) returns (%s)\n", m->name, m->input, m->output);
}

static void print_message(const schema_message *m) {
    print_comment(m->comment, "");
    printf("message %s {\n", m->name);
    for (size_t i = 0; i < m->count; i++) {
        print_comment(m->fields[i].comment, "  ");
        printf("  %s%s %s = %u;\n", m->fields[i].repeated ? "repeated " : "", schema_type_name(&m->fields[i]),
               m->fields[i].name, m->fields[i].number);
    }
    puts("}");
}

static void print_enum(const schema_enum *e) {
    print_comment(e->comment, "");
    printf("enum %s {\n", e->name);
    for (size_t i = 0; i < e->count; i++) {
        print_comment(e->values[i].comment, "  ");
        printf("  %s = %d;\n", e->values[i].name, e->values[i].number);
    }
    puts("}");
}

static void print_service(const schema_service *s, int with_comments) {
    if (with_comments)
        print_comment(s->comment, "");
    printf("service %s\n", s->name);
    for (size_t i = 0; i < s->count; i++)
        if (with_comments)
            print_method(&s->methods[i]);
        else
            printf("  %s\n", s->methods[i].name);
}

int command_describe(cli *c) {
    int status;
    const schema *s = reflect(c, &status);
    if (!s)
        return status;
    const char *name = c->argument_count ? c->arguments[0] : NULL;
    if (!name) {
        for (size_t i = 0; i < s->service_count; i++)
            print_service(&s->services[i], 0);
        return EXIT_GOOD;
    }
    const schema_service *service = schema_find_service(s, name), *of = NULL;
    const schema_method *method = schema_find_method(s, name, &of);
    const schema_message *message = schema_find_message(s, name);
    const schema_enum *enumeration = schema_find_enum(s, name);
    if (service) {
        print_service(service, 1);
    } else if (method) {
        print_method(method);
        message = schema_find_message(s, method->input);
        if (message)
            print_message(message);
        message = schema_find_message(s, method->output);
        if (message)
            print_message(message);
    } else if (message) {
        print_message(message);
    } else if (enumeration) {
        print_enum(enumeration);
    } else {
        cli_complain(c, "there is no service, method, message or enum \"%s\"",
                     "ไม่มีบริการ เมธอด ข้อความ หรือ enum ชื่อ \"%s\"", name);
        return EXIT_REFUSED;
    }
    return EXIT_GOOD;
}

static int session_free(const char *method) {
    static const char *const open[] = {"nithet.v1.HealthService/", "nithet.v1.ReflectionService/",
                                       "nithet.v1.ServerInfoService/", "nithet.v1.IdentityService/OpenSession"};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        if (strncmp(method, open[i], strlen(open[i])) == 0)
            return 1;
    return 0;
}

int command_call(cli *c) {
    if (c->argument_count < 1 || c->argument_count > 2) {
        cli_complain(c, "call METHOD ['{...}' | -]", "call METHOD ['{...}' | -]");
        return EXIT_USAGE;
    }
    json_error_t where;
    json_t *in = c->argument_count == 1              ? json_object()
                 : strcmp(c->arguments[1], "-") == 0 ? json_loadf(stdin, 0, &where)
                                                     : json_loads(c->arguments[1], 0, &where);
    if (!in) {
        cli_complain(c, "line %d, column %d: this is no JSON: %s", "บรรทัด %d คอลัมน์ %d ไม่ใช่ JSON: %s", where.line,
                     where.column, where.text);
        return EXIT_FAULTY;
    }
    int status;
    const schema *s = reflect(c, &status);
    const schema_service *service = NULL;
    const schema_method *m = s ? schema_find_method(s, c->arguments[0], &service) : NULL;
    if (s && !m) {
        cli_complain(c, "there is no method \"%s\"; see `nithet describe`", "ไม่มีเมธอด \"%s\" ดูได้จาก `nithet describe`",
                     c->arguments[0]);
        status = EXIT_REFUSED;
    }
    if (!m) {
        json_decref(in);
        return status;
    }
    c->contract = s;
    const char *full = nt_arena_printf(c->arena, "%s/%s", service->name, m->name);
    json_t *out = cli_call(c, full, in, session_free(full) ? NITHET_CALL_OPEN : NITHET_CALL_SIGNED, NULL, &status);
    if (out)
        cli_print_json(out);
    json_decref(out);
    return status;
}
