"""A machine for one mail program: a root, processes and a host name of its own, with the program
installed from Debian's package. It shares the network with the tests, so that the program reaches
their servers, and has names from a server of its own.

Everything in it ends when the test ends, however that happens.
"""

import os
import socket
import subprocess
import threading

from support import harness, running

HOST = "client.example"
RELEASE = os.environ.get("RELAYCTL_CLIENTS_RELEASE", "bookworm")
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
    "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"
}
# Each new process of the namespaces finds the root in /mnt. The end of standard input is the end
# of the first process, and with it of all.
_INIT = """
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
tar -C /mnt -xf "$1"
mount -t proc proc /mnt/proc
mount --rbind /dev /mnt/dev
hostname "$2"
echo ready
exec cat
"""


class _Names(threading.Thread):
    """A name server for the names that end in .example: each is 127.0.0.1. Other names there are
    none."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = self._bind()

    def _bind(self):
        for last in range(2, 250):
            address = "127.21.%d.%d" % (os.getpid() % 250, last)
            try:
                self.socket.bind((address, 53))
                return address
            except OSError as error:
                why = error
        raise AssertionError("no address for a name server: %s" % why)

    def run(self):
        while True:
            try:
                query, client = self.socket.recvfrom(4096)
                self.socket.sendto(self._answer(query), client)
            except OSError:
                return

    @staticmethod
    def _answer(query):
        end = query.index(b"\0", 12)
        name, question = query[12:end], query[12:end + 5]
        is_known = name.lower().endswith(b"\x07example")
        flags = b"\x85\x80" if is_known else b"\x85\x83"  # authoritative, or no such name
        records = b""
        if is_known and question[-4:] == b"\0\1\0\1":
            records = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"
        counts = b"\0\1\0" + (b"\1" if records else b"\0") + b"\0\0\0\0"
        return query[:2] + flags + counts + question + records

    def stop(self):
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
    """package: what is installed in it from /programs, or nothing for what it has already."""

    def __init__(self, package=None):
        self.package = package
        self.archive = archive()
        self.names = self.process = None

    def start(self):
        self.names = _Names()
        self.names.start()
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "sh", "-euc", _INIT,
             "sh", self.archive, HOST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise AssertionError("the root of %s does not come up" % self.package)
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as children:
            self.first = children.read().split()[0]
        self.write("/etc/resolv.conf", "nameserver %s\n" % self.names.address)
        self.write("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 %s client\n" % HOST)
        self.write("/etc/mailname", HOST + "\n")
        if self.package:
            self.sh("apt-get install --yes --no-install-recommends /programs/%s/*.deb"
                    % self.package)
        return self

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait(timeout=30)
        if self.names:
            self.names.stop()

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
                            "chroot", "/mnt", "env", "-i",
                            *("%s=%s" % item for item in _ENVIRONMENT.items()), *command],
                           **options)
        if check is not None and done.returncode != check:
            raise AssertionError("%s: status %d\n%s%s" %
                                 (" ".join(command), done.returncode, done.stdout, done.stderr))
        return done

    def sh(self, script, directory="/root", check=0):
        """Runs a script of sh as root, as it would be pasted there. Daemons that it starts do not
        hold the test's pipes."""
        self.write("/tmp/script", "cd %s\n%s" % (directory, script))
        return self.run("sh", "-eu", "/tmp/script", check=check)
