// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include <osipparser2/osip_parser.h>
#include <osipparser2/sdp_message.h>

#include "peers.h"

static unsigned long ports_of(const osip_message_t *sip, bool *refused)
{
	unsigned long ports = 0;
	sdp_message_t *sdp;
	osip_body_t *body;

	if (osip_message_get_body(sip, 0, &body) < 0)
		return 0;
	if (sdp_message_init(&sdp))
		return 0;
	if (sdp_message_parse(sdp, body->body))
		*refused = true;
	for (int at = 0; !*refused && !sdp_message_endof_media(sdp, at); at++)
		ports += strtoul(sdp_message_m_port_get(sdp, at), NULL, 10);
	sdp_message_free(sdp);
	return ports;
}

unsigned long libosip2(const char *bytes, size_t len)
{
	static bool ready;
	osip_message_t *sip;
	bool refused;
	unsigned long found = 0;

	if (!ready)
		ready = !parser_init();
	if (osip_message_init(&sip))
		return 0;
	refused = osip_message_parse(sip, bytes, len) || !sip->call_id;
	if (!refused) {
		/* It comes in two parts, without the @ between them. */
		const char *number = sip->call_id->number;
		const char *host = sip->call_id->host;
		size_t id = strlen(number) + (host ? strlen(host) + 1 : 0);
		unsigned long ports = ports_of(sip, &refused);

		if (!refused)
			found = facts(number, id, ports);
	}
	osip_message_free(sip);
	return found;
}
