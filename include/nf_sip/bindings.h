/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bindgen reads. Which of it becomes Rust is listed in the file
 * bindgen_parameters beside this one.
 */
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_nat.h>
#include <net/netfilter/nf_nat_helper.h>

#include <nf_sip/helpers.h>
