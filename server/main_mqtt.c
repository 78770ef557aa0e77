#include "server/main_mqtt.h"

#include "api/mqtt.h"
#include "server/config.h"
#include "server/mqtt_client.h"

enum err_code main_mqtt_open(
	struct mqtt_front **out, const struct config_mqtt *config, struct api *api, struct err *e)
{
	const struct mqtt_options broker = { .host = config->host,
		.port = (uint16_t)config->port,
		.user = config->user,
		.password = config->password,
		.tls = config->tls,
		.ca_file = config->ca_file,
		.certificate = config->certificate,
		.key = config->key };

	return config->host ? main_mqtt_start(out, &broker, config, api, e) : OK;
}

enum err_code main_mqtt_start(struct mqtt_front **out, const struct mqtt_options *broker,
	const struct config_mqtt *config, struct api *api, struct err *e)
{
	const struct mqtt_front_options options = { .api = api,
		.broker = broker,
		.base = config->topic,
		.prefix = config->discovery_prefix,
		.page_url = config->page_url };

	return mqtt_front_new(out, &options, e);
}
