#!/usr/bin/env python3
"""Every hint that is a command is pasted into a shell, in the situation that it is for, and the
situation is judged again: what was found is gone, nothing is worse, and smtpd lets in nobody who
was not in before.

The name of the configuration directory has to be quoted for a shell. (Postfix's own scripts take
neither a blank nor a quote in it; test_hints.py has these.)"""

import contextlib
import glob
import json
import os
import pwd
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading
import time
import zlib

from support import certs, harness, many_services, postfix_server, release, running

SHELLS = (("sh", ["sh", "-c"]),
          ("bash", ["bash", "--norc", "-c"]),
          ("dash", ["dash", "-c"]),
          ("zsh", ["zsh", "-f", "-c"]),
          ("fish", ["fish", "--no-config", "-c"]))
PROGRAMS = {"relayctl", "postconf", "postfix", "chmod", "chgrp", "cp", "rm", "setpriv", "setfacl"}
KEPT = {"queue", "data", "log"}  # of the server that runs
PERMIT = "permit_tls_clientcerts, reject_unauth_destination"

# Ids whose hint is a sentence, or that have none, by the reason why no command is right.
SENTENCES = {
    "Only the administrator knows whom or what he wants.":
        """access-open annotation-foreign annotation-time ca-names-sent ccert-access-discards
        ccert-access-open ccert-access-permits ccert-access-rejects cert-expired
        cert-not-yet-valid depends destination-anywhere duplicate entry-expired
        entry-ends entry-retires key-cannot-log-in key-one-tls-version milter mynetworks-wide
        not-seen owner-differs pattern-table permitted-otherwise proxy-protocol public-certificate
        qmqpd-open recipient-unlisted rpk-refused rpk-relays source-empty table-digest
        value-means-refusal value-not-host weak-digest xclient-wide""".split(),
    "A file is changed by hand, which no command does for every case.":
        """bad-grouping bom ccert-access-fails database-host-down database-unreachable
        dbname-missing key-ends-with-colon key-never-asked left-behind-continuation
        lookups-suppressed milter-unreachable missing-value mynetworks-fails no-colons
        not-hexadecimal not-utf8 nul-byte orphan-continuation parameter-unknown
        password-in-ps pasted-label query-malformed query-missing query-unclear query-unquoted
        query-without-key quoted-key settings-malformed service-disabled smtpd-refuses smtpd-warns
        swallowed-entry tls-authorities-broken tls-certificate-broken tls-disabled
        unbalanced-quote value-not-latin1 wrong-length""".split(),
    "Something is made that only its owner can make: a certificate, a service, columns, rights.":
        """cert-date-unreadable columns-missing no-smtpd select-denied source-missing
        tls-no-certificate""".split(),
    "It is about a server, mostly of another machine, that answered a live test.":
        """certificate-refused check-differs key-missing no-answer no-starttls not-asked old-tls
        other-refusal relays-anyway server-cert-expired server-cert-expires server-cert-name
        temporary-refusal tls-fails tried-again""".split(),
    "It could not be seen, so nobody knows whether anything is wrong.":
        """control-unseen destination-unseen smtpd-unasked table-unreadable table-unseen
        unseen""".split(),
}
# Pasted by another test, and what it has that this one does not.
ELSEWHERE = {
    "running-differs": ("tests/postfix/test_live.py", "a server that was not reloaded"),
    "service-not-running": ("tests/postfix/test_live.py", "a server that was not reloaded"),
    "key-readable": ("tests/postfix/test_live_test.py", "a client's key"),
    "query-fails": ("tests/fleet/test_verify.py", "a database"),
    "still-listed": ("tests/postfix/test_revoked.py", "a removal"),
    "reload-needed": ("tests/postfix/test_revoked.py", "a removal"),
    "other-key-encoding": ("tests/postfix/test_keys.py", "a key with two encodings"),
    "log-incomplete": ("tests/postfix/test_seen.py", "a log of sessions with certificates"),
    "proxy-case": ("tests/postfix/test_by_version.py", "a Postfix up to 3.10"),
    "berkeley-db-goes": ("tests/postfix/test_way_out.py", "a Postfix from 3.11 on"),
    "berkeley-db-gone": ("tests/postfix/test_way_out.py", "a Postfix without Berkeley DB"),
    "old-map": ("tests/postfix/test_way_out.py", "a Postfix from 3.11 on"),
    "rpk-cert-only": ("tests/unit/test_verdict.cpp", "a Postfix from 3.9 on")
}
PLACEHOLDERS = re.compile(r"\b(CERT|HOST|DIR|FILE|NAME|TEXT)\b")
TIMES = re.compile(r"\d{8}-\d{6}|\d{4}-\d\d-\d\dT[\d:]+Z")  # of new files, and of annotations


