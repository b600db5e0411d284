/* Sends one TCP SYN, prepared once, over and over through an interface: what a sender that makes nothing can reach.
   usage: burst INTERFACE   (it ends when it is killed, or when nothing can be sent) */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef PACKET_QDISC_BYPASS
#define PACKET_QDISC_BYPASS 20
#endif

enum { BURST = 1024 };

/* To a MAC address that nobody has, 192.0.2.10:40000 to 192.0.2.20:80; the checksums are those that scapy gives. */
static unsigned char frame[] = {
    0x02, 0x00, 0x00, 0x00, 0x00, 0x99, 0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x08, 0x00,
    0x45, 0x00, 0x00, 0x28, 0x00, 0x01, 0x00, 0x00, 0x40, 0x06, 0xf6, 0xb0, 192, 0, 2, 10, 192, 0, 2, 20,
    0x9c, 0x40, 0x00, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0x20, 0x00, 0x6f, 0x33, 0, 0};

int main(int count, char **arguments) {
  static struct mmsghdr messages[BURST];
  struct iovec piece = {frame, sizeof frame};
  struct sockaddr_ll to = {.sll_family = AF_PACKET};
  int on = 1, descriptor = socket(AF_PACKET, SOCK_RAW, 0);
  if (count != 2 || descriptor < 0 || !(to.sll_ifindex = if_nametoindex(arguments[1]))) return 2;
  if (bind(descriptor, (struct sockaddr *)&to, sizeof to)) return 2;
  if (setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on)) return 2;
  for (int at = 0; at < BURST; at++) messages[at].msg_hdr = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1};
  while (sendmmsg(descriptor, messages, BURST, 0) > 0 || errno == ENOBUFS || errno == EAGAIN)
    ;
  perror("burst");
  return 1;
}
