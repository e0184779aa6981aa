/*
 * Asks the kernel itself, with neither libiptc nor the addon between.
 *
 *   kernel 4|6 entries TABLE     the table's struct ipt_getinfo and its entries as they are, to standard output
 *   kernel 4|6 revisions         for each line "match|target NAME REVISION" of standard input: yes or no
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

static int v6;
static int fd;

static int get(int option, void *data, socklen_t *size)
{
	return getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, option, data, size);
}

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

static int entries(const char *table)
{
	/* ip6t_getinfo and ip6t_get_entries are the same but for the type of the entries behind. */
	struct ipt_getinfo info;
	struct ipt_get_entries *all;
	socklen_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	strncpy(info.name, table, sizeof(info.name) - 1);
	if (get(v6 ? IP6T_SO_GET_INFO : IPT_SO_GET_INFO, &info, &size))
		return fail("GET_INFO");
	size = offsetof(struct ipt_get_entries, entrytable) + info.size;
	all = calloc(1, size);
	strcpy(all->name, info.name);
	all->size = info.size;
	if (get(v6 ? IP6T_SO_GET_ENTRIES : IPT_SO_GET_ENTRIES, all, &size))
		return fail("GET_ENTRIES");
	if (fwrite(&info, sizeof(info), 1, stdout) != 1 || fwrite(all->entrytable, info.size, 1, stdout) != 1)
		return fail("write");
	return 0;
}

static int revisions(void)
{
	char kind[8], name[XT_EXTENSION_MAXNAMELEN + 1];
	unsigned int revision;

	while (scanf("%7s %29s %u", kind, name, &revision) == 3) {
		struct xt_get_revision asked;
		socklen_t size = sizeof(asked);
		int target = strcmp(kind, "target") == 0;
		int option = v6 ? (target ? IP6T_SO_GET_REVISION_TARGET : IP6T_SO_GET_REVISION_MATCH)
				: (target ? IPT_SO_GET_REVISION_TARGET : IPT_SO_GET_REVISION_MATCH);

		memset(&asked, 0, sizeof(asked));
		strncpy(asked.name, name, sizeof(asked.name) - 1);
		asked.revision = revision;
		puts(get(option, &asked, &size) < 0 ? "no" : "yes");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	v6 = argv[1][0] == '6';
	fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		return fail("socket");
	if (strcmp(argv[2], "revisions") == 0)
		return revisions();
	return argc == 4 ? entries(argv[3]) : 2;
}