def is_command(hint):
    return bool(hint) and hint.split()[0] in PROGRAMS


@contextlib.contextmanager
def socketmap(values):
    """A server of socketmap_table(5) with these values; gives its TYPE:NAME."""

    class Handler(socketserver.StreamRequestHandler):

        def handle(self):
            while True:
                size = b""
                while not size.endswith(b":"):
                    byte = self.rfile.read(1)
                    if not byte:
                        return
                    size += byte
                _, _, key = self.rfile.read(int(size[:-1])).decode().partition(" ")
                self.rfile.read(1)  # the comma of the netstring
                value = values.get(key.upper())
                answer = ("OK " + value if value else "NOTFOUND ").encode()
                self.wfile.write(b"%d:%s," % (len(answer), answer))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "socketmap:inet:127.0.0.1:%d:clients" % server.server_address[1]
        server.shutdown()


class PasteCase(harness.Case):
    EVERY_SHELL = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = server = postfix_server.Server(processes=5)
        cls.addClassCleanup(server.stop)
        directory = os.path.join(server.directory, "conf(1)&more;x")
        os.rename(server.config, directory)
        server.config = directory
        clients = os.path.join(server.directory, "clients")
        os.mkdir(clients)
        cls.listed = certs.Client(clients, "zen.example")
        cls.stranger = certs.Client(clients, "stranger.example")
        cls.base = dict(server.settings)
        cls.fill(server.path, [(cls.listed.fingerprint(), "zen.example")])
        cls.postmap(server.table)
        cls.files = {name for name in os.listdir(server.directory)}
        server.start()

    @classmethod
    def fill(cls, path, entries):
        with open(path, "w") as out:
            out.write("".join("%s %s\n" % entry for entry in entries))

    @classmethod
    def postmap(cls, table):
        cls.server.command("postmap", table)

    def setUp(self):
        super().setUp()
        server = self.server
        for name in os.listdir(server.directory):
            if name in self.files:
                continue
            path = os.path.join(server.directory, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        for name in os.listdir(server.config):
            if name not in ("main.cf", "master.cf"):
                os.unlink(os.path.join(server.config, name))
        for name in glob.glob(server.path + ".*"):
            os.unlink(name)
        os.chmod(server.directory, 0o755)
        self.fill(server.path, [(self.listed.fingerprint(), "zen.example")])
        for path in (server.path, server.config + "/main.cf"):
            os.chmod(path, 0o644)
        self.postmap(server.table)
        server.settings = dict(self.base)
        server.write_configuration()

    def configure(self, **settings):
        self.server.write_configuration(**settings)

    def other(self, name):
        return os.path.join(self.server.directory, name)

    def relayctl(self, *args):
        return harness.relayctl("-c", self.server.config, *args)

    def judged(self, *args):
        """What verify finds, or check where a certificate is named."""
        if args and args[0] == "check":
            data = json.loads(self.relayctl(*args, "--json").stdout)
            found = data["services"][0]["reasons"]
        else:
            found = json.loads(self.relayctl("verify", "--json", *args).stdout)["findings"]
        sentences = {id for ids in SENTENCES.values() for id in ids}
        for finding in found:
            if is_command(finding["hint"]):
                self.assertNotIn(finding["id"], sentences, finding)
                self.assertNotRegex(finding["hint"].replace(self.server.config, ""), PLACEHOLDERS)
        return found

    def run_in(self, shell, command, wrapper=()):
        path = ":".join([os.path.dirname(harness.RELAYCTL), "/usr/sbin", os.environ["PATH"]])
        done = subprocess.run([*wrapper, *shell, command], capture_output=True, text=True,
                              env=dict(os.environ, PATH=path), stdin=subprocess.DEVNULL,
                              cwd=self.server.directory, timeout=120)
        self.assertEqual(done.returncode, 0, (shell, command, done.stdout, done.stderr))

    def contents(self):
        """Owner, mode and text of each file that a hint may change: a map by its records, main.cf
        whatever the order, since postconf -e adds parameters in any."""
        found = {}
        for top, _, names in os.walk(self.server.directory):
            if os.path.relpath(top, self.server.directory).split("/")[0] in ("queue", "data"):
                continue
            for name in (".", *names):
                path = os.path.join(top, name)
                if path == self.server.log_path:
                    continue
                status = os.lstat(path)
                text = ""
                if os.path.isfile(path) and not name.endswith(".lock"):  # identities of files
                    if name.endswith(".db"):
                        text = self.server.command("postmap", "-s", "hash:" + path[:-3],
                                                   check=False).stdout
                    elif not name.endswith(".pem"):  # a new key is another one each time
                        with open(path, errors="replace") as file:
                            text = TIMES.sub("T", file.read())
                        if name == "main.cf":
                            text = sorted(text.splitlines())
                found[TIMES.sub("T", path)] = (status.st_uid, status.st_gid, status.st_mode, text)
        return found

    def paste(self, hint, wrapper=()):
        """Runs the hint in each of the shells, from the same files on: each leaves the same. In the
        short form these are sh and one more, another one for each test."""
        here = [arguments for name, arguments in SHELLS if shutil.which(name)]
        if not harness.LONG and not self.EVERY_SHELL:
            here = [here[0], here[1 + zlib.crc32(self.id().encode()) % (len(here) - 1)]]
        self.assertGreaterEqual(len(here), 2)
        with tempfile.TemporaryDirectory() as before:
            for name in os.listdir(self.server.directory):
                if name not in KEPT:
                    subprocess.run(["cp", "-a", os.path.join(self.server.directory, name), before],
                                   check=True)
            mode = os.stat(self.server.directory).st_mode
            first = None
            for shell in here:
                if first is not None:
                    self.restore(before, mode)
                self.run_in(shell, hint, wrapper)
                after = self.contents()
                first = first or after
                self.assertEqual(after, first, (shell, hint))
        a_minute_ago = time.time() - 60
        for name in ("main.cf", "master.cf"):
            os.utime(os.path.join(self.server.config, name), (a_minute_ago, a_minute_ago))

    def restore(self, before, mode):
        directory = self.server.directory
        for name in set(os.listdir(directory)) - KEPT:
            path = os.path.join(directory, name)
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) \
                else os.unlink(path)
        for name in os.listdir(before):
            subprocess.run(["cp", "-a", os.path.join(before, name), directory], check=True)
        os.chmod(directory, mode)

    def answer(self, client):
        return many_services.observe(self.server.port, client)

    def mended(self, id, *args, asks=True, relays=True, wrapper=(), then=()):
        """The finding is there with a command, which is pasted; then it is gone, and nothing is
        worse. asks: smtpd is asked before, which a service that cannot start does not like.
        relays: the listed client does in the end. then: what else is found in the end."""
        before = self.judged(*args, *([] if asks else ["--offline"]))
        found = [finding for finding in before if finding["id"] == id]
        self.assertTrue(found, before)
        hint = found[0]["hint"]
        self.assertTrue(is_command(hint), (id, hint))
        was_in = False
        if asks:
            self.server.reload()
            was_in = self.answer(self.stranger) == 250
        self.paste(hint, wrapper)
        after = self.judged(*args)
        self.assertNotIn(id, [f["id"] for f in after if f.get("file") == found[0].get("file")])
        problems = lambda findings: {f["id"] for f in findings if f.get("severity") != "note"}
        self.assertLessEqual(problems(after), problems(before) | set(then), (hint, after))
        if relays:
            self.assertTrue(self.server_answers(self.listed, 250), (hint, self.server.log()[-800:]))
        if not was_in:
            self.assertNotEqual(self.answer(self.stranger), 250, hint)
        return hint

    def services_of_this_test(self):
        """The services of master.cf: what the test makes of them goes with it."""
        services = self.server.services
        self.addCleanup(setattr, self.server, "services", services)
        return services

    def server_answers(self, client, code):
        """A session that begins while Postfix is reloading may hang: another one is tried then."""

        def answers():
            try:
                return self.answer(client) == code
            except AssertionError:
                return False

        return running.comes(answers, 60)


