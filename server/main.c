/* main.c: the composition root. The only file that knows all parts; nothing includes it. */

#include "adapters/stream.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "api/api.h"
#include "api/cli/cli.h"
#include "api/mqtt.h"
#include "ota/engine.h"
#include "ota/library.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/config.h"
#include "server/http.h"
#include "server/loop.h"
#include "server/main_cloud.h"
#include "server/main_firmware.h"
#include "server/main_history.h"
#include "server/main_home.h"
#include "server/main_host.h"
#include "server/main_mqtt.h"
#include "server/main_policy.h"
#include "server/main_stick.h"
#include "server/process.h"
#include "server/worker.h"
#include "server/ws_hub.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

struct service {
	struct config *config;
	struct loop *loop;
	struct worker *net, *work;
	struct store *store;
	struct store_contents contents;
	struct library *library;
	struct main_firmware *firmware;
	struct main_cloud *cloud;
	struct engine *engine;
	struct api *api;
	struct main_host *host;
	struct mqtt_front *mqtt;
	struct ws_hub *hub;
	struct http_server *http;
	struct mdns_place place;
	struct main_home *home;
	struct stream_port *ports; /* one per adapter of the config */
	struct loop_watch *signals;
	struct main_history *history;
	int signal_fd;
	bool stopping;
};

static void path_in(const struct service *s, char out[PATH_SIZE], const char *name)
{
	(void)snprintf(out, PATH_SIZE, "%s/%s", s->config->data_dir, name);
}

static enum err_code open_store(struct service *s, struct err *e)
{
	char path[PATH_SIZE];
	enum err_code r = process_data_dir(s->config->data_dir, e);

	path_in(s, path, "lockwright.db");
	if (r == OK)
		r = store_open(&s->store, path, s->loop, e);
	if (r == OK)
		r = store_load(s->store, loop_wall(s->loop), &s->contents, e);
	return r;
}

static enum err_code open_library(struct service *s, struct err *e)
{
	char path[PATH_SIZE];

	path_in(s, path, "images");
	return library_new(
		&s->library, path, s->work, s->store, s->contents.images, s->contents.n_images, e);
}

static enum err_code add_adapter(
	struct service *s, const struct config_adapter *c, struct stream_port *port, struct err *e)
{
	struct adapter_store *store;
	struct adapter *adapter;
	enum err_code r = store_adapter_store(s->store, c->id, &store, e);

	if (r != OK)
		return r;
	if (!strcmp(c->type, "cloud"))
		r = main_cloud_adapter(&adapter, s->cloud, c, store, e);
	else
		adapter = main_stick_adapter(s->loop, s->net, c, port, store);
	if (r == OK)
		engine_add_adapter(s->engine, adapter);
	return r;
}

struct import {
	struct service *service;
	const char *adapter;
};

static void on_imported(void *owner, const struct imported_lock *lock)
{
	struct import *i = owner;

	engine_learn_lock(i->service->engine, i->adapter, lock->address, lock->name, &lock->facts);
}

static void import_owner(struct service *s, const struct config_adapter *c)
{
	struct import i = { s, c->id };
	struct err e = { 0 };

	if (c->zigbee2mqtt && zigbee2mqtt_import(c->zigbee2mqtt, on_imported, &i, &e) != OK)
		log_warn("adapter=%s learning locks from %s failed: %s", c->id, c->zigbee2mqtt,
			e.text);
}

static enum err_code add_adapters(struct service *s, struct err *e)
{
	s->ports = xcalloc(s->config->n_adapters, sizeof *s->ports);
	for (size_t i = 0; i < s->config->n_adapters; i++) {
		const struct config_adapter *c = &s->config->adapters[i];
		enum err_code r = add_adapter(s, c, &s->ports[i], e);

		if (r != OK)
			return err_prefix(e, "adapter %s: ", c->id);
	}
	return OK;
}

static enum err_code add_policy(struct service *s, size_t lock, struct err *e)
{
	struct policy policy;
	enum err_code r;

	if (!s->config->locks[lock].has_policy)
		return OK;
	r = main_lock_policy(&policy, s->config, lock, e);
	if (r == OK)
		engine_config_policy(s->engine, s->config->locks[lock].id, &policy);
	return r;
}

static enum err_code add_locks(struct service *s, struct err *e)
{
	for (size_t i = 0; i < s->config->n_locks; i++) {
		const struct config_lock *l = &s->config->locks[i];
		enum err_code r = engine_config_lock(
			s->engine, l->id, l->name ? l->name : l->id, l->adapter, l->address, e);

		if (r != OK)
			return err_prefix(e, "lock %s: ", l->id);
		r = add_policy(s, i, e);
		if (r != OK)
			return r;
	}
	for (size_t i = 0; i < s->config->n_adapters; i++)
		import_owner(s, &s->config->adapters[i]);
	return OK;
}

static enum err_code make_engine(struct service *s, struct err *e)
{
	struct engine_options options = {
		.loop = s->loop, .store = s->store, .library = s->library
	};
	enum err_code r = main_engine_options(&options, s->config, e);

	if (r != OK)
		return r;
	main_firmware_options(s->firmware, &options);
	s->engine = engine_new(&options, &s->contents);
	r = add_adapters(s, e);
	main_tell_ports(s->engine, s->config);
	if (r == OK)
		r = add_locks(s, e);
	return r;
}

static enum err_code listen_on_all(struct service *s, struct err *e)
{
	char path[PATH_SIZE];
	int fd;
	enum err_code r;

