/* lockwright cloud …: what concerns accounts at clouds and needs no running service. */
#include "adapters/adapter.h"
#include "adapters/adapter_store.h"
#include "adapters/cloud/profile.h"
#include "adapters/cloud/secrets.h"
#include "server/base/log.h"
#include "server/config.h"
#include "server/loop.h"
#include "server/main_cloud.h"
#include "server/main_cloud_login.h"
#include "server/worker.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 60000 };

static int usage(void)
{
	(void)fputs(
		"usage: lockwright cloud profiles [NAME]              what is shipped; one as "
		"text\n"
		"       lockwright cloud check-profile FILE           is it a profile?\n"
		"       lockwright cloud locks ADAPTER --config FILE   the locks of an account\n"
		"       lockwright cloud login ADAPTER --config FILE   log in, where a person "
		"must\n",
		stderr);
	return 2;
}

static int complain(const struct err *e)
{
	(void)fprintf(stderr, "lockwright cloud: %s\n", e->text);
	return 1;
}

static const char *what_it_does(const struct profile *p)
{
	if (p->can_trigger)
		return "starts updates";
	if (p->can_check)
		return "tells what is offered";
	return p->reports_version ? "tells the version" : "tells state only";
}

static int print_profile(const struct profile *p)
{
	(void)printf("%-10s %-22s regions:", p->id, what_it_does(p));
	for (size_t i = 0; i < p->n_regions; i++)
		(void)printf(" %s", p->regions[i].name);
	(void)printf("  credentials:");
	for (size_t i = 0; i < p->n_secrets; i++)
		(void)printf(" %s", p->secrets[i]);
	(void)puts("");
	return 0;
}

static int profiles(int argc, char **argv)
{
	for (size_t i = 0; profile_shipped_name(i); i++) {
		AUTO(profile_free) struct profile *p = NULL;
		struct span text = profile_shipped_text(i);
		struct err e;

		if (argc > 1 && strcmp(argv[1], profile_shipped_name(i)) != 0)
			continue;
		if (argc > 1)
			return fwrite(text.data, 1, text.size, stdout) == text.size ? 0 : 1;
		if (profile_open(&p, profile_shipped_name(i), &e) != OK)
			return complain(&e);
		(void)print_profile(p);
	}
	if (argc <= 1)
		return 0;
	(void)fprintf(stderr, "lockwright cloud: there is no profile \"%s\"\n", argv[1]);
	return 1;
}

static int check_profile(int argc, char **argv)
{
	AUTO(profile_free) struct profile *p = NULL;
	char path[4096];
	struct err e;

	if (argc != 2)
		return usage();
	(void)snprintf(path, sizeof path, "%s%s", strchr(argv[1], '/') ? "" : "./", argv[1]);
	if (profile_open(&p, path, &e) != OK)
		return complain(&e);
	return print_profile(p);
}

struct listing {
	struct loop *loop;
	bool heard, stopping;
	int status;
};

static void on_stopped(void *owner)
{
	struct listing *l = owner;

	loop_stop(l->loop);
}

static void leave(struct listing *l, struct adapter *a, int status)
{
	if (l->stopping)
		return;
	l->stopping = true;
	l->status = status;
	a->ops->stop(a, on_stopped, l);
}

static void on_state(
	void *owner, struct adapter *from, enum adapter_state state, const struct err *why)
{
	struct listing *l = owner;

	if (state == ADAPTER_UP)
		leave(l, from, 0);
	else if (state == ADAPTER_STARTING && why)
		leave(l, from, complain(why));
}

static void on_seen(void *owner, struct adapter *from, const struct lock_seen *seen)
{
	const struct lock_facts *f = &seen->facts;

	(void)owner;
	(void)from;
	(void)printf("%-24s %-8s %-24s %s\n", seen->address,
		!(f->known & FACT_ONLINE) ? "-"
		: f->online               ? "online"
					  : "offline",
		f->known & FACT_MODEL ? f->model : "-", seen->name ? seen->name : "");
}

static const struct adapter_events events = { .state = on_state, .seen = on_seen };

static const char *no_value(struct adapter_store *store, const char *key)
{
	(void)store;
	(void)key;
	return NULL;
}

static void keep_nothing(struct adapter_store *store, const char *key, const char *value)
{
	(void)store;
	(void)key;
	(void)value;
}

static void on_late(void *owner)
{
	struct listing *l = owner;

	(void)fputs("lockwright cloud: no answer in a minute\n", stderr);
	l->status = 1;
	loop_stop(l->loop);
}

static int list_locks(const struct config *config, const struct config_adapter *entry)
{
	struct adapter_store store = { no_value, keep_nothing };
	struct loop *loop = loop_new();
	struct worker *work = worker_new(loop, "work", NULL);
	struct main_cloud *cloud = main_cloud_new(config, loop, work);
	struct listing l = { .loop = loop, .status = 1 };
	struct loop_timer *late = loop_timer_new(loop, on_late, &l);
	struct adapter *a = NULL;
	struct err e = { 0 };

	if (main_cloud_adapter(&a, cloud, entry, &store, &e) == OK) {
		a->to = &events;
		a->owner = &l;
		loop_timer_set(late, loop_now(loop) + PATIENCE_MS);
		if (a->ops->start(a, &e) == OK)
			(void)loop_run(loop);
	}
	if (e.code != OK)
		(void)complain(&e);
	loop_timer_free(late);
	worker_free(work);
	if (a)
		a->ops->free(a);
	main_cloud_free(cloud);
	loop_free(loop);
	return l.status;
}

static const struct config_adapter *find(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->n_adapters; i++)
		if (!strcmp(config->adapters[i].id, id) &&
			!strcmp(config->adapters[i].type, "cloud"))
			return &config->adapters[i];
	(void)fprintf(stderr, "lockwright cloud: the configuration has no cloud \"%s\"\n", id);
	return NULL;
}

static int with_account(int argc, char **argv,
	int (*run)(const struct config *config, const struct config_adapter *entry))
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 } };
	AUTO(config_free) struct config *config = NULL;
	const struct config_adapter *entry;
	const char *path = NULL;
	struct err e;
	int o;

	while ((o = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (o != 'c')
			return usage();
		path = optarg;
	}
	if (optind + 1 != argc)
		return usage();
	if (config_load(&config, path, &e) != OK)
		return complain(&e);
	entry = find(config, argv[optind]);
	return entry ? run(config, entry) : 1;
}

int main_cloud_command(int argc, char **argv)
{
	log_set_level(LOG_LEVEL_WARN);
	if (argc < 2)
		return usage();
	if (!strcmp(argv[1], "profiles"))
		return profiles(argc - 1, argv + 1);
	if (!strcmp(argv[1], "check-profile"))
		return check_profile(argc - 1, argv + 1);
	if (!strcmp(argv[1], "locks"))
		return with_account(argc - 1, argv + 1, list_locks);
	if (!strcmp(argv[1], "login"))
		return with_account(argc - 1, argv + 1, main_cloud_login);
	return usage();
}
