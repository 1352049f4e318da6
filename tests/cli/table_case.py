"""A table of its own with a private configuration, for the tests of the built program."""

import os
import shutil
import subprocess
import tempfile

import certs
import harness


def fp(number, size=32):
    return ":".join(["%02X" % number] * size)


class TableCase(harness.Case):
    """self.table is hash:DIR/relay_clients; DIR/conf/main.cf names it."""

    TYPE = "hash"

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="relayctl-test-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.path = os.path.join(self.directory, "relay_clients")
        self.table = "%s:%s" % (self.TYPE, self.path)
        self.config = os.path.join(self.directory, "conf")
        os.mkdir(self.config)
        self.configure()

    def configure(self, **settings):
        settings = {"compatibility_level": "3.6", "relay_clientcerts": self.table, "smtpd_tls_fingerprint_digest": "sha256",
                    "smtpd_tls_ask_ccert": "yes", "smtpd_relay_restrictions": "permit_tls_clientcerts, reject_unauth_destination",
                    **settings}
        path = os.path.join(self.config, "main.cf")
        with open(path, "w") as out:
            out.writelines("%s = %s\n" % item for item in settings.items() if item[1] is not None)
        self.write("", os.path.join(self.config, "master.cf"))
        os.utime(path, (1, 1))  # Postfix waits for a main.cf that has just been changed

    def run_it(self, *args, check=0, **options):
        return harness.relayctl("-c", self.config, *args, check=check, **options)

    def write(self, content, path=None):
        with open(path or self.path, "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)

    def read(self, path=None):
        with open(path or self.path, "rb") as source:
            return source.read()

    def entries(self):
        """The source without the annotations."""
        return "".join(line for line in self.read().decode().splitlines(True) if not line.startswith("# relayctl:"))

    def postmap(self, *args, table=None, input=None):
        return subprocess.run(["postmap", "-c", self.config, *args, table or self.table], capture_output=True, text=True,
                              errors="surrogateescape", input=input, timeout=60)

    def in_map(self, fingerprint):
        """The value that postmap finds; None where there is none."""
        found = self.postmap("-q", fingerprint)
        return found.stdout.rstrip("\n") if found.returncode == 0 else None

    def client(self, name="zen.example", **options):
        return certs.Client(self.directory, name, **options)

    def snapshot(self):
        """Name, content and inode of everything beside the table, its lock apart."""
        found = {}
        for name in sorted(os.listdir(self.directory)):
            path = os.path.join(self.directory, name)
            if os.path.isfile(path) and not name.endswith(".lock"):
                found[name] = (self.read(path), os.stat(path).st_ino)
        return found
