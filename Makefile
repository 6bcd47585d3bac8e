# SPDX-License-Identifier: GPL-2.0-only
#
# What a person types; `make help` lists it. What the kernel's build reads is in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
MO ?= build/$(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)

vm := selftests/vm

# $(call kbuild,KDIR,MO,TARGET): MO=. is this folder itself, and must not reach the kernel's make, to
# which it would be KDIR. CC is only told to the check if it was given, for make has one of its own.
given = $(if $(filter environment command%,$(origin $1)),$1='$($1)')
kbuild = flags=$$($(call given,CC) packaging/check-kdir '$1') && $(MAKE) --no-print-directory \
	-C '$1' M='$(CURDIR)' MO='$(if $(filter-out .,$2),$(abspath $2))' $$flags $3

module:
	@$(call kbuild,$(KDIR),$(MO),modules)
	@echo 'built $(MO)/nf_sip.ko'

modules_install: module
	@$(call kbuild,$(KDIR),$(MO),modules_install)

clean:
	@rm -rf build
	@[ ! -e modules.order ] || { $(call kbuild,$(KDIR),.,clean); }

# For the guests that the tests run in, by the tools of the Debian tree: user-mode Linux, with all that
# finds faults, and without any of it, and Debian's own kernel.
module-uml module-debug module-plain module-stock: module-%:
ifeq ($(wildcard /usr/share/nf_sip/release),)
	@$(vm)/setup $*
	@$(vm)/enter make --no-print-directory $@
else
	@$(call kbuild,$(shell $(vm)/setup --print kdir-$*),build/$*,modules)
endif

stock: module-stock
	@echo 'built build/stock/nf_sip.ko'

demo:
	@selftests/demo/run

check:
	@selftests/check

# SECONDS is for each target.
fuzz:
	@selftests/fuzz/run $(or $(SECONDS),60)

# MINUTES in all.
soak:
	@selftests/flood/run $(or $(MINUTES),30)

# ROUNDS is for the calls of the helper.
bench:
	@selftests/bench/run $(ROUNDS)

bench-parser:
	@selftests/bench/parser/run

help:
	@echo 'make                  build nf_sip.ko for the running kernel, into build/RELEASE/'
	@echo '  KDIR=DIR            for the kernel of another build tree'
	@echo '  MO=DIR              into another folder'
	@echo '  CLIPPY=1, V=1, ...  as the kernel knows them'
	@echo 'make modules_install  install it where modprobe looks, below INSTALL_MOD_PATH if that is set'
	@echo 'make stock            build it for the current kernel of Debian backports, into build/stock/'
	@echo 'make demo             show a telephone call through a NAT, without and with nf_sip'
	@echo 'make check            run all tests'
	@echo 'make fuzz             look for what breaks the core, SECONDS=60 for each target'
	@echo 'make soak             send a flood of bad input through a guest that looks for faults, MINUTES=30'
	@echo 'make bench            measure the helper beside mainline, and a whole gateway'
	@echo 'make bench-parser     measure the core beside other readers of SIP'
	@echo 'make clean            remove what was built'

.PHONY: module modules_install clean module-uml module-debug module-plain module-stock stock demo \
	check fuzz soak bench bench-parser help
