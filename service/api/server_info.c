/* Health, reflection, server info, diagnostics: what a client asks first, and what people try a client with. */
#include "api/handlers.h"
#include "api/service.h"
#include "base/clock.h"
#include "store/observation.h"

#include "nithet/v1/health.pb-c.h"
#include "nithet/v1/reflection.pb-c.h"
#include "nithet/v1/server_info.pb-c.h"

extern const uint8_t nt_descriptors_data[], nt_descriptors_data_end[];

static int service_exists(const nt_methods *methods, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < nt_methods_count(methods); i++) {
        const char *full = nt_methods_at(methods, i)->full_name;
        if (strncmp(full, name, length) == 0 && full[length] == '/')
            return 1;
    }
    return 0;
}

nt_status nt_check_health(nt_call *call, const void *in) {
    const Nithet__V1__CheckRequest *request = in;
    nt_service *service = nt_service_of(call);
    if (*request->service && !service_exists(service->methods, request->service))
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "service", request->service, "there is no service \"%s\"",
                                "ไม่มีบริการ \"%s\"", request->service);
    /* These answer without the database. */
    int alone = strcmp(request->service, "nithet.v1.HealthService") == 0 ||
                strcmp(request->service, "nithet.v1.ReflectionService") == 0 ||
                strcmp(request->service, "nithet.v1.ServerInfoService") == 0;
    Nithet__V1__CheckResponse out = NITHET__V1__CHECK_RESPONSE__INIT;
    out.status = atomic_load(&service->serving) && (alone || atomic_load(&service->database_up))
                     ? NITHET__V1__SERVING_STATUS__SERVING_STATUS_SERVING
                     : NITHET__V1__SERVING_STATUS__SERVING_STATUS_NOT_SERVING;
    return nt_call_reply(call, &out.base);
}

nt_status nt_get_file_descriptor_set(nt_call *call, const void *in) {
    (void)in;
    Nithet__V1__GetFileDescriptorSetResponse out = NITHET__V1__GET_FILE_DESCRIPTOR_SET_RESPONSE__INIT;
    out.file_descriptor_set.data = (uint8_t *)(uintptr_t)nt_descriptors_data;
    out.file_descriptor_set.len = (size_t)(nt_descriptors_data_end - nt_descriptors_data);
    return nt_call_reply(call, &out.base);
}

nt_status nt_get_server_info(nt_call *call, const void *in) {
    (void)in;
    nt_service *service = nt_service_of(call);
    const nt_server_settings *s = service->settings;
    Nithet__V1__GetServerInfoResponse out = NITHET__V1__GET_SERVER_INFO_RESPONSE__INIT;
    out.version = (char *)(uintptr_t)NITHET_VERSION;
    out.audience = (char *)(uintptr_t)s->audience;
    out.service_public_key.data = service->keys.sign_public;
    out.service_public_key.len = NT_PUBLIC_KEY_SIZE;
    out.max_message_bytes = s->max_message_bytes;
    out.default_timeout_ms = s->default_timeout_ms;
    out.max_timeout_ms = s->max_timeout_ms;
    out.clock_skew_ms = s->clock_skew_ms;
    out.max_observations_per_submit = NT_OBSERVATIONS_PER_SUBMIT;
    out.max_observations_per_chunk = NT_OBSERVATIONS_PER_CHUNK;
    out.max_page_size = NT_PAGE_MAX;
    out.server_time_us = nt_clock_wall_us();
    return nt_call_reply(call, &out.base);
}

nt_status nt_echo(nt_call *call, const void *in) {
    const Nithet__V1__EchoRequest *request = in;
    if (request->fail_with >= NT_CODE_COUNT)
        return nt_fail_field(call->arena, "fail_with", "OUT_OF_RANGE", "%u is no status code: 0 to 16",
                             "%u ไม่ใช่รหัสสถานะ: 0 ถึง 16", request->fail_with);
    if (request->fail_with)
        return nt_fail(call->arena, (nt_code)request->fail_with, "asked to fail: %s", "ขอให้ล้มเหลว: %s",
                       request->fail_message);
    Nithet__V1__EchoResponse out = NITHET__V1__ECHO_RESPONSE__INIT;
    out.payload = request->payload;
    return nt_call_reply(call, &out.base);
}

nt_status nt_delay(nt_call *call, const void *in) {
    const Nithet__V1__DelayRequest *request = in;
    if (request->delay_ms > 10000)
        return nt_fail_field(call->arena, "delay_ms", "OUT_OF_RANGE", "%u is over 10000", "%u เกิน 10000",
                             request->delay_ms);
    nt_status st = nt_store_wait(nt_worker_of(call)->connection, call->arena, request->delay_ms);
    if (!nt_ok(st))
        return st;
    Nithet__V1__DelayResponse out = NITHET__V1__DELAY_RESPONSE__INIT;
    out.waited_ms = request->delay_ms;
    return nt_call_reply(call, &out.base);
}
