/* Frames into one buffer, the buffer to the agent. */

#include "stream.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "exits.h"

#define HEADER_BYTES 16
/* Some dozens of the largest packets, thousands of usual ones: a system call is rare then. */
#define BUFFER_BYTES (1024 * 1024)

static int reader = -1;
static unsigned char buffer[BUFFER_BYTES];
static size_t used;

static void put16(unsigned char *at, uint16_t value) {
  value = htole16(value);
  memcpy(at, &value, sizeof value);
}

static void put32(unsigned char *at, uint32_t value) {
  value = htole32(value);
  memcpy(at, &value, sizeof value);
}

static void put64(unsigned char *at, uint64_t value) {
  value = htole64(value);
  memcpy(at, &value, sizeof value);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void stream_open(int descriptor) {
  reader = descriptor;
  memcpy(buffer, "KSHK", 4);
  put32(buffer + 4, STREAM_VERSION);
  used = 8;
}

unsigned char *stream_frame(enum frame_type type, uint16_t interface, uint64_t nanoseconds, uint32_t body_bytes) {
  uint32_t length = (HEADER_BYTES + body_bytes + 7u) & ~7u;
  if (body_bytes > MAX_BODY_BYTES) fail(EXIT_TROUBLE, "a frame of %u bytes", body_bytes);
  if (BUFFER_BYTES - used < length) stream_flush();
  unsigned char *frame = buffer + used;
  used += length;
  memset(frame + length - 8, 0, 8);
  put32(frame, length);
  put16(frame + 4, (uint16_t)type);
  put16(frame + 6, interface);
  put64(frame + 8, nanoseconds);
  return frame + HEADER_BYTES;
}

void stream_interface(uint16_t id, uint32_t index, int is_there, const char *name) {
  size_t length = strlen(name);
  unsigned char *body = stream_frame(FRAME_INTERFACE, id, now(), (uint32_t)(8 + length));
  put32(body, index);
  put16(body + 4, is_there ? 1 : 0);
  put16(body + 6, (uint16_t)length);
  memcpy(body + 8, name, length);
}

void stream_counters(const struct counters *counters) {
  unsigned char *body = stream_frame(FRAME_COUNTERS, 0, now(), 24);
  put64(body, counters->received);
  put64(body + 8, counters->dropped);
  put32(body + 16, counters->fullest);
  put32(body + 20, counters->blocks);
}

size_t stream_waiting(void) { return used; }

void stream_flush(void) {
  size_t sent = 0;
  while (sent < used) {
    ssize_t count = send(reader, buffer + sent, used - sent, MSG_NOSIGNAL);
    if (count >= 0)
      sent += (size_t)count;
    else if (errno == EPIPE || errno == ECONNRESET)
      fail(EXIT_DONE, "nobody reads any more");
    else if (errno != EINTR)
      fail(EXIT_TROUBLE, "writing to the agent: %s", strerror(errno));
  }
  used = 0;
}
