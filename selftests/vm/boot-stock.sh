# shellcheck shell=bash disable=SC2154 # boot has the rest
# Starts Debian's own kernel under QEMU for boot. The guest has this side's root over 9p. With
# NF_SIP_CLOCK=instructions its one processor takes a nanosecond for each of them, whatever the machine does; it
# has no fast string operations, of which QEMU counts every byte.

boot_guest() {
	local release=$stock_release cpu accelerator status=0 saved ports clock=() cpus=2
	boot_initramfs "$release"
	if [[ ${NF_SIP_CLOCK:-} == instructions ]]; then
		accelerator=tcg,thread=single cpu=max,-erms,-fsrm,-fsrs,-fzrm
		cpus=1 clock=(-icount shift=0,sleep=off)
	elif kvm_works; then
		accelerator=kvm cpu=host
	else
		accelerator=tcg,thread=multi cpu=max
	fi
	if [[ $terminal ]]; then
		orders_write /dev/hvc0 /dev/hvc0
		ports=(-chardev "stdio,id=out,signal=off" -device "virtconsole,chardev=out")
		saved=$(stty -g)
	else
		orders_write /dev/vport0p1 /dev/vport0p2
		mkfifo "$orders"/{out,err}
		cat "$orders/out" &
		cat "$orders/err" >&2 &
		ports=(
			-chardev "file,id=out,path=$orders/out" -device "virtserialport,nr=1,chardev=out"
			-chardev "file,id=err,path=$orders/err" -device "virtserialport,nr=2,chardev=err"
		)
	fi
	timeout --foreground --signal=KILL "$timeout" qemu-system-x86_64 \
		-machine pc -accel "$accelerator" -cpu "$cpu" -smp "$cpus" ${clock[@]+"${clock[@]}"} -m 1G -nodefaults -display none -no-reboot \
		-kernel "/usr/lib/modules/$release/vmlinuz" -initrd "$orders/initramfs" \
		-append "console=ttyS0 quiet oops=panic panic=-1 mitigations=off nokaslr no_timer_check guest_init=$vm/init" \
		-serial "file:$orders/console" -device virtio-serial-pci "${ports[@]}" \
		-fsdev local,id=root,path=/,security_model=passthrough,multidevs=remap \
		-device virtio-9p-pci,fsdev=root,mount_tag=root 2>"$orders/qemu" || status=$?
	if [[ $terminal ]]; then
		stty "$saved"
	fi
	wait
	((status == 0 || status == 137)) || cat "$orders/qemu" >&2
	return "$status"
}

# What the kernel needs to reach its root: busybox, some modules, and a script.
boot_initramfs() {
	local number=10 file
	mkdir -p "$orders"/ram/{modules,proc,dev,root}
	cp /usr/bin/busybox "$orders/ram/busybox"
	cp "$vm/initramfs" "$orders/ram/init"
	while read -r file; do
		cp "$file" "$orders/ram/modules/$number-${file##*/}"
		number=$((number + 1))
	done < <(
		for file in virtio_pci virtio_console 9pnet_virtio 9p; do
			modprobe --set-version "$1" --show-depends "$file"
		done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
	)
	(cd "$orders/ram" && find . | cpio --create --format=newc --quiet) >"$orders/initramfs"
}

# /dev/kvm may exist where no guest runs: ask a guest that just says so, on a processor made for guests.
kvm_works() {
	local rom=$orders/rom status=0
	grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo && [[ -w /dev/kvm ]] || return 1
	# At the reset vector: mov $0xf4,%dx; mov $0x10,%al; out %al,(%dx); jmp .
	{
		head -c 65520 /dev/zero
		printf '\xba\xf4\x00\xb0\x10\xee\xf4\xeb\xfd'
		head -c 7 /dev/zero
	} >"$rom"
	timeout 5 qemu-system-x86_64 -machine pc -accel kvm -nodefaults -display none -bios "$rom" \
		-device isa-debug-exit,iobase=0xf4,iosize=1 >"$orders/qemu" 2>&1 || status=$?
	((status == 33))
}