class Settings(PasteCase):
    """main.cf and master.cf."""

    def test_ask_ccert_off(self):
        self.configure(smtpd_tls_ask_ccert="no")
        self.mended("ask-ccert-off")

    def test_ask_ccert_off_in_master_cf(self):
        services = self.services_of_this_test()
        self.server.services = services + " -o smtpd_tls_ask_ccert=no -o {mynetworks = 192.0.2.1}"
        self.server.services = services + " -o smtpd_tls_ask_ccert=no"
        self.configure()
        self.assertIn(" -P ", self.mended("ask-ccert-off"))

    def test_tls_off(self):
        self.configure(smtpd_tls_security_level="none")
        self.mended("tls-off")

    def test_starttls_hidden(self):
        self.configure(smtpd_discard_ehlo_keywords="dsn, starttls, etrn")
        self.mended("tls-off")
        self.assertEqual(
            self.server.command("postconf", "-h", "smtpd_discard_ehlo_keywords").stdout.strip(),
            "dsn, etrn")

    def test_tls_no_certificate(self):
        self.configure(smtpd_tls_security_level=None, smtpd_tls_cert_file=None,
                       smtpd_tls_key_file=None)
        for state in ("not reloaded", "reloaded"):
            with self.subTest(state):
                hints = [finding["hint"] or "" for finding in self.judged()]
                self.assertTrue(any("tls enable-server" in hint for hint in hints), hints)
            self.server.reload()
        wrapper = [  # the script asks the default instance for openssl_path
            "unshare", "-m", "sh", "-c",
            'mount -t tmpfs tmpfs /etc/postfix && : > /etc/postfix/main.cf && exec "$@"', "sh"
        ]
        self.mended("tls-off", wrapper=wrapper)

    def test_digest_unknown(self):
        for digest in ("sha256", "sha1"):
            with self.subTest(digest=digest):
                self.fill(self.server.path, [(self.listed.fingerprint(digest), "zen.example")])
                self.postmap(self.server.table)
                self.configure(smtpd_tls_fingerprint_digest="sha257")
                self.assertIn("= " + digest, self.mended("digest-unknown", "-d", digest))

    def test_digest_by_default(self):
        self.fill(self.server.path, [(self.listed.fingerprint("md5"), "zen.example")])
        self.postmap(self.server.table)
        self.configure(smtpd_tls_fingerprint_digest=None, compatibility_level="2")
        self.mended("digest-by-default")

    def test_a_table_without_a_type(self):
        # The default type is hash up to 3.10, and what the distribution prefers later.
        self.configure(relay_clientcerts=self.server.path, default_database_type="hash")
        self.mended("service-cannot-start", "-t", self.server.table, asks=False)

    def test_a_comment_in_the_value(self):
        other = "hash:" + self.other("old")
        self.configure(relay_clientcerts="%s  # not any more: %s" % (self.server.table, other))
        hint = self.mended("service-cannot-start", asks=False)
        self.assertNotIn("#", hint)
        self.assertNotIn(other, hint)

    def test_nobody_is_refused(self):
        self.configure(smtpd_relay_restrictions="permit_sasl_authenticated",
                       smtpd_recipient_restrictions="")
        self.assertNotIn("mynetworks", self.mended("service-cannot-start", asks=False))

    def test_no_such_level(self):
        self.configure(smtpd_tls_security_level="maybe")
        self.mended("service-cannot-start", asks=False)

    def test_proxy_not_allowed(self):
        self.configure(relay_clientcerts="proxy:" + self.server.table)
        before = self.server.command("postconf", "-h", "proxy_read_maps").stdout.strip()
        self.mended("proxy-not-allowed", asks=False)
        after = self.server.command("postconf", "-h", "proxy_read_maps").stdout.strip()
        self.assertEqual(after, before + " proxy:" + self.server.table)

    def test_proxy_unreadable(self):
        os.chmod(self.server.path + release.suffix(), 0o600)
        proxied = "proxy:" + self.server.table
        self.configure(relay_clientcerts=proxied, proxy_read_maps=proxied)
        self.mended("proxy-unreadable")

    def test_a_directory_that_proxymap_may_not_pass(self):
        closed = os.path.join(self.server.directory, "closed")
        os.mkdir(closed, 0o700)
        for suffix in ("", release.suffix()):
            shutil.copy(self.server.path + suffix, closed)
        proxied = "proxy:hash:%s/%s" % (closed, os.path.basename(self.server.path))
        self.configure(relay_clientcerts=proxied, proxy_read_maps=proxied)
        self.mended("proxy-unreadable")

    def test_ccert_untrusted(self):
        self.configure(smtpd_tls_req_ccert="yes", smtpd_tls_security_level="encrypt")
        self.mended("ccert-untrusted")
        self.configure(smtpd_tls_req_ccert="yes", smtpd_tls_security_level="encrypt")
        self.mended("ccert-untrusted", "check", self.listed.cert)

    def test_permit_missing(self):
        self.configure(smtpd_relay_restrictions="permit_mynetworks, reject_unauth_destination")
        self.mended("permit-missing")

    def test_permit_too_late(self):
        self.configure(smtpd_relay_restrictions="reject_unauth_destination, permit_tls_clientcerts")
        self.mended("permit-too-late")

    def test_restriction_unknown(self):
        self.configure(smtpd_relay_restrictions="permit_tls_clientcert, permit_tls_client, reject",
                       smtpd_client_restrictions="reject_unauth_destination # permit_mynetworks")
        hint = self.mended("restriction-unknown")
        self.assertNotIn("#", hint)
        self.assertNotIn("mynetworks", hint)

    def test_before_tls(self):
        self.configure(smtpd_delay_reject="no",
                       smtpd_client_restrictions="permit_tls_clientcerts, reject")
        self.mended("before-tls")

    def test_defer_if_permit(self):
        self.configure(smtpd_sender_restrictions="defer_if_permit")
        self.mended("defer-if-permit")

    def test_ccert_access_misused(self):
        self.configure(smtpd_client_restrictions="check_ccert_access " + self.server.table)
        self.mended("ccert-access-misused")

    def test_a_class_with_other_words_stays(self):
        self.configure(smtpd_sender_restrictions="ours",
                       smtpd_restriction_classes="ours",
                       ours="reject_unknown_sender_domain, no_such_word")
        found = [f for f in self.judged() if f["id"] == "restriction-unknown"]
        self.assertTrue(found)
        self.assertFalse(is_command(found[0]["hint"]), found)

    def test_permit_all_clientcerts(self):
        self.configure(smtpd_relay_restrictions="permit_tls_all_clientcerts, reject")
        self.mended("permit-all-clientcerts")

    def test_open_relay(self):
        self.configure(smtpd_relay_restrictions="permit",
                       smtpd_recipient_restrictions="permit_mynetworks, all_of_them, reject",
                       smtpd_restriction_classes="all_of_them", all_of_them="permit")
        self.mended("open-relay")

    def test_static_table(self):
        self.configure(relay_clientcerts=self.server.table + " static:all")
        self.mended("static-table")

    def test_chroot_table(self):
        services = self.services_of_this_test()
        self.server.services = services.replace("inet n - n", "inet n - y")
        self.configure(relay_clientcerts=self.server.table + " memcache:/etc/postfix/nowhere.cf")
        # proxymap(8) asks it from then on, and there is nothing.
        self.mended("chroot-table", asks=False, relays=False, then={"table-fails"})

    def test_table_unused(self):
        other = "hash:" + self.other("second")
        self.fill(self.other("second"), [(self.listed.fingerprint(), "zen.example")])
        self.postmap(other)
        self.mended("table-unused", "-t", other)

    def test_other_file(self):
        self.fill(self.server.path, [])
        self.postmap(self.server.table)
        self.fill(self.server.config + "/relay_clientcerts",
                  [(self.listed.fingerprint(), "zen.example")])
        self.mended("other-file")

    def test_config_writable(self):
        os.chmod(self.server.config + "/main.cf", 0o666)
        self.mended("config-writable")


