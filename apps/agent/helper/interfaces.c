/*
 * A node makes and removes interfaces all the time, with every pod. When the table is full it begins anew: numbers are then
 * announced again, which is what an announcement means.
 */

#include "interfaces.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "stream.h"

/* Interfaces seen since the table last began anew; a power of two, half filled at most. */
#define SLOTS 8192

static struct {
  unsigned int index;
  uint16_t id;
} slots[SLOTS];
static uint16_t count;

static void announce(uint16_t id, unsigned int index) {
  char name[IF_NAMESIZE];
  /* Gone before its packets were read. */
  if (if_indextoname(index, name) == NULL) snprintf(name, sizeof name, "if%u", index);
  stream_interface(id, index, 1, name);
}

uint16_t interface_id(unsigned int index) {
  unsigned int at = index % SLOTS;
  while (slots[at].index != 0 && slots[at].index != index) at = (at + 1) % SLOTS;
  if (slots[at].index == index) return slots[at].id;
  if (count == SLOTS / 2) {
    memset(slots, 0, sizeof slots);
    count = 0;
    at = index % SLOTS;
  }
  slots[at].index = index;
  slots[at].id = count++;
  announce(slots[at].id, index);
  return slots[at].id;
}

void interfaces_announce(void) {
  struct if_nameindex *all = if_nameindex();
  if (all == NULL) return;
  for (struct if_nameindex *one = all; one->if_index != 0; one++) (void)interface_id(one->if_index);
  if_freenameindex(all);
}

void interface_changed(const char *name, unsigned int index) {
  /* A number of its own: it says something of the name only. */
  stream_interface(UINT16_MAX, index, index != 0, name);
}
