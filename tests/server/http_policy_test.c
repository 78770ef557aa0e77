#include "server/http_policy.h"

#include "server/http_host.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool allowed(const char *url)
{
	struct http_url out;
	struct err e = { 0 };

	return http_url_read(&out, url, &e) == OK;
}

Test(http_policy, only_plain_https_addresses_pass)
{
	static const char *const good[] = { "https://example.org", "HTTPS://Example.org/a?b=c#d",
		"https://example.org:8443/x", "https://[2001:db8::1]:443/", "https://192.0.2.1/" };
	static const char *const bad[] = { "http://example.org/", "ftp://example.org", "https://",
		"https:///x", "https://user@example.org/", "https://user:pw@example.org/",
		"https://example.org:0/", "https://example.org:65536/", "https://example.org:/",
		"https://example.org:0x50/", "https://exa mple.org/",
		"https://example.org/\r\nX: y", "https://example.org\\@evil/", "https://[::1",
		"https://[::1]x/", "file:///etc/passwd", "example.org", "" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(allowed(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert(not(allowed(bad[i])), "%s", bad[i]);
}

Test(http_policy, host_is_compared_whole_and_without_case)
{
	static const char *const hosts[] = { "raw.example.org", NULL };
	struct http_url url;

	cr_assert(eq(int, http_url_read(&url, "https://RAW.Example.org.:8443/x", NULL), OK));
	cr_assert(eq(str, url.host, "raw.example.org"));
	cr_assert(eq(int, url.port, 8443));
	cr_assert(http_host_is_among(url.host, hosts));
	cr_assert(not(http_host_is_among("x.raw.example.org", hosts)));
	cr_assert(not(http_host_is_among("example.org", hosts)));
	cr_assert(not(http_host_is_among("raw.example.org", NULL)));
}

Test(http_policy, what_is_logged_of_an_address_has_no_query_and_no_user)
{
	char label[HTTP_LABEL_SIZE];

	http_url_label(label, "https://example.org/a/b?token=secret#x");
	cr_assert(eq(str, label, "https://example.org/a/b"));
	http_url_label(label, "https://me:secret@example.org/a@b");
	cr_assert(eq(str, label, "https://example.org/a@b"));
	http_url_label(label, "secretless");
	cr_assert(eq(str, label, "secretless"));
}

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return http_address_is_public((struct sockaddr *)&v4);
	cr_assert(eq(int, inet_pton(AF_INET6, text, &v6.sin6_addr), 1), "%s", text);
	return http_address_is_public((struct sockaddr *)&v6);
}

Test(http_policy, addresses_of_this_house_are_not_public)
{
	static const char *const inside[] = { "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1",
		"127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1",
		"192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
		"::ffff:127.0.0.1", "::ffff:192.168.1.1", "64:ff9b::10.0.0.1",
		"2002:7f00:1::", "2001:0:1::", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1",
		"ff02::1" };
	static const char *const outside[] = { "8.8.8.8", "100.63.255.255", "100.128.0.1",
		"172.15.0.1", "172.32.0.1", "185.199.108.133", "192.167.0.1", "2606:4700::1111",
		"::ffff:8.8.8.8", "64:ff9b::8.8.8.8" };
	struct sockaddr local = { .sa_family = AF_UNIX };

	for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
		cr_assert(not(is_public(inside[i])), "%s", inside[i]);
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
		cr_assert(is_public(outside[i]), "%s", outside[i]);
	cr_assert(not(http_address_is_public(&local)));
}

static bool is_in(const char *net, const char *address)
{
	struct http_net read = { 0 };
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { .any.sa_family = strchr(address, ':') ? AF_INET6 : AF_INET };

	cr_assert(eq(int, http_net_read(&read, net, NULL), OK), "%s", net);
	cr_assert(eq(int,
		inet_pton(a.any.sa_family, address,
			a.any.sa_family == AF_INET ? (void *)&a.v4.sin_addr
						   : (void *)&a.v6.sin6_addr),
		1));
	return http_address_is_in(&read, 1, &a.any);
}

Test(http_policy, an_allowed_net_has_its_own_addresses_and_no_others)
{
	static const char *const bad[] = { "", "x", "10.0.0.0/33", "10.0.0.0/4", "169.254.169.254",
		"169.254.0.0/16", "fe80::1", "::1/129", "1.2.3.4/x" };

	cr_assert(is_in("192.168.1.20/32", "192.168.1.20"));
	cr_assert(is_in("192.168.1.20", "192.168.1.20"));
	cr_assert(not(is_in("192.168.1.20/32", "192.168.1.21")));
	cr_assert(is_in("10.1.0.0/20", "10.1.15.255"));
	cr_assert(not(is_in("10.1.0.0/20", "10.1.16.0")));
	cr_assert(is_in("fd00::/8", "fdff::1"));
	cr_assert(not(is_in("fd00::/8", "fe80::1")));
	cr_assert(not(is_in("127.0.0.0/8", "::1")));
	cr_assert(not(is_in("169.0.0.0/8", "169.254.169.254")));
	cr_assert(is_in("169.0.0.0/8", "169.253.1.1"));
	cr_assert(not(is_in("fe00::/8", "fe80::1")));
	cr_assert(not(is_in("::/8", "::ffff:169.254.169.254")));
	cr_assert(not(is_in("::/8", "64:ff9b::a9fe:a9fe")));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct http_net net;

		cr_assert(eq(int, http_net_read(&net, bad[i], NULL), ERR_INVALID), "%s", bad[i]);
	}
}

Test(http_policy, only_what_may_pass_is_tried_again)
{
	struct err none = { 0 }, slow = { .code = ERR_TIMEOUT }, io = { .code = ERR_IO },
		   tls = { .code = ERR_REFUSED }, large = { .code = ERR_TOO_LARGE };

	cr_assert(http_may_retry(&slow, 0));
	cr_assert(http_may_retry(&io, 0));
	cr_assert(not(http_may_retry(&tls, 0)));
	cr_assert(not(http_may_retry(&large, 200)));
	cr_assert(http_may_retry(&none, 429));
	cr_assert(http_may_retry(&none, 503));
	cr_assert(not(http_may_retry(&none, 200)));
	cr_assert(not(http_may_retry(&none, 304)));
	cr_assert(not(http_may_retry(&none, 404)));
	cr_assert(not(http_may_retry(&none, 501)));
}

Test(http_policy, pauses_grow_scatter_and_heed_the_server)
{
	cr_assert(eq(u64, http_retry_delay(2, 0, -1), 500));
	cr_assert(eq(u64, http_retry_delay(2, 1000, -1), 1500));
	cr_assert(eq(u64, http_retry_delay(4, 0, -1), 2000));
	cr_assert(eq(u64, http_retry_delay(60, 60000, -1), 90000));
	cr_assert(ge(u64, http_retry_delay(2, 0, 120), 120000));
	cr_assert(eq(u64, http_retry_delay(2, 1000, 1), 1500));
}

Test(http_policy, retry_after_is_seconds_or_a_date)
{
	const int64_t wall = 1780272000000; /* 2026-06-01T00:00:00Z */

	cr_assert(eq(i64, http_retry_after("120", wall), 120));
	cr_assert(eq(i64, http_retry_after("99999999", wall), 86400));
	cr_assert(eq(i64, http_retry_after("Mon, 01 Jun 2026 00:01:00 GMT", wall), 60));
	cr_assert(eq(i64, http_retry_after("Sun, 31 May 2026 00:00:00 GMT", wall), 0));
	cr_assert(eq(i64, http_retry_after("soon", wall), -1));
	cr_assert(eq(i64, http_retry_after("-1", wall), -1));
	cr_assert(eq(i64, http_retry_after("", wall), -1));
}

Test(http_host, a_burst_passes_and_then_one_at_a_time)
{
	struct http_hosts hosts = { 0 };
	struct http_host *h = http_host_find(&hosts, "a", 1000);

	for (int i = 0; i < HTTP_HOST_BURST; i++)
		cr_assert(eq(u64, http_host_turn(h, 1000), 1000));
	cr_assert(eq(u64, http_host_turn(h, 1000), 1000 + HTTP_HOST_SPACING_MS));
	cr_assert(eq(u64, http_host_turn(h, 1000), 1000 + 2 * HTTP_HOST_SPACING_MS));
	cr_assert(eq(u64, http_host_turn(h, 100000), 100000), "time fills it again");
}

Test(http_host, one_that_keeps_failing_rests_and_is_then_probed_once)
{
	struct http_hosts hosts = { 0 };
	struct http_host *h = http_host_find(&hosts, "a", 1000);
	msec later = 1000 + HTTP_HOST_REST_MS;

	for (int i = 1; i < HTTP_HOST_FAILURES; i++)
		http_host_failed(h, 1000, 0);
	cr_assert(eq(u64, http_host_rests(h, 1000), 0));
	http_host_failed(h, 1000, 0);
	cr_assert(eq(u64, http_host_rests(h, 1000), HTTP_HOST_REST_MS));
	cr_assert(eq(u64, http_host_rests(h, later), 0));
	cr_assert(lt(u64, 0, http_host_rests(h, later)), "others wait for the probe");
	http_host_failed(h, later, 0);
	cr_assert(eq(u64, http_host_rests(h, later), 2 * HTTP_HOST_REST_MS));
	http_host_worked(h);
	cr_assert(eq(u64, http_host_rests(h, later), 0));
}

Test(http_host, a_server_that_asks_for_a_longer_rest_gets_it)
{
	struct http_hosts hosts = { 0 };
	struct http_host *h = http_host_find(&hosts, "a", 1000);

	for (int i = 0; i < HTTP_HOST_FAILURES; i++)
		http_host_failed(h, 1000, 600000);
	cr_assert(eq(u64, http_host_rests(h, 1000), 600000));
}

Test(http_host, what_was_under_way_when_the_rest_began_does_not_lengthen_it)
{
	struct http_hosts hosts = { 0 };
	struct http_host *h = http_host_find(&hosts, "a", 1000);

	for (int i = 0; i < 3 * HTTP_HOST_FAILURES; i++)
		http_host_failed(h, 1000, 0);
	cr_assert(eq(u64, http_host_rests(h, 1000), HTTP_HOST_REST_MS));
}

Test(http_host, a_server_that_asks_for_a_rest_gets_it_at_once)
{
	struct http_hosts hosts = { 0 };
	struct http_host *h = http_host_find(&hosts, "a", 1000);

	http_host_failed(h, 1000, 1000);
	cr_assert(eq(u64, http_host_rests(h, 1000), 0), "a moment is waited for by who asked");
	http_host_failed(h, 1000, 3600000);
	cr_assert(eq(u64, http_host_rests(h, 1000), 3600000));
	http_host_failed(h, 1000, 120000);
	cr_assert(eq(u64, http_host_rests(h, 1000), 3600000), "the longest word counts");
}

Test(http_host, the_table_forgets_the_one_unused_for_longest)
{
	struct http_hosts hosts = { 0 };
	char name[8];

	for (int i = 0; i < HTTP_HOSTS_MAX; i++) {
		(void)snprintf(name, sizeof name, "h%d", i);
		http_host_find(&hosts, name, (msec)(1000 + i))->failures = 1;
	}
	http_host_find(&hosts, "h0", 5000);
	cr_assert(eq(int, (int)http_host_find(&hosts, "new", 5001)->failures, 0));
	cr_assert(eq(sz, hosts.n, HTTP_HOSTS_MAX));
	cr_assert(eq(int, (int)http_host_find(&hosts, "h0", 5002)->failures, 1), "just used");
	cr_assert(eq(int, (int)http_host_find(&hosts, "h1", 5003)->failures, 0), "forgotten");
}
