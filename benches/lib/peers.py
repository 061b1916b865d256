"""The servers that are measured: chartgate, nginx with the same bytes as files, CNCF distribution."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from . import machine

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 512; }}
http {{
  access_log {access};
  sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    location = /ready {{ return 200; }}
    location / {{ gzip_static on; }}
  }}
}}
"""

DISTRIBUTION = """
version: 0.1
log: {{ level: error, accesslog: {{ disabled: true }} }}
storage: {{ filesystem: {{ rootdirectory: {folder}/registry }} }}
http: {{ addr: "127.0.0.1:{port}" }}
"""


def chartgate(bench, folder, name="chartgate", extra=(), environment=None):
    port = machine.free_port()
    arguments = [bench.binary, "serve", "--data", folder, "--listen", f"127.0.0.1:{port}", *extra]
    return bench.started(machine.Process(name, arguments, port, "/readyz", bench.logs, environment))


def nginx(bench, files, access="off"):
    """`files` maps paths to bytes."""
    folder = bench.place / "nginx"
    for path, content in files.items():
        file = folder / "files" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    port = machine.free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, access=access))
    arguments = [machine.tool("nginx", "nginx-light"), "-p", folder, "-c", folder / "nginx.conf"]
    return bench.started(machine.Process("nginx", arguments, port, "/ready", bench.logs))


def distribution(bench, folder=None):
    folder = pathlib.Path(folder or bench.place / "distribution")
    folder.mkdir(parents=True, exist_ok=True)
    port = machine.free_port()
    (folder / "config.yml").write_text(DISTRIBUTION.format(folder=folder, port=port))
    arguments = [machine.distribution(), "serve", folder / "config.yml"]
    environment = {"OTEL_TRACES_EXPORTER": "none", "REGISTRY_HTTP_SECRET": "benchmarks"}
    return bench.started(machine.Process("distribution", arguments, port, "/v2/", bench.logs, environment))


def push(server, name, tag, manifest, blobs):
    """Puts exact bytes into a registry, so that peers serve the same ones."""
    for digest, content in blobs.items():
        _, headers, _ = machine.get(f"{server.url}/v2/{name}/blobs/uploads/", method="POST", body=b"")
        place = headers["Location"]
        place = place if place.startswith("http") else server.url + place
        mark = "&" if "?" in place else "?"
        status, _, text = machine.get(f"{place}{mark}digest={digest}", method="PUT", body=content,
                                      headers={"Content-Type": "application/octet-stream"})
        assert status == 201, text
    media_type = json.loads(manifest).get("mediaType", "application/vnd.oci.image.manifest.v1+json")
    status, _, text = machine.get(f"{server.url}/v2/{name}/manifests/{tag}", method="PUT", body=manifest,
                                  headers={"Content-Type": media_type})
    assert status == 201, text


def pulled(server, name, tag, token):
    """Manifest, and its blobs by digest."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.oci.image.manifest.v1+json"}
    status, answer, manifest = machine.get(f"{server.url}/v2/{name}/manifests/{tag}", headers)
    assert status == 200, manifest
    parts = json.loads(manifest)
    digests = [parts["config"]["digest"], *(layer["digest"] for layer in parts["layers"])]
    blobs = {}
    for digest in digests:
        status, _, blobs[digest] = machine.get(f"{server.url}/v2/{name}/blobs/{digest}", headers)
        assert status == 200, blobs[digest]
    return answer["Docker-Content-Digest"], manifest, blobs


def postgres(bench):
    """A PostgreSQL of its own, durable as it comes; its URL for a fresh database."""
    packages = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not packages:
        raise machine.Missing("no PostgreSQL below /usr/lib/postgresql (Debian: apt-get install postgresql)")
    folder = bench.place / "postgres"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    user = []
    if os.getuid() == 0:
        # It refuses to run as root.
        os.chown(folder, 65534, 65534)
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    port = machine.free_port()
    subprocess.run([*user, packages[-1] / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"],
                   check=True, capture_output=True, cwd=folder)
    arguments = [*user, packages[-1] / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", port, "-k", folder]
    server = bench.started(machine.Process("postgres", arguments, port, None, bench.logs))
    psql = [packages[-1] / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-qc", "CREATE DATABASE bench"]
    for _ in range(100):
        if subprocess.run(psql, capture_output=True).returncode == 0:
            return server, f"postgres://postgres@127.0.0.1:{port}/bench"
        time.sleep(0.2)
    raise machine.Missing(f"PostgreSQL does not answer; see {server.log.name}")