class OfOneKind(PasteCase):
    """The same faults, asked of three commands: one and the same complete command."""

    def test_a_bare_server(self):
        self.configure(relay_clientcerts="", smtpd_tls_ask_ccert=None,
                       smtpd_relay_restrictions=None,
                       smtpd_client_restrictions="permit_mynetworks, reject")
        self.server.reload()
        table = self.server.command("postconf", "-h", "default_database_type").stdout.strip()
        table += ":" + self.server.config + "/relay_clients"
        added = self.relayctl("add", self.listed.cert, "zen.example")
        self.assertEqual(added.returncode, 0, added.stderr)
        hints = set(re.findall("^relayctl: hint: (postconf .*)$", added.stderr, re.M))
        checked = {reason["hint"] for reason in self.judged("check", self.listed.cert)}
        verified = {finding["hint"] for finding in self.judged() if finding["severity"] == "error"}
        self.assertEqual(len(hints), 1, added.stderr)
        self.assertEqual((checked, verified), (hints, hints))
        self.paste(hints.pop())
        self.assertEqual(self.judged(), [])
        self.assertTrue(self.server_answers(self.listed, 250))
        self.assertNotEqual(self.answer(self.stranger), 250)


class Tables(PasteCase):
    """The table, its map, and who is listed."""

    def test_map_missing(self):
        os.unlink(self.server.path + release.suffix())
        self.mended("map-missing")

    def test_map_differs(self):
        self.fill(self.server.path, [(self.listed.fingerprint(), "other.example")])
        self.mended("map-differs")

    def test_map_other_type(self):
        shutil.copy(self.server.server.cert, self.server.path + release.suffix())
        self.mended("map-other-type")

    def test_map_unreadable(self):
        with open(self.server.path + release.suffix(), "r+b") as out:
            out.seek(4096)
            out.write(b"\xff" * 4096)
        ids = [f["id"] for f in self.judged()]
        self.mended("map-unreadable" if "map-unreadable" in ids else "map-other-type", asks=False)

    def test_map_unfolded(self):
        self.server.command("postmap", "-f", self.server.table)
        self.mended("map-unfolded")

    def test_table_fails(self):
        other = self.other("broken")
        self.fill(other, [(self.listed.fingerprint(), "zen.example")])
        shutil.copy(self.server.server.cert, other + release.suffix())
        self.configure(relay_clientcerts="hash:" + other)
        self.mended("table-fails", "check", self.listed.cert)

    def test_leftover(self):
        trial = self.server.path + ".relayctl-new"
        for name in (trial, trial + release.suffix()):
            open(name, "w").close()
        self.mended("leftover")

    def test_half_written(self):
        shutil.copy(self.server.path, self.server.path + ".relayctl-saved")
        self.mended("half-written")

    def test_writable(self):
        for path, id in ((self.server.path, "source-writable"),
                         (self.server.path + release.suffix(), "map-writable"),
                         (self.server.directory, "directory-writable")):
            with self.subTest(id=id):
                os.chmod(path, 0o777)
                self.mended(id)

    def test_password_readable(self):
        path = self.other("pg.cf")
        with open(path, "w") as out:
            out.write("hosts = 127.0.0.1:1\nuser = postfix\npassword = x\ndbname = relay\n"
                      "query = SELECT host FROM relay_clients WHERE fingerprint = '%s'\n")
        words = ("-t", "pgsql:" + path, "-d", "sha256")
        owner = pwd.getpwnam("postfix")
        for group, mode in ((0, 0o644), (0, 0o604), (owner.pw_gid, 0o644)):
            with self.subTest(group=group, mode=oct(mode)):
                os.chown(path, 0, group)
                os.chmod(path, mode)
                self.mended("password-readable", *words, relays=False)
                for user, status in (("postfix", 0), ("nobody", 1)):
                    read = subprocess.run(
                        ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid),
                         "--clear-groups", "cat", path], capture_output=True)
                    self.assertEqual(read.returncode, status, user)
        os.chown(path, 0, pwd.getpwnam("nobody").pw_gid)  # whose group it is, is not known
        os.chmod(path, 0o644)
        found, = [f for f in self.judged(*words) if f["id"] == "password-readable"]
        self.assertFalse(is_command(found["hint"]), found["hint"])

    def test_entry_retired(self):
        with open(self.server.path, "a") as out:
            out.write("# relayctl: cert retire-after=2020-01-01\n%s old.example\n" %
                      certs.colons("ab" * 32))
        self.postmap(self.server.table)
        self.mended("entry-retired")

    def test_entry_ended(self):
        with open(self.server.path, "a") as out:
            out.write("# relayctl: cert until=2020-01-01\n%s old.example\n" %
                      certs.colons("ab" * 32))
        self.postmap(self.server.table)
        self.mended("entry-ended")

    def test_not_listed(self):
        self.fill(self.server.path, [])
        self.postmap(self.server.table)
        self.mended("not-listed", "check", self.listed.cert)

    def test_not_rebuilt(self):
        self.fill(self.server.path, [])
        self.postmap(self.server.table)
        self.fill(self.server.path, [(self.listed.fingerprint(), "zen.example")])
        self.mended("not-rebuilt", "check", self.listed.cert)

    def test_still_in_map(self):
        self.fill(self.server.path, [])
        self.mended("still-in-map", "check", self.listed.cert, relays=False, then={"not-listed"})

    def test_badly_written(self):
        self.fill(self.server.path, [(self.listed.fingerprint().replace(":", ""), "zen.example")])
        self.postmap(self.server.table)
        self.mended("badly-written", "check", self.listed.cert)

    def test_other_digest(self):
        self.fill(self.server.path, [(self.listed.fingerprint("md5"), "zen.example")])
        self.postmap(self.server.table)
        hint = self.mended("other-digest", "check", self.listed.cert)
        self.assertRegex(hint, "^relayctl ")  # never is a weak digest proposed

    def test_other_digest_of_the_whole_table(self):
        """The entries are right, and smtpd computes another digest: each of them is mended."""
        self.fill(self.server.path, [(self.listed.fingerprint("sha512"), "zen.example"),
                                     (certs.colons("ab" * 64), "other.example")])
        self.postmap(self.server.table)
        hint = self.mended("other-digest", "check", self.listed.cert)
        self.assertIn("smtpd_tls_fingerprint_digest", hint)
        self.assertNotIn("relayctl add", hint.replace(self.server.directory, ""))

    def test_other_digest_where_smtpd_computes_a_weak_one(self):
        """No entry is made in a weak digest: the hint says what is better."""
        self.configure(smtpd_tls_fingerprint_digest="md5")
        self.fill(self.server.path, [(self.listed.fingerprint(), "zen.example"),
                                     (certs.colons("ab" * 16), "other.example")])
        self.postmap(self.server.table)
        found, = [f for f in self.judged("check", self.listed.cert) if f["id"] == "other-digest"]
        self.assertFalse(is_command(found["hint"]), found)
        self.assertIn("sha256", found["hint"])

    def test_other_certificate(self):
        self.fill(self.server.path, [(certs.colons("ab" * 32), "zen.example")])
        self.postmap(self.server.table)
        self.mended("other-certificate", "check", self.listed.cert)

    def test_other_certificate_may_be_a_strangers(self):
        """Whoever is about to paste the command reads first what nobody but the owner knows."""
        self.fill(self.server.path, [(certs.colons("ab" * 32), "zen.example")])
        self.postmap(self.server.table)
        found, = [f for f in self.judged("check", self.listed.cert)
                  if f["id"] == "other-certificate"]
        self.assertIn("compare its fingerprint with the client's owner", found["message"])


