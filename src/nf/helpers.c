// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of nf_sip, parameters and helpers: see nf_sip/helpers.h.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_seqadj.h>

#include <nf_sip/helpers.h>

unsigned int nf_sip_timeout __read_mostly = 3600;
module_param_named(sip_timeout, nf_sip_timeout, uint, 0600);
MODULE_PARM_DESC(sip_timeout,
		 "seconds a SIP connection is remembered after its last message (default 3600)");

int nf_sip_direct_signalling __read_mostly = 1;
module_param_named(sip_direct_signalling, nf_sip_direct_signalling, int, 0600);
MODULE_PARM_DESC(sip_direct_signalling,
		 "let only the registrar call a registered phone (default 1)");

int nf_sip_direct_media __read_mostly = 1;
module_param_named(sip_direct_media, nf_sip_direct_media, int, 0600);
MODULE_PARM_DESC(sip_direct_media,
		 "take media only from where the other side's description or signalling is (default 1)");

int nf_sip_external_media __read_mostly;
module_param_named(sip_external_media, nf_sip_external_media, int, 0600);
MODULE_PARM_DESC(sip_external_media,
		 "with sip_direct_media=0, open nothing for media that passes by on the far side (default 0)");

unsigned int nf_sip_media_timeout __read_mostly = 3600;
module_param_named(sip_media_timeout, nf_sip_media_timeout, uint, 0600);
MODULE_PARM_DESC(sip_media_timeout,
		 "seconds of silence that the media of a call survives; 0: as any UDP (default 3600)");

unsigned int nf_sip_max_calls __read_mostly = 65536;
module_param_named(sip_max_calls, nf_sip_max_calls, uint, 0600);
MODULE_PARM_DESC(sip_max_calls,
		 "calls that are remembered at a time (default 65536)");

/*
 * Services that are often found inside, by what carries them. Telephones choose
 * their ports from a range; one of a pair is odd, and most of UDP's here are.
 */
static unsigned short udp_service_ports[NF_SIP_MOST_SERVICE_PORTS] __read_mostly = {
	1194, 1434, 1701, 1812, 1813, 1900, 2049, 3702, 4500, 4789, 5351, 5353,
	5355, 11211,
};

static unsigned int udp_service_count __read_mostly = 14;
module_param_array_named(sip_udp_service_ports, udp_service_ports, ushort,
			 &udp_service_count, 0600);
MODULE_PARM_DESC(sip_udp_service_ports,
		 "ports from 1024 on where services listen over UDP and nothing is ever opened; 0: none");

static unsigned short tcp_service_ports[NF_SIP_MOST_SERVICE_PORTS] __read_mostly = {
	1433, 1521, 1723, 2049, 2375, 2376, 3128, 3306, 3389, 5432, 5555, 5900,
	5901, 5985, 5986, 6000, 6379, 6443, 8000, 8080, 8443, 8888, 9100, 9200,
	10250, 11211, 27017,
};

static unsigned int tcp_service_count __read_mostly = 27;
module_param_array_named(sip_tcp_service_ports, tcp_service_ports, ushort,
			 &tcp_service_count, 0600);
MODULE_PARM_DESC(sip_tcp_service_ports, "the same over TCP; 0: none");

/* Does the administrator keep a port for a service? */
bool nf_sip_is_service(u8 l4proto, u16 port)
{
	const unsigned short *ports = udp_service_ports;
	unsigned int count = READ_ONCE(udp_service_count);

	if (l4proto == IPPROTO_TCP) {
		ports = tcp_service_ports;
		count = READ_ONCE(tcp_service_count);
	}
	/* While they are being written the count may be behind. */
	for (; count; count--)
		if (READ_ONCE(*ports++) == port)
			return true;
	return false;
}

int nf_sip_any_contact_port __read_mostly;
module_param_named(sip_any_contact_port, nf_sip_any_contact_port, int, 0600);
MODULE_PARM_DESC(sip_any_contact_port,
		 "over TCP, let calls in at any port that a phone registers (default 0)");

