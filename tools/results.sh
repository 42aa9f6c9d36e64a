# Runs tests by meson and adds up what became of them. For tools/test, which sets root and has sourced
# lib.sh; the end of a run is told by print_results.

passed=0 failed=0 skipped=0
failures=() skips=() unstable=()

# Suites of whole processes that talk to each other, whose tests have to guess how long a machine may be
# busy with something else. One of them that failed is run once more, alone.
run_again_suites='scenario|integration'
# Where more than this many of a part failed, it is not for want of time.
run_again_at_most=5
# What no machine is too slow for: such a test has failed, whatever it says the next time.
never_by_slowness='Sanitizer: |runtime error: |LOST: |match ids?\b|never sent|must not match|torn lines'
never_by_slowness+='|ended by signal (4|6|7|8|11) |is not the sum of its parts|is not matched \+ unmatched'

# read_log LOG DIRECTORY: what meson wrote down about a run, a line for each test: its result, suite and name,
# "again" where it may be run again, and a file in the directory with all that a failed one said.
read_log() {
	python3 -c '
import json, os, re, sys
log, directory, suites, never = sys.argv[1:]
for line in open(log):
    test, again, path = json.loads(line), "no", ""
    suite, _, name = test["name"].rpartition(" / ")
    if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
        said = test.get("stdout", "") + test.get("stderr", "")
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, re.sub("[^A-Za-z0-9_.-]", "_", name) + ".txt")
        with open(path, "w") as file:
            file.write("%s: %s after %.1f s\n%s" % (test["name"], test["result"], test["duration"], said))
        if re.fullmatch(suites, suite.rpartition(":")[2]) and not re.search(never, said):
            again = "again"
    print(test["result"], name, again, path, sep="\t")' "$1" "$2" "$run_again_suites" "$never_by_slowness"
}

# has_failed PART RESULT NAME LOG [HOW]
has_failed() {
	failed=$((failed + 1))
	if [ "$2" = TIMEOUT ]; then
		failures+=("$1: $3 hung, and was ended${5:-}; $4")
		say "HUNG     $1: $3"
	else
		failures+=("$1: $3 ($2)${5:-}; $4")
	fi
}

# count_results DIRECTORY PART: adds up the run just ended; sets `suspects` to those that are to be run again,
# each as result, name and log, with tabs between them.
count_results() {
	local log=$1/meson-logs/testlog.json part=$2 result name again path suspect

	suspects=()
	[ -f "$log" ] || return 0
	while IFS=$'\t' read -r result name again path; do
		case $result in
		OK | EXPECTEDFAIL) passed=$((passed + 1)) ;;
		SKIP)
			skipped=$((skipped + 1))
			skips+=("$part: $name")
			;;
		*)
			if [ "$again" = again ]; then
				suspects+=("$result"$'\t'"$name"$'\t'"$path")
			else
				has_failed "$part" "$result" "$name" "$path"
			fi
			;;
		esac
	done < <(read_log "$log" "$1/failed/$part")
	[ ${#suspects[@]} -gt "$run_again_at_most" ] || return 0
	for suspect in "${suspects[@]}"; do
		IFS=$'\t' read -r result name path <<<"$suspect"
		has_failed "$part" "$result" "$name" "$path"
	done
	suspects=()
}

# run_again DIRECTORY PART RESULT NAME LOG [MESON ARGUMENT…]: alone. It has passed, or failed twice.
run_again() {
	local directory=$1 part=$2 result=$3 name=$4 path=$5
	local second=$directory/failed/$part/again
	shift 5

	say "== $part: $name once more, alone"
	rm -f "$directory"/meson-logs/testlog.*
	if meson test -C "$directory" --no-rebuild --print-errorlogs --num-processes 1 "$@" "$name"; then
		passed=$((passed + 1))
		unstable+=("$part: $name failed once, and passed when it was run again; the first time: $path")
		return 0
	fi
	[ ! -f "$directory/meson-logs/testlog.json" ] || read_log "$directory/meson-logs/testlog.json" "$second" >/dev/null
	has_failed "$part" "$result" "$name" "$path" ", and again when it was run alone"
}

# run_tests DIRECTORY PART PROCESSES [MESON ARGUMENT…]
run_tests() {
	local directory=$1 part=$2 at_once=$3 status=0 before suspect result name path
	local -a suspects
	shift 3

	say "== $part"
	rm -f "$directory"/meson-logs/testlog.*
	meson test -C "$directory" --no-rebuild --print-errorlogs --num-processes "$at_once" "$@" || status=$?
	before=$failed
	count_results "$directory" "$part"
	# no log, or one that was cut off
	if [ "$status" -ne 0 ] && [ "$failed" -eq "$before" ] && [ ${#suspects[@]} -eq 0 ]; then
		failed=$((failed + 1))
		failures+=("$part: meson ended with status $status, and with no test that failed")
	fi
	for suspect in "${suspects[@]}"; do
		IFS=$'\t' read -r result name path <<<"$suspect"
		run_again "$directory" "$part" "$result" "$name" "$path" "$@"
	done
}

# What was skipped, unstable and failed, and the numbers. Not 0 where something failed, or nothing was run: that is
# no success either.
print_results() {
	local name

	for name in "${skips[@]}"; do
		echo "skipped  $name"
	done
	for name in "${unstable[@]}"; do
		echo "UNSTABLE  $name"
	done
	for name in "${failures[@]}"; do
		echo "FAILED   $name"
	done
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
