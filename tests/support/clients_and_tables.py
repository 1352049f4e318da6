"""Clients and tables that set-ups of one private Postfix name."""

import os
import shutil
import subprocess

from support import certs


class World:
    """The clients and the tables that the set-ups name, in the directory of the server."""

    def __init__(self, directory):
        self.directory = directory
        clients = os.path.join(directory, "clients")
        os.mkdir(clients)
        make = lambda name, **options: certs.Client(clients, name, **options)
        self.clients = {
            name: make(name)
            for name in ("listed", "pinned", "unlisted", "forgotten", "revoked", "badly", "weak")
        }
        self.clients["renewed"] = make("renewed", subject="/CN=old.example")
        ca = self.authority = make("ca")
        self.clients["issued"] = certs.issued(clients, "issued", ca, usage="clientAuth")
        self.clients["server-only"] = certs.issued(clients, "server-only", ca, usage="serverAuth")
        self.clients["expired"] = certs.expired(clients, "expired")
        self.ca = ca.cert
        c = self.clients
        main = [(c["listed"].fingerprint(), "listed.example"),
                (c["pinned"].key_fingerprint(), "pinned.example"),
                (c["expired"].fingerprint(), "expired.example"),
                (c["issued"].key_fingerprint("sha512"), "long.example"),
                (c["badly"].fingerprint().replace(":", ""), "badly.example"),
                (c["weak"].fingerprint("md5"), "weak.example"),
                (certs.colons("ab" * 32), "old.example")]
        for kind in ("hash", "btree", "lmdb", "cdb"):
            self.table(kind, "relay_" + kind, main)
        self.main = "hash:" + self.path("relay_hash")
        self.table("hash", "empty", [])
        self.table("hash", "md5", [(c["listed"].fingerprint("md5"), "listed.example")])
        self.table("hash", "issued", [(c["issued"].fingerprint(), "issued.example"),
                                      (c["server-only"].fingerprint(), "server.example")])
        self.authorities = os.path.join(clients, "authorities")
        os.mkdir(self.authorities)
        shutil.copy(ca.cert, self.authorities)
        certs.openssl("rehash", self.authorities)
        self.table("hash", "stale", main + [(c["revoked"].fingerprint(), "revoked.example")])
        self.write("stale", main + [(c["forgotten"].fingerprint(), "forgotten.example")])
        self.write("unbuilt", main)
        self.write("text", main)
        self.write("double", main + main[:1])
        self.table("hash", "broken", main)
        with open(self.path("broken.db"), "wb") as out:
            out.write(b"no database\n" * 100)
        self.table("hash", "secret", main)
        os.chmod(self.path("secret.db"), 0o600)
        self.write("pattern", [("/^%s/" % c["listed"].fingerprint()[:20], "pattern")])
        for name, value in (("ok", "OK"),
                            ("reject", "REJECT not you"),
                            ("host", "listed.example"),
                            ("dunno", "DUNNO"),
                            ("defer", "DEFER"),
                            ("nested", "permit_tls_clientcerts"),
                            ("number", "12345"),
                            ("later", "450 4.7.1 later"),
                            ("hold", "HOLD")):
            self.table("hash", "access_" + name, [(c["listed"].fingerprint(), value),
                                                  (c["pinned"].key_fingerprint(), value)])

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, entries):
        with open(self.path(name), "w") as out:
            out.write("".join("%s %s\n" % entry for entry in entries))

    def table(self, kind, name, entries):
        self.write(name, entries)
        path = os.environ["PATH"] + ":/usr/sbin"
        subprocess.run(["postmap", "-c", os.path.join(self.directory, "conf"),
                        "%s:%s" % (kind, self.path(name))], check=True,
                       env=dict(os.environ, PATH=path), capture_output=True)
