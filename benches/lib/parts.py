"""The parts of a run. Each prints one table and keeps its raw figures."""
import gzip
import hashlib
import json
import re
import shutil
import statistics
import subprocess
import time

from . import machine, peers, topology

ALL = ["index", "http", "push", "start", "mirror", "replicas"]
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SIZES = [1_000, 10_000, 100_000]
LONG_BYTES = 2_000_000
LOADS_OF_PUSH = [(1, 24), (4, 64), (16, 96)]


class Bench:
    def __init__(self, options, place, binaries):
        self.options, self.place = options, place
        self.binary, self.helper = binaries
        self.logs = place / "logs"
        self.logs.mkdir(exist_ok=True)
        self.running, self.figures = [], {}

    def run(self, name):
        PARTS[name](self)
        self.end()

    def started(self, process):
        self.running.append(process)
        return process

    def end(self):
        while self.running:
            self.running.pop().end()

    def plain_help(self, *arguments):
        """What the benchmarks' own program prints."""
        done = subprocess.run([str(part) for part in (self.helper, *arguments)], check=True, stdout=subprocess.PIPE, text=True,
                              cwd=self.place)
        return done.stdout

    def help(self, *arguments):
        """The last line of what it prints, as JSON."""
        return json.loads(self.plain_help(*arguments).splitlines()[-1])

    def data(self, versions, copy=None):
        """A folder with so many approved versions, and its tokens; made once, copied for whoever changes it."""
        folder = self.place / f"data-{versions}"
        tokens = self.place / f"data-{versions}.json"
        if not tokens.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            per_chart = 100
            made = self.help("data", "--data", folder, "--charts", versions // per_chart, "--versions", per_chart)
            tokens.write_text(json.dumps(made))
        if copy:
            shutil.rmtree(self.place / copy, ignore_errors=True)
            shutil.copytree(folder, self.place / copy)
            folder = self.place / copy
        return folder, json.loads(tokens.read_text())

    def table(self, title, head, rows):
        print(f"### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
        for row in rows:
            print(f"| {' | '.join(str(cell) for cell in row)} |")
        print(flush=True)


def spread(values, digits=2):
    """Median with minimum and maximum."""
    if not values:
        return "-"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


# ---- index: built and changed, from inside -------------------------------------------------------------------------------

def index(bench):
    rows = []
    for versions in [size for size in SIZES if size <= bench.options.versions]:
        folder, _ = bench.data(versions, copy="data-index")
        found = bench.help("index", "--data", folder, "--builds", 2 if versions > 50_000 else 4)
        bench.figures[f"index {versions}"] = found
        rows.append([f"{versions:,}", f"{found['bytes'] / 1e6:.1f}", f"{found['build_cpu_ms']:.0f}",
                     f"{found['change_cpu_ms']:.2f}", f"{found['change_cpu_max_ms']:.2f}", f"{found['change_wall_ms']:.2f}",
                     f"{found['approve_cpu_ms']:.2f}", f"{found['build_cpu_ms'] / max(found['change_cpu_ms'], 0.001):.0f}"])
        shutil.rmtree(folder)
    bench.table("Index: build and change, SQLite, CPU of the process",
                ["versions", "MB", "build from rows, ms", "change of one version, ms", "worst, ms", "wall, ms",
                 "the approval itself, ms", "whole build : change"], rows)


# ---- http: reads beside nginx and distribution ---------------------------------------------------------------------------

def http(bench):
    folder, tokens = bench.data(bench.options.versions)
    ours = peers.chartgate(bench, folder, extra=["--workers", "0"])
    rest = ours.memory_mib()
    bearer = {"Authorization": f"Bearer {tokens['reader']}"}
    _, index_headers, index_bytes = machine.get(f"{ours.url}/charts/index.yaml", bearer)
    _, zipped_headers, zipped = machine.get(f"{ours.url}/charts/index.yaml", {**bearer, "Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped) == index_bytes, "gzip and identity differ"
    etag, files = index_headers["ETag"], {"/charts/index.yaml": index_bytes, "/charts/index.yaml.gz": gzip.compress(index_bytes, 6)}
    registry = peers.distribution(bench)
    names = {}
    for chart, tag in [("small", "1.0.0"), ("large", "1.0.0")]:
        digest, manifest, blobs = peers.pulled(ours, f"charts/{chart}", tag, tokens["reader"])
        peers.push(registry, f"charts/{chart}", tag, manifest, blobs)
        archive = max(blobs, key=lambda name: len(blobs[name]))
        names[chart] = (digest, archive, len(manifest), len(blobs[archive]))
        files |= {f"/v2/charts/{chart}/blobs/{name}": content for name, content in blobs.items()}
        files |= {f"/v2/charts/{chart}/manifests/{reference}": manifest for reference in (tag, digest)}
    static = peers.nginx(bench, files)
    _, static_headers, _ = machine.get(f"{static.url}/charts/index.yaml")
    small, large = names["small"], names["large"]
    accept = {"Accept": OCI_MANIFEST}
    gzipped = {"Accept-Encoding": "gzip"}
    everybody, both = [ours, static, registry], [ours, static]
    cases = [
        # what, path, connections, length of a body, servers, headers, and those that only ours or only nginx gets
        ("index, identity", "/charts/index.yaml", 4, len(index_bytes), both, {}, bearer, {}),
        ("index, gzip", "/charts/index.yaml", 4, min(len(zipped), len(files["/charts/index.yaml.gz"])), both, gzipped, bearer, {}),
        ("index, 304", "/charts/index.yaml", 16, 0, both, {}, {**bearer, "If-None-Match": etag},
         {"If-None-Match": static_headers["ETag"]}),
        ("manifest by tag, token", "/v2/charts/small/manifests/1.0.0", 16, small[2], everybody, accept, bearer, {}),
        ("manifest by tag, open", "/v2/charts/small/manifests/1.0.0", 16, small[2], everybody, accept, {}, {}),
        ("manifest by digest, token", f"/v2/charts/small/manifests/{small[0]}", 16, small[2], everybody, accept, bearer, {}),
        (f"blob {small[3] / 1000:.0f} KB, token", f"/v2/charts/small/blobs/{small[1]}", 16, small[3], everybody, {}, bearer, {}),
        (f"blob {large[3] / 1000:.0f} KB, token", f"/v2/charts/large/blobs/{large[1]}", 16, large[3], everybody, {}, bearer, {}),
    ]
    rows = []
    for what, path, connections, length, servers, headers, for_ours, for_nginx in cases:
        sent = {server.name: {**headers, **(for_ours if server is ours else for_nginx if server is static else {})} for server in servers}
        lengths = same_bytes(servers, path, sent, length)
        seconds = bench.options.seconds * (2 if length > LONG_BYTES else 1)
        found = {server.name: [] for server in servers}
        for server in servers:
            measured(server, path, sent[server.name], connections, 1, lengths[server.name])
        for _ in range(bench.options.rounds):
            for server in servers:
                found[server.name].append(measured(server, path, sent[server.name], connections, seconds, lengths[server.name]))
        bench.figures[f"http {what}"] = found
        ratio = lambda peer, key, up: "-" if peer not in found else spread(
            [(theirs[key] / mine[key]) if up else (mine[key] / theirs[key]) for mine, theirs in zip(found["chartgate"], found[peer])])
        cpu = lambda name: "-" if name not in found else f"{statistics.median(one['cpu_us'] for one in found[name]):,.0f}"
        rate = lambda name: "-" if name not in found else f"{statistics.median(one['per_second'] for one in found[name]):,.0f}"
        rows.append([what, cpu("chartgate"), cpu("nginx"), cpu("distribution"), ratio("nginx", "cpu_us", True),
                     ratio("distribution", "cpu_us", True), rate("chartgate"), rate("nginx"), rate("distribution"),
                     f"{statistics.median(one['p99_ms'] for one in found['chartgate']):.1f}"])
    foreign = [one["foreign"] for key, found in bench.figures.items() if key.startswith("http ") and isinstance(found, dict)
               for list_ in found.values() for one in list_]
    bench.table(f"Reads, {bench.options.versions:,} versions, {bench.options.rounds} rounds; CPU microseconds per request of the server",
                ["request", "chartgate", "nginx", "distribution", "nginx : chartgate", "distribution : chartgate",
                 "chartgate/s", "nginx/s", "distribution/s", "p99 ms"], rows)
    memory = {server.name: (server.memory_mib(), server.memory_mib("VmHWM")) for server in everybody}
    print(f"Ratios are of CPU time, median (minimum to maximum) over rounds; above 1 chartgate needs less. Other processes took "
          f"{statistics.median(foreign):.0%} of the machine (median; {max(foreign):.0%} at most). "
          f"chartgate held {rest:.0f} MiB before the first request; after the load: "
          + ", ".join(f"{name} {now:.0f} MiB (peak {peak:.0f})" for name, (now, peak) in memory.items()) + ".\n")
    bench.figures["memory"] = {"rest": rest, **memory}


def same_bytes(servers, path, sent, length):
    bodies = {server.name: machine.get(server.url + path, sent[server.name]) for server in servers}
    sums, lengths = set(), {}
    for name, (status, headers, body) in bodies.items():
        assert status == (200 if length else 304), f"{name} answers {status} to {path}: {body[:200]}"
        sums.add(hashlib.sha256(gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body).hexdigest())
        lengths[name] = len(body)
    assert len(sums) == 1, f"not the same bytes at {path}"
    return lengths


def measured(server, path, headers, connections, seconds, length):
    """One load on one server. Every answer must be a success of full length."""
    arguments = [machine.tool("wrk", "wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "20s"]
    for name, value in headers.items():
        arguments += ["-H", f"{name}: {value}"]
    before, busy, at, children = server.cpu_seconds(), machine.busy_seconds(), time.monotonic(), own_children()
    text = subprocess.run([*arguments, server.url + path], capture_output=True, text=True, check=True).stdout
    took, used = time.monotonic() - at, server.cpu_seconds() - before
    foreign = machine.busy_seconds() - busy - used - (own_children() - children)
    requests, read = re.search(r"(\d+) requests in [\d.]+\w+, ([\d.]+)(\wB|B) read", text).group(1, 2)
    unit = re.search(r"requests in [\d.]+\w+, [\d.]+(\w?B) read", text).group(1)
    total = float(read) * {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}[unit]
    assert "Non-2xx" not in text and "Socket errors" not in text, f"{server.name} {path}: {text}"
    assert total >= 0.98 * length * int(requests), f"{server.name} {path}: short bodies: {text}"
    # Of long bodies wrk counts only those that ended in its time; their bytes tell how many were sent.
    requests = total / length if length > LONG_BYTES else int(requests)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    return {"cpu_us": max(used, 1 / machine.TICKS_PER_SECOND) / requests * 1e6, "per_second": requests / took, "requests": requests,
            "p99_ms": float(p99.group(1)) * {"us": 0.001, "ms": 1, "s": 1000}[p99.group(2)],
            "foreign": max(0.0, foreign / took / machine.os.cpu_count())}


def own_children():
    import resource
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# ---- push: durable, beside distribution ----------------------------------------------------------------------------------

def push(bench):
    folder, tokens = bench.data(1_000, copy="data-push")
    ours = peers.chartgate(bench, folder, extra=["--workers", "0"])
    registry = peers.distribution(bench, bench.place / "distribution-push")
    rows = []
    for size, filling in [("14 KB", 13_000), ("909 KB", 907_000)]:
        for clients, count in LOADS_OF_PUSH:
            count = count if filling < 100_000 else max(clients * 2, count // 4)
            found = {ours.name: [], registry.name: []}
            for round_ in range(min(bench.options.rounds, 5)):
                for server in (ours, registry):
                    seed = f"{filling}-{clients}-{round_}"
                    arguments = ["push", "--url", server.url, "--clients", clients, "--count", count, "--filling", filling,
                                 "--seed", seed]
                    if server is ours:
                        arguments += ["--token", tokens["publisher"]]
                    before = server.cpu_seconds()
                    one = bench.help(*arguments)
                    one["cpu_us"] = (server.cpu_seconds() - before) / one["pushes"] * 1e6
                    found[server.name].append(one)
            bench.figures[f"push {size} {clients}"] = found
            middle = lambda name, key: statistics.median(one[key] for one in found[name])
            ratio = lambda key, up: spread([theirs[key] / mine[key] if up else mine[key] / theirs[key]
                                            for mine, theirs in zip(found["chartgate"], found["distribution"])])
            rows.append([size, clients, *(f"{middle(name, 'cpu_us') / 1000:.2f}" for name in found), ratio("cpu_us", True),
                         *(f"{middle(name, 'per_second'):.0f}" for name in found), ratio("per_second", False),
                         *(f"{middle(name, 'p99_ms'):.0f}" for name in found)])
    bench.table("Durable pushes of unique charts (two blobs by POST and PUT, manifest by tag; scans are not run)",
                ["archive", "clients", "chartgate CPU ms", "distribution CPU ms", "CPU distribution : chartgate", "chartgate/s",
                 "distribution/s", "rate chartgate : distribution", "chartgate p99 ms", "distribution p99 ms"], rows)


# ---- start: cold start and memory at rest --------------------------------------------------------------------------------

def start(bench):
    rows = []
    empty = bench.place / "data-empty"
    places = [("chartgate, first start", None), ("chartgate, empty", empty)]
    places += [(f"chartgate, {size:,} versions", bench.data(size)[0]) for size in SIZES[1:] if size <= bench.options.versions]
    for what, folder in [*places, ("distribution, empty", "distribution")]:
        seconds, memory, first = [], [], []
        for _ in range(bench.options.rounds):
            if folder == "distribution":
                server = peers.distribution(bench, bench.place / "distribution-start")
            else:
                if folder is None:
                    shutil.rmtree(empty, ignore_errors=True)
                server = peers.chartgate(bench, folder or empty)
                at = time.monotonic()
                machine.get(f"{server.url}/charts/index.yaml")
                first.append((time.monotonic() - at) * 1000)
            seconds.append(server.seconds_to_ready * 1000)
            memory.append(server.memory_mib())
            bench.end()
        bench.figures[f"start {what}"] = {"ms": seconds, "first_index_ms": first, "mib": memory}
        rows.append([what, spread(seconds, 0), spread(first, 0), f"{statistics.median(memory):.0f}"])
    bench.table("Start of the process to ready, then the first index", ["server", "ready, ms", "first index, ms", "MiB then"], rows)


PARTS = {"index": index, "http": http, "push": push, "start": start, "mirror": topology.mirror, "replicas": topology.replicas}