unsigned int nf_sip_max_stream_memory __read_mostly = 16384;
module_param_named(sip_max_stream_memory, nf_sip_max_stream_memory, uint, 0600);
MODULE_PARM_DESC(sip_max_stream_memory,
		 "KiB for SIP over TCP that is held or not acknowledged (default 16384)");

unsigned int nf_sip_stream_timeout __read_mostly = 300;
module_param_named(sip_stream_timeout, nf_sip_stream_timeout, uint, 0600);
MODULE_PARM_DESC(sip_stream_timeout,
		 "seconds a part of a message over TCP may be held; 0: as long as its connection (default 300)");

unsigned int nf_sip_max_calls_per_connection __read_mostly = 16384;
module_param_named(sip_max_calls_per_connection, nf_sip_max_calls_per_connection, uint, 0600);
MODULE_PARM_DESC(sip_max_calls_per_connection,
		 "the same for one signalling connection (default 16384)");

/* One handler per transport protocol: a helper has no room for a pointer. */
static const struct nf_sip_handler __rcu *nf_sip_handlers[2];

static unsigned int nf_sip_slot(u8 l4proto)
{
	return l4proto == IPPROTO_TCP;
}

/* Is a packet of a connection one of its protocol, and no ICMP error about it? */
static bool nf_sip_is_own(const struct sk_buff *skb, const struct nf_conn *ct,
			  enum ip_conntrack_info ctinfo)
{
	__be16 frag_off;
	u8 next;

	/* The first packet of an expected connection is related as well. */
	if (ctinfo != IP_CT_RELATED)
		return true;
	if (nf_ct_l3num(ct) == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == nf_ct_protonum(ct);

	next = ipv6_hdr(skb)->nexthdr;
	return ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(struct ipv6hdr),
				&next, &frag_off) >= 0 &&
	       next == nf_ct_protonum(ct);
}

/* The handler of a protocol; under RCU. */
static const struct nf_sip_handler *nf_sip_handler(u8 l4proto)
{
	return rcu_dereference(nf_sip_handlers[nf_sip_slot(l4proto)]);
}

/* Has the helper, whose connection it is, no use for its packets? */
static bool nf_sip_is_idle(const struct nf_sip_handler *handler,
			   const struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const char *last = &help->data[sizeof(help->data) - sizeof(u32)];

	return READ_ONCE(*(const u32 *)last) & handler->idle &&
	       !nf_sip_ct_is_opening(ct);
}

/*
 * Packets of the machine itself come here in process context. Softirqs are off
 * for them as well, so that a lock that is taken here is not waited for there.
 */
static int nf_sip_help(struct sk_buff *skb, unsigned int protoff,
		       struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	const struct nf_sip_handler *handler;
	u8 l4proto = nf_ct_protonum(ct);
	int verdict;

	handler = nf_sip_handler(l4proto);
	if (!handler || nf_sip_is_idle(handler, ct) ||
	    !nf_sip_is_own(skb, ct, ctinfo))
		return NF_ACCEPT;
	/* The machine's own segment to itself comes twice; this is the second time. */
	if (l4proto == IPPROTO_TCP && nf_is_loopback_packet(skb))
		return NF_ACCEPT;

	local_bh_disable();
	verdict = handler->help(handler->state, skb, protoff, ct, ctinfo);
	local_bh_enable();
	/* A local sender would take NF_DROP for an error of its own. */
	if (verdict == NF_STOLEN)
		consume_skb(skb);
	return verdict;
}

/**
 * nf_sip_expected - the expectfn of all our expectations
 * @ct: a new connection
 * @exp: what has let it in
 */
void nf_sip_expected(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	const struct nf_sip_handler *handler;

	handler = nf_sip_handler(nf_ct_protonum(exp->master));
	if (!handler)
		return;

	local_bh_disable();
	handler->expected(handler->state, ct, exp);
	local_bh_enable();
}

/* Softirqs are let in between one step and the next, of which there may be many. */
static void nf_sip_gone(struct nf_conn *ct)
{
	const struct nf_sip_handler *handler = nf_sip_handler(nf_ct_protonum(ct));
	bool more = handler;

	while (more) {
		local_bh_disable();
		more = handler->gone(handler->state, ct);
		local_bh_enable();
	}
}

