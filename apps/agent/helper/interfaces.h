/* Interfaces by numbers of our own, each announced in the stream before its first packet. */

#ifndef INTERFACES_H
#define INTERFACES_H

#include <stdint.h>

/* The number of an interface of the kernel's. */
uint16_t interface_id(unsigned int index);

/* Announces those that are there, so that the agent knows from the beginning whether a packet may come from several. */
void interfaces_announce(void);

/* A named interface has gone (index 0) or come back. */
void interface_changed(const char *name, unsigned int index);

#endif
