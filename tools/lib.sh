# Shared by tools/run and tools/test: packages and build directories. Messages go to standard error.
# The caller has set root to the top of the tree.

say() {
	printf '%s\n' "$*" >&2
}

# install_missing [LIST…]: what tools/packages.txt and the lists beside it name and this machine lacks;
# asks nothing where nothing is missing.
install_missing() {
	local package list missing=() as_root=()

	while read -r package; do
		case $package in '' | \#*) continue ;; esac
		if ! dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
			missing+=("$package")
		fi
	done < <(cat "$root/tools/packages.txt" "${@/#/$root/tools/}")
	[ ${#missing[@]} -eq 0 ] && return 0
	if ! command -v apt-get >/dev/null; then
		say "${0##*/}: these Debian packages are missing, and there is no apt-get here: ${missing[*]}"
		return 3
	fi
	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null; then
			say "${0##*/}: become root to install what is missing: apt-get install ${missing[*]}"
			return 3
		fi
		as_root=(sudo)
	fi
	say "installing: ${missing[*]}"
	as_root+=(env DEBIAN_FRONTEND=noninteractive)
	if ! "${as_root[@]}" apt-get update >&2 ||
		! "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}" >&2; then
		say "${0##*/}: installing failed"
		return 3
	fi
}

# configure DIRECTORY [MESON OPTION…]: once; a directory that is there is used as it is.
configure() {
	local directory=$1
	shift
	[ -f "$directory/build.ninja" ] || meson setup "$directory" "$root" "$@" >&2
}

# build DIRECTORY [TARGET…]: quiet unless it fails.
build() {
	local directory=$1 log
	shift
	log=$(mktemp)
	say "building in ${directory#"$root"/}"
	if ! ninja -C "$directory" "$@" >"$log" 2>&1; then
		tail -n 60 "$log" >&2
		rm -f "$log"
		say "${0##*/}: the build failed"
		return 3
	fi
	rm -f "$log"
}
