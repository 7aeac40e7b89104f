/* See broken_pipe.h. */
#include "rpc/broken_pipe.h"

#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

typedef ssize_t (*sendmsg_fn)(int, const struct msghdr *, int);

void nt_broken_pipe_is_a_reset(void) {
}

__attribute__((visibility("default"))) ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    static _Atomic(sendmsg_fn) real;
    sendmsg_fn call = real;
    if (!call)
        real = call = (sendmsg_fn)dlsym(RTLD_NEXT, "sendmsg");
    ssize_t sent = call(fd, message, flags);
    if (sent < 0 && errno == EPIPE)
        errno = ECONNRESET;
    return sent;
}
