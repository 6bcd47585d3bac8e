// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of nf_sip, connections: see nf_sip/helpers.h.
 */
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include <nf_sip/helpers.h>

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

/* Let a connection live for no longer than that from now on, if nothing comes. */
void nf_sip_ct_limit(struct nf_conn *ct, u32 seconds)
{
	u32 most = nf_sip_jiffies(seconds);

	if (nf_ct_is_confirmed(ct) && nf_ct_expires(ct) > most)
		nf_ct_refresh(ct, most);
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

/* Has a connection over TCP got as far as the answer to its SYN, and no further? */
bool nf_sip_ct_is_opening(const struct nf_conn *ct)
{
	return READ_ONCE(ct->proto.tcp.state) == TCP_CONNTRACK_SYN_RECV;
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
 * nf_sip_ct_end_stray - end a connection that nobody expected
 * @ct: another connection
 * @tuple: what its packets look like, in either direction
 *
 * One that has been of use for a while stays.
 *
 * Return: true if there was one.
 */
bool nf_sip_ct_end_stray(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple)
{
	const struct nf_conntrack_tuple_hash *hash;
	struct nf_conn *found;
	bool stray;

	hash = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), tuple);
	if (!hash)
		return false;

	found = nf_ct_tuplehash_to_ctrack(hash);
	stray = !found->master && !test_bit(IPS_ASSURED_BIT, &found->status);
	if (stray)
		nf_ct_kill(found);
	nf_ct_put(found);
	return stray;
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
