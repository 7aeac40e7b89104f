/* Keys in files: one line of text, `KIND HEX`, readable by its owner alone.
 *
 *   nithet-officer-key-v1 <64 hexadecimal digits>   an officer's Ed25519 seed
 *   nithet-service-key-v1 <64 hexadecimal digits>   the service's master seed (service/api/service.h) */
#ifndef NT_BASE_KEYFILE_H
#define NT_BASE_KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#define NT_KEYFILE_OFFICER "nithet-officer-key-v1"
#define NT_KEYFILE_SERVICE "nithet-service-key-v1"

/* 0; ENOENT and so on; EINVAL if it is no such file; EACCES if others may read it. */
int nt_keyfile_read(const char *path, const char *kind, uint8_t seed[32]);
/* Mode 0600, synced to disk; EEXIST rather than overwriting. */
int nt_keyfile_create(const char *path, const char *kind, const uint8_t seed[32]);

#endif
