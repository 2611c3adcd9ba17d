/* Packets as the kernel gives them: one AF_PACKET socket with a TPACKET_V3 ring, packet_mmap(7). */

#ifndef RING_H
#define RING_H

#include <stdint.h>

#include "program.h"
#include "stream.h"

/* More named interfaces than this and `any` is meant. */
#define MAX_NAMES 16

struct ring_options {
  const char *names[MAX_NAMES]; /* none: all interfaces */
  unsigned int name_count;
  uint32_t snap_length;
  uint32_t blocks;
};

/* Opens the socket and its ring, with nothing arriving yet. Ends the helper where that cannot be done. */
void ring_open(const struct ring_options *options);

/* Replaces the filter; packets arrive from the first time on. Ends the helper when the kernel does not take it. */
void ring_filter(const struct program *program);

int ring_descriptor(void);

/* Notes how many blocks wait. */
void ring_measure(void);

/* Writes the packets of one block that is full or due; false when there is none. */
int ring_take(void);

/* Looks for named interfaces that have gone or come back, and writes what it finds. */
void ring_look(void);

/* What the kernel says since the beginning. */
void ring_counters(struct counters *counters);

#endif
