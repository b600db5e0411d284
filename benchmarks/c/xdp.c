/* Sends one TCP SYN over and over through AF_XDP in copy mode, laid anew into its memory for each frame: what a sender
   that makes nothing can reach there.
   usage: xdp INTERFACE [FRAMES]   (it ends after so many, or when it is killed) */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef SOL_XDP
#define SOL_XDP 283
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

enum { ENTRIES = 2048, BURST = 1024, SLOT = 64, CHUNK = 4096 };

static unsigned char frame[] = {
    0x02, 0x00, 0x00, 0x00, 0x00, 0x99, 0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x08, 0x00,
    0x45, 0x00, 0x00, 0x28, 0x00, 0x01, 0x00, 0x00, 0x40, 0x06, 0xf6, 0xb0, 192, 0, 2, 10, 192, 0, 2, 20,
    0x9c, 0x40, 0x00, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0x20, 0x00, 0x6f, 0x33, 0, 0};

int main(int count, char **arguments) {
  unsigned entries = ENTRIES, produced = 0, buffer = 8 << 20, unused = 64;
  unsigned long left = count > 2 ? strtoul(arguments[2], 0, 10) : -1ul;
  struct sockaddr_xdp to = {.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY};
  struct xdp_mmap_offsets at;
  socklen_t size = sizeof at;
  int descriptor = socket(AF_XDP, SOCK_RAW, 0);
  char *memory = mmap(0, ENTRIES * SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  struct xdp_umem_reg area = {.addr = (unsigned long)memory, .len = ENTRIES * SLOT, .chunk_size = CHUNK};
  if (count < 2 || descriptor < 0 || !(to.sxdp_ifindex = if_nametoindex(arguments[1]))) return 2;
  if (setsockopt(descriptor, SOL_XDP, XDP_UMEM_REG, &area, sizeof area)) return 2;
  if (setsockopt(descriptor, SOL_XDP, XDP_UMEM_FILL_RING, &unused, sizeof unused)) return 2;
  if (setsockopt(descriptor, SOL_XDP, XDP_UMEM_COMPLETION_RING, &entries, sizeof entries)) return 2;
  if (setsockopt(descriptor, SOL_XDP, XDP_TX_RING, &entries, sizeof entries)) return 2;
  if (setsockopt(descriptor, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &entries, sizeof entries)) return 2;
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  if (getsockopt(descriptor, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size)) return 2;
  char *tx = mmap(0, at.tx.desc + ENTRIES * sizeof(struct xdp_desc), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor,
                  XDP_PGOFF_TX_RING);
  char *done = mmap(0, at.cr.desc + ENTRIES * 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor,
                    XDP_UMEM_PGOFF_COMPLETION_RING);
  if (memory == MAP_FAILED || tx == MAP_FAILED || done == MAP_FAILED) return 2;
  if (bind(descriptor, (struct sockaddr *)&to, sizeof to)) return 2;
  unsigned *producer = (unsigned *)(tx + at.tx.producer), *completed = (unsigned *)(done + at.cr.producer);
  unsigned *seen = (unsigned *)(done + at.cr.consumer), *taken = (unsigned *)(tx + at.tx.consumer);
  struct xdp_desc *ring = (struct xdp_desc *)(tx + at.tx.desc);
  while (left || __atomic_load_n(taken, __ATOMIC_ACQUIRE) != produced) {
    *seen = __atomic_load_n(completed, __ATOMIC_ACQUIRE);
    unsigned room = ENTRIES - (produced - *seen);
    for (unsigned more = room < BURST ? room : BURST; more && left; more--, left--, produced++) {
      unsigned place = produced % ENTRIES;
      memcpy(memory + place * SLOT, frame, sizeof frame);
      ring[place] = (struct xdp_desc){.addr = place * SLOT, .len = sizeof frame};
    }
    __atomic_store_n(producer, produced, __ATOMIC_RELEASE);
    if (sendto(descriptor, 0, 0, MSG_DONTWAIT, 0, 0) < 0 && errno != EAGAIN && errno != ENOBUFS) return 1;
  }
  return 0;
}