/**
 * nf_sip_helper_register - register a conntrack helper for IPv4 and IPv6
 * @name: its name, of at most 15 characters
 * @l4proto: IPPROTO_UDP or IPPROTO_TCP
 * @policies: the expectation classes
 * @last_class: the number of the last class, at most 3
 * @handler: what to call; has to stay until nf_sip_helper_unregister() is back
 * @helper: where to put the registered helper
 *
 * Return: 0; -EBUSY if the name is taken for this protocol; or another error.
 */
int nf_sip_helper_register(const char *name, u8 l4proto,
			   const struct nf_conntrack_expect_policy *policies,
			   unsigned int last_class,
			   const struct nf_sip_handler *handler,
			   struct nf_conntrack_helper **helper)
{
	const struct nf_sip_handler __rcu **slot = &nf_sip_handlers[nf_sip_slot(l4proto)];
	struct nf_conntrack_helper template;
	int err;

	if (rcu_access_pointer(*slot))
		return -EBUSY;

	nf_ct_helper_init(&template, NFPROTO_UNSPEC, l4proto, name, policies,
			  last_class, nf_sip_help, NULL, THIS_MODULE);
	template.destroy = nf_sip_gone;
	rcu_assign_pointer(*slot, handler);
	err = nf_conntrack_helper_register(&template, helper);
	if (err)
		RCU_INIT_POINTER(*slot, NULL);
	return err;
}

/* From now on the kernel by itself moves what follows a helper's changes. */
static int nf_sip_hand_over(struct nf_conn *ct, void *helper)
{
	const struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);
	const struct nf_conn_help *help = nfct_help(ct);

	if (seqadj && help && rcu_access_pointer(help->helper) == helper &&
	    (seqadj->seq[0].offset_after || seqadj->seq[1].offset_after))
		set_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
	return 0;
}

/**
 * nf_sip_helper_unregister - undo nf_sip_helper_register()
 * @helper: what it returned
 *
 * When this returns, no packet is inside the handler, none can get there, and
 * no expectation of the helper is left.
 *
 * Connections keep the helper and would call its destroy() when the module is
 * long gone. nf_ct_helper_destroy() looks at the pointer and calls it in one go:
 * compilers read it once.
 */
void nf_sip_helper_unregister(struct nf_conntrack_helper *helper)
{
	unsigned int slot = nf_sip_slot(helper->l4proto);

	WRITE_ONCE(helper->destroy, NULL);
	if (helper->l4proto == IPPROTO_TCP)
		nf_ct_iterate_destroy(nf_sip_hand_over, helper);
	nf_conntrack_helper_unregister(helper);
	RCU_INIT_POINTER(nf_sip_handlers[slot], NULL);
	/* An expectfn may have found the handler just before. */
	synchronize_rcu();
}

void nf_sip_nat_helper_init(struct nf_conntrack_nat_helper *nat,
			    const char *name)
{
	memset(nat, 0, sizeof(*nat));
	strscpy(nat->mod_name, name);
	nat->module = THIS_MODULE;
}

/**
 * nf_sip_ct_data - the helper's private words in a connection
 * @ct: the connection
 *
 * Return: 32 bytes aligned to 8, zero when the connection was born; or NULL
 * where the connection's helper is not this module's.
 */
void *nf_sip_ct_data(const struct nf_conn *ct)
{
	const struct nf_conntrack_helper *helper;
	struct nf_conn_help *help = nfct_help(ct);

	if (!help)
		return NULL;
	helper = rcu_dereference(help->helper);
	if (!helper || rcu_access_pointer(helper->help) != nf_sip_help)
		return NULL;
	return help->data;
}

/* A number for a text that nobody outside can make two texts agree in. */
u64 nf_sip_digest(const void *data, size_t len)
{
	static siphash_aligned_key_t key;

	get_random_once(&key, sizeof(key));
	return siphash(data, len, &key);
}

/* Seconds since the machine was started; wraps after 136 years. */
u32 nf_sip_now(void)
{
	return ktime_get_seconds();
}

/* Milliseconds of a clock that is cheap to read; wraps after 49 days. */
u32 nf_sip_milliseconds(void)
{
	return jiffies64_to_msecs(get_jiffies_64());
}
