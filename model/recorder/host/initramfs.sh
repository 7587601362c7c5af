# shellcheck shell=bash disable=SC2154 # `here` and `cache` are record's
# What the virtual machine starts with: busybox, a few programs with their libraries, kernel modules in order, and the recorder.

# Modules, in the order in which they are needed, and their options.
modules="virtio_pci
virtio_blk
brd rd_nr=3 rd_size=327680
dm-delay
ext4
xfs
sd_mod
scsi_debug dev_size_mb=64 dif=1 dix=1 max_queue=1 delay=0"

# make_program DIRECTORY: the guest's program, without shared libraries.
make_program() {
	gcc -std=gnu17 -O1 -Wall -Wextra -static -pthread -o "$1/recorder" -I "$here/guest" "$here"/guest/*.c "$here"/guest/scenarios/*.c
}

# make_source FILE: 32 blocks, block N begins with 0xdd0000 + N.
make_source() {
	local block
	for block in {0..31}; do
		printf '%b' "$(printf '\\x%02x\\x00\\xdd\\x00\\x00\\x00\\x00\\x00' "$block")"
		head -c 4088 /dev/zero
	done >"$1"
}

# copy_program PATH ROOT: a program and the libraries that it needs.
copy_program() {
	local file
	for file in "$1" $(ldd "$1" | grep -o '/[^ ]*'); do
		install -D "$file" "$2$file"
	done
}

# copy_modules KERNEL_ROOT ROOT: modules and their dependencies, uncompressed, and the list of what to load with which options.
copy_modules() {
	local release name options path file
	release=$(basename "$1"/lib/modules/*)
	mkdir -p "$2/modules"
	depmod -b "$1" "$release"
	while read -r name options; do
		while read -r path; do
			file=$(basename "$path" .xz)
			copy_module "$path" "$2/modules/$file"
			[[ $file != "$name.ko" ]] || file+=" $options"
			echo "$file"
		done < <(modprobe -d "$1" -S "$release" --show-depends "$name" | awk '$1 == "insmod" { print $2 }')
	done <<<"$modules" | awk '!seen[$1]++' >"$2/modules/list"
}

# copy_module FROM TO: 6.12 has them compressed.
copy_module() {
	if [[ $1 == *.xz ]]; then xz -dc "$1" >"$2"; else cp "$1" "$2"; fi
}

# make_initramfs DIRECTORY: DIRECTORY/initramfs.cpio for the kernel in DIRECTORY/root and the plan in DIRECTORY/plan.
make_initramfs() {
	local directory=$1 root=$1/initramfs program
	rm -rf "$root"
	mkdir -p "$root"/{bin,sbin,dev,proc,sys,mnt,etc,tmp}
	install "$(command -v busybox)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	install "$cache/recorder" "$root/bin/recorder"
	for program in mkfs.ext4 mkfs.xfs dmsetup; do
		copy_program "$(command -v $program)" "$root"
	done
	install "$here/guest/init" "$root/init"
	install -m 644 "$directory/plan" "$root/plan"
	make_source "$root/source.img"
	copy_modules "$directory/root" "$root"
	(cd "$root" && find . | cpio -o -H newc --quiet) >"$directory/initramfs.cpio"
}
