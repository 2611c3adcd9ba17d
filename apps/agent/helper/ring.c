/*
 * The socket is of the cooked kind: the kernel takes the link header off and says what protocol follows, so one filter and
 * one reader serve every kind of interface. What the kernel said stands before each packet in the shape of LINKTYPE_LINUX_SLL2.
 */

#include "ring.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "exits.h"
#include "interfaces.h"

/* Holds the largest packet that segmentation offload makes, and some hundred usual ones. */
#define BLOCK_BYTES (512 * 1024)
/* How long a block waits to become full: what a packet is late by on a quiet line. */
#define RETIRE_MILLISECONDS 4

#define SLL2_BYTES 20
#define VLAN_BYTES 4
#define PACKET_HEADER_BYTES 8
/* Where the kernel puts the sender behind a packet's header (TPACKET_ALIGN). */
#define SENDER_AT ((sizeof(struct tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT)

/* Linux 4.20; not in older headers. */
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

static int ring = -1;
static unsigned char *blocks;
static unsigned int block_count, next_block;
static struct ring_options chosen;
static unsigned int indexes[MAX_NAMES];
static struct program current;
static int is_bound;
static struct counters totals;

static void set(int option, const void *value, socklen_t bytes, const char *what) {
  if (setsockopt(ring, SOL_PACKET, option, value, bytes) == 0) return;
  fail(errno == ENOMEM ? EXIT_MEMORY : EXIT_TROUBLE, "%s: %s", what, strerror(errno));
}

void ring_open(const struct ring_options *options) {
  chosen = *options;
  /* Protocol 0: nothing arrives before `bind`. */
  ring = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (ring < 0)
    fail(errno == EPERM || errno == EACCES ? EXIT_PERMISSION : EXIT_TROUBLE, "packet socket: %s", strerror(errno));
  for (unsigned int i = 0; i < chosen.name_count; i++) {
    indexes[i] = if_nametoindex(chosen.names[i]);
    if (indexes[i] == 0) fail(EXIT_NO_INTERFACE, "%s", chosen.names[i]);
  }
  int version = TPACKET_V3;
  set(PACKET_VERSION, &version, sizeof version, "TPACKET_V3");
  struct tpacket_req3 request = {
      .tp_block_size = BLOCK_BYTES,
      .tp_block_nr = chosen.blocks,
      .tp_frame_size = 2048,
      .tp_frame_nr = chosen.blocks * (BLOCK_BYTES / 2048),
      .tp_retire_blk_tov = RETIRE_MILLISECONDS,
  };
  set(PACKET_RX_RING, &request, sizeof request, "packet ring");
  block_count = chosen.blocks;
  blocks = mmap(NULL, (size_t)block_count * BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
  if (blocks == MAP_FAILED) fail(EXIT_MEMORY, "packet ring: %s", strerror(errno));
  totals.blocks = block_count;
}

/* Packets of an interface come only from it; those of several or all are told apart by the filter. */
static void bind_to(unsigned int index) {
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index};
  if (bind(ring, (struct sockaddr *)&address, sizeof address) == 0) {
    is_bound = 1;
    return;
  }
  /* Gone again between the look and now, or down: the kernel attaches it when it comes up. */
  if (errno != ENODEV && errno != ENXIO && errno != ENETDOWN) fail(EXIT_TROUBLE, "bind: %s", strerror(errno));
}

