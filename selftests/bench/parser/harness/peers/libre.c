// SPDX-License-Identifier: GPL-2.0
#define HAVE_INTTYPES_H
#define HAVE_STDBOOL_H
#include <re/re.h>

#include "peers.h"

/* True ends the walk: that is, where an address cannot be read. */
static bool decode_address(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct sip_addr address;

	return sip_addr_decode(&address, &header->val);
}

static bool decode_via(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct sip_via via;

	return sip_via_decode(&via, &header->val);
}

/* What libre leaves as text until it is asked, it is asked for. */
static bool values_refused(const struct sip_msg *msg)
{
	static const enum sip_hdrid addresses[] = {
		SIP_HDR_CONTACT, SIP_HDR_P_ASSERTED_IDENTITY, SIP_HDR_RECORD_ROUTE, SIP_HDR_ROUTE,
	};

	for (size_t at = 0; at < sizeof(addresses) / sizeof(*addresses); at++) {
		if (sip_msg_hdr_apply(msg, true, addresses[at], decode_address, NULL))
			return true;
	}
	return sip_msg_hdr_apply(msg, true, SIP_HDR_VIA, decode_via, NULL);
}

static unsigned long ports_of(const struct sip_msg *msg, bool *refused)
{
	struct sdp_session *sdp = NULL;
	unsigned long ports = 0;
	struct sa nowhere;

	if (!pl_isset(&msg->ctyp.type))
		return 0;
	sa_init(&nowhere, AF_INET);
	if (sdp_session_alloc(&sdp, &nowhere) || sdp_decode(sdp, msg->mb, true))
		*refused = true;
	if (!*refused) {
		const struct list *list = sdp_session_medial(sdp, false);

		for (struct le *le = list_head(list); le; le = le->next)
			ports += sdp_media_rport(list_ledata(le));
	}
	mem_deref(sdp);
	return ports;
}

unsigned long libre(const char *bytes, size_t len)
{
	struct mbuf *buffer = mbuf_alloc(len);
	struct sip_msg *msg = NULL;
	unsigned long found = 0;
	bool refused;

	if (!buffer)
		return 0;
	mbuf_write_mem(buffer, (const unsigned char *)bytes, len);
	mbuf_set_pos(buffer, 0);
	refused = sip_msg_decode(&msg, buffer) || values_refused(msg);
	if (!refused) {
		unsigned long ports = ports_of(msg, &refused);

		if (!refused)
			found = facts(msg->callid.p, msg->callid.l, ports);
	}
	mem_deref(msg);
	mem_deref(buffer);
	return found;
}
