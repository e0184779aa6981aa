/*
 * The bare floor: the kernel's replace of the filter table by itself, without libiptc. Prints its milliseconds.
 */
#include <errno.h>
#include <limits.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void *must(void *p, const char *what)
{
	if (!p) {
		perror(what);
		exit(1);
	}
	return p;
}

int main(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	struct ipt_getinfo info = { .name = "filter" };
	socklen_t size = sizeof(info);
	struct ipt_get_entries *entries;
	struct ipt_replace *replace;
	double start;

	if (fd < 0 || getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &size))
		must(NULL, "getinfo");
	size = sizeof(*entries) + info.size;
	entries = must(calloc(1, size), "memory");
	strcpy(entries->name, info.name);
	entries->size = info.size;
	if (getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, entries, &size))
		must(NULL, "getentries");

	replace = must(calloc(1, sizeof(*replace) + info.size), "memory");
	strcpy(replace->name, info.name);
	replace->valid_hooks = info.valid_hooks;
	replace->num_entries = info.num_entries;
	replace->size = info.size;
	memcpy(replace->hook_entry, info.hook_entry, sizeof(info.hook_entry));
	memcpy(replace->underflow, info.underflow, sizeof(info.underflow));
	replace->num_counters = info.num_entries;
	replace->counters = must(calloc(info.num_entries, sizeof(struct xt_counters)), "memory");
	memcpy(replace->entries, entries->entrytable, info.size);

	start = now();
	if (setsockopt(fd, IPPROTO_IP, IPT_SO_SET_REPLACE, replace, sizeof(*replace) + info.size))
		must(NULL, "replace");
	printf("%.2f\n", now() - start);
	return 0;
}
