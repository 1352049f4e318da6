"""A stage on which the commands of the documents and the pictures are real: an /etc/postfix that
only they see, files to work with, and where it is wanted a Postfix that runs.

Needs root, for a mount namespace of its own; nothing outside of it changes.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from support import certs, harness, pg_cluster, postfix_server, running, terminal

NOW = "1795536000"  # 2026-11-24T16:00:00Z; the certificates in tests/readme are of that day

TLS = """\
compatibility_level = 3.6
myhostname = mail.suse.co.uk
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/postfix/server.pem
smtpd_tls_key_file = /etc/postfix/server.key
"""
CLIENTS = """\
smtpd_tls_fingerprint_digest = sha256
relay_clientcerts = hash:/etc/postfix/relay_clients
smtpd_relay_restrictions = permit_mynetworks, permit_tls_clientcerts, reject_unauth_destination
smtpd_tls_ask_ccert = yes
"""
# As Debian's package sets a mail server up.
BARE = "smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated" \
    " defer_unauth_destination\n"
# The client comes from 127.0.0.1 as well, and must not relay by its address.
RUNNING = """\
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 192.0.2.0/24
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
"""
LOGGED = """\
smtpd_tls_loglevel = 1,peercert
smtpd_log_access_permit_actions = permit_tls_clientcerts
"""
# name: (main.cf, whether Postfix runs)
STAGES = {
    "configured": (TLS + CLIENTS, False),
    "running": (TLS + CLIENTS + RUNNING, True),
    "bare": (TLS + BARE + RUNNING, True),
    "by-hand": (TLS + CLIENTS + RUNNING, True),
    # Its mail log tells certificates, at the time of the stage.
    "logged": (TLS + CLIENTS + RUNNING + LOGGED, True),
    # With PostgreSQL on db1.suse.co.uk, and its superuser on the socket of Debian.
    "fleet": (TLS + CLIENTS + RUNNING, True)
}
SERVICES = """\
smtp       inet  n       -       n       -       -       smtpd
submission inet  n       -       n       -       -       smtpd
"""
RELAY_CLIENTS_CF = """\
hosts = db1.suse.co.uk db2.suse.co.uk
user = postfix
dbname = relay
query = SELECT host FROM relay_clients WHERE fingerprint = '%s'
"""
# What somebody has written with openssl and an editor. The blanks make the last client a part of
# the line above.
BY_HAND = (("BE:63:1B:A9:9B:69:B8:F7:BC:77:75:A5:C4:AB:50:14:"
            "27:DD:6E:41:10:FA:62:38:B5:15:93:92:EA:B8:76:66", "mx"),
           ("38:99:1A:12:BA:A1:79:09:44:F6:72:CF:CF:1F:54:31:"
            "F6:60:35:0A:55:97:1C:7C:BA:1A:81:49:F6:B0:21:2A", "zen.suse.co.uk"),
           ("  83:8B:D8:61:3C:27:45:B1:8D:56:0E:ED:E1:16:80:43:"
            "19:EA:DB:B7:E6:5F:7F:70:A0:02:98:20:F8:C4:0E:3E", "tokyo.suse.co.uk"))
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
          "private", "saved", "trace")
ENTER = 'mount --bind "$1" /etc/postfix && cd "$2" && exec sh -c "$3"'
LOOPBACK_UP = 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914,' \
    ' struct.pack("16sh22x", b"lo", 1))'
# A network of its own, in which the ports of mail are free, and a name for the server.
START = 'mount --bind "$1" /etc/postfix && mount --bind "$2/hosts" /etc/hosts && ' \
    '{ [ -z "$5" ] || mount --bind "$5" /run/postgresql; } && ' \
    '"$3" -c "$4" && exec "$(postconf -xh daemon_directory)/master" -d'
# Hands each connection to port 5432 of that network on to the socket of PostgreSQL.
FORWARD = """
import socket, sys, threading

def pump(source, target):
    while part := source.recv(65536):
        target.sendall(part)
    target.shutdown(socket.SHUT_WR)

