#define _GNU_SOURCE
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exits.h"

/* Debian's `nobody`; the kernel's own number for a user who is none. */
#define NOBODY 65534

void close_inherited(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
#endif
  /* Linux before 5.9. */
  long most = sysconf(_SC_OPEN_MAX);
  for (int descriptor = 3; descriptor < (most > 0 && most < 65536 ? (int)most : 65536); descriptor++) close(descriptor);
}

void drop_privileges(void) {
  if (geteuid() == 0) {
    /* Without CAP_SETUID, as in a container with few capabilities, root without capabilities has to do. */
    if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0)
      (void)!setresuid(NOBODY, NOBODY, NOBODY);
  }
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
  memset(none, 0, sizeof none);
  if (syscall(SYS_capset, &head, none) < 0) fail(EXIT_TROUBLE, "capset: %s", strerror(errno));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail(EXIT_TROUBLE, "no_new_privs: %s", strerror(errno));
  /* Packets must not end in a core file. */
  struct rlimit nothing = {0, 0};
  (void)setrlimit(RLIMIT_CORE, &nothing);
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
