/*
 * Stands before the C library's calls to the kernel and for memory, to make some of them fail, or last.
 *
 *     FAIL_REPLACE=N:ERRNO   the N-th SO_SET_REPLACE fails, or each if N is 0
 *     FAIL_COUNTERS=N:ERRNO  the N-th SO_SET_ADD_COUNTERS fails, or each
 *     FAIL_CLOEXEC=N:ERRNO   the N-th fcntl(F_SETFD) fails, or each
 *     FAIL_MALLOC=N:M        once for each N: of the thread that next asks for a table's size, the M-th allocation fails of
 *                            those that the process mightn't have room for
 *     PAUSE=MS               prints "replaced" before each SO_SET_ADD_COUNTERS, and waits so long
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* <linux/netfilter_ipv4/ip_tables.h> and <linux/netfilter_ipv6/ip6_tables.h> have the same numbers. */
enum { REPLACE = 64, ADD_COUNTERS = 65 };

static int calls[3];

static int fails(int which, const char *variable)
{
	const char *fault = getenv(variable);
	int number, error;

	calls[which]++;
	if (!fault || sscanf(fault, "%d:%d", &number, &error) != 2 || (number != 0 && number != calls[which]))
		return 0;
	errno = error;
	return 1;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");

	if (level == IPPROTO_IP || level == IPPROTO_IPV6) {
		if (option == REPLACE && fails(0, "FAIL_REPLACE"))
			return -1;
		if (option == ADD_COUNTERS) {
			if (getenv("PAUSE")) {
				if (write(1, "replaced\n", 9) < 0)
					return -1;
				usleep(1000 * atoi(getenv("PAUSE")));
			}
			if (fails(1, "FAIL_COUNTERS"))
				return -1;
		}
	}
	return real(fd, level, option, value, size);
}

/* The C library's own, since to look them up allocates. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

/* <linux/netfilter_ipv4/ip_tables.h>: IPT_SO_GET_INFO, and IPv6's. */
enum { GET_INFO = 64 };

static __thread int left __attribute__((tls_model("initial-exec")));

/* Less than a page is to be had as long as anything is. */
static int is_out_of_memory(size_t size)
{
	if (size < 4096 || left == 0 || --left > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return is_out_of_memory(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_out_of_memory(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_out_of_memory(size) ? NULL : __libc_realloc(old, size);
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	int (*real)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");
	static int last;
	const char *fault = getenv("FAIL_MALLOC");
	int number, allocation;

	if ((level == IPPROTO_IP || level == IPPROTO_IPV6) && option == GET_INFO && fault &&
	    sscanf(fault, "%d:%d", &number, &allocation) == 2 && number != last) {
		last = number;
		left = allocation;
	}
	return real(fd, level, option, value, size);
}

static int set_flags(const char *name, int fd, int command, long argument)
{
	int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);

	if (command == F_SETFD && fails(2, "FAIL_CLOEXEC"))
		return -1;
	return real(fd, command, argument);
}

/* An int and a pointer are passed alike. */
int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	return set_flags("fcntl", fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	return set_flags("fcntl64", fd, command, argument);
}
