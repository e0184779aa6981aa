/*
 * The floor of an append on nf_tables: netlink in C, without a library.
 *
 *     nft-append COUNT   COUNT times one batch of one rule, and its echo, which tells its handle; flushed every 20, outside the time
 *                        that is taken. Prints the CPU microseconds of one.
 *
 * In INPUT of the table filter of the namespace that it runs in. The rule is the first one that is there.
 */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

static char buffer[1 << 16];
static char expressions[1 << 15];
static int fd;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double used(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static struct nlmsghdr *begin(char *at, int type, int flags, int family)
{
	struct nlmsghdr *h = (struct nlmsghdr *)at;
	struct nfgenmsg *g = (struct nfgenmsg *)(at + NLMSG_HDRLEN);

	memset(at, 0, NLMSG_HDRLEN + sizeof(*g));
	h->nlmsg_len = NLMSG_HDRLEN + sizeof(*g);
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	g->nfgen_family = family;
	if (type == NFNL_MSG_BATCH_BEGIN || type == NFNL_MSG_BATCH_END)
		g->res_id = htons(NFNL_SUBSYS_NFTABLES);
	return h;
}

static void *put(struct nlmsghdr *h, int type, const void *data, int size)
{
	struct nlattr *a = (struct nlattr *)((char *)h + NLMSG_ALIGN(h->nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + size;
	memcpy((char *)a + NLA_HDRLEN, data, size);
	h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

#define MESSAGE(m) ((NFNL_SUBSYS_NFTABLES << 8) | (m))
#define END(h) ((char *)(h) + NLMSG_ALIGN((h)->nlmsg_len))

static void place(struct nlmsghdr *h)
{
	put(h, NFTA_RULE_TABLE, "filter", 7);
	put(h, NFTA_RULE_CHAIN, "INPUT", 6);
}

/* Sends what is in the buffer up to `end`, and takes what is answered. */
static void talk(char *end, const char *what)
{
	static char answer[1 << 16];
	struct nlmsghdr *h = (struct nlmsghdr *)answer;
	ssize_t size;

	if (send(fd, buffer, end - buffer, 0) < 0)
		fail(what);
	for (int flags = 0; (size = recv(fd, answer, sizeof(answer), flags)) > 0; flags = MSG_DONTWAIT) {
		if (h->nlmsg_type != NLMSG_ERROR)
			continue;
		errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
		if (errno)
			fail(what);
	}
}

static int read_expressions(void)
{
	struct nlmsghdr *h = begin(buffer, MESSAGE(NFT_MSG_GETRULE), NLM_F_DUMP, NFPROTO_IPV4);
	ssize_t size;
	char *at;
	int left;

	place(h);
	if (send(fd, buffer, END(h) - buffer, 0) < 0 || (size = recv(fd, buffer, sizeof(buffer), 0)) < 0)
		fail("read");
	if (h->nlmsg_type != MESSAGE(NFT_MSG_NEWRULE)) {
		fprintf(stderr, "no rule in INPUT\n");
		exit(1);
	}
	at = buffer + NLMSG_HDRLEN + sizeof(struct nfgenmsg);
	for (left = h->nlmsg_len - (at - buffer); left > 0;) {
		struct nlattr *a = (struct nlattr *)at;

		if ((a->nla_type & NLA_TYPE_MASK) == NFTA_RULE_EXPRESSIONS) {
			memcpy(expressions, at + NLA_HDRLEN, a->nla_len - NLA_HDRLEN);
			left = a->nla_len - NLA_HDRLEN;
			while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
				;
			return left;
		}
		at += NLA_ALIGN(a->nla_len);
		left -= NLA_ALIGN(a->nla_len);
	}
	exit(1);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 100;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	double total = 0;
	int size, i;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0 || bind(fd, (struct sockaddr *)&kernel, sizeof(kernel)) ||
	    connect(fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		fail("netlink");
	size = read_expressions();

	for (i = 0; i < count; i++) {
		struct nlmsghdr *h;
		struct {
			struct nlattr proto_head;
			__u32 proto;
			struct nlattr flags_head;
			__u32 flags;
		} compat = { { 8, NFTA_RULE_COMPAT_PROTO }, htonl(6), { 8, NFTA_RULE_COMPAT_FLAGS }, 0 };
		double start;

		if (i % 20 == 0) {
			h = begin(buffer, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC);
			h = begin(END(h), MESSAGE(NFT_MSG_DELRULE), NLM_F_ACK, NFPROTO_IPV4);
			place(h);
			h = begin(END(h), NFNL_MSG_BATCH_END, 0, AF_UNSPEC);
			talk(END(h), "flush");
		}
		start = used();
		h = begin(buffer, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC);
		h = begin(END(h), MESSAGE(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ECHO, NFPROTO_IPV4);
		place(h);
		put(h, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED, expressions, size);
		put(h, NFTA_RULE_COMPAT | NLA_F_NESTED, &compat, sizeof(compat));
		h = begin(END(h), NFNL_MSG_BATCH_END, 0, AF_UNSPEC);
		talk(END(h), "append");
		total += used() - start;
	}
	printf("%.2f\n", total / count);
	return 0;
}
