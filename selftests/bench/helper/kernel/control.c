// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files in debugfs, nf_sip_bench/, by which a script has it all done:
 *
 *   take	written: takes the next packet that is to see a helper, under this
 *		name; after a "-" without its payload. Read: the packets taken
 *   run	written: FIRST COUNT NAME..., see bench_calls_run(); times the calls
 *   prepare	the same, untimed
 *   results	a line for each packet: name, calls, picoseconds (mean, median),
 *		copies that were changed and that did not go on, length before, after
 *   output	what became of the last copy of each packet: name, length, payload
 *   profile	packet and function of each sample of the last run; sample_us says how
 *		often one is taken
 *   forget	written: lets all packets go
 */
#include <linux/debugfs.h>
#include <linux/ip.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "bench.h"

/* Held by who works with the packets. */
DEFINE_MUTEX(bench_mutex);

static struct dentry *folder;

/* The name under which the next packet is taken, if one is. */
static char wanted[sizeof_field(struct bench_packet, name)];

static unsigned int before_helper(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn_help *help;
	struct bench_packet *packet;
	struct nf_conn *ct;
	bool bare;

	ct = nf_ct_get(skb, &ctinfo);
	help = ct ? nfct_help(ct) : NULL;
	if (!help || !rcu_access_pointer(help->helper))
		return NF_ACCEPT;
	if (!wanted[0])
		/* Nothing real must come between the copies. */
		return bench_packet_is_of(ct) ? NF_DROP : NF_ACCEPT;

	packet = bench_packet_take(skb);
	if (!packet)
		return NF_DROP;
	bare = wanted[0] == '-';
	strscpy(packet->name, wanted + bare);
	if (bare)
		skb_trim(packet->skb, packet->payload);
	wanted[0] = '\0';
	return NF_DROP;
}

static const struct nf_hook_ops hook = {
	.hook = before_helper,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_POST_ROUTING,
	.priority = NF_IP_PRI_CONNTRACK_CONFIRM - 1,
};

static int net_begin(struct net *net)
{
	return nf_register_net_hook(net, &hook);
}

static void net_end(struct net *net)
{
	nf_unregister_net_hook(net, &hook);
}

static struct pernet_operations nets = {
	.init = net_begin,
	.exit = net_end,
};

/* The hook works on the packets too, in softirq, and so never during a change. */
static ssize_t take_write(struct file *file, const char __user *from, size_t len,
			  loff_t *at)
{
	char *text = memdup_user_nul(from, len);

	if (IS_ERR(text))
		return PTR_ERR(text);
	local_bh_disable();
	strscpy(wanted, strim(text));
	local_bh_enable();
	kfree(text);
	return len;
}

static ssize_t run(const char __user *from, size_t len, bool timed)
{
	char *text = memdup_user_nul(from, len);
	int first, count, read, err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = -EINVAL;
	if (sscanf(text, "%d %d %n", &first, &count, &read) == 2) {
		mutex_lock(&bench_mutex);
		err = bench_calls_run(first, count, text + read, timed);
		mutex_unlock(&bench_mutex);
	}
	kfree(text);
	return err ?: len;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t len,
			 loff_t *at)
{
	return run(from, len, true);
}

static ssize_t prepare_write(struct file *file, const char __user *from,
			     size_t len, loff_t *at)
{
	return run(from, len, false);
}

static ssize_t forget_write(struct file *file, const char __user *from, size_t len,
			    loff_t *at)
{
	mutex_lock(&bench_mutex);
	local_bh_disable();
	wanted[0] = '\0';
	bench_packets_forget();
	local_bh_enable();
	mutex_unlock(&bench_mutex);
	return len;
}

static int take_show(struct seq_file *file, void *unused)
{
	struct bench_packet *packet;

	mutex_lock(&bench_mutex);
	list_for_each_entry(packet, &bench_packets, list)
		seq_printf(file, "%s\n", packet->name);
	mutex_unlock(&bench_mutex);
	return 0;
}

static int results_show(struct seq_file *file, void *unused)
{
	struct bench_packet *packet;

	mutex_lock(&bench_mutex);
	list_for_each_entry(packet, &bench_packets, list)
		seq_printf(file, "%s %u %llu %llu %u %u %u %u\n", packet->name,
			   packet->calls, bench_picoseconds(packet, false),
			   bench_picoseconds(packet, true), packet->changed,
			   packet->refused, packet->skb->len - packet->payload,
			   packet->last ? packet->last->len - packet->payload : 0);
	mutex_unlock(&bench_mutex);
	return 0;
}

static int output_show(struct seq_file *file, void *unused)
{
	struct bench_packet *packet;

	mutex_lock(&bench_mutex);
	list_for_each_entry(packet, &bench_packets, list) {
		unsigned int len;

		if (!packet->last)
			continue;
		len = packet->last->len - packet->payload;
		seq_printf(file, "%s %u\n", packet->name, len);
		seq_write(file, packet->last->data + packet->payload, len);
	}
	mutex_unlock(&bench_mutex);
	return 0;
}

static int profile_show(struct seq_file *file, void *unused)
{
	mutex_lock(&bench_mutex);
	bench_profile_show(file);
	mutex_unlock(&bench_mutex);
	return 0;
}

static int take_open(struct inode *inode, struct file *file)
{
	return single_open(file, take_show, NULL);
}

static const struct file_operations take_fops = {
	.owner = THIS_MODULE,
	.open = take_open,
	.read = seq_read,
	.write = take_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static const struct file_operations prepare_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = prepare_write,
};

static const struct file_operations forget_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = forget_write,
};

DEFINE_SHOW_ATTRIBUTE(results);
DEFINE_SHOW_ATTRIBUTE(output);
DEFINE_SHOW_ATTRIBUTE(profile);

static int __init bench_init(void)
{
	int err = bench_calls_init();

	if (err)
		return err;
	err = register_pernet_subsys(&nets);
	if (err)
		return err;
	folder = debugfs_create_dir("nf_sip_bench", NULL);
	debugfs_create_file("take", 0600, folder, NULL, &take_fops);
	debugfs_create_file("run", 0200, folder, NULL, &run_fops);
	debugfs_create_file("prepare", 0200, folder, NULL, &prepare_fops);
	debugfs_create_file("forget", 0200, folder, NULL, &forget_fops);
	debugfs_create_file("results", 0400, folder, NULL, &results_fops);
	debugfs_create_file("output", 0400, folder, NULL, &output_fops);
	debugfs_create_file("profile", 0400, folder, NULL, &profile_fops);
	debugfs_create_u32("sample_us", 0600, folder, &bench_sample_us);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove(folder);
	unregister_pernet_subsys(&nets);
	bench_packets_forget();
	bench_profile_free();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("The cost of conntrack helpers");
MODULE_LICENSE("GPL");
