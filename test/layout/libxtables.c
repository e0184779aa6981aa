/*
 * Prints what every extension of iptables registers with libxtables, each revision of it:
 *
 *   match|target FAMILY NAME KERNELNAME REVISION SIZE USERSPACESIZE
 *   option NAME ARGUMENTS [invert]       for each of its options
 *
 * The plugins are loaded as iptables loads them; their calls of xtables_register_… come here.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <xtables.h>

static void options(const struct xt_option_entry *new, const struct option *old)
{
	for (; new && new->name; new++)
		printf("option %s %d%s\n", new->name, new->type != XTTYPE_NONE, new->flags & XTOPT_INVERT ? " invert" : "");
	for (; old && old->name; old++)
		printf("option %s %d\n", old->name, old->has_arg);
}

static void say(const char *kind, int family, const char *name, const char *real_name, int revision, size_t size, size_t userspace)
{
	printf("%s %d %s %s %d %zu %zu\n", kind, family, name, real_name ? real_name : name, revision, size, userspace);
}

void xtables_register_match(struct xtables_match *m)
{
	say("match", m->family, m->name, m->real_name, m->revision, m->size, m->userspacesize);
	options(m->x6_options, m->extra_opts);
}

void xtables_register_matches(struct xtables_match *m, unsigned int n)
{
	while (n-- > 0)
		xtables_register_match(m++);
}

void xtables_register_target(struct xtables_target *t)
{
	say("target", t->family, t->name, t->real_name, t->revision, t->size, t->userspacesize);
	options(t->x6_options, t->extra_opts);
}

void xtables_register_targets(struct xtables_target *t, unsigned int n)
{
	while (n-- > 0)
		xtables_register_target(t++);
}

int main(int argc, char **argv)
{
	static struct xtables_globals globals = { .program_name = "libxtables", .program_version = "1" };
	struct dirent *entry;
	DIR *folder;

	if (argc != 2 || xtables_init_all(&globals, NFPROTO_IPV4) < 0 || !(folder = opendir(argv[1])))
		return 2;
	while ((entry = readdir(folder))) {
		char path[4096];

		if (strncmp(entry->d_name, "libxt_", 6) && strncmp(entry->d_name, "libipt_", 7) && strncmp(entry->d_name, "libip6t_", 8))
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (!dlopen(path, RTLD_NOW)) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
	}
	return 0;
}
