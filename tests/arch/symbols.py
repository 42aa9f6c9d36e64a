"""What hot objects may call. A hot object runs per burst, event or match: it may call its own house,
and of the libraries only what stands here. Everything else is a fault: malloc, printf, locks, clocks
and system calls first of all.

usage: symbols.py BUILD_DIR"""
import pathlib
import re
import subprocess
import sys

# library of the build: objects (source names) of it that are hot
HOT = {
    "dataplane/base/libbase.a": [
        "event.c", "program_arithmetic.c", "program_base64.c", "program_call.c", "program_compare.c", "program_convert.c",
        "program_filter.c", "program_format.c", "program_lists.c", "program_loops.c", "program_numbers.c", "program_parse.c", "program_print.c", "program_run.c",
        "program_search.c", "program_sequences.c", "program_text.c", "program_time.c", "program_utf8.c", "program_values.c",
        "regex.c", "record.c", "record_payload.c", "trace.c", "json_number.c", "json_out.c", "json_text.c",
        "http1_request.c", "http1_response.c", "http1_headers.c", "http1_chunk.c", "http1_scan.c"],
    "dataplane/flow/libflow.a": [
        "burst.c", "connection.c", "fragments.c", "hash.c", "hold.c", "ip.c", "link.c", "segment.c", "stream.c", "table.c",
        "transport.c", "walk.c"],
    "dataplane/frame/libframe.a": [
        "http.c", "http_body.c", "http_head.c", "http_reply.c", "inflate.c", "lines.c", "mirror.c", "mirror_message.c", "mirror_text.c", "split.c",
        "assembly.c"],
    "dataplane/io/libio.a": ["conn.c", "output.c", "spill.c"],
    "dataplane/io/libwires.a": ["card_clock.c", "spread.c"],
    "dataplane/io/libdpdk.a": ["dpdk.c"],
    "dataplane/decode/libdecode.a": ["charset.c", "map.c", "map_compose.c", "map_json.c", "map_path.c", "map_text.c", "map_value.c",
        "json.c", "value.c", "string.c", "number.c", "time.c", "skip.c", "mask.c"],
    "dataplane/match/libmatch.a": ["canon.c", "confirm.c", "gather.c", "scan.c"],
    "dataplane/state/libstate.a": [
        "aggregates.c", "applied.c", "call.c", "completed.c", "deadlines.c", "due.c", "fires.c", "interns.c", "keys.c", "limits.c",
        "look.c", "memory_read.c", "memory_write.c", "opens.c", "pack.c", "pack_id.c", "restore.c", "runs.c", "seen.c", "slab.c",
        "sliding.c", "starts.c", "wheel.c"],
    "dataplane/decide/libdecide.a": ["decide.c", "rank.c"],
    "dataplane/store/libstore.a": ["batch.c"],
    "dataplane/worker/libworker.a": [
        "burst.c", "campaigns.c", "commits.c", "effects.c", "emit.c", "groups.c", "handover.c", "ingest.c", "lines.c", "mailbox.c", "match_mail.c", "owner.c", "record.c", "request.c", "session.c",
        "stages.c", "stash.c", "step.c", "time.c", "wire.c", "wire_request.c", "wire_step.c"],
}
ALLOWED = re.compile(
    r"sl_\w+"                                     # our own, themselves under this test or cold by name
    r"|mem(cpy|move|set|cmp|chr|mem|rchr)|str(len|nlen)|bcmp"
    r"|__(memcpy|memmove|memset|strcpy|strncpy|memcpy_chk)_chk"
    r"|hs_scan"                                   # match only
    r"|XXH\w+"
    r"|inflate(Reset)?"                           # frame only: its memory was given to it at start
    r"|iconv|__errno_location|inet_ntop"          # decode only: none of them takes memory
    r"|rte_eth_fp_ops|rte_eth_call_rx_callbacks|rte_mempool_ops_table|rte_pktmbuf_free_bulk|per_lcore__lcore_id|__tls_get_addr|__rte_panic"  # io/dpdk only
    r"|__assert_fail|abort|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"
    r"|__(asan|ubsan|tsan|sanitizer)_\w+|__sanitizer\w+"
    r"|__popcountdi2|__cpu_model|__cpu_indicator_init")


def undefined(archive):
    result = {}
    out = subprocess.run(["nm", "-A", "-u", archive], check=True, capture_output=True, text=True).stdout
    listed = subprocess.run(["ar", "t", archive], check=True, capture_output=True, text=True).stdout.split()
    for member in listed:
        result[pathlib.PurePath(member).name.removesuffix(".o")] = set()
    for line in out.splitlines():
        match = re.match(r"(?:.*[:/])?([^:/\[]+)\.o\]?:\s+[Uw]\s+(\S+)", line)
        if match:
            result.setdefault(match.group(1), set()).add(match.group(2).split("@")[0])
    return result


def main():
    build = pathlib.Path(sys.argv[1])
    faults = looked = 0
    for archive, sources in HOT.items():
        objects = undefined(build / archive)
        for source in sources:
            if source not in objects:
                print(f"{archive}: no object of {source}; the list of hot objects is out of date")
                faults += 1
                continue
            looked += 1
            for symbol in sorted(objects[source]):
                if ALLOWED.fullmatch(symbol):
                    continue
                print(f"{archive}({source}): calls {symbol}, which a hot object may not")
                faults += 1
    print(f"symbols: {looked} hot objects, {faults} faults")
    return 1 if faults else 0


sys.exit(main())
