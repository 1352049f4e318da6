"""A system log of the test's own: a /dev/log that only the commands run with it see.

They run in a mount namespace with a /dev of its own; nothing outside of it changes.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading

# $1: an empty directory, which becomes /dev. $2: the socket. Then the command.
ENTER = """\
set -e
mount -t tmpfs tmpfs "$1"
for name in null zero random urandom tty; do
    touch "$1/$name"
    mount --bind "/dev/$name" "$1/$name"
done
ln -s /proc/self/fd "$1/fd"
[ -z "$2" ] || ln -s "$2" "$1/log"
mount --rbind "$1" /dev
shift 2
exec "$@"
"""
MAIL = 2 << 3  # the facility; the priority is added to it
WARNING, NOTICE = 4, 5


def why_not():
    """Why there can be none here; None where there can."""
    if os.geteuid() != 0:
        return "a mount namespace needs root"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
    return None if tried.returncode == 0 else "no mount namespace here: " + tried.stderr.strip()


class SystemLog:

    def __init__(self, listens=True):
        """listens: False for a system without a log daemon."""
        self.directory = tempfile.mkdtemp(prefix="relayctl-log-")
        self.dev = os.path.join(self.directory, "dev")
        os.mkdir(self.dev)
        self.path = os.path.join(self.directory, "log") if listens else ""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if listens:
            self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.packets = []

    def around(self, *command):
        """The command, so that it logs here."""
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", self.dev, self.path, *command]

    def lines(self):
        """What was logged since the last call: (priority with facility, text from the name of the
        program on), as bytes."""
        self.take()
        found = []
        for packet in self.packets:
            number, _, rest = packet.partition(b">")
            # "Nov 28 12:00:00 relayctl[1234]: ..."; the time has 15 characters.
            found.append((int(number[1:]), rest[16:].rstrip(b"\0")))
        self.packets.clear()
        return found

    def take(self):
        """Takes what has come."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.packets.append(self.socket.recv(65536))

    @contextlib.contextmanager
    def read_meanwhile(self):
        """Takes lines as they come: the kernel keeps only some."""
        over = threading.Event()

        def read():
            while not over.wait(0.001):
                self.take()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            over.set()
            reader.join()

    def close(self):
        self.socket.close()
        shutil.rmtree(self.directory)
