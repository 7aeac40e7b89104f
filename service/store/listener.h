/* News from the other daemons, by LISTEN: sessions that ended, a catalogue that changed. */
#ifndef NT_STORE_LISTENER_H
#define NT_STORE_LISTENER_H

/* Called on the listener's thread. `connected` tells whether news can arrive: while it is 0, nothing that news would
 * make stale may be trusted. */
typedef struct nt_listener_hooks {
    void *context;
    void (*connected)(void *context, int is);
    void (*session_ended)(void *context);
    void (*catalogue_changed)(void *context);
} nt_listener_hooks;

typedef struct nt_listener nt_listener;

/* Starts the thread; it connects by itself, again and again. */
nt_listener *nt_listener_start(const char *conninfo, const char *role, const nt_listener_hooks *hooks);
void nt_listener_stop(nt_listener *listener);

#endif
