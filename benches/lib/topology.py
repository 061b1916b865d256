"""What needs more than one server: a mirror with its upstream, and two replicas over PostgreSQL."""
import hashlib
import json
import os
import pathlib
import subprocess
import time

from . import machine, peers

MIRRORED = 200
OTHERS = 9_800
RUNS = 20


def entry(name, version, digest, url):
    """About as long as public indexes have them."""
    return {"apiVersion": "v2", "name": name, "version": version, "appVersion": version, "created": "2026-01-01T00:00:00Z",
            "description": f"{name} is one of the charts that the benchmarks are made with; its text is as long as others are",
            "home": f"https://charts.example.com/{name}", "icon": f"https://charts.example.com/{name}/icon.svg",
            "keywords": ["database", "monitoring"], "sources": [f"https://git.example.com/{name}"] * 2, "digest": digest,
            "maintainers": [{"name": "Platform Team", "email": "platform@example.com"}], "urls": [url]}


def upstream(bench):
    """nginx with an index of 10,000 versions, of which a mirror wants 200; JSON, which is YAML too."""
    charts = bench.place / "upstream-charts"
    if not charts.exists():
        bench.plain_help("charts", "--folder", charts, "--count", MIRRORED, "--filling", 13_000)
    files, entries = {}, {}
    for file in sorted(charts.iterdir()):
        name = file.name.removesuffix("-1.0.0.tgz")
        files[f"/{file.name}"] = file.read_bytes()
        entries[name] = [entry(name, "1.0.0", hashlib.sha256(files[f"/{file.name}"]).hexdigest(), file.name)]
    for number in range(OTHERS):
        name = f"other-{number // 100:04}"
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        entries.setdefault(name, []).append(entry(name, f"2.{number % 100}.0", digest, f"{name}-2.{number % 100}.0.tgz"))
    files["/index.yaml"] = json.dumps({"apiVersion": "v1", "entries": entries, "generated": "2026-01-01T00:00:00Z"}, indent=0).encode()
    return peers.nginx(bench, files, access=bench.place / "nginx-access.log")


def mirror(bench):
    source = upstream(bench)
    folder = bench.place / "data-mirror"
    subprocess.run(["rm", "-rf", folder], check=True)
    tokens = bench.help("data", "--data", folder, "--charts", 1, "--versions", 1, "--waiting", 0)
    ours = peers.chartgate(bench, folder, extra=["--workers", "2", "--allow-network", "127.0.0.0/8"])
    client = {**os.environ, "CHARTGATE_SERVER": ours.url, "CHARTGATE_TOKEN": tokens["admin"]}
    run = lambda *arguments: subprocess.run([bench.binary, "mirror", *arguments], env=client, check=True, capture_output=True)
    log = bench.place / "nginx-access.log"
    requests = lambda: len(log.read_text().splitlines())
    bearer = {"Authorization": f"Bearer {tokens['admin']}"}
    waiting = lambda: {item["chart"]: item["state"] for item in
                       json.loads(machine.get(f"{ours.url}/api/v1/queue?limit=200", bearer)[2])["items"]}

    at, cpu = time.monotonic(), ours.cpu_seconds()
    run("add", "measured", source.url, "--repository", "charts", "--versions", "<2.0.0", "--every", "1d")
    run("run", "measured")
    arrived, arrived_cpu = time.monotonic() - at, ours.cpu_seconds() - cpu
    while (states := waiting()) and (len(states) < MIRRORED or "quarantined" in states.values()):
        assert time.monotonic() - at < 300, f"the mirror does not end: {len(states)} of {MIRRORED}"
        time.sleep(0.2)
    judged, judged_cpu, peak = time.monotonic() - at, ours.cpu_seconds() - cpu, ours.memory_mib("VmHWM")

    before, cpu, idle = requests(), ours.cpu_seconds(), time.monotonic()
    time.sleep(3)
    at_rest = (ours.cpu_seconds() - cpu) / (time.monotonic() - idle)
    cpu, at = ours.cpu_seconds(), time.monotonic()
    for _ in range(RUNS):
        run("run", "measured")
    took = time.monotonic() - at
    again = (ours.cpu_seconds() - cpu - at_rest * took) / RUNS * 1000
    asked = (requests() - before) / RUNS
    index = pathlib.Path(bench.place / "nginx/files/index.yaml")
    index.write_text(index.read_text().replace('"generated": "2026-01-01', '"generated": "2026-01-02'))
    cpu = ours.cpu_seconds()
    run("run", "measured")
    reread = (ours.cpu_seconds() - cpu) * 1000
    figures = {"arrived_s": arrived, "arrived_cpu_s": arrived_cpu, "judged_s": judged, "judged_cpu_s": judged_cpu,
               "no_change_cpu_ms": again, "no_change_requests": asked, "reread_cpu_ms": reread, "peak_mib": peak}
    bench.figures["mirror"] = figures
    bench.table(f"Mirror of {MIRRORED} charts of 14 KB out of an index of {MIRRORED + OTHERS:,} versions, SQLite, 2 workers",
                ["what", "figure"],
                [["first run: all archives quarantined", f"{arrived:.1f} s, {arrived_cpu / MIRRORED * 1000:.1f} ms CPU per chart"],
                 ["all judged as well", f"{judged:.1f} s ({MIRRORED / judged:.0f}/s), {judged_cpu / MIRRORED * 1000:.1f} ms CPU per chart"],
                 ["memory of server and scans, highest together", f"{peak:.0f} MiB"],
                 ["run without change", f"{asked:.1f} requests, {again:.1f} ms CPU"],
                 ["run with a changed index and no new version", f"{reread:.0f} ms CPU"]])


def replicas(bench):
    _, url = peers.postgres(bench)
    folder = bench.place / "data-replicas"
    subprocess.run(["rm", "-rf", folder], check=True)
    at = time.monotonic()
    tokens = bench.help("data", "--data", folder, "--database", url, "--charts", 100, "--versions", 100)
    filled = time.monotonic() - at
    built = bench.help("index", "--data", folder, "--database", url, "--changes", 20)
    one, other = (peers.chartgate(bench, folder, name, ["--database", url]) for name in ("replica-a", "replica-b"))
    tags = [machine.get(f"{server.url}/charts/index.yaml")[1]["ETag"] for server in (one, other)]
    assert tags[0] == tags[1], "replicas disagree on the validator"
    seen = bench.help("visible", "--on", one.url, "--seen", other.url, "--token", tokens["reviewer"], "--count", 100)
    bench.figures["replicas"] = {"filled_s": filled, "index": built, "seen": seen}
    rows = [[what, f"{seen[key]['p50_ms']:.1f}", f"{seen[key]['p99_ms']:.1f}"] for what, key in
            [("the decision itself (answer of A)", "decision"), ("approval, from A's answer to B's tag list", "approve_seen"),
             ("revocation, from A's answer to B's tag list", "revoke_seen"), ("approval, to B's index", "index_approve_seen"),
             ("revocation, to a refused pull by tag from B, which was pulled before", "pull_revoke_seen")]]
    bench.table("Two replicas, PostgreSQL, 10,000 versions, milliseconds", ["what", "p50", "p99"], rows)
    print(f"Index on PostgreSQL: built in {built['build_cpu_ms']:.0f} ms CPU, changed in {built['change_cpu_ms']:.2f} ms CPU "
          f"({built['change_wall_ms']:.1f} ms wall). Both replicas give the validator {tags[0][:12]}...\n")