class Quoted(PasteCase):
    """An instance and a table whose paths have a blank and a quote in them. Postfix's own scripts
    take neither in the name of an instance, so nothing here has Postfix reload."""

    EVERY_SHELL = True

    def setUp(self):
        super().setUp()
        self.server.config, real = self.other("it's one"), self.server.config
        self.addCleanup(setattr, self.server, "config", real)
        os.symlink(real, self.server.config)
        self.addCleanup(os.unlink, self.server.config)
        self.table = "hash:" + self.other("Anna's clients")
        self.path = self.table.partition(":")[2]
        self.fill(self.path, [(self.listed.fingerprint(), "zen.example")])
        self.postmap(self.table)

    def mended(self, id):
        before = next(f for f in self.judged("-t", self.table) if f["id"] == id)
        self.assertTrue(is_command(before["hint"]), before)
        self.paste(before["hint"])
        self.assertNotIn(id, [f["id"] for f in self.judged("-t", self.table)
                              if f["file"] == before["file"]])

    def test_map_differs(self):
        self.fill(self.path, [(self.listed.fingerprint(), "other.example")])
        self.mended("map-differs")

    def test_writable(self):
        os.chmod(self.path, 0o666)
        self.mended("source-writable")

    def test_leftover(self):
        open(self.path + ".relayctl-new", "w").close()
        self.mended("leftover")

    def test_half_written(self):
        shutil.copy(self.path, self.path + ".relayctl-saved")
        self.mended("half-written")

    def test_entry_retired(self):
        with open(self.path, "a") as out:
            out.write("# relayctl: cert retire-after=2020-01-01\n%s old.example\n" %
                      certs.colons("ab" * 32))
        self.postmap(self.table)
        self.mended("entry-retired")