	path_in(s, path, "control.sock");
	r = http_listen_unix(&fd, path, e);
	if (r == OK)
		r = http_server_listen(s->http, fd, HTTP_CONTROL, e);
	if (r != OK)
		return r;
	r = http_listen_tcp(&fd, s->config->listen, e);
	if (r != OK)
		return err_prefix(e, "\"listen\" in the configuration, or LOCKWRIGHT_LISTEN: ");
	mdns_place_of(&s->place, fd);
	return http_server_listen(s->http, fd, HTTP_TCP, e);
}

static enum err_code open_front_door(struct service *s, struct err *e)
{
	struct api_options options = { .loop = s->loop,
		.engine = s->engine,
		.store = s->store,
		.library = s->library,
		.sources = main_firmware_sources(s->firmware),
		.auth_none = !strcmp(s->config->auth_mode, "none"),
		.loopback_only = config_listens_on_loopback(s->config),
		.allowed_hosts = (const char *const *)s->config->allowed_hosts,
		.n_allowed_hosts = s->config->n_allowed_hosts,
		.listen = s->config->listen,
		.ingress = getenv("SUPERVISOR_TOKEN") != NULL,
		.version = LOCKWRIGHT_VERSION,
		.last_event = s->contents.last_event };
	struct http_options http = { 0 };
	enum err_code r = api_new(&s->api, &options, e);

	if (r != OK)
		return r;
	s->hub = ws_hub_new(s->loop, api_ws_events(), s->api);
	api_set_hub(s->api, s->hub);
	api_http(s->api, &http);
	http.loop = s->loop;
	http.hub = s->hub;
	r = http_server_new(&s->http, &http, e);
	return r == OK ? listen_on_all(s, e) : r;
}

static void on_stopped(void *owner)
{
	struct service *s = owner;

	loop_stop(s->loop);
}

static void on_signal(void *owner, unsigned events)
{
	struct service *s = owner;
	struct signalfd_siginfo info;

	(void)events;
	if (read(s->signal_fd, &info, sizeof info) != (ssize_t)sizeof info || s->stopping)
		return;
	log_info("stopping on signal %u", info.ssi_signo);
	s->stopping = true;
	api_set_ready(s->api, false);
	engine_stop(s->engine, on_stopped, s);
}

static enum err_code watch_signals(struct service *s, struct err *e)
{
	enum err_code r = process_stop_fd(&s->signal_fd, e);

	if (r == OK)
		s->signals = loop_watch(s->loop, s->signal_fd, on_signal, s);
	return r;
}

static void start(struct service *s)
{
	const struct main_home_options home = { s->loop, s->work, s->config, s->api, &s->mqtt,
		&s->place };

	main_firmware_start(s->firmware, s->engine);
	engine_start(s->engine);
	s->host = main_host_new(s->loop, s->work, s->engine, s->config->data_dir);
	api_set_ready(s->api, true);
	s->history = main_history_new(s->loop, s->store, s->config);
	s->home = main_home_new(&home);
	log_info("lockwright %s listens on http://%s locks=%zu jobs=%zu images=%zu",
		LOCKWRIGHT_VERSION, s->config->listen, engine_lock_count(s->engine),
		engine_active_count(s->engine), library_count(s->library));
}

static enum err_code build(struct service *s, struct err *e)
{
	enum err_code r;

	s->loop = loop_new();
	s->net = worker_new(s->loop, "net", NULL);
	s->work = worker_new(s->loop, "work", NULL);
	s->cloud = main_cloud_new(s->config, s->loop, s->work);
	r = open_store(s, e);
	if (r == OK)
		r = open_library(s, e);
	if (r == OK)
		r = main_firmware_new(&s->firmware, s->config, s->loop, s->work, s->library, e);
	if (r == OK)
		r = make_engine(s, e);
	if (r == OK)
		r = open_front_door(s, e);
	if (r == OK)
		r = main_mqtt_open(&s->mqtt, &s->config->mqtt, s->api, e);
	if (r == OK)
		r = watch_signals(s, e);
	return r;
}

static void tear_down(struct service *s)
{
	if (s->signals)
		loop_unwatch(s->signals);
	if (s->signal_fd > 0)
		close(s->signal_fd);
	main_home_free(s->home);
	mqtt_front_free(s->mqtt);
	api_stop(s->api);
	http_server_stop(s->http);
	ws_hub_free(s->hub);
	main_firmware_stop(s->firmware);
	worker_free(s->work);
	worker_leave(s->net); /* a resolver that hangs keeps nobody from stopping */
	main_host_free(s->host);
	api_free(s->api);
	engine_free(s->engine);
	main_cloud_free(s->cloud);
	library_free(s->library);
	store_close(s->store);
	main_history_free(s->history); /* after the store's last answer to it */
	main_firmware_free(s->firmware);
	store_contents_done(&s->contents);
	loop_free(s->loop);
	free(s->ports);
	config_free(s->config);
}

static int serve(const char *config)
{
	struct service s = { .signal_fd = -1 };
	struct err e = { 0 };
	int status = 1;

	if (config_load(&s.config, config, &e) != OK) {
		log_error("%s", e.text);
		return 2;
	}
	log_set_level(main_log_level(s.config->log_level));
	process_prepare();
	main_home_allow(s.config);
	if (build(&s, &e) == OK) {
		start(&s);
		status = loop_run(s.loop);
		log_info("stopped");
	} else {
		log_error("%s", e.text);
	}
	tear_down(&s);
	return status;
}

static int serve_command(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 } };
	const char *config = NULL;
	int o;

	while ((o = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (o != 'c')
			return 2;
		config = optarg;
	}
	if (optind < argc) {
		(void)fprintf(stderr, "lockwright serve: what is \"%s\"?\n", argv[optind]);
		return 2;
	}
	return serve(config);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "serve"))
		return serve_command(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "cloud"))
		return main_cloud_command(argc - 1, argv + 1);
	return cli_main(argc, argv);
}
