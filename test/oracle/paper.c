/*
 * A kernel on paper, by LD_PRELOAD: iptables-legacy believes that it talks to ip_tables, but its tables live in files
 * of $PAPER. It accepts whatever iptables itself lets through, of extensions and revisions that the running kernel may
 * not have, so that the bytes that iptables would hand to such a kernel can be looked at. No right is needed.
 *
 *   $PAPER/FAMILY-TABLE   a table: struct ipt_getinfo, then its entries
 *   $PAPER_REVISIONS      the newest revisions that it knows, where that isn't all: "match conntrack 2,target CT 0"
 *   $PAPER_SETS           the names of its ip_sets; a set's index is its place: "one,two"
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#define MOST_FDS 1024

static int families[MOST_FDS]; /* 4 or 6 where a descriptor stands for a socket of ours */

int socket(int domain, int type, int protocol)
{
	static int (*real)(int, int, int);
	int fd;

	if (!real)
		real = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
	if ((type & 0xf) != SOCK_RAW || (domain != AF_INET && domain != AF_INET6))
		return real(domain, type, protocol);
	fd = real(AF_UNIX, SOCK_DGRAM, 0);
	if (fd >= 0 && fd < MOST_FDS)
		families[fd] = domain == AF_INET ? 4 : 6;
	return fd;
}

static int known(int fd)
{
	return fd >= 0 && fd < MOST_FDS ? families[fd] : 0;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static void path(char *buffer, size_t size, int family, const char *table)
{
	snprintf(buffer, size, "%s/%d-%.32s", getenv("PAPER"), family, table);
}

/* ---- Tables as they are before anything is written */

static unsigned int hooks_of(const char *table)
{
	static const struct {
		const char *name;
		unsigned int hooks;
	} all[] = {
		{ "filter", 1 << NF_INET_LOCAL_IN | 1 << NF_INET_FORWARD | 1 << NF_INET_LOCAL_OUT },
		{ "security", 1 << NF_INET_LOCAL_IN | 1 << NF_INET_FORWARD | 1 << NF_INET_LOCAL_OUT },
		{ "raw", 1 << NF_INET_PRE_ROUTING | 1 << NF_INET_LOCAL_OUT },
		{ "mangle", (1 << NF_INET_NUMHOOKS) - 1 },
		{ "nat", ((1 << NF_INET_NUMHOOKS) - 1) & ~(1 << NF_INET_FORWARD) },
	};
	unsigned int i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(all[i].name, table) == 0)
			return all[i].hooks;
	return 0;
}

/* The offsets behind the addresses differ, the rest of an entry does not. */
static void put_offsets(char *entry, int family, unsigned int target, unsigned int next)
{
	if (family == 4) {
		((struct ipt_entry *)entry)->target_offset = target;
		((struct ipt_entry *)entry)->next_offset = next;
	} else {
		((struct ip6t_entry *)entry)->target_offset = target;
		((struct ip6t_entry *)entry)->next_offset = next;
	}
}

static char *empty(int family, struct ipt_getinfo *info)
{
	const unsigned int head = family == 4 ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);
	char *entries = calloc(8, head + sizeof(struct xt_error_target)), *at = entries;
	struct xt_error_target *error;
	unsigned int hook;

	for (hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
		struct xt_standard_target *policy = (struct xt_standard_target *)(at + head);

		if (!(info->valid_hooks & 1 << hook))
			continue;
		info->hook_entry[hook] = info->underflow[hook] = at - entries;
		put_offsets(at, family, head, head + sizeof(*policy));
		policy->target.u.target_size = sizeof(*policy);
		policy->verdict = -NF_ACCEPT - 1;
		info->num_entries++;
		at += head + sizeof(*policy);
	}
	error = (struct xt_error_target *)(at + head);
	put_offsets(at, family, head, head + sizeof(*error));
	error->target.u.target_size = sizeof(*error);
	strcpy(error->target.u.user.name, XT_ERROR_TARGET);
	strcpy(error->errorname, "ERROR");
	info->num_entries++;
	info->size = at + head + sizeof(*error) - entries;
	return entries;
}

static char *load(int family, const char *table, struct ipt_getinfo *info)
{
	char name[4096], *entries = NULL;
	FILE *file;

	memset(info, 0, sizeof(*info));
	strncpy(info->name, table, sizeof(info->name) - 1);
	info->valid_hooks = hooks_of(info->name);
	if (!info->valid_hooks)
		return NULL;
	path(name, sizeof(name), family, info->name);
	file = fopen(name, "rb");
	if (!file)
		return empty(family, info);
	if (fread(info, sizeof(*info), 1, file) == 1) {
		entries = malloc(info->size);
		if (fread(entries, info->size, 1, file) != 1)
			abort();
	}
	fclose(file);
	return entries;
}

