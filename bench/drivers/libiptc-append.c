/*
 * The floor: libiptc in C, without a lock.
 *
 *     libiptc-append single COUNT   COUNT times init, append, commit; flushed every 20, outside the time that is taken.
 *                                   Prints the median in microseconds.
 *     libiptc-append bulk COUNT     init, flush, COUNT appends, one commit.
 *                                   Prints the milliseconds of init, of flush and appends, of commit, and the peak of
 *                                   its memory in MB.
 *
 * In INPUT of the filter table of the namespace that it runs in. The rule is the first one that is there, or -j DROP if
 * there is none, each with a source address of its own.
 */
#include <errno.h>
#include <libiptc/libiptc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, iptc_strerror(errno));
	exit(1);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The entry to append: the chain's first rule, or -j DROP alone. */
static struct ipt_entry *read_entry(xt_chainlabel chain)
{
	static long long buffer[8192];
	struct ipt_entry *e = (struct ipt_entry *)buffer;
	struct xtc_handle *h = iptc_init("filter");
	const struct ipt_entry *first;
	struct xt_standard_target *t;

	if (!h)
		fail("init");
	first = iptc_first_rule(chain, h);
	if (first) {
		memcpy(e, first, first->next_offset);
		t = (void *)((char *)e + e->target_offset);
		strcpy(t->target.u.user.name, iptc_get_target(first, h));
		memset(&e->counters, 0, sizeof(e->counters));
	} else {
		e->target_offset = sizeof(*e);
		e->next_offset = sizeof(*e) + XT_ALIGN(sizeof(*t));
		t = (void *)((char *)e + e->target_offset);
		t->target.u.target_size = XT_ALIGN(sizeof(*t));
		strcpy(t->target.u.user.name, "DROP");
	}
	iptc_free(h);
	return e;
}

static void set_source(struct ipt_entry *e, unsigned int i)
{
	e->ip.src.s_addr = htonl(0x0a000000 + i);
	e->ip.smsk.s_addr = 0xffffffff;
}

static void flush(xt_chainlabel chain)
{
	struct xtc_handle *h = iptc_init("filter");

	if (!h || !iptc_flush_entries(chain, h) || !iptc_commit(h))
		fail("flush");
	iptc_free(h);
}

static void single(struct ipt_entry *e, xt_chainlabel chain, unsigned int count)
{
	double *times = calloc(count, sizeof(*times));
	unsigned int i;

	flush(chain);
	for (i = 0; i < count; i++) {
		double start = now();
		struct xtc_handle *h = iptc_init("filter");

		if (!h)
			fail("init");
		set_source(e, i);
		if (!iptc_append_entry(chain, e, h))
			fail("append");
		if (!iptc_commit(h))
			fail("commit");
		iptc_free(h);
		times[i] = now() - start;
		if (i % 20 == 19)
			flush(chain);
	}
	flush(chain);
	qsort(times, count, sizeof(*times), ascending);
	printf("%.2f\n", times[count / 2]);
}

/* The most memory that there has been so far, in MB; getrusage() would count the parent's, too. */
static double peak(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	unsigned long kilobytes = 0;
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %lu", &kilobytes) == 1)
			break;
	if (status)
		fclose(status);
	return kilobytes / 1024.0;
}

static void bulk(struct ipt_entry *e, xt_chainlabel chain, unsigned int count, double before)
{
	double start = now(), read, edit;
	struct xtc_handle *h = iptc_init("filter");
	unsigned int i;

	if (!h)
		fail("init");
	read = now();
	if (!iptc_flush_entries(chain, h))
		fail("flush");
	for (i = 0; i < count; i++) {
		set_source(e, i);
		if (!iptc_append_entry(chain, e, h))
			fail("append");
	}
	edit = now();
	if (!iptc_commit(h))
		fail("commit");
	iptc_free(h);
	printf("%.2f %.2f %.2f ", (read - start) / 1e3, (edit - read) / 1e3, (now() - edit) / 1e3);
	printf("%.2f\n", peak() - before);
}

int main(int argc, char **argv)
{
	xt_chainlabel chain = "INPUT";
	unsigned int count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	double before = peak();
	struct ipt_entry *e = read_entry(chain);

	if (count == 0) {
		fprintf(stderr, "usage: %s single|bulk COUNT\n", argv[0]);
		return 2;
	}
	if (strcmp(argv[1], "single") == 0)
		single(e, chain, count);
	else
		bulk(e, chain, count, before);
	return 0;
}