class Proxied(PasteCase):
    """What smtpd does with tables behind proxymap, also from inside a chroot."""

    def verdict(self):
        data = json.loads(self.relayctl("check", self.listed.cert, "--json").stdout)
        return data["services"][0]

    def test_without_a_second_type(self):
        for allowed in ("", "proxy:clients"):
            with self.subTest(allowed=allowed):
                self.configure(relay_clientcerts="proxy:clients", proxy_read_maps=allowed)
                self.server.reload()
                self.assertTrue(self.server_answers(self.listed, many_services.NO_ANSWER))
                self.assertIs(self.verdict()["would_relay"], False)
                reasons = self.verdict()["reasons"]
                self.assertIn("service-cannot-start", [reason["id"] for reason in reasons])
                for reason in reasons:
                    self.assertFalse(is_command(reason["hint"]), reason)

    def test_a_server_is_asked_from_outside_the_chroot(self):
        services = self.server.services
        self.addCleanup(setattr, self.server, "services", services)
        self.server.services = services.replace("inet n - n", "inet n - y")
        clients = {self.listed.fingerprint(): "zen.example"}
        with socketmap(clients) as table:
            for client, code, relays in ((self.listed, 250, True), (self.stranger, 554, False)):
                self.configure(relay_clientcerts="proxy:" + table, proxy_read_maps="proxy:" + table)
                self.server.reload()
                self.assertTrue(self.server_answers(client, code), self.server.log()[-800:])
                data = json.loads(self.relayctl("check", client.cert, "--json").stdout)
                self.assertIs(data["services"][0]["would_relay"], relays)
            self.configure(relay_clientcerts=table)
            self.assertIsNone(self.verdict()["would_relay"])
        self.configure(relay_clientcerts="proxy:" + table, proxy_read_maps="proxy:" + table)
        self.server.reload()
        self.assertTrue(self.server_answers(self.listed, 451), self.server.log()[-800:])
        self.assertEqual(self.verdict()["reasons"][0]["id"], "table-fails")


