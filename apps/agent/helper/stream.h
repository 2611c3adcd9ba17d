/*
 * The stream to the agent. It begins with eight bytes, "KSHK" and the version, and is a row of frames; everything is little
 * endian, and every frame's length is a multiple of eight:
 *
 *   u32 length of the whole frame   u16 type   u16 interface   u64 time, nanoseconds since 1970
 *
 * README.md has the bodies.
 */

#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>
#include <stdint.h>

#define STREAM_VERSION 1

enum frame_type {
  FRAME_PACKET = 1,
  FRAME_TLS_SECRET = 2,    /* reserved: a key log line */
  FRAME_TLS_PLAINTEXT = 3, /* reserved */
  FRAME_COUNTERS = 4,
  FRAME_INTERFACE = 5,
};

struct counters {
  uint64_t received;
  uint64_t dropped;
  uint32_t fullest; /* most blocks of the ring that waited at once since the last report */
  uint32_t blocks;
};

/* Longest body of a frame: a packet of MAX_SNAP_LENGTH with its headers. */
#define MAX_BODY_BYTES 262208
/* Bytes kept of a packet at most: with its link header, what a reader of captures believes (262,144). */
#define MAX_SNAP_LENGTH 262100

/* What the agent reads; everything written goes there. */
void stream_open(int descriptor);

/* Room for the body of a frame, of a length that need not be a multiple of eight; it is zeroed where it is padded. */
unsigned char *stream_frame(enum frame_type type, uint16_t interface, uint64_t nanoseconds, uint32_t body_bytes);

void stream_interface(uint16_t id, uint32_t index, int is_there, const char *name);
void stream_counters(const struct counters *counters);

/* Hands on what was written; ends the helper when nobody reads. */
void stream_flush(void);

/* Bytes that wait to be handed on. */
size_t stream_waiting(void);

#endif
