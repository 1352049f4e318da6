#!/usr/bin/env python3
"""Every hint that is a command is pasted into a shell, in the situation that it is for, and the
situation is judged again: what was found is gone, nothing is worse, and smtpd lets in nobody who
was not in before.

The name of the configuration directory has to be quoted for a shell. (Postfix's own scripts take
neither a blank nor a quote in it; test_hints.py has these.)"""

import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import time

from support import certs, harness, many_services, postfix_server, release

SHELLS = (("sh", ["sh", "-c"]), ("bash", ["bash", "--norc", "-c"]), ("dash", ["dash", "-c"]),
          ("zsh", ["zsh", "-f", "-c"]), ("fish", ["fish", "--no-config", "-c"]))
PROGRAMS = {"relayctl", "postconf", "postfix", "chmod", "chgrp", "cp", "rm", "setpriv", "setfacl"}
PERMIT = "permit_tls_clientcerts, reject_unauth_destination"

# Ids whose hint is a sentence, or that have none: what helps is a decision of the administrator, a
# change of a file by hand, or something in a certificate or a database.
SENTENCES = set("""access-open annotation-foreign annotation-time bad-grouping bom ca-names-sent
    ccert-access-discards ccert-access-fails ccert-access-open ccert-access-permits
    ccert-access-rejects cert-date-unreadable cert-expired cert-not-yet-valid columns-missing
    database-host-down database-unreachable dbname-missing depends destination-anywhere
    destination-unseen duplicate entry-expired entry-retires key-ends-with-colon key-never-asked
    left-behind-continuation lookups-suppressed milter missing-value mynetworks-fails
    mynetworks-wide no-colons no-smtpd not-hexadecimal not-utf8 nul-byte orphan-continuation
    owner-differs password-in-ps pasted-label pattern-table permitted-otherwise proxy-protocol
    qmqpd-open query-malformed query-missing query-unclear query-unquoted query-without-key
    quoted-key recipient-unlisted select-denied settings-malformed source-empty source-missing
    swallowed-entry table-digest table-unreadable table-unseen tls-certificate-broken
    unbalanced-quote unseen value-not-host value-not-latin1 weak-digest wrong-length
    xclient-wide tls-no-certificate""".split())
# Pasted elsewhere: they need a database, a removal, or a Postfix from 3.9 on.
ELSEWHERE = {
    "query-fails": "tests/fleet/test_verify.py", "still-listed": "tests/postfix/test_revoked.py",
    "reload-needed": "tests/postfix/test_revoked.py", "rpk-cert-only": "tests/unit/test_verdict.cpp"
}


def is_command(hint):
    return bool(hint) and hint.split()[0] in PROGRAMS and ", or " not in hint and "CERT" not in hint


class PasteCase(harness.Case):
    turn = 0

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
            return data["services"][0]["reasons"]
        return json.loads(self.relayctl("verify", "--json", *args).stdout)["findings"]

    def run_in(self, shell, command, wrapper=()):
        path = ":".join([os.path.dirname(harness.RELAYCTL), "/usr/sbin", os.environ["PATH"]])
        done = subprocess.run([*wrapper, *shell, command],
                              capture_output=True,
                              text=True,
                              env=dict(os.environ, PATH=path),
                              stdin=subprocess.DEVNULL,
                              cwd=self.server.directory,
                              timeout=120)
        self.assertEqual(done.returncode, 0, (shell, command, done.stdout, done.stderr))

    def words_in(self, shell, command):
        """The programs with their arguments, as this shell takes the command."""
        stubs = self.other("stubs")
        os.makedirs(stubs, exist_ok=True)
        calls = os.path.join(stubs, "calls")
        open(calls, "w").close()
        for name in PROGRAMS:
            with open(os.path.join(stubs, name), "w") as out:
                out.write(
                    '#!/bin/sh\nfor word in %s "$@"; do printf "%%s\\0" "$word"; done >> %s\n' %
                    (name, shlex.quote(calls)))
            os.chmod(out.name, 0o755)
        subprocess.run([*shell, command],
                       env={"PATH": stubs + ":/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": stubs},
                       stdin=subprocess.DEVNULL,
                       check=True,
                       capture_output=True,
                       timeout=60)
        with open(calls) as lines:
            text = lines.read()
        shutil.rmtree(stubs)
        return text

    def paste(self, hint, wrapper=()):
        """Runs the hint in one of the shells; the others take it for the same words."""
        here = [shell for shell in SHELLS if shutil.which(shell[0])]
        words = {self.words_in(arguments, hint) for _, arguments in here}
        self.assertEqual(len(words), 1, (hint, words))
        PasteCase.turn += 1
        self.run_in(here[PasteCase.turn % len(here)][1], hint, wrapper)
        a_minute_ago = time.time() - 60
        for name in ("main.cf", "master.cf"):
            os.utime(os.path.join(self.server.config, name), (a_minute_ago, a_minute_ago))

    def answer(self, client):
        return many_services.observe(self.server.port, client)

    def mended(self, id, *args, asks=True, relays=True, wrapper=(), agreed=None, then=()):
        """The finding is there with a command, which is pasted; then it is gone, and nothing is
        worse. asks: smtpd is asked before, which a service that cannot start does not like.
        relays: the listed client does in the end. agreed: what stands for its first word in the
        command, since nobody is at a terminal to be asked. then: what else is found in the end."""
        before = self.judged(*args)
        found = [finding for finding in before if finding["id"] == id]
        self.assertTrue(found, before)
        hint = found[0]["hint"]
        self.assertTrue(is_command(hint), (id, hint))
        was_in = False
        if asks:
            self.server.reload()
            was_in = self.answer(self.stranger) == 250
        if agreed:
            hint = hint.replace(" %s " % agreed.split()[0], " %s " % agreed)
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

    def server_answers(self, client, code):
        deadline = time.monotonic() + 10
        while self.answer(client) != code:
            if time.monotonic() > deadline:
                return False
        return True


