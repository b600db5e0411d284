/* The limit of a ping's round trip: echo requests one after another without any pause, so that all the code and data
   that the kernel needs for them stay in the processor's caches; timed by the kernel's own stamps, as rawkit does.

   echo ADDRESS COUNT [MICROSECONDS] prints the round trips in nanoseconds, a line each. Between two echoes it looks for
   packets for so many microseconds, and does not sleep: the limit for a ping with that interval. */

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 64, PATIENCE = 1000000 };

static unsigned short checksum(const unsigned short *words, int count) {
  unsigned sum = 0;
  while (count--) sum += *words++;
  sum = (sum >> 16) + (sum & 0xffff);
  return ~(sum + (sum >> 16));
}

/* The stamp of the next message, or of the next of the error queue; 0 where there is none. */
static long long stamp(int sock, int flags, unsigned short id, unsigned short seq) {
  char data[256], control[512];
  struct iovec piece = {data, sizeof data};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t size = recvmsg(sock, &message, flags | MSG_DONTWAIT);
  if (size < 0) return 0;
  const struct icmphdr *reply = (const struct icmphdr *)(data + 20);
  if (!flags && (size < 28 || reply->type || reply->un.echo.id != id || reply->un.echo.sequence != seq)) return 0;
  for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one))
    if (one->cmsg_level == SOL_SOCKET && one->cmsg_type == SO_TIMESTAMPING) {
      const struct timespec *at = (const struct timespec *)CMSG_DATA(one);
      return at->tv_sec * 1000000000LL + at->tv_nsec;
    }
  return 0;
}

static long long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

int main(int count_of_arguments, char **arguments) {
  if (count_of_arguments < 3 || count_of_arguments > 4) return 2;
  long long pause = count_of_arguments == 4 ? atoll(arguments[3]) * 1000 : 0;
  struct sockaddr_in there = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, arguments[1], &there.sin_addr) != 1) return 2;
  int sock = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
         SOF_TIMESTAMPING_OPT_TSONLY;
  if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps)) return 1;
  for (int number = 0; number < atoi(arguments[2]); number++) {
    unsigned short packet[SIZE / 2] = {0};
    struct icmphdr *request = (struct icmphdr *)packet;
    request->type = ICMP_ECHO;
    request->un.echo.id = htons(getpid());
    request->un.echo.sequence = htons(number);
    request->checksum = checksum(packet, SIZE / 2);
    if (sendto(sock, packet, SIZE, 0, (struct sockaddr *)&there, sizeof there) != SIZE) return 1;
    long long sent = 0, received = 0;
    for (int tries = 0; (!sent || !received) && tries < PATIENCE; tries++) {
      if (!sent) sent = stamp(sock, MSG_ERRQUEUE, 0, 0);
      if (!received) received = stamp(sock, 0, request->un.echo.id, request->un.echo.sequence);
    }
    if (sent && received) printf("%lld\n", received - sent);
    for (long long end = now() + pause; pause && now() < end;) stamp(sock, 0, 0, 0);
  }
  return 0;
}
