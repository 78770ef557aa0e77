#include "server/main_home.h"

#include "api/api.h"
#include "api/mqtt.h"
#include "api/supervisor_discovery.h"
#include "api/supervisor_mqtt.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/config.h"
#include "server/main_mdns.h"
#include "server/main_mqtt.h"
#include "server/mqtt_client.h"
#include "server/supervisor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HOST_NAME_SIZE = 65 };

struct main_home {
	struct main_home_options options;
	struct mdns *mdns;
	struct supervisor *supervisor;
	struct supervisor_mqtt *mqtt;
	struct supervisor_discovery *discovery;
};

static const char *token(void)
{
	const char *text = getenv("SUPERVISOR_TOKEN");

	return text && *text ? text : NULL;
}

static bool own_name(char out[HOST_NAME_SIZE])
{
	out[HOST_NAME_SIZE - 1] = '\0';
	return !gethostname(out, HOST_NAME_SIZE - 1) && *out;
}

void main_home_allow(struct config *config)
{
	char host[HOST_NAME_SIZE];

	if (token() && own_name(host))
		config_allow_host(config, host);
}

static void on_broker(void *owner, const struct found_broker *found)
{
	struct main_home *h = owner;
	const struct mqtt_options broker = { .host = found->host,
		.port = found->port,
		.user = *found->user ? found->user : NULL,
		.password = *found->password ? found->password : NULL,
		.tls = found->tls };
	struct err e;

	if (*h->options.mqtt)
		mqtt_front_move(*h->options.mqtt, &broker);
	else if (main_mqtt_start(h->options.mqtt, &broker, &h->options.config->mqtt, h->options.api,
			 &e) != OK)
		log_error("%s", e.text);
}

static void start_discovery(struct main_home *h)
{
	const struct config *c = h->options.config;
	char file[PATH_MAX], host[HOST_NAME_SIZE];
	const struct supervisor_discovery_options options = { .api = h->options.api,
		.supervisor = h->supervisor,
		.work = h->options.work,
		.file = file,
		.host = host,
		.port = h->options.place->port,
		.wanted = c->announce && h->options.place->outside };

	(void)snprintf(file, sizeof file, "%s/home-assistant.secret", c->data_dir);
	if (own_name(host))
		h->discovery = supervisor_discovery_new(&options);
}

static void start_app(struct main_home *h)
{
	struct err e;

	if (supervisor_new(&h->supervisor, h->options.loop, token(), &e) != OK) {
		log_error("%s", e.text);
		return;
	}
	if (h->options.config->mqtt.find)
		h->mqtt = supervisor_mqtt_new(h->options.loop, h->supervisor, on_broker, h);
	start_discovery(h);
}

struct main_home *main_home_new(const struct main_home_options *options)
{
	struct main_home *h = xcalloc(1, sizeof *h);

	h->options = *options;
	if (token())
		start_app(h);
	else
		h->mdns = main_mdns_new(
			options->loop, options->config, options->place, api_id(options->api));
	return h;
}

void main_home_free(struct main_home *h)
{
	if (!h)
		return;
	mdns_free(h->mdns);
	supervisor_free(h->supervisor);
	supervisor_mqtt_free(h->mqtt);
	supervisor_discovery_free(h->discovery);
	free(h);
}
