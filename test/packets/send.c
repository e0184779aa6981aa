/* Sends what stands on each line of its input, a mark and a whole packet in hexadecimal, and says so when it is done. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
  static char hex[4096];
  unsigned mark;
  while (scanf("%u %4095s", &mark, hex) == 2) {
    unsigned char packet[2048];
    size_t size = 0;
    for (; sscanf(hex + 2 * size, "%2hhx", packet + size) == 1; size++) {}
    int six = packet[0] >> 4 == 6;
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW);
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
    if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark)) return perror("mark"), 1;
    memcpy(&to.sin_addr, packet + 16, 4);
    if (six) memcpy(&to6.sin6_addr, packet + 24, 16);
    struct sockaddr *address = six ? (struct sockaddr *)&to6 : (struct sockaddr *)&to;
    if (sendto(fd, packet, size, 0, address, six ? sizeof to6 : sizeof to) < 0) return perror("send"), 1;
    close(fd);
    puts("sent");
    fflush(stdout);
  }
  return 0;
}
