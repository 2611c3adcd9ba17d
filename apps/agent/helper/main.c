/*
 * kubeshark-helper: hands the packets of this machine to the agent that started it. It opens one packet socket, gives up every
 * privilege and then only copies: what the bytes mean is the agent's business. README.md has what passes between the two.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "exits.h"
#include "interfaces.h"
#include "privileges.h"
#include "program.h"
#include "ring.h"
#include "stream.h"

/* An agent that has not connected within this time never will. */
#define CONNECT_MILLISECONDS 10000
/* What may wait in the socket while the agent does something else. */
#define SOCKET_BYTES (4 * 1024 * 1024)
/* 32 MiB: rides out half a second of a busy node. */
#define DEFAULT_BLOCKS 64
#define MAX_BLOCKS 2048
/* Packets are handed on in pieces of at least this size while more are waiting. */
#define ENOUGH_BYTES (256 * 1024)

static const char usage[] =
    "usage: kubeshark-helper --listen PATH [--interface NAME]... [--snap-length BYTES] [--blocks N]\n"
    "Started by the Kubeshark agent. Packet filters come on standard input, as `tcpdump -ddd` prints them.\n";

void fail(enum exit_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit((int)status);
}

static uint32_t number(const char *text, unsigned long least, unsigned long most) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno != 0 || *end != '\0' || end == text || value < least || value > most)
    fail(EXIT_USAGE, "%s is not a number between %lu and %lu", text, least, most);
  return (uint32_t)value;
}

static const char *read_arguments(int count, char **words, struct ring_options *options) {
  static const struct option known[] = {
      {"listen", required_argument, NULL, 'l'},      {"interface", required_argument, NULL, 'i'},
      {"snap-length", required_argument, NULL, 's'}, {"blocks", required_argument, NULL, 'b'},
      {"version", no_argument, NULL, 'v'},           {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
  };
  const char *path = NULL;
  for (int letter; (letter = getopt_long(count, words, "", known, NULL)) != -1;) {
    switch (letter) {
      case 'l':
        path = optarg;
        break;
      case 'i':
        if (options->name_count == MAX_NAMES) fail(EXIT_USAGE, "more than %d interfaces", MAX_NAMES);
        options->names[options->name_count++] = optarg;
        break;
      case 's':
        options->snap_length = number(optarg, 64, MAX_SNAP_LENGTH);
        break;
      case 'b':
        options->blocks = number(optarg, 2, MAX_BLOCKS);
        break;
      case 'v':
        printf("kubeshark-helper, stream version %d\n", STREAM_VERSION);
        exit(EXIT_DONE);
      case 'h':
        fputs(usage, stdout);
        exit(EXIT_DONE);
      default:
        fputs(usage, stderr);
        exit(EXIT_USAGE);
    }
  }
  if (path == NULL || optind != count) fail(EXIT_USAGE, "%s", usage);
  return path;
}

static void first_filter(struct program *program) {
  for (;;) {
    switch (program_read(program)) {
      case PROGRAM_PARTIAL:
        continue;
      case PROGRAM_WHOLE:
        return ring_filter(program);
      case PROGRAM_BROKEN:
        fail(EXIT_FILTER, "no packet filter on standard input");
      case PROGRAM_END:
        fail(EXIT_DONE, "the agent has gone");
    }
  }
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) fail(EXIT_USAGE, "the path of the socket is too long");
  strcpy(address.sun_path, path);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  umask(0077);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0)
    fail(EXIT_TROUBLE, "%s: %s", path, strerror(errno));
  return listener;
}

/* The agent's connection. Others have no way into its folder; the user is looked at all the same. */
static int accept_agent(int listener) {
  struct pollfd waiting = {.fd = listener, .events = POLLIN};
  if (poll(&waiting, 1, CONNECT_MILLISECONDS) <= 0) fail(EXIT_DONE, "the agent has not connected");
  int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (connection < 0) fail(EXIT_TROUBLE, "accept: %s", strerror(errno));
  close(listener);
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || (peer.uid != getuid() && peer.uid != 0))
    fail(EXIT_TROUBLE, "somebody else has connected");
  int bytes = SOCKET_BYTES;
  if (setsockopt(connection, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
    (void)setsockopt(connection, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  return connection;
}

/* The agent wants no more: what the ring has already is still its. */
static void finish(void) {
  while (ring_take()) continue;
  stream_flush();
  exit(EXIT_DONE);
}

static void new_filter(struct program *program) {
  switch (program_read(program)) {
    case PROGRAM_PARTIAL:
      return;
    case PROGRAM_WHOLE:
      return ring_filter(program);
    case PROGRAM_BROKEN:
      fail(EXIT_FILTER, "what came on standard input is no packet filter");
    case PROGRAM_END:
      finish();
  }
}

static int64_t milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void report(void) {
  struct counters counters;
  ring_look();
  ring_counters(&counters);
  stream_counters(&counters);
  stream_flush();
}

static void capture(int connection, struct program *program) {
  int64_t next_report = milliseconds();
  struct pollfd sources[] = {
      {.fd = ring_descriptor(), .events = POLLIN},
      {.fd = STDIN_FILENO, .events = POLLIN},
      {.fd = connection, .events = 0},
  };
  for (;;) {
    ring_measure();
    while (ring_take())
      if (stream_waiting() >= ENOUGH_BYTES) break;
    if (stream_waiting() > 0) stream_flush();
    int64_t now = milliseconds();
    if (now >= next_report) {
      report();
      next_report = now + 1000;
    }
    if (poll(sources, 3, (int)(next_report - now > 0 ? next_report - now : 0)) < 0 && errno != EINTR)
      fail(EXIT_TROUBLE, "poll: %s", strerror(errno));
    if ((sources[0].revents & POLLERR) != 0) ring_look();
    if (sources[1].revents != 0) new_filter(program);
    if ((sources[2].revents & (POLLERR | POLLHUP)) != 0) fail(EXIT_DONE, "nobody reads any more");
  }
}

int main(int count, char **words) {
  static struct program program;
  struct ring_options options = {.snap_length = MAX_SNAP_LENGTH, .blocks = DEFAULT_BLOCKS};
  const char *path = read_arguments(count, words, &options);
  close_inherited();
  ring_open(&options);
  int listener = listen_at(path);
  first_filter(&program);
  fputs("ready\n", stderr);
  int connection = accept_agent(listener);
  drop_privileges();
  stream_open(connection);
  if (options.name_count != 1) interfaces_announce();
  capture(connection, &program);
}
