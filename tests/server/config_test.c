#include "server/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_WITH(policy)                                                                          \
	"{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/dev/x\"}],"                     \
	"\"locks\":[{\"id\":\"d\",\"adapter\":\"a\",\"address\":\"0x0000000000000001\","           \
	"\"policy\":{" policy "}}]}"

struct row {
	char json[220];
	char want[160]; /* the whole error text */
};

ParameterizedTestParameters(config, refuses_with_path_and_remedy)
{
	static struct row rows[] = {
		{ "{\"listn\":\"x\"}", "listn: is not known; did you mean \"listen\"?" },
		{ "{\"listen\":8099}", "listen: must be a text" },
		{ "{\"listen\":\"8099\"}", "listen: must be address:port, for example "
					   "\"127.0.0.1:8099\" or \"[::1]:8099\"" },
		{ "{\"log_level\":\"loud\"}",
			"log_level: must be one of \"error\", \"warn\", \"info\", \"debug\"" },
		{ "{\"history_days\":0}", "history_days: must be a whole number from 1 to 3650" },
		{ "{\"history_mb\":1}", "history_mb: must be a whole number from 16 to 65536" },
		{ "{\"history_days\":\"many\"}",
			"history_days: must be a whole number from 1 to 3650" },
		{ "{\"adapters\":{}}", "adapters: must be a list" },
		{ "{\"adapters\":[{\"id\":\"a\"}]}", "adapters[0].type: is missing" },
		{ "{\"adapters\":[{\"id\":\"A b\",\"type\":\"znp\",\"port\":\"/dev/x\"}]}",
			"adapters[0].id: must be 1 to 63 of a-z, 0-9 and -, for example "
			"\"front-door\"" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"ttyUSB0\"}]}",
			"adapters[0].port: must be a device path (\"/dev/serial/by-id/…\") or "
			"\"tcp://host:port\"" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/d\",\"baud\":1}]}",
			"adapters[0].baud: must be a whole number from 1200 to 3000000" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"ezps\",\"port\":\"/d\"}]}",
			"adapters[0].type: must be one of \"znp\", \"ezsp\", \"cloud\"" },
		{ "{\"clouds\":[{\"id\":\"a\",\"profile\":\"nuki\",\"secrets\":[\"hush\"]}]}",
			"clouds[0].secrets[0]: must be like name=value" },
		{ "{\"clouds\":[{\"id\":\"a\",\"profile\":\"nuki\",\"secrets\":[\"=hush\"]}]}",
			"clouds[0].secrets[0]: must be like name=value" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/d\"}],"
		  "\"clouds\":[{\"id\":\"a\",\"profile\":\"nuki\"}]}",
			"clouds[0].id: \"a\" is used twice" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\"}]}",
			"adapters[0].profile: is missing" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\",\"profile\":\"tuya\","
		  "\"port\":\"/d\"}]}",
			"adapters[0].port: is not known; did you mean \"profile\"?" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\",\"profile\":\"tuya\","
		  "\"origin\":\"https://x.example\"}]}",
			"adapters[0].origin: only for the profile \"generic\"; others have their "
			"own" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\",\"profile\":\"generic\"}]}",
			"adapters[0].origin: is missing: where the vendor's cloud is, "
			"\"https://…\"" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\",\"profile\":\"nuki\","
		  "\"allow_private\":[\"10.0.0.0/8\"]}]}",
			"adapters[0].allow_private: only for \"generic\" or a profile of your "
			"own" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\",\"profile\":\"nuki\","
		  "\"secrets\":{\"api_token\":7}}]}",
			"adapters[0].secrets.api_token: must be a text" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\",\"profile\":\"nuki\"}],"
		  "\"locks\":[{\"id\":\"d\",\"adapter\":\"a\",\"address\":\"a b\"}]}",
			"locks[0].address: must be the lock's id in the cloud" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"cloud\",\"profile\":\"nuki\"}],"
		  "\"locks\":[{\"id\":\"d\",\"adapter\":\"a\",\"address\":\"1\","
		  "\"policy\":{\"pinned_version\":\"1.2.3.4\"}}]}",
			"locks[0].policy: a vendor's versions are pinned and skipped through the "
			"API" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"ezsp\",\"port\":\"/d\",\"flow\":"
		  "\"hardware\"}]}",
			"adapters[0].flow: must be one of \"none\", \"rtscts\", \"xonxoff\"" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"ezsp\",\"port\":\"/d\",\"baud\":9600}]}",
			"adapters[0].baud: must be at least 38400 for \"ezsp\" (usual: 115200, "
			"57600, "
			"230400, 460800)" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/d\",\"network\":"
		  "{\"channel\":5}}]}",
			"adapters[0].network.channel: must be a whole number from 11 to 26" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/d\"},"
		  "{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/d\"}]}",
			"adapters[1].id: \"a\" is used twice" },
		{ "{\"locks\":[{\"id\":\"d\",\"adapter\":\"a\",\"address\":"
		  "\"0x00124b0012345678\"}]}",
			"locks[0].adapter: there is no adapter \"a\"" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/d\"}],"
		  "\"locks\":[{\"id\":\"d\",\"adapter\":\"a\",\"address\":\"0x12\"}]}",
			"locks[0].address: must be 0x and 16 hex digits" },
		{ "{\"auth\":{\"mode\":\"none\"},\"listen\":\"0.0.0.0:8099\"}",
			"auth.mode: \"none\" is allowed only while listen is a loopback address; "
			"use \"token\" or listen on 127.0.0.1" },
		{ "{\"listen\":\"a:1\",\"listen\":\"b:1\"}",
			"line 1, column 24: duplicate object key near '\"listen\"'" },
		{ "{\"mqtt\":{}}", "mqtt.host: is missing" },
		{ "{\"mqtt\":{\"host\":\"h\",\"prot\":1}}",
			"mqtt.prot: is not known; did you mean \"port\"?" },
		{ "{\"mqtt\":{\"host\":\"h\",\"topic\":\"a/#\"}}",
			"mqtt.topic: may have letters, digits, _, - and / between them" },
		{ "{\"mqtt\":{\"host\":\"h\",\"discovery_prefix\":\"/a\"}}",
			"mqtt.discovery_prefix: may have letters, digits, _, - and / between "
			"them" },
		{ "{\"mqtt\":{\"host\":\"h\",\"password\":\"p\"}}",
			"mqtt.user: is missing, but there is a password" },
		{ "{\"mqtt\":{\"host\":\"h\",\"user\":\"u\",\"password\":\"p\","
		  "\"password_file\":\"f\"}}",
			"mqtt.password_file: not together with mqtt.password" },
		{ "{\"mqtt\":{\"host\":\"h\",\"ca_file\":\"f\"}}",
			"mqtt.tls: must be true with certificates" },
		{ "{\"mqtt\":{\"host\":\"h\",\"tls\":true,\"key\":\"f\"}}",
			"mqtt.certificate and mqtt.key go together" },
		{ "{\"mqtt\":{\"host\":\"h\",\"page_url\":\"ftp://page\"}}",
			"mqtt.page_url: starts with http:// or https://" },
		{ "{\"policy\":{\"auto_update\":\"always\"}}",
			"policy.auto_update: must be one of \"off\", \"notify\", \"window\"" },
		{ "{\"policy\":{\"window_days\":[\"monday\"]}}",
			"policy.window_days[0]: must be one of \"mon\", \"tue\", \"wed\", \"thu\", "
			"\"fri\", \"sat\", \"sun\"" },
		{ "{\"policy\":{\"wifi_channels\":[6,36]}}",
			"policy.wifi_channels[1]: must be a whole number from 1 to 14" },
		{ "{\"policy\":{\"transfers\":0}}",
			"policy.transfers: must be a whole number from 1 to 8" },
		{ "{\"policy\":{\"min_battery_voltage\":4.65}}",
			"policy.min_battery_voltage: must be a number from 1 to 25 with one "
			"decimal at most" },
		{ "{\"policy\":{\"min_battery_voltage\":\"4.6\"}}",
			"policy.min_battery_voltage: must be a number from 1 to 25 with one "
			"decimal at most" },
		{ "{\"policy\":{\"priority\":1}}",
			"policy.priority: is not known; did you mean \"auto_update\"?" },
		{ "{\"adapters\":[{\"id\":\"a\",\"type\":\"znp\",\"port\":\"/dev/x\","
		  "\"transfers\":9}]}",
			"adapters[0].transfers: must be a whole number from 1 to 8" },
		{ LOCK_WITH("\"window_days\":[\"x\"]"),
			"locks[0].policy.window_days[0]: must be one of \"mon\", \"tue\", \"wed\", "
			"\"thu\", \"fri\", \"sat\", \"sun\"" },
		{ LOCK_WITH("\"transfers\":2"),
			"locks[0].policy.transfers: is not known; did you mean \"time_zone\"?" },
		{ LOCK_WITH("\"priority\":-11"),
			"locks[0].policy.priority: must be a whole number from -10 to 10" },
		{ "{\"firmware\":{\"retractions\":[7]}}",
			"firmware.retractions[0]: must be a text" },
		{ "{\"firmware\":{\"urls\":[\"http://a/b.ota\"]}}",
			"firmware.urls[0]: must begin with https://" },
		{ "{\"firmware\":{\"urls\":[{\"url\":\"https://a/b\",\"sha256\":\"AB\"}]}}",
			"firmware.urls[0].sha256: must be 64 hex digits in lower case" },
		{ "{\"firmware\":{\"urls\":[{\"sha256\":\"\"}]}}",
			"firmware.urls[0].url: is missing" },
		{ "{\"firmware\":{\"urls\":[\"https://a/b\",{\"url\":\"https://a/b\"}]}}",
			"firmware.urls[1]: is already firmware.urls[0]" },
		{ "[]", "the file: must be an object" },
		{ "{", "line 1, column 1: string or '}' expected near end of file" },
	};
	return cr_make_param_array(struct row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(struct row *row, config, refuses_with_path_and_remedy)
{
	struct config *c = NULL;
	struct err e = { 0 };

	cr_assert(ne(int, config_parse(&c, row->json, NULL, &e), OK), "%s", row->json);
	cr_assert(eq(str, e.text, row->want));
	cr_assert(eq(ptr, c, NULL));
}

Test(config, reads_policies_of_locks_and_adapters)
{
	struct config *c = NULL;
	struct err e;

	cr_assert(eq(int,
		config_parse(&c,
			LOCK_WITH("\"auto_update\":\"window\",\"window\":\"02:00-05:00\","
				  "\"min_battery_voltage\":4.7,\"pinned_version\":\"17.7.0.0\","
				  "\"priority\":-3"),
			NULL, &e),
		OK));
	cr_assert(c->locks[0].has_policy);
	cr_assert(eq(str, c->locks[0].policy.auto_update, "window"));
	cr_assert(eq(str, c->locks[0].policy.pinned_version, "17.7.0.0"));
	cr_assert(eq(u32, c->locks[0].policy.min_battery_decivolt, 47));
	cr_assert(eq(i32, c->locks[0].policy.priority, -3));
	cr_assert(eq(u32, c->adapters[0].transfers, 0));
	config_free(c);
}

Test(config, defaults_are_those_of_the_documentation)
{
	struct config *c = NULL;
	struct err e;

	cr_assert(eq(int, config_parse(&c, "{}", NULL, &e), OK));
	cr_assert(eq(str, c->listen, "127.0.0.1:8099"));
	cr_assert(eq(str, c->data_dir, "/var/lib/lockwright"));
	cr_assert(eq(str, c->auth_mode, "token"));
	cr_assert(eq(u32, c->give_up_after_s, 604800));
	cr_assert(c->announce);
	cr_assert(config_listens_on_loopback(c));
	cr_assert(eq(u32, c->policy.transfers, 2));
	cr_assert(eq(ptr, c->policy.window, NULL));
	config_free(c);
}

Test(config, reads_adapters_and_locks)
{
	static const char json[] =
		"{\"adapters\":[{\"id\":\"stick\",\"type\":\"znp\",\"port\":\"tcp://host:6638\","
		"\"network\":{\"pan_id\":\"0x1a62\",\"channel\":15,\"ext_pan_id\":"
		"\"0xA2BA38A8B5E683A0\"}}],"
		"\"locks\":[{\"id\":\"front-door\",\"adapter\":\"stick\","
		"\"address\":\"0x00124B0012345678\"}],\"firmware\":{\"folders\":[\"fw\"]}}";
	struct config *c = NULL;
	struct err e = { 0 };

	cr_assert(eq(int, config_parse(&c, json, NULL, &e), OK), "%s", e.text);
	cr_assert(eq(u32, c->adapters[0].baud, 115200));
	cr_assert(eq(str, c->adapters[0].flow, "none"));
	cr_assert(eq(u16, c->adapters[0].network.pan_id, 0x1a62));
	cr_assert(eq(str, c->adapters[0].network.ext_pan_id, "a2ba38a8b5e683a0"));
	cr_assert(eq(str, c->locks[0].address, "0x00124b0012345678"));
	cr_assert(eq(str, c->firmware.folders[0], "fw"));
	config_free(c);
}

Test(config, reads_accounts_in_a_list_of_their_own_with_listed_secrets)
{
	struct config *c = NULL;
	struct err e;

	cr_assert(eq(int,
			  config_parse(&c,
				  "{\"adapters\":[{\"id\":\"stick\",\"type\":\"znp\",\"port\":\"/"
				  "d\"}],"
				  "\"clouds\":[{\"id\":\"home\",\"profile\":\"nuki\","
				  "\"secrets\":[\"api_token=a=b\",\"webhook_secret=\"]}]}",
				  NULL, &e),
			  OK),
		"%s", e.text);
	cr_assert(eq(sz, c->n_adapters, 2));
	cr_assert(eq(str, c->adapters[0].type, "znp"));
	cr_assert(eq(str, c->adapters[1].type, "cloud"));
	cr_assert(eq(str, c->adapters[1].id, "home"));
	cr_assert(eq(sz, c->adapters[1].cloud.n_secrets, 2));
	cr_assert(eq(str, c->adapters[1].cloud.secrets[0].name, "api_token"));
	cr_assert(eq(str, c->adapters[1].cloud.secrets[0].value, "a=b"));
	cr_assert(eq(str, c->adapters[1].cloud.secrets[1].value, ""));
	config_free(c);
}

/* As many as the engine takes, and no more. */
static enum err_code parse_locks(unsigned count)
{
	static char json[200000];
	size_t n = (size_t)snprintf(json, sizeof json,
		"{\"adapters\":[{\"id\":\"s\",\"type\":\"znp\",\"port\":\"/dev/s\"}],\"locks\":[");
	struct config *c = NULL;
	struct err e = { 0 };
	enum err_code code;

	for (unsigned i = 0; i < count; i++)
		n += (size_t)snprintf(json + n, sizeof json - n,
			"%s{\"id\":\"l%u\",\"adapter\":\"s\",\"address\":\"0x%016x\"}",
			i ? "," : "", i, i + 1);
	(void)snprintf(json + n, sizeof json - n, "]}");
	code = config_parse(&c, json, NULL, &e);
	if (code == OK)
		cr_assert(eq(sz, c->n_locks, count));
	config_free(c);
	return code;
}

Test(config, takes_as_many_locks_as_the_engine)
{
	cr_assert(eq(int, parse_locks(1024), OK));
	cr_assert(ne(int, parse_locks(1025), OK));
}

Test(config, reads_accounts_at_clouds_and_their_locks)
{
	static const char json[] =
		"{\"adapters\":[{\"id\":\"home\",\"type\":\"cloud\",\"profile\":\"./own.json\","
		"\"region\":\"eu\",\"credentials\":\"own-secrets.json\",\"ca_file\":\"ca.pem\","
		"\"allow_private\":[\"192.168.1.20/32\"],\"secrets\":{\"key\":\"k\"}}],"
		"\"locks\":[{\"id\":\"d\",\"adapter\":\"home\",\"address\":\"lumi.54EF\"}]}";
	struct config *c = NULL;
	struct err e = { 0 };

	cr_assert(eq(int, config_parse(&c, json, NULL, &e), OK), "%s", e.text);
	cr_assert(eq(str, c->adapters[0].type, "cloud"));
	cr_assert(eq(str, c->adapters[0].cloud.region, "eu"));
	cr_assert(eq(str, c->adapters[0].cloud.credentials, "own-secrets.json"));
	cr_assert(eq(str, c->adapters[0].cloud.allow_private[0], "192.168.1.20/32"));
	cr_assert(eq(str, c->adapters[0].cloud.secrets[0].value, "k"));
	cr_assert(eq(str, c->locks[0].address, "lumi.54EF")); /* as it is: ids have large letters */
	config_free(c);
}

Test(config, an_ezsp_stick_has_its_speed_and_flow_control)
{
	static const unsigned rates[] = { 57600, 115200, 230400, 460800 };
	static const char *const flows[] = { "none", "rtscts", "xonxoff" };

	for (size_t i = 0; i < 12; i++) {
		struct config *c = NULL;
		struct err e = { 0 };
		char json[160];

		(void)snprintf(json, sizeof json,
			"{\"adapters\":[{\"id\":\"blue\",\"type\":\"ezsp\",\"port\":\"/dev/x\","
			"\"baud\":%u,\"flow\":\"%s\"}]}",
			rates[i % 4], flows[i / 4]);
		cr_assert(eq(int, config_parse(&c, json, NULL, &e), OK), "%s", e.text);
		cr_assert(eq(str, c->adapters[0].type, "ezsp"));
		cr_assert(eq(u32, c->adapters[0].baud, rates[i % 4]));
		cr_assert(eq(str, c->adapters[0].flow, (char *)flows[i / 4]));
		config_free(c);
	}
}

Test(config, the_environment_overrides_scalars)
{
	static const char *const env[] = { "HOME=/x", "LOCKWRIGHT_LISTEN=0.0.0.0:8099",
		"LOCKWRIGHT_HISTORY_DAYS=7", NULL };
	static const char *const bad[] = { "LOCKWRIGHT_HISTORY_DAYS=x", NULL };
	struct config *c = NULL;
	struct err e = { 0 };

	cr_assert(eq(int, config_parse(&c, "{\"history_days\":30}", env, &e), OK), "%s", e.text);
	cr_assert(eq(str, c->listen, "0.0.0.0:8099"));
	cr_assert(eq(u32, c->history_days, 7));
	config_free(c);
	c = NULL;
	cr_assert(eq(int, config_parse(&c, "{}", bad, &e), ERR_INVALID));
	cr_assert(
		eq(str, e.text, "LOCKWRIGHT_HISTORY_DAYS: must be a whole number from 1 to 3650"));
}

Test(config, a_missing_file_is_named)
{
	struct config *c = NULL;
	struct err e = { 0 };

	cr_assert(eq(int, config_load(&c, "/nonexistent/x.json", &e), ERR_IO));
	cr_assert(eq(str, e.text, "/nonexistent/x.json: No such file or directory"));
}

static struct config *parsed(const char *json, const char *const *environ_list)
{
	struct config *config = NULL;
	struct err e = { 0 };

	cr_assert(config_parse(&config, json, environ_list, &e) == OK, "%s", e.text);
	return config;
}

Test(config, mqtt_has_defaults_and_the_port_follows_tls)
{
	AUTO(config_free) struct config *plain = parsed("{\"mqtt\":{\"host\":\"h\"}}", NULL);
	AUTO(config_free)
	struct config *tls = parsed("{\"mqtt\":{\"host\":\"h\",\"tls\":true}}", NULL);
	AUTO(config_free) struct config *none = parsed("{}", NULL);

	cr_expect(eq(u32, plain->mqtt.port, 1883));
	cr_expect(eq(str, plain->mqtt.topic, "lockwright"));
	cr_expect(eq(str, plain->mqtt.discovery_prefix, "homeassistant"));
	cr_expect(eq(u32, tls->mqtt.port, 8883));
	cr_expect(none->mqtt.host == NULL);
}

Test(config, mqtt_can_be_switched_off)
{
	static const char *const ways[] = { "{\"mqtt\":\"off\"}", "{\"mqtt\":false}",
		"{\"mqtt\":{\"enabled\":false}}",
		"{\"mqtt\":{\"enabled\":false,\"host\":\"h\",\"user\":\"u\"}}" };
	static const char *const app[] = { "SUPERVISOR_TOKEN=t", NULL };

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		AUTO(config_free) struct config *c = parsed(ways[i], app);

		cr_expect(c->mqtt.host == NULL && !c->mqtt.find, "%s", ways[i]);
	}
}

Test(config, an_app_finds_the_broker_that_is_not_named)
{
	static const char *const app[] = { "SUPERVISOR_TOKEN=t", NULL };
	static const char *const no_app[] = { "SUPERVISOR_TOKEN=", NULL };
	AUTO(config_free) struct config *nothing = parsed("{}", app);
	AUTO(config_free)
	struct config *topic = parsed("{\"mqtt\":{\"topic\":\"locks\"}}", app);
	AUTO(config_free) struct config *named = parsed("{\"mqtt\":{\"host\":\"h\"}}", app);
	AUTO(config_free) struct config *outside = parsed("{}", no_app);
	struct config *wrong = NULL;
	struct err e;

	cr_expect(nothing->mqtt.find && topic->mqtt.find);
	cr_expect(eq(str, topic->mqtt.topic, "locks"));
	cr_expect(not(named->mqtt.find));
	cr_expect(not(outside->mqtt.find));
	cr_expect(
		eq(int, config_parse(&wrong, "{\"mqtt\":{\"user\":\"u\"}}", app, &e), ERR_INVALID));
	cr_expect(eq(
		str, e.text, "mqtt.host: is missing; port, user, password and tls belong to it"));
}

Test(config, mqtt_can_come_from_the_environment_alone)
{
	static const char *const environ_list[] = { "LOCKWRIGHT_MQTT_HOST=core-mosquitto",
		"LOCKWRIGHT_MQTT_USER=u", "LOCKWRIGHT_MQTT_PASSWORD=p", "LOCKWRIGHT_MQTT_PORT=1884",
		NULL };
	AUTO(config_free) struct config *c = parsed("{}", environ_list);

	cr_expect(eq(str, c->mqtt.host, "core-mosquitto"));
	cr_expect(eq(str, c->mqtt.password, "p"));
	cr_expect(eq(u32, c->mqtt.port, 1884));
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fputs(text, f) >= 0 && !fclose(f) && !chmod(path, mode));
}

Test(config, the_password_file_must_be_private)
{
	char path[] = "/tmp/lockwright-XXXXXX", json[160];
	struct config *c = NULL;
	struct err e;

	cr_assert(mkstemp(path) >= 0);
	(void)snprintf(json, sizeof json,
		"{\"mqtt\":{\"host\":\"h\",\"user\":\"u\",\"password_file\":\"%s\"}}", path);
	write_file(path, "secret word\n", 0600);
	c = parsed(json, NULL);
	cr_expect(eq(str, c->mqtt.password, "secret word"));
	config_free(c);
	write_file(path, "secret word\n", 0640);
	cr_expect(config_parse(&c, json, NULL, &e) != OK);
	cr_expect(strstr(e.text, "others can read it: chmod 600") != NULL);
	write_file(path, "\n", 0600);
	cr_expect(config_parse(&c, json, NULL, &e) != OK);
	cr_expect(strstr(e.text, "must hold the password") != NULL);
	(void)unlink(path);
}
