# shellcheck shell=bash disable=SC2154 # boot has the rest
# Starts user-mode Linux for boot. Its consoles are descriptors of ours: the first has the kernel's
# log, the second is COMMAND's terminal or output, the third its errors.

boot_guest() {
	local release saved status=0
	release=$(ls "$uml_modules/lib/modules")
	ln -s "$uml_modules/lib/modules/$release" "/lib/modules/$release"
	orders_write /dev/tty1 /dev/tty2

	# Through pipes, also where nothing ever comes: user-mode Linux cannot wait for other files.
	mkfifo "$orders"/{log,out,err,silence}
	cat "$orders/log" >"$orders/console" &
	if [[ $terminal ]]; then
		saved=$(stty -g)
		boot_uml con1=fd:0,fd:1 || status=$?
		stty "$saved"
	else
		cat "$orders/out" &
		cat "$orders/err" >&2 &
		boot_uml con1=fd:7,fd:4 con2=fd:8,fd:5 4>"$orders/out" 5>"$orders/err" </dev/null || status=$?
	fi
	wait
	return "$status"
}

# The subshell's own errors go to the log too: there bash says that the kernel was killed.
boot_uml() {
	(
		exec 2>"$orders/uml" 3>"$orders/log" 6<>"$orders/silence" 7<>"$orders/silence" 8<>"$orders/silence"
		# Above 1G, modules are too far away from the kernel for 32-bit calls.
		timeout --foreground --signal=KILL "$timeout" "$uml_kdir/linux" mem=1G \
			rootfstype=hostfs rootflags=/ rw "init=$vm/init" oops=panic panic=-1 \
			con=null con0=fd:6,fd:3 ${uml_arguments[@]+"${uml_arguments[@]}"} "$@" || exit "$?"
	)
}