listener = socket.create_server(("127.0.0.1", 5432))
print("listens", flush=True)
while True:
    client, _ = listener.accept()
    server = socket.socket(socket.AF_UNIX)
    server.connect(sys.argv[1])
    for ends in ((client, server), (server, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
"""


def why_not(name="configured"):
    """Why there can be no stage of that name here; None where there can."""
    if postfix_server.why_not():
        return postfix_server.why_not()
    if name == "fleet":
        if pg_cluster.why_not():
            return pg_cluster.why_not()
        if not shutil.which("sudo") or not os.path.isdir("/run/postgresql"):
            return "no sudo, or no directory for the socket of PostgreSQL"
    tried = subprocess.run(["unshare", "--mount", "--net", "mount", "--bind", "/etc/postfix",
                            "/etc/postfix"], capture_output=True, text=True)
    return None if tried.returncode == 0 else "no mount namespace here: " + tried.stderr.strip()


class Stage:

    def __init__(self, name="configured"):
        main, runs = STAGES[name]
        self.logged = name == "logged"
        self.root = tempfile.mkdtemp(prefix="relayctl-stage-")
        os.chmod(self.root, 0o755)
        self.etc = os.path.join(self.root, "etc")
        shutil.copytree("/etc/postfix", self.etc)
        services = postfix_server.MASTER_CF.format(services=SERVICES) if runs else SERVICES
        for file, content in (("main.cf", main.format(root=self.root)), ("master.cf", services),
                              ("relay_clients.cf", RELAY_CLIENTS_CF)):
            self._write(os.path.join(self.etc, file), content)
        certs.Client(self.etc, "server", subject="/CN=mail.suse.co.uk")
        self.home = os.path.join(self.root, "home")
        shutil.copytree(os.path.join(harness.SOURCE, "tests/readme"), self.home)
        self.bin = os.path.join(self.root, "bin")
        os.mkdir(self.bin)
        os.symlink(harness.RELAYCTL, os.path.join(self.bin, "relayctl"))
        self.environment = {
            "PATH": self.bin + ":/usr/sbin:/usr/bin:/sbin:/bin", "RELAYCTL_TEST_CLOCK": NOW,
            "SUDO_USER": "", "HOME": self.home, "PAGER": "cat"
        }
        self.master = self.cluster = self.forwarder = None
        try:
            if name != "bare" and runs:
                self._write(os.path.join(self.etc, "relay_clients"),
                            "".join("%s %s\n" % line for line in BY_HAND)
                            if name == "by-hand" else "")
                self.run("postmap /etc/postfix/relay_clients")
            if name == "fleet":
                os.unlink(os.path.join(self.etc, "relay_clients.cf"))
                self.run("relayctl add mx.pem && relayctl add zen.pem --note 'until spring'")
                self.cluster = pg_cluster.Cluster().started()
            if runs:
                self._start()
            if name == "fleet":
                self._forward()
        except BaseException:
            self.close()
            raise

    def _write(self, path, content, when=1):
        """when: its time; Postfix waits for a file that has just been changed."""
        with open(path, "w") as out:
            out.write(content)
        os.utime(path, (when, when))

    def _start(self):
        self._make_queue()
        names = "localhost mail.suse.co.uk db1.suse.co.uk " + socket.gethostname()
        self._write(os.path.join(self.root, "hosts"), "127.0.0.1 %s\n" % names)
        self.master = subprocess.Popen(
            ["unshare", "--mount", "--net", "sh", "-c", START, "sh", self.etc, self.root,
             sys.executable, LOOPBACK_UP, self.cluster.socket_directory if self.cluster else ""],
            env=dict(os.environ, **self.environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.until(lambda: "daemon started" in self._log(), "Postfix does not start",
                      fails=lambda: self._log() or "ended"
                      if self.master.poll() is not None else None)

    def _make_queue(self):
        """What postfix check would make of it, in a hundred processes."""
        os.mkdir(os.path.join(self.root, "queue"))
        for name, group, mode in ([("data", "postfix", 0o700), ("queue/public", "postdrop", 0o710),
                                   ("queue/maildrop", "postdrop", 0o730)] +
                                  [("queue/" + name, "postfix", 0o700) for name in QUEUES]):
            os.mkdir(os.path.join(self.root, name))
            shutil.chown(os.path.join(self.root, name), "postfix", group)
            os.chmod(os.path.join(self.root, name), mode)
        os.mkdir(os.path.join(self.root, "queue/pid"))

    def _forward(self):
        path = os.path.join(self.cluster.socket_directory, ".s.PGSQL.5432")
        self.forwarder = subprocess.Popen(
            ["nsenter", "--net=/proc/%d/ns/net" % self.master.pid, sys.executable, "-c", FORWARD,
             path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.forwarder.stdout.readline()  # it listens

    def _log(self):
        return harness.read_text(os.path.join(self.root, "log")) or ""

    def _set_back_the_log(self):
        """Gives the lines of the mail log the time of the stage, as soon as all sessions in it have
        ended. Postfix appends to the same file, so it is written in place."""
        running.until(lambda: self._log().count(": connect from ") == self._log().count(
            ": disconnect from "), "a session does not end")
        when = time.strftime("%b %d %H:%M:%S", time.localtime(int(NOW) - 60))
        self._write(os.path.join(self.root, "log"),
                    re.sub(r"(?m)^\w{3} [ \d]\d [\d:]{8}", when, self._log()), int(NOW))

    def _smtpds(self):
        """The processes of smtpd that serve now."""
        with open("/proc/{0}/task/{0}/children".format(self.master.pid)) as file:
            return {pid for pid in file.read().split() if self._is_smtpd(pid)}

    def _is_smtpd(self, pid):
        try:
            return harness.read_text("/proc/%s/comm" % pid) == "smtpd\n"
        except ProcessLookupError:  # it ended while it was read
            return False

    def run(self, command, columns=100, color=False):
        """(what a terminal shows, status). After a reload no smtpd serves that is from before."""
        if self.master is None:
            enter = ["unshare", "--mount", "sh", "-c", ENTER, "sh", self.etc, self.home]
        else:
            # A namespace alone would bring the root of the machine, where this runs below another.
            process = "/proc/%d/" % self.master.pid
            enter = ["nsenter", "--mount=%sns/mnt" % process, "--net=%sns/net" % process,
                     "--root=%sroot" % process, "--wd=%scwd" % process, "sh", "-c",
                     'cd "$1" && exec sh -c "$2"', "sh", self.home]
        before = self._smtpds() if self.master and "reload" in command else set()
        shown = terminal.run([*enter, command], columns=columns, color=color, **self.environment)
        running.until(lambda: not any(map(self._is_smtpd, before)), "an smtpd outlives a reload")
        if self.logged:
            self._set_back_the_log()
        return shown

    def close(self):
        for process in (self.forwarder, self.master):
            if process and process.poll() is None:
                process.terminate()
                process.wait(timeout=running.SECONDS)
        if self.forwarder:
            self.forwarder.stdout.close()
        if self.cluster:
            self.cluster.stop()
        shutil.rmtree(self.root)