/* ---- What it knows */

static int revision(int target, const struct xt_get_revision *asked)
{
	const char *limits = getenv("PAPER_REVISIONS"), *at;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%s %.29s ", target ? "target" : "match", asked->name);
	at = limits ? strstr(limits, wanted) : NULL;
	if (at && asked->revision > atoi(at + strlen(wanted)))
		return refuse(EPROTONOSUPPORT);
	return asked->revision;
}

static int set_index(const char *name)
{
	const char *at = getenv("PAPER_SETS");
	size_t length = strlen(name);
	int index = 0;

	for (; at; at = strchr(at, ','), at = at ? at + 1 : NULL, index++)
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == 0))
			return index;
	return IPSET_INVALID_ID;
}

static void set_name(int index, char *name)
{
	const char *at = getenv("PAPER_SETS");

	while (at && index-- > 0) {
		at = strchr(at, ',');
		at = at ? at + 1 : NULL;
	}
	snprintf(name, IPSET_MAXNAMELEN, "%.*s", at ? (int)strcspn(at, ",") : 0, at ? at : "");
}

static int sets(void *data)
{
	unsigned int op = *(unsigned int *)data;

	if (op == IP_SET_OP_VERSION) {
		((struct ip_set_req_version *)data)->version = IPSET_PROTOCOL;
	} else if (op == IP_SET_OP_GET_BYNAME) {
		struct ip_set_req_get_set *get = data;

		get->set.index = set_index(get->set.name);
	} else if (op == IP_SET_OP_GET_FNAME) {
		struct ip_set_req_get_set_family *get = data;

		get->set.index = set_index(get->set.name);
		get->family = NFPROTO_UNSPEC;
	} else if (op == IP_SET_OP_GET_BYINDEX) {
		struct ip_set_req_get_set *get = data;

		set_name(get->set.index, get->set.name);
	} else {
		return refuse(EBADMSG);
	}
	return 0;
}

/* ---- The two calls */

int getsockopt(int fd, int level, int option, void *data, socklen_t *size)
{
	static int (*real)(int, int, int, void *, socklen_t *);
	int family = known(fd);
	struct ipt_getinfo info;
	char *entries;

	if (!real)
		real = (int (*)(int, int, int, void *, socklen_t *))dlsym(RTLD_NEXT, "getsockopt");
	if (!family)
		return real(fd, level, option, data, size);
	if (option == SO_IP_SET)
		return sets(data);
	if (option == (family == 4 ? IPT_SO_GET_REVISION_MATCH : IP6T_SO_GET_REVISION_MATCH))
		return revision(0, data);
	if (option == (family == 4 ? IPT_SO_GET_REVISION_TARGET : IP6T_SO_GET_REVISION_TARGET))
		return revision(1, data);
	if (option == IPT_SO_GET_INFO) {
		entries = load(family, ((struct ipt_getinfo *)data)->name, &info);
		if (!entries)
			return refuse(ENOENT);
		memcpy(data, &info, sizeof(info));
		free(entries);
		return 0;
	}
	if (option == IPT_SO_GET_ENTRIES) {
		struct ipt_get_entries *all = data;

		entries = load(family, all->name, &info);
		if (!entries)
			return refuse(ENOENT);
		if (all->size != info.size)
			return refuse(EAGAIN);
		memcpy(all->entrytable, entries, info.size);
		free(entries);
		return 0;
	}
	return refuse(ENOPROTOOPT);
}

int setsockopt(int fd, int level, int option, const void *data, socklen_t size)
{
	static int (*real)(int, int, int, const void *, socklen_t);
	int family = known(fd);
	const struct ipt_replace *new = data;
	struct ipt_getinfo info;
	char name[4096];
	FILE *file;

	if (!real)
		real = (int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
	if (!family)
		return real(fd, level, option, data, size);
	if (option == IPT_SO_SET_ADD_COUNTERS)
		return 0;
	if (option != IPT_SO_SET_REPLACE)
		return refuse(ENOPROTOOPT);
	memset(new->counters, 0, new->num_counters * sizeof(*new->counters));
	memset(&info, 0, sizeof(info));
	memcpy(info.name, new->name, sizeof(info.name));
	info.valid_hooks = new->valid_hooks;
	memcpy(info.hook_entry, new->hook_entry, sizeof(info.hook_entry));
	memcpy(info.underflow, new->underflow, sizeof(info.underflow));
	info.num_entries = new->num_entries;
	info.size = new->size;
	path(name, sizeof(name), family, info.name);
	file = fopen(name, "wb");
	if (!file || fwrite(&info, sizeof(info), 1, file) != 1 || fwrite(new->entries, new->size, 1, file) != 1 || fclose(file))
		abort();
	return 0;
}