/* A mirror port has the packets of others. Like binding, it ends with the interface. */
static void listen_to_all(unsigned int index) {
  struct packet_mreq request = {.mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC};
  /* An interface that cannot is read as it is. */
  (void)setsockopt(ring, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

static unsigned int put(struct sock_filter *code, unsigned int at, struct sock_filter instruction) {
  code[at] = instruction;
  return at + 1;
}

static void attach(void) {
  static struct sock_filter code[MAX_PROGRAM + 2 * MAX_NAMES + 8];
  unsigned int at = 0;
  /* The loopback interface shows a packet twice, as it leaves and as it arrives: the first is left out. */
  at = put(code, at, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)));
  at = put(code, at, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 3));
  at = put(code, at, (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE)));
  at = put(code, at, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_LOOPBACK, 0, 1));
  at = put(code, at, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0));
  if (chosen.name_count > 1) {
    at = put(code, at, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)));
    for (unsigned int i = 0; i < chosen.name_count; i++) {
      uint8_t wanted = (uint8_t)(chosen.name_count - i);
      at = put(code, at, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, indexes[i], wanted, 0));
    }
    at = put(code, at, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0));
  }
  memcpy(code + at, current.code, current.length * sizeof *code);
  struct sock_fprog program = {.len = (unsigned short)(at + current.length), .filter = code};
  if (setsockopt(ring, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
    fail(EXIT_FILTER, "the kernel does not take the packet filter: %s", strerror(errno));
}

void ring_filter(const struct program *program) {
  memcpy(&current, program, sizeof current);
  attach();
  if (is_bound) return;
  int yes = 1;
  /* On loopback alone the kernel need not even copy what leaves. An older kernel leaves it to the filter. */
  if (chosen.name_count == 1 && strcmp(chosen.names[0], "lo") == 0)
    (void)setsockopt(ring, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
  for (unsigned int i = 0; i < chosen.name_count; i++) listen_to_all(indexes[i]);
  bind_to(chosen.name_count == 1 ? indexes[0] : 0);
}

int ring_descriptor(void) { return ring; }

static void write_packet(const struct tpacket3_hdr *packet, const struct sockaddr_ll *from, uint32_t captured) {
  const unsigned char *data = (const unsigned char *)packet + packet->tp_net;
  /* The kernel takes VLAN tags off too: the tag is put back, so that the packet is as it was on the wire. */
  uint32_t tag_bytes = (packet->tp_status & TP_STATUS_VLAN_VALID) != 0 ? VLAN_BYTES : 0;
  uint16_t protocol = from->sll_protocol;
  uint32_t extra = SLL2_BYTES + tag_bytes;
  uint64_t time = (uint64_t)packet->tp_sec * 1000000000u + packet->tp_nsec;
  uint16_t interface = interface_id((unsigned int)from->sll_ifindex);
  unsigned char *body = stream_frame(FRAME_PACKET, interface, time, PACKET_HEADER_BYTES + extra + captured);
  uint32_t lengths[2] = {htole32(captured + extra), htole32(packet->tp_len + extra)};
  memcpy(body, lengths, sizeof lengths);
  unsigned char *cooked = body + PACKET_HEADER_BYTES;
  uint16_t link[2] = {tag_bytes > 0 ? htons(ETH_P_8021Q) : protocol, 0};
  uint32_t index = htonl((uint32_t)from->sll_ifindex);
  uint16_t type = htons(from->sll_hatype);
  memcpy(cooked, link, 4);
  memcpy(cooked + 4, &index, 4);
  memcpy(cooked + 8, &type, 2);
  cooked[10] = from->sll_pkttype;
  cooked[11] = from->sll_halen < 8 ? from->sll_halen : 8;
  memcpy(cooked + 12, from->sll_addr, 8);
  if (tag_bytes > 0) {
    uint16_t tpid = (packet->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? packet->hv1.tp_vlan_tpid : ETH_P_8021Q;
    uint16_t tag[2] = {htons((uint16_t)packet->hv1.tp_vlan_tci), protocol};
    link[0] = htons(tpid);
    memcpy(cooked, link, 2);
    memcpy(cooked + SLL2_BYTES, tag, 4);
  }
  memcpy(cooked + extra, data, captured);
}

int ring_take(void) {
  unsigned char *block = blocks + (size_t)next_block * BLOCK_BYTES;
  struct tpacket_hdr_v1 *head = &((struct tpacket_block_desc *)block)->hdr.bh1;
  if ((__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return 0;
  uint32_t at = head->offset_to_first_pkt;
  for (uint32_t left = head->num_pkts; left > 0; left--) {
    const struct tpacket3_hdr *packet = (const struct tpacket3_hdr *)(block + at);
    const struct sockaddr_ll *from = (const struct sockaddr_ll *)(block + at + SENDER_AT);
    uint32_t captured = packet->tp_snaplen < chosen.snap_length ? packet->tp_snaplen : chosen.snap_length;
    /* Invariant: the kernel keeps a packet inside its block. Memory outside it must not leave this process all the same. */
    if (at + packet->tp_net + captured > BLOCK_BYTES) fail(EXIT_TROUBLE, "a packet that leaves its block");
    write_packet(packet, from, captured);
    at += packet->tp_next_offset;
  }
  __atomic_store_n(&head->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  next_block = (next_block + 1) % block_count;
  return 1;
}

void ring_look(void) {
  int error;
  socklen_t length = sizeof error;
  /* What poll was woken by: an interface that went down. Reading it clears it. */
  (void)getsockopt(ring, SOL_SOCKET, SO_ERROR, &error, &length);
  int has_changed = 0;
  for (unsigned int i = 0; i < chosen.name_count; i++) {
    unsigned int index = if_nametoindex(chosen.names[i]);
    if (index == indexes[i]) continue;
    indexes[i] = index;
    has_changed = 1;
    interface_changed(chosen.names[i], index);
    if (index == 0) continue;
    listen_to_all(index);
    if (chosen.name_count == 1) bind_to(index);
  }
  if (has_changed && chosen.name_count > 1) attach();
}

static unsigned int waiting_blocks(void) {
  unsigned int count = 0;
  while (count < block_count) {
    unsigned char *block = blocks + (size_t)((next_block + count) % block_count) * BLOCK_BYTES;
    if ((((struct tpacket_block_desc *)block)->hdr.bh1.block_status & TP_STATUS_USER) == 0) break;
    count++;
  }
  return count;
}

void ring_measure(void) {
  unsigned int waiting = waiting_blocks();
  if (waiting > totals.fullest) totals.fullest = waiting;
}

void ring_counters(struct counters *counters) {
  struct tpacket_stats_v3 statistics;
  socklen_t length = sizeof statistics;
  /* Reading them begins them anew; what was dropped is among the packets. */
  if (getsockopt(ring, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0) {
    totals.received += statistics.tp_packets;
    totals.dropped += statistics.tp_drops;
  }
  *counters = totals;
  totals.fullest = 0;
}
