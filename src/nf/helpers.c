// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of nf_sip, helpers and connections: see nf_sip/helpers.h.
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
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_zones.h>

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

int nf_sip_any_contact_port __read_mostly;
module_param_named(sip_any_contact_port, nf_sip_any_contact_port, int, 0600);
MODULE_PARM_DESC(sip_any_contact_port,
		 "over TCP, let calls in at any port that a phone registers (default 0)");

unsigned int nf_sip_max_stream_memory __read_mostly = 16384;
module_param_named(sip_max_stream_memory, nf_sip_max_stream_memory, uint, 0600);
MODULE_PARM_DESC(sip_max_stream_memory,
		 "KiB for SIP over TCP that is held or not acknowledged (default 16384)");

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

/*
 * The protocol that stands at the transport offset. It is not the connection's
 * in an ICMP error about the connection, which a helper is called for as well.
 */
static int nf_sip_transport(const struct sk_buff *skb, const struct nf_conn *ct)
{
	__be16 frag_off;
	u8 next;

	if (nf_ct_l3num(ct) == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol;

	next = ipv6_hdr(skb)->nexthdr;
	if (ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(struct ipv6hdr),
			     &next, &frag_off) < 0)
		return -1;
	return next;
}

/* The handler of a protocol; under RCU. */
static const struct nf_sip_handler *nf_sip_handler(u8 l4proto)
{
	return rcu_dereference(nf_sip_handlers[nf_sip_slot(l4proto)]);
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
	if (!handler || nf_sip_transport(skb, ct) != l4proto)
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

const struct nf_conntrack_tuple *
nf_sip_ct_tuple(const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	return nf_ct_tuple(ct, dir);
}

unsigned long nf_sip_ct_status(const struct nf_conn *ct)
{
	return READ_ONCE(ct->status);
}

struct nf_conn *nf_sip_ct_master(const struct nf_conn *ct)
{
	return master_ct(ct);
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

/* The longest span of jiffies32 that no other CPU can take for the past. */
u32 nf_sip_jiffies(u32 seconds)
{
	return min_t(u64, (u64)seconds * HZ, S32_MAX - HZ);
}

/*
 * Let a connection live for so long from now on, or longer if it does anyway.
 * Until it is confirmed its time does not run.
 */
void nf_sip_ct_prolong(struct nf_conn *ct, u32 seconds)
{
	u32 extra = nf_sip_jiffies(seconds);

	if (!nf_ct_is_confirmed(ct) || nf_ct_expires(ct) < extra)
		nf_ct_refresh(ct, extra);
}

const struct nf_conn *nf_sip_ct_root(const struct nf_conn *ct)
{
	const struct nf_conn *master = master_ct(ct);

	return master ?: ct;
}

/* Has the machine with this address opened the connection? */
bool nf_sip_ct_opened_by(const struct nf_conn *ct,
			 const union nf_inet_addr *address)
{
	const struct nf_conntrack_tuple *tuple;

	tuple = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	return nf_inet_addr_cmp(&tuple->src.u3, address);
}

/*
 * Is the machine with this address an end of a connection that one of our
 * expectations has led there? What is said in it may end what leads to its ends.
 */
bool nf_sip_ct_has_end(const struct nf_conn *ct,
		       const union nf_inet_addr *address)
{
	const struct nf_conntrack_tuple *reply;

	reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	return ct->master && ct->status & IPS_DST_NAT &&
	       (nf_sip_ct_opened_by(ct, address) ||
		nf_inet_addr_cmp(&reply->src.u3, address));
}

/* Do both connections have the same two ends? */
static bool same_ends(const struct nf_conn *ct, const struct nf_conn *other)
{
	const struct nf_conntrack_tuple_hash *hash = other->tuplehash;

	return nf_sip_ct_has_end(ct, &hash[IP_CT_DIR_ORIGINAL].tuple.src.u3) &&
	       nf_sip_ct_has_end(ct, &hash[IP_CT_DIR_REPLY].tuple.src.u3);
}

struct net *nf_sip_ct_net(const struct nf_conn *ct)
{
	return nf_ct_net(ct);
}

/**
 * nf_sip_ct_patience - let a new connection survive silence
 * @ct: a UDP connection that is not confirmed yet
 * @seconds: how long it lives without a packet
 *
 * The time-out policy belongs to the connection alone and goes with it. Nothing
 * is done where there is one already, or the kernel knows no such policies.
 */
void nf_sip_ct_patience(struct nf_conn *ct, u32 seconds)
{
#ifdef CONFIG_NF_CONNTRACK_TIMEOUT
	struct nf_ct_timeout *timeout;
	unsigned int *data;

	if (nf_ct_is_confirmed(ct) || nf_ct_timeout_find(ct))
		return;

	timeout = kzalloc(struct_size(timeout, data,
				      UDP_CT_MAX * sizeof(*data)), GFP_ATOMIC);
	if (!timeout)
		return;

	refcount_set(&timeout->refcnt, 1);
	timeout->l3num = nf_ct_l3num(ct);
	timeout->l4proto = nf_ct_l4proto_find(IPPROTO_UDP);
	data = (unsigned int *)timeout->data;
	data[UDP_CT_UNREPLIED] = nf_sip_jiffies(seconds);
	data[UDP_CT_REPLIED] = nf_sip_jiffies(seconds);

	/* The connection takes a reference of its own, or none. */
	nf_ct_timeout_ext_add(ct, timeout, GFP_ATOMIC);
	if (refcount_dec_and_test(&timeout->refcnt))
		kfree(timeout);
#endif
}

/**
 * nf_sip_ct_set_moved - tell conntrack by how much a stream has moved
 * @ct: a connection over TCP
 * @dir: the direction of the stream
 * @moved: by how much what the sender sends next has moved at the receiver
 *
 * Conntrack needs it to follow the windows; the segments themselves are moved
 * by who calls this, so IPS_SEQ_ADJUST stays clear. As conntrack knows one
 * number and not what is on its way, it must not take offence at a few bytes.
 */
void nf_sip_ct_set_moved(struct nf_conn *ct, enum ip_conntrack_dir dir, s32 moved)
{
	struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);

	spin_lock_bh(&ct->lock);
	nf_ct_set_tcp_be_liberal(ct);
	if (seqadj) {
		seqadj->seq[dir].offset_before = moved;
		seqadj->seq[dir].offset_after = moved;
	}
	spin_unlock_bh(&ct->lock);
}

/**
 * nf_sip_ct_end - end a connection that was expected
 * @ct: its master, another one of the same master, or one that was expected
 *	between the same two ends
 * @tuple: what its packets look like, in either direction
 *
 * Return: true if there was one.
 */
bool nf_sip_ct_end(const struct nf_conn *ct,
		   const struct nf_conntrack_tuple *tuple)
{
	const struct nf_conntrack_tuple_hash *hash;
	struct nf_conn *found;
	bool ours;

	hash = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), tuple);
	if (!hash)
		return false;

	found = nf_ct_tuplehash_to_ctrack(hash);
	ours = found->master && found != ct &&
	       (nf_sip_ct_root(found->master) == nf_sip_ct_root(ct) ||
		same_ends(ct, found));
	if (ours)
		nf_ct_kill(found);
	nf_ct_put(found);
	return ours;
}

