# shellcheck shell=bash
# The virtual machine. One thread for both CPUs: with a thread for each, patching kernel text while it runs makes the kernel
# crash or hang now and then. The addresses must not be random, and page tables have four levels. Whether the timer ticks is not
# checked: on a busy machine the emulator is late, and the kernel would take the timer for broken.

# Seconds for one boot with all scenarios, and how often it is tried.
time_limit=600
attempts=3

# boot DIRECTORY: boots the kernel with the initramfs there; results are in DIRECTORY/out. Fails if some scenario left none.
boot() {
	local directory=$1 attempt
	for ((attempt = 1; attempt <= attempts; attempt++)); do
		rm -rf "$directory/out"
		mkdir "$directory/out"
		run_machine "$directory"
		tar -xf "$directory/out.img" -C "$directory/out" 2>/dev/null || true
		[[ ! -e $directory/out/complete ]] || return 0
		echo "$(cat "$directory/package"): attempt $attempt did not finish, see $directory/console.log" >&2
	done
	return 1
}

run_machine() {
	local directory=$1
	rm -f "$directory/out.img"
	truncate -s 512M "$directory/out.img"
	timeout "$time_limit" qemu-system-x86_64 \
		-accel tcg,thread=single -smp 2 -m 768 -cpu max -nic none -display none -no-reboot \
		-kernel "$directory"/root/boot/vmlinuz-* -initrd "$directory/initramfs.cpio" \
		-append "console=ttyS0 nokaslr no5lvl no_timer_check mitigations=off quiet panic=-1" \
		-drive "file=$directory/out.img,format=raw,if=virtio" \
		-drive "file=$directory/initramfs/source.img,format=raw,if=virtio,snapshot=on,throttling.iops-read=5" \
		-serial "file:$directory/console.log" -monitor none </dev/null || true
}
