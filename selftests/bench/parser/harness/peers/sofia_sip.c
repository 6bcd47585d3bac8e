// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_alloc.h>

#include "peers.h"

static unsigned long ports_of(const sip_t *sip, bool *refused)
{
	const sip_payload_t *body = sip->sip_payload;
	unsigned long ports = 0;
	sdp_parser_t *parser;
	sdp_session_t *sdp;

	if (!sip->sip_content_type || !body)
		return 0;
	parser = sdp_parse(NULL, body->pl_data, body->pl_len, 0);
	sdp = sdp_session(parser);
	if (!sdp)
		*refused = true;
	for (sdp_media_t *media = sdp ? sdp->sdp_media : NULL; media; media = media->m_next)
		ports += media->m_port;
	sdp_parser_free(parser);
	return ports;
}

unsigned long sofia_sip(const char *bytes, size_t len)
{
	msg_t *msg = msg_make(sip_default_mclass(), 0, bytes, len);
	sip_t *sip = sip_object(msg);
	bool refused = !sip || !sip->sip_call_id || !msg_is_complete(msg) || sip->sip_error;
	unsigned long found = 0;

	if (!refused) {
		const char *id = sip->sip_call_id->i_id;
		unsigned long ports = ports_of(sip, &refused);

		if (!refused)
			found = facts(id, strlen(id), ports);
	}
	msg_destroy(msg);
	return found;
}