class Sentences(PasteCase):
    """Where no command is right, there is none."""

    def hint(self, id, *args):
        return next(f["hint"] for f in self.judged(*args) if f["id"] == id)

    def test_a_table_that_fails_is_not_taken_out(self):
        self.configure(relay_clientcerts="fail:always")
        self.assertFalse(is_command(self.hint("table-fails", "check", self.listed.cert)))

    def test_the_last_table_is_not_taken_out(self):
        self.configure(relay_clientcerts="static:all")
        self.assertFalse(is_command(self.hint("static-table", "-t", self.server.table)))

    def test_authorities_are_not_taken_out(self):
        self.configure(smtpd_tls_CAfile=self.server.path)
        self.assertFalse(is_command(self.hint("tls-authorities-broken")))

    def test_a_client_without_a_name_is_not_listed_by_a_made_up_one(self):
        self.fill(self.server.path, [])
        self.postmap(self.server.table)
        hint = self.hint("not-listed", "check", "--fingerprint", self.stranger.fingerprint())
        self.assertFalse(is_command(hint), hint)
        self.assertNotRegex(hint, PLACEHOLDERS)

    def test_an_expired_entry_is_the_administrators_decision(self):
        with open(self.server.path, "a") as out:
            out.write("# relayctl: cert expires=2020-01-01\n%s old.example\n" %
                      certs.colons("ab" * 32))
        self.postmap(self.server.table)
        self.assertFalse(is_command(self.hint("entry-expired")))

    def test_networks(self):
        self.configure(mynetworks="0.0.0.0/0",
                       smtpd_relay_restrictions="permit_mynetworks, " + PERMIT)
        self.assertFalse(is_command(self.hint("mynetworks-wide")))

    def test_the_same_source_twice(self):
        hint = self.hint("table-unused", "-t", "btree:" + self.server.path)
        self.assertFalse(is_command(hint), hint)

    def test_stray_words_of_master_cf(self):
        services = self.services_of_this_test()
        self.server.services = services + " -o smtpd_tls_exclude_ciphers=aNULL, eNULL"
        self.configure(smtpd_tls_ask_ccert="no")
        for finding in self.judged() + self.judged("check", self.listed.cert):
            if is_command(finding["hint"]):
                self.assertNotIn("eNULL", finding["hint"])
        self.assertFalse(is_command(self.hint("service-cannot-start")))


class Ids(harness.Case):

    def test_every_id_has_a_case_or_is_a_sentence(self):
        with open(os.path.join(harness.SOURCE, "docs/relayctl-findings.7")) as manual:
            ids = set(re.findall(r"^\.It Sy ([a-z0-9-]+) Pq ", manual.read(), re.M))
        with open(os.path.abspath(__file__)) as source:
            pasted = set(re.findall(r'(?:mended\(|,\s+|else )"([a-z0-9-]+)"', source.read()))
        for id, (path, _) in ELSEWHERE.items():
            with open(os.path.join(harness.SOURCE, path)) as source:
                self.assertIn(id, source.read(), path)
        every = [id for some in SENTENCES.values() for id in some]
        sentences = set(every)
        self.assertEqual(len(every), len(sentences), "an id has two reasons")
        self.assertEqual(sorted(ids - pasted - sentences - set(ELSEWHERE)), [])
        self.assertEqual(sorted((sentences | set(ELSEWHERE)) - ids), [])
        self.assertEqual(sorted(sentences & set(ELSEWHERE)), [])


if __name__ == "__main__":
    harness.main()
