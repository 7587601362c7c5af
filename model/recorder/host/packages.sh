# shellcheck shell=bash
# Debian packages: what the recorder runs, and the kernels that it boots (which are unpacked, not installed).

# command package
needed="qemu-system-x86_64 qemu-system-x86
busybox busybox-static
cpio cpio
gcc gcc
mkfs.ext4 e2fsprogs
mkfs.xfs xfsprogs
dmsetup dmsetup
depmod kmod
xz xz-utils
python3 python3"

# Kernel series and the packages that have them.
declare -A package_of=(
	[6.1]='^linux-image-6\.1\.[0-9]+-[0-9]+-amd64$'
	[6.12]='^linux-image-6\.12\.[0-9]+(\+deb[0-9]+)?-amd64$'
)

# Installs what is missing, and the C library to link the guest's program with.
install_missing() {
	local command package missing=()
	while read -r command package; do
		command -v "$command" >/dev/null || missing+=("$package")
	done <<<"$needed"
	[[ -e /usr/lib/x86_64-linux-gnu/libc.a ]] || missing+=(libc6-dev)
	((!${#missing[@]})) || apt-get install -y --no-install-recommends "${missing[@]}"
}

# fetch_kernel SERIES DIRECTORY: unpacks the newest package of the series into DIRECTORY/root, and says which in DIRECTORY/package.
fetch_kernel() {
	local series=$1 directory=$2 package
	package=$(apt-cache pkgnames linux-image-"$series" | grep -E "${package_of[$series]}" | sort -V | tail -1)
	[[ -n $package ]] || { echo "no package of Linux $series: apt-get update, or an apt source that has it" >&2; return 1; }
	[[ $(cat "$directory/package" 2>/dev/null) != "$package" ]] || return 0
	rm -rf "$directory/root" "$directory"/*.deb
	(cd "$directory" && apt-get -o APT::Sandbox::User=root download "$package")
	dpkg-deb -x "$directory"/*.deb "$directory/root"
	rm "$directory"/*.deb
	echo "$package" >"$directory/package"
}
