// SPDX-License-Identifier: GPL-2.0
/*
 * sofia FILE...: what Sofia-SIP reads of each message, one field a line: file, field and value with
 * TABs between them. A message that it refuses has the one field "refused".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_alloc.h>

static const char *or_none(const char *text)
{
	return text && *text ? text : "-";
}

/* Takes out a=rtpmap: of one that it cannot read Sofia-SIP leaves the whole description unread. */
static size_t without_maps(const char *from, size_t len, char *to)
{
	size_t kept = 0;

	while (len) {
		const char *end = memchr(from, '\n', len);
		size_t line = end ? (size_t)(end - from) + 1 : len;

		if (line < 9 || strncasecmp(from, "a=rtpmap:", 9)) {
			memcpy(to + kept, from, line);
			kept += line;
		}
		from += line;
		len -= line;
	}
	return kept;
}

static void media(const char *file, const sip_t *sip)
{
	const sip_content_type_t *type = sip->sip_content_type;
	const sip_payload_t *body = sip->sip_payload;
	static char text[1 << 16];
	sdp_parser_t *parser;
	sdp_session_t *sdp;
	size_t len;

	if (!type || !body || strcasecmp(type->c_type, "application/sdp"))
		return;
	len = without_maps(body->pl_data, body->pl_len, text);
	parser = sdp_parse(NULL, text, len, sdp_f_anynet | sdp_f_insane | sdp_f_c_missing);
	sdp = sdp_session(parser);
	if (!sdp) {
		printf("%s\tno-sdp\t%s\n", file, or_none(sdp_parsing_error(parser)));
	} else {
		for (sdp_media_t *m = sdp->sdp_media; m; m = m->m_next) {
			sdp_connection_t *c = sdp_media_connections(m);

			printf("%s\tmedia\t%s %lu\n", file,
			       or_none(c ? c->c_address : NULL), m->m_port);
		}
	}
	sdp_parser_free(parser);
}

static void fields(const char *file, const sip_t *sip)
{
	if (sip->sip_via)
		printf("%s\tvia\t%s %s %s\n", file, or_none(sip->sip_via->v_host),
		       or_none(sip->sip_via->v_port), or_none(sip->sip_via->v_branch));
	if (sip->sip_from)
		printf("%s\tfrom\t%s\n", file, or_none(sip->sip_from->a_tag));
	if (sip->sip_to)
		printf("%s\tto\t%s\n", file, or_none(sip->sip_to->a_tag));
	if (sip->sip_call_id)
		printf("%s\tcall-id\t%s\n", file, sip->sip_call_id->i_id);
	if (sip->sip_cseq)
		printf("%s\tcseq\t%u %s\n", file, sip->sip_cseq->cs_seq,
		       sip->sip_cseq->cs_method_name);
	for (sip_contact_t *m = sip->sip_contact; m; m = m->m_next) {
		if (m->m_url->url_type == url_sip || m->m_url->url_type == url_sips)
			printf("%s\tcontact\t%s %s\n", file, or_none(m->m_url->url_host),
			       or_none(m->m_url->url_port));
	}
	if (sip->sip_content_length)
		printf("%s\tlength\t%u\n", file, sip->sip_content_length->l_length);
	media(file, sip);
}

static void message(const char *file)
{
	static char bytes[1 << 16];
	FILE *from = fopen(file, "rb");
	size_t len = from ? fread(bytes, 1, sizeof(bytes), from) : 0;
	msg_t *msg = msg_make(sip_default_mclass(), 0, bytes, len);
	sip_t *sip = sip_object(msg);

	if (from)
		fclose(from);
	if (!sip || (!sip->sip_request && !sip->sip_status) || !msg_is_complete(msg))
		printf("%s\trefused\t-\n", file);
	else
		fields(file, sip);
	msg_destroy(msg);
}

int main(int count, char **files)
{
	for (int i = 1; i < count; i++)
		message(files[i]);
	return 0;
}
