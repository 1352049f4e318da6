"""A machine for one mail program: a root, processes, a network and a host name of its own, with the
program installed from Debian's package. A cable leads from its network to that of the test, where
the servers are, and a name server.

Everything in it ends when the test ends, however that happens.
"""

import ctypes
import os
import socket
import subprocess
import threading

from support import harness, running

HOST = "client.example"
SERVER_ADDRESS, CLIENT_ADDRESS = "198.51.100.1", "198.51.100.2"
RELEASE = os.environ.get("RELAYCTL_CLIENTS_RELEASE", "trixie")
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
    "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"
}
# Each new process of the namespaces finds the root in /mnt. The end of standard input is the end
# of the first process, and with it of all. That process leaves no zombies, who would look like
# daemons that still run.
_INIT = """
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
tar -C /mnt -xf "$1"
mount -t proc proc /mnt/proc
mount --rbind /dev /mnt/dev
hostname "$2"
ip link set lo up
echo ready
exec env --ignore-signal=CHLD cat
"""
_ANSWERS_OF_PACKAGES = """\
postfix postfix/main_mailer_type select Internet Site
postfix postfix/mailname string client.example
"""


def own_network():
    """From here on this process and its children have a network with nothing but themselves."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000) != 0:  # CLONE_NEWNET
        harness.skip("no network of its own: " + os.strerror(ctypes.get_errno()))
    _ip("link", "set", "lo", "up")


def _ip(*words):
    done = harness.run(["ip", *words])
    if done.returncode != 0:
        harness.skip("no network can be made here: " + done.stderr.strip())


class _Names(threading.Thread):
    """A name server that knows server.example, which is the test's address, and nothing else."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((SERVER_ADDRESS, 53))

    def run(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            if not query:
                return
            self.socket.sendto(self._answer(query), client)

    @staticmethod
    def _answer(query):
        end = query.index(b"\0", 12)
        name, question = query[12:end], query[12:end + 5]
        is_known = name.lower() == b"\x06server\x07example"
        flags = b"\x85\x80" if is_known else b"\x85\x83"  # authoritative, or no such name
        record = b""
        if is_known and question[-4:] == b"\0\1\0\1":
            record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(SERVER_ADDRESS)
        counts = b"\0\1\0" + (b"\1" if record else b"\0") + b"\0\0\0\0"
        return query[:2] + flags + counts + question + record

    def stop(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.join()
        self.socket.close()


def archive():
    """The archive of the root, made where it is not there yet; skips where it cannot be made."""
    made = harness.run([os.path.join(harness.SOURCE, "tests/clients/make_root"), RELEASE],
                       timeout=800)
    if made.returncode == harness.SKIPPED:
        harness.skip(made.stdout.strip())
    if made.returncode != 0:
        raise AssertionError("make_root: status %d\n%s" % (made.returncode, made.stderr))
    return made.stdout.strip()


class Root(running.Server):
    """package: what is installed in it from /programs, or nothing for what it has already. The test
    is in own_network()."""

    def __init__(self, package=None):
        self.package = package
        self.archive = archive()
        self.names = self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--uts", "--pid", "--net", "--fork", "--kill-child", "sh",
             "-euc", _INIT, "sh", self.archive, HOST],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise AssertionError("the root of %s does not come up" % self.package)
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as children:
            self.first = children.read().split()[0]
        self._lay_cable()
        self.names = _Names()
        self.names.start()
        self.write("/etc/resolv.conf", "nameserver %s\n" % SERVER_ADDRESS)
        self.write("/etc/hosts", "127.0.0.1 localhost\n%s %s client\n" % (CLIENT_ADDRESS, HOST))
        self.write("/etc/mailname", HOST + "\n")
        if self.package:
            self.write("/tmp/answers", _ANSWERS_OF_PACKAGES)
            self.sh("debconf-set-selections /tmp/answers\n"
                    "apt-get install --yes --no-install-recommends /programs/%s/*.deb" %
                    self.package)
        return self

    def _lay_cable(self):
        _ip("link", "add", "server", "type", "veth", "peer", "name", "client", "netns", self.first)
        _ip("address", "add", SERVER_ADDRESS + "/24", "dev", "server")
        _ip("link", "set", "server", "up")
        enter = ["nsenter", "--target", self.first, "--net"]
        for words in (["address", "add", CLIENT_ADDRESS + "/24", "dev", "client"],
                      ["link", "set", "client", "up"]):
            harness.run([*enter, "ip", *words])

    def stop(self):
        if self.names:
            self.names.stop()
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait(timeout=30)

    def path(self, name):
        """A file of the root as the test reaches it."""
        return "/proc/%s/root/mnt%s" % (self.first, name)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as out:
            out.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        return harness.read_text(self.path(name))

    def run(self, *command, check=0, **options):
        """Runs the command in the root. check: the exit status it must have, None for any."""
        done = harness.run(["nsenter", "--target", self.first, "--mount", "--uts", "--pid",
                            "--net", "chroot", "/mnt", "env", "-i",
                            *("%s=%s" % item for item in _ENVIRONMENT.items()), *command],
                           **options)
        if check is not None and done.returncode != check:
            raise AssertionError("%s: status %d\n%s%s" %
                                 (" ".join(command), done.returncode, done.stdout, done.stderr))
        return done

    def sh(self, script, directory="/root", check=0):
        """Runs a script of sh as root, as it would be pasted there. What it says goes to a file,
        since daemons that it starts keep that open."""
        self.write("/tmp/script", "exec > /tmp/said 2>&1\ncd %s\n%s" % (directory, script))
        done = self.run("sh", "-eu", "/tmp/script", check=None)
        done.stdout = self.read("/tmp/said")
        if check is not None and done.returncode != check:
            raise AssertionError("status %d of\n%s\n%s" % (done.returncode, script, done.stdout))
        return done