class Settings(PasteCase):
    """main.cf and master.cf."""

    def test_ask_ccert_off(self):
        self.configure(smtpd_tls_ask_ccert="no")
        self.mended("ask-ccert-off")

    def test_ask_ccert_off_in_master_cf(self):
        services = self.server.services
        self.addCleanup(setattr, self.server, "services", services)
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
        self.configure(smtpd_tls_security_level=None,
                       smtpd_tls_cert_file=None,
                       smtpd_tls_key_file=None)
        hint = self.judged()[0]["hint"]
        self.assertIn("tls enable-server", hint)
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

    def test_tls_authorities_broken(self):
        self.configure(smtpd_tls_CAfile=self.server.path)
        self.mended("tls-authorities-broken")

    def test_a_table_without_a_type(self):
        self.configure(relay_clientcerts=self.server.path)
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

    def test_permit_all_clientcerts(self):
        self.configure(smtpd_relay_restrictions="permit_tls_all_clientcerts, reject")
        self.mended("permit-all-clientcerts")

    def test_open_relay(self):
        self.configure(smtpd_relay_restrictions="permit",
                       smtpd_recipient_restrictions="permit_mynetworks, all_of_them, reject",
                       smtpd_restriction_classes="all_of_them",
                       all_of_them="permit")
        self.mended("open-relay")

    def test_static_table(self):
        self.configure(relay_clientcerts=self.server.table + " static:all")
        self.mended("static-table")

    def test_chroot_table(self):
        services = self.server.services
        self.addCleanup(setattr, self.server, "services", services)
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
        self.configure(relay_clientcerts="",
                       smtpd_tls_ask_ccert=None,
                       smtpd_relay_restrictions=None,
                       smtpd_client_restrictions="permit_mynetworks, reject")
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
        os.chmod(path, 0o644)
        self.mended("password-readable", "-t", "pgsql:" + path, "-d", "sha256", relays=False)

    def test_entry_retired(self):
        with open(self.server.path, "a") as out:
            out.write("# relayctl: cert retire-after=2020-01-01\n%s old.example\n" %
                      certs.colons("ab" * 32))
        self.postmap(self.server.table)
        self.mended("entry-retired", agreed="prune --yes")

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
        self.mended("other-digest", "check", self.listed.cert)

    def test_other_certificate(self):
        self.fill(self.server.path, [(certs.colons("ab" * 32), "zen.example")])
        self.postmap(self.server.table)
        self.mended("other-certificate", "check", self.listed.cert)


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

    def test_networks(self):
        self.configure(mynetworks="0.0.0.0/0",
                       smtpd_relay_restrictions="permit_mynetworks, " + PERMIT)
        self.assertFalse(is_command(self.hint("mynetworks-wide")))

    def test_the_same_source_twice(self):
        hint = self.hint("table-unused", "-t", "btree:" + self.server.path)
        self.assertFalse(is_command(hint), hint)

    def test_stray_words_of_master_cf(self):
        services = self.server.services
        self.addCleanup(setattr, self.server, "services", services)
        self.server.services = services + " -o smtpd_tls_exclude_ciphers=aNULL, eNULL"
        self.configure(smtpd_tls_ask_ccert="no")
        for finding in self.judged() + self.judged("check", self.listed.cert):
            if is_command(finding["hint"]):
                self.assertNotIn("eNULL", finding["hint"])
        self.assertFalse(is_command(self.hint("service-cannot-start")))


class Ids(harness.Case):

    def test_every_id_has_a_case_or_is_a_sentence(self):
        with open(os.path.join(harness.SOURCE, "docs/relayctl.8")) as manual:
            ids = set(re.findall(r"^\.It Sy ([a-z0-9-]+) Pq ", manual.read(), re.M))
        with open(os.path.abspath(__file__)) as source:
            pasted = set(re.findall(r'(?:mended\(|,\s+|else )"([a-z0-9-]+)"', source.read()))
        for id, path in ELSEWHERE.items():
            with open(os.path.join(harness.SOURCE, path)) as source:
                self.assertIn(id, source.read(), path)
        self.assertEqual(sorted(ids - pasted - SENTENCES - set(ELSEWHERE)), [])
        self.assertEqual(sorted((SENTENCES | set(ELSEWHERE)) - ids), [])


if __name__ == "__main__":
    harness.main()
