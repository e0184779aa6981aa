/*
 * Stands between libiptc and the kernel, and makes it look like Linux 3.10, as far as that matters to userspace:
 *
 *     OLD_KERNEL_TAILS=KIND:NAME:REVISION:FROM:TO,...
 *         what the kernel keeps for itself of an extension comes back as it is in its memory: garbage, another each time
 *     OLD_KERNEL_NEWEST=KIND:NAME:REVISION,...
 *         newer revisions aren't there, neither when asked for nor in a table; -1: nor is the extension
 *
 * KIND is m or t. Of which family a set is, it never tells.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
/* Old ones of these don't include what they need. */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLACE = 64, GET_ENTRIES = 65, MATCH4 = 66, TARGET4 = 67, MATCH6 = 68, TARGET6 = 69, SET = 83 };
enum { SET_AND_FAMILY = 8 };

/* The numbers after KIND:NAME (and :REVISION) in a list; how many there are. */
static int find(const char *variable, char kind, const char *name, int revision, int *a, int *b)
{
	const char *list = getenv(variable);
	char wanted[64];
	int size = snprintf(wanted, sizeof(wanted), revision < 0 ? "%c:%s:" : "%c:%s:%d:", kind, name, revision);

	for (; list && *list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
		if (strncmp(list, wanted, size) == 0)
			return sscanf(list + size, "%d:%d", a, b);
	return 0;
}

static int newest(char kind, const char *name)
{
	int revision, unused;

	return find("OLD_KERNEL_NEWEST", kind, name, -1, &revision, &unused) == 1 ? revision : 255;
}

static void scramble(char kind, struct xt_entry_match *m)
{
	static unsigned int garbage = 12345;
	int from, to;

	if (find("OLD_KERNEL_TAILS", kind, m->u.user.name, m->u.user.revision, &from, &to) != 2)
		return;
	for (; from < to && from + sizeof(*m) < m->u.match_size; from++)
		m->data[from] = (garbage = garbage * 1103515245 + 12345) >> 16;
}

static int known(char kind, const struct xt_entry_match *m)
{
	return m->u.user.revision <= newest(kind, m->u.user.name);
}

/* Calls scramble(), or known() until it says no, on all matches and targets (the same struct to begin with). */
static int each(int level, char *at, unsigned int size, int write)
{
	unsigned int head = level == IPPROTO_IP ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);
	char *end = at + size;

	while (at < end) {
		const struct ipt_entry *e4 = (void *)at;
		const struct ip6t_entry *e6 = (void *)at;
		unsigned int target = level == IPPROTO_IP ? e4->target_offset : e6->target_offset;
		unsigned int next = level == IPPROTO_IP ? e4->next_offset : e6->next_offset;
		unsigned int offset;

		for (offset = head; offset <= target;) {
			struct xt_entry_match *m = (void *)(at + offset);
			char kind = offset == target ? 't' : 'm';

			if (write)
				scramble(kind, m);
			else if (!known(kind, m))
				return 0;
			offset += m->u.match_size;
		}
		at += next;
	}
	return 1;
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	int (*real)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");

	if (level == IPPROTO_IP ? option == MATCH4 || option == TARGET4 : level == IPPROTO_IPV6 && option >= MATCH6 && option <= TARGET6) {
		const struct xt_get_revision *asked = value;
		int most = newest(option % 2 ? 't' : 'm', asked->name), found;

		if (asked->revision > most || most < 0) {
			errno = most < 0 ? ENOENT : EPROTONOSUPPORT;
			return -1;
		}
		found = real(fd, level, option, value, size);
		return found > most ? most : found;
	}
	if (level == IPPROTO_IP && option == SET && *(unsigned *)value == SET_AND_FAMILY) {
		errno = EBADMSG;
		return -1;
	}
	if ((level == IPPROTO_IP || level == IPPROTO_IPV6) && option == GET_ENTRIES) {
		int result = real(fd, level, option, value, size);
		struct ipt_get_entries *table = value; /* struct ip6t_get_entries has the same head */

		if (result == 0)
			each(level, (char *)table->entrytable, table->size, 1);
		return result;
	}
	return real(fd, level, option, value, size);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");

	if ((level == IPPROTO_IP || level == IPPROTO_IPV6) && option == REPLACE) {
		const struct ipt_replace *table = value; /* struct ip6t_replace has the same head */

		if (!each(level, (char *)table->entries, table->size, 0)) {
			errno = ENOENT;
			return -1;
		}
	}
	return real(fd, level, option, value, size);
}
