"""A stage on which the README's commands and the pictures are real: an /etc/postfix that only they
see, and files to work with.

Needs root, for a mount namespace of its own; nothing outside of it changes.
"""

import os
import shutil
import subprocess
import tempfile

from support import certs, harness, terminal

NOW = "1795536000"  # 2026-11-24T16:00:00Z; the certificates in tests/readme are of that day

MAIN_CF = """\
compatibility_level = 3.6
myhostname = mail.suse.co.uk
smtpd_tls_fingerprint_digest = sha256
relay_clientcerts = hash:/etc/postfix/relay_clients
smtpd_relay_restrictions = permit_mynetworks, permit_tls_clientcerts, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_ask_ccert = yes
smtpd_tls_cert_file = /etc/postfix/server.pem
smtpd_tls_key_file = /etc/postfix/server.key
"""
MASTER_CF = """\
smtp       inet  n       -       n       -       -       smtpd
submission inet  n       -       n       -       -       smtpd
"""
RELAY_CLIENTS_CF = """\
hosts = db1.suse.co.uk db2.suse.co.uk
user = postfix
dbname = relay
query = SELECT host FROM relay_clients WHERE fingerprint = '%s'
"""
ENTER = 'mount --bind "$1" /etc/postfix && cd "$2" && exec sh -c "$3"'


def why_not():
    """Why there can be no stage here; None where there can."""
    if os.geteuid() != 0:
        return "a mount namespace needs root"
    if not os.path.isdir("/etc/postfix"):
        return "Postfix is not installed"
    tried = subprocess.run(["unshare", "--mount", "mount", "--bind", "/etc/postfix",
                            "/etc/postfix"], capture_output=True, text=True)
    return None if tried.returncode == 0 else "no mount namespace here: " + tried.stderr.strip()


class Stage:

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="relayctl-stage-")
        os.chmod(self.root, 0o755)
        self.etc = os.path.join(self.root, "etc")
        shutil.copytree("/etc/postfix", self.etc)
        for name, content in (("main.cf", MAIN_CF),
                              ("master.cf", MASTER_CF),
                              ("relay_clients.cf", RELAY_CLIENTS_CF)):
            with open(os.path.join(self.etc, name), "w") as out:
                out.write(content)
            os.utime(out.name, (1, 1))  # Postfix waits for a file that has just been changed
        certs.Client(self.etc, "server")
        self.home = os.path.join(self.root, "home")
        shutil.copytree(os.path.join(harness.SOURCE, "tests/readme"), self.home)
        self.bin = os.path.join(self.root, "bin")
        os.mkdir(self.bin)
        os.symlink(harness.RELAYCTL, os.path.join(self.bin, "relayctl"))

    def run(self, command, columns=100, color=False):
        """(what a terminal shows, status)."""
        environment = {
            "PATH": self.bin + ":/usr/sbin:/usr/bin:/sbin:/bin", "RELAYCTL_TEST_CLOCK": NOW,
            "SUDO_USER": "", "HOME": self.home, "PAGER": "cat"
        }
        return terminal.run(["unshare", "--mount", "sh", "-c", ENTER, "sh", self.etc, self.home,
                             command], columns=columns, color=color, **environment)

    def close(self):
        shutil.rmtree(self.root)
