/* Packet filters as the agent hands them over: text of `tcpdump -ddd`, on standard input, one after the other. */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <linux/filter.h>

/* The kernel's own limit (BPF_MAXINSNS), less what is put before the agent's program. */
#define MAX_PROGRAM 4000

struct program {
  unsigned int length;
  struct sock_filter code[MAX_PROGRAM];
};

enum program_state { PROGRAM_PARTIAL, PROGRAM_WHOLE, PROGRAM_BROKEN, PROGRAM_END };

/* Reads what standard input has; blocks when it has nothing. A whole program is in `program` until the next call. */
enum program_state program_read(struct program *program);

#endif
