"""The machine and its processes: building, starting, ending, and reading their CPU time and memory from /proc."""
import datetime
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DISTRIBUTION = "v3.1.2"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 120


class Missing(Exception):
    """A tool is not there."""


def tool(name, package):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not found:
        raise Missing(f"{name} is not on the PATH (Debian: apt-get install {package})")
    return found


def binaries(binary, helper):
    """The release binary and the benchmarks' own program: those that are named, or this tree's, built when needed."""
    if binary and helper:
        return pathlib.Path(binary).resolve(), pathlib.Path(helper).resolve()
    subprocess.run(
        ["cargo", "build", "--release", "--locked", "--quiet", "-p", "server", "--bin", "chartgate", "--example", "bench"],
        cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    return target / "chartgate", target / "examples" / "bench"


def distribution():
    """CNCF distribution, built once outside the work tree."""
    cache = pathlib.Path(os.environ.get("CHARTGATE_TOOLS", pathlib.Path.home() / ".cache/chartgate"))
    binary = cache / f"distribution-{DISTRIBUTION}" / "registry"
    if not binary.exists():
        module = f"github.com/distribution/distribution/v3/cmd/registry@{DISTRIBUTION}"
        subprocess.run([tool("go", "golang"), "install", module], check=True,
                       env={**os.environ, "GOBIN": str(binary.parent)})
    return binary


def describe(binary):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(open("/proc/meminfo").readline().split()[1]) // 1024 // 1024
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    nginx = subprocess.run([tool("nginx", "nginx-light"), "-v"], capture_output=True, text=True).stderr.strip()
    version = subprocess.run([binary, "version"], capture_output=True, text=True).stdout.strip()
    return (f"{datetime.date.today()}, {os.cpu_count()} x {cpu}, {memory} GiB, Linux {os.uname().release}, "
            f"load {os.getloadavg()[0]:.1f} at start; {version} at {commit}, {nginx.split(': ')[-1]}, "
            f"distribution {DISTRIBUTION}, wrk\n")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(url, headers=None, method="GET", body=None):
    """Status, headers and body; an error status is an answer too."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class Process:
    """A server that was started here. Its CPU time and memory are those of its whole tree."""

    def __init__(self, name, arguments, port, ready, folder, environment=None):
        self.name, self.port, self.ready = name, port, ready
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(folder / f"{name}.log", "ab")
        self.began = time.monotonic()
        self.child = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            cwd=folder, env={**os.environ, **(environment or {})})
        self.seconds_to_ready = self.wait() if ready else 0.0

    def wait(self):
        """Seconds from the start until the door is open, asked every millisecond or so."""
        request = f"GET {self.ready} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        while time.monotonic() - self.began < PATIENCE_SECONDS:
            if self.child.poll() is not None:
                raise Missing(f"{self.name} ended at once; see {self.log.name}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=10) as stream:
                    stream.sendall(request)
                    if b" 200" in stream.recv(64)[:16]:
                        return time.monotonic() - self.began
            except OSError:
                pass
            time.sleep(0.001)
        raise Missing(f"{self.name} is not ready; see {self.log.name}")

    def tree(self):
        found = [self.child.pid]
        for pid in found:
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    found += [int(child) for child in task.read_text().split()]
                except OSError:
                    pass
        return found

    def cpu_seconds(self):
        """User and system time, with that of children that ended."""
        ticks = 0
        for pid in self.tree():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                ticks += sum(int(field) for field in fields[11:15])
            except OSError:
                pass
        return ticks / TICKS_PER_SECOND

    def memory_mib(self, field="VmRSS"):
        total = 0
        for pid in self.tree():
            try:
                for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith(field + ":"):
                        total += int(line.split()[1])
            except OSError:
                pass
        return total / 1024

    def end(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.log.close()


def busy_seconds():
    """CPU time of everything on the machine."""
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_PER_SECOND
