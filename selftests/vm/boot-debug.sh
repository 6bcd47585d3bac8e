# shellcheck shell=bash disable=SC2034,SC2154 # boot-uml.sh reads what is set here, boot has the rest
# Starts the debug kernel for boot: it is user-mode Linux, too.

uml_kdir=$debug_kdir uml_modules=$debug_modules
# More than one processor goes with seccomp only. NF_SIP_CPUS=1 is for what takes long: see quick-ipi.h.
uml_arguments=("ncpus=${NF_SIP_CPUS:-2}" seccomp=on kasan_multi_shot)
. "$vm/boot-uml.sh"
