/* A peer that leaves before it is greeted must not close the door for all others. libnng 1.5.2 makes the same error,
 * NNG_ECLOSED, of EPIPE (the peer is gone) as of a closed listener; where a connection ends while the two sides greet
 * each other, its listener takes that for its own end and never accepts again. Later releases tell the two apart.
 * Until Debian has one, the program's own sendmsg(), which libnng calls, says ECONNRESET instead: for that the listener
 * goes on at once. Nothing else here calls sendmsg(). */
#ifndef NT_RPC_BROKEN_PIPE_H
#define NT_RPC_BROKEN_PIPE_H

/* Does nothing; who calls it has this sendmsg() in the program. */
void nt_broken_pipe_is_a_reset(void);

#endif
