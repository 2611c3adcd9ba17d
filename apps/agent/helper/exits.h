/* How the helper ends, for the agent; sources/helper-process.ts has the same table. */

#ifndef EXITS_H
#define EXITS_H

enum exit_status {
  EXIT_DONE = 0,         /* the agent has gone */
  EXIT_TROUBLE = 1,      /* anything else; standard error says what */
  EXIT_USAGE = 2,        /* a wrong argument */
  EXIT_PERMISSION = 3,   /* CAP_NET_RAW is missing */
  EXIT_NO_INTERFACE = 4, /* an interface does not exist */
  EXIT_FILTER = 5,       /* the packet filter is none, or the kernel does not take it */
  EXIT_MEMORY = 6,       /* no room for the ring */
};

/* Says why on standard error, in one line, and ends. */
__attribute__((noreturn, format(printf, 2, 3))) void fail(enum exit_status status, const char *format, ...);

#endif