/**
 * nf_sip_ct_end_elder - end a connection that an older one had expected
 * @ct: another connection
 * @tuple: what its packets look like that go to the one who opened @ct
 *
 * Where it goes on, another expectation has to be.
 *
 * Return: true if there was one, by our helper and without translation.
 */
bool nf_sip_ct_end_elder(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple)
{
	const struct nf_conntrack_tuple_hash *hash;
	struct nf_conn *found;
	bool elder;

	hash = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), tuple);
	if (!hash)
		return false;

	found = nf_ct_tuplehash_to_ctrack(hash);
	elder = nf_sip_ct_opened_by(ct, &tuple->dst.u3) && found->master &&
		nf_sip_ct_data(found) && !(found->status & IPS_NAT_MASK) &&
		nf_sip_ct_root(found->master) != nf_sip_ct_root(ct);
	if (elder)
		nf_ct_kill(found);
	nf_ct_put(found);
	return elder;
}

/* Is there a connection whose packets look like that, in either direction? */
bool nf_sip_ct_exists(const struct nf_conn *ct,
		      const struct nf_conntrack_tuple *tuple)
{
	const struct nf_conntrack_tuple_hash *hash;

	hash = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), tuple);
	if (!hash)
		return false;

	nf_ct_put(nf_ct_tuplehash_to_ctrack(hash));
	return true;
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
