# shellcheck shell=bash
# Inside a guest without a helper: makes it ready for measuring.

modprobe --all nf_conntrack nf_nat
# Room for the calls and their media.
sysctl -q net.netfilter.nf_conntrack_max=262144 net.netfilter.nf_conntrack_buckets=131072 \
	net.netfilter.nf_conntrack_expect_max=65536
insmod "build/$NF_SIP_GUEST-bench/nf_sip_bench.ko"
export PYTHONPATH=selftests/net:selftests/bench/helper PYTHONPYCACHEPREFIX=/run/python
