#!/usr/bin/env python3
"""relayctl test and real smtpds: what it says is what smtpd answers the client, with the
certificate and without, and check --address says the same."""

import json
import os
import pty
import re
import signal
import ssl
import termios
import time

from support import bad_server, certs, harness, many_services, postfix_server, running, terminal
from support.clients_and_tables import World
from support.many_services import Service
from support.schema_case import closed, jsonschema, schema

PERMIT = "smtpd_relay_restrictions"
TLS = "smtpd_tls_security_level"
RECIPIENT = postfix_server.RECIPIENT.strip("<>")
RESTRICTED = "permit_tls_clientcerts, reject_unauth_destination"


def run_test(*args, check=None, timeout=100, config=None, **options):
    command = [*(("-c", config) if config else ()), "test", "--json", "--rcpt", RECIPIENT, *args]
    done = harness.relayctl(*command, check=check, timeout=timeout, **options)
    answer = json.loads(done.stdout) if done.stdout else None
    if answer and jsonschema:
        jsonschema.Draft202012Validator(closed(schema("test"))).validate(answer)
    return answer, done


def ids(server, severities=("error", "warning")):
    return [reason["id"] for reason in server["reasons"] if reason["severity"] in severities]


def steps(session):
    return [step["step"] for step in session["steps"]]


def private_postfix(add_cleanup):
    postfix_server.require()
    server = many_services.ManyServices([])
    add_cleanup(server.stop)
    return server


class Row:
    """client: who connects. relays: by the certificate. ids: the first findings. anyway: smtpd
    relays without a certificate as well."""

    def __init__(self, name, client, relays, *said, anyway=False, wrapper=False, **overrides):
        self.name, self.client, self.relays = name, client, relays
        self.ids, self.anyway = list(said), anyway
        self.service = Service(name, overrides, wrapper)


def rows(world):
    t = lambda name: "hash:" + world.path(name)
    access = lambda name: "check_ccert_access %s, reject_unauth_destination" % t("access_" + name)
    return [
        Row("listed by its certificate", "listed", True),
        Row("listed by its key", "pinned", True),
        Row("not listed", "unlisted", False, "not-listed"),
        Row("expired, and listed", "expired", True),
        Row("the old certificate is listed", "renewed", False, "not-listed", "other-certificate"),
        Row("listed by md5", "weak", False, "not-listed", "other-digest"),
        Row("written without colons", "badly", False, "not-listed", "badly-written"),
        Row("in the source, not in the map", "forgotten", False, "not-listed", "not-rebuilt",
            relay_clientcerts=t("stale")),
        Row("in the map, not in the source", "revoked", True, relay_clientcerts=t("stale")),
        Row("no map", "listed", False, "temporary-refusal", "map-missing",
            relay_clientcerts=t("unbuilt")),
        Row("static: lets everybody in who has a certificate", "unlisted", True,
            relay_clientcerts="static:all"),
        Row("not asked", "listed", False, "not-asked", "ask-ccert-off", smtpd_tls_ask_ccert="no"),
        Row("no TLS", "listed", False, "no-starttls", "tls-off", **{TLS: "none"}),
        Row("TLS without a certificate", "listed", False, "no-starttls",
            smtpd_tls_cert_file="/nonexistent.pem"),
        Row("TLS is required", "listed", True, **{TLS: "encrypt"}),
        Row("from the start", "listed", True, wrapper=True),
        Row("from the start, not listed", "unlisted", False, "not-listed", wrapper=True),
        Row("mynetworks", "unlisted", False, "relays-anyway", anyway=True, mynetworks="127.0.0.0/8",
            **{PERMIT: "permit_mynetworks, " + RESTRICTED}),
        Row("mynetworks, and listed", "listed", False, "relays-anyway", anyway=True,
            mynetworks="127.0.0.0/8", **{PERMIT: "permit_mynetworks, " + RESTRICTED}),
        Row("mynetworks without TLS", "listed", False, "no-starttls", "relays-anyway", anyway=True,
            mynetworks="127.0.0.0/8", **{PERMIT: "permit_mynetworks, " + RESTRICTED, TLS: "none"}),
        Row("mynetworks, not asked", "listed", False, "not-asked", "relays-anyway", anyway=True,
            mynetworks="127.0.0.0/8", smtpd_tls_ask_ccert="no",
            **{PERMIT: "permit_mynetworks, " + RESTRICTED}),
        Row("an open relay", "unlisted", False, "relays-anyway", anyway=True,
            **{PERMIT: "check_client_access static:OK, reject_unauth_destination"}),
        Row("any certificate of a CA", "issued", True, smtpd_tls_CAfile=world.ca,
            **{PERMIT: "permit_tls_all_clientcerts, reject_unauth_destination"}),
        Row("trust demanded, of our own making", "listed", False, "ccert-untrusted", **{
            TLS: "encrypt", "smtpd_tls_req_ccert": "yes", "smtpd_tls_CAfile": world.ca}),
        Row("trust demanded, issued", "issued", True, relay_clientcerts=t("issued"), **{
            TLS: "encrypt", "smtpd_tls_req_ccert": "yes", "smtpd_tls_CAfile": world.ca}),
        Row("trust demanded from the start", "listed", False, "ccert-untrusted", wrapper=True,
            smtpd_tls_req_ccert="yes", smtpd_tls_CAfile=world.ca),
        Row("trust demanded from the start, issued", "issued", True, wrapper=True,
            relay_clientcerts=t("issued"), smtpd_tls_req_ccert="yes", smtpd_tls_CAfile=world.ca),
        Row("permitted by check_ccert_access", "listed", True, **{PERMIT: access("ok")}),
        Row("rejected by check_ccert_access", "listed", False, "other-refusal",
            "ccert-access-rejects",
            **{PERMIT: access("reject") + ", " + RESTRICTED}),
        Row("no permission", "listed", False, "not-listed", "permit-missing",
            **{PERMIT: "reject_unauth_destination"}),
        Row("Debian's own restrictions", "listed", False, "not-listed", "permit-missing",
            **{PERMIT: "permit_mynetworks permit_sasl_authenticated defer_unauth_destination"}),
        Row("permitted before a refusal that is put off", "listed", True,
            **{PERMIT: "permit_tls_clientcerts, defer_unauth_destination"}),
        Row("deferred", "listed", False, "temporary-refusal",
            **{PERMIT: "defer_if_permit, " + RESTRICTED}),
        Row("TLS 1.2", "listed", True, smtpd_tls_protocols="!TLSv1.3"),
    ]


class Agreement(harness.Case):
    """Each row is a service of one private Postfix."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = private_postfix(cls.addClassCleanup)
        cls.world = World(cls.server.directory)
        cls.server.settings["relay_clientcerts"] = cls.world.main
        cls.rows = rows(cls.world)
        cls.server.add([row.service for row in cls.rows])
        cls.server.start()

    def test_each_state(self):
        for row in self.rows:
            with self.subTest(state=row.name, relays=row.relays):
                self.agrees(row)

    def agrees(self, row):
        client = self.world.clients[row.client]
        port, wrapper = row.service.port, row.service.wrapper
        observed = many_services.observe(port, client, wrapper)
        alone = many_services.observe(port, None, wrapper)
        answer, done = run_test(client.cert, client.key, "127.0.0.1:%d" % port,
                                config=self.server.config)
        server, = answer["servers"]
        self.assertEqual((server["relays"], answer["relays"]), (row.relays, row.relays),
                         server["reasons"])
        self.assertEqual(done.returncode, 0 if row.relays else 1)
        self.assertEqual((observed == 250, alone == 250),
                         (row.relays or row.anyway, row.anyway), "what smtpd does")
        self.assertEqual(server["with_certificate"]["relays"], observed == 250)
        if server["without_certificate"]:
            self.assertEqual(server["without_certificate"]["relays"], alone == 250)
        said = ids(server)
        self.assertEqual(said[:len(row.ids)], row.ids, server["reasons"])
        self.assertEqual(server["service"], row.service.postfix_name)
        self.assertNotIn("check-differs", said)
        if server["check"]["would_relay"] is not None:
            self.assertEqual(server["check"]["would_relay"], observed == 250)
        self.assertEqual(server["cert"], client.fingerprint())
        self.assertEqual(server["key"], client.key_fingerprint())

    def test_every_service_of_this_machine(self):
        client = self.world.clients["listed"]
        answer, done = run_test(client.cert, client.key, config=self.server.config, check=0)
        by_name = {server["service"]: server for server in answer["servers"]}
        self.assertEqual(len(by_name), len(self.rows) + 1)
        for row in self.rows:
            if row.client == "listed":
                self.assertEqual(by_name[row.service.postfix_name]["relays"], row.relays, row.name)
        self.assertEqual([], [server["service"] for server in answer["servers"]
                              if "check-differs" in ids(server)])
        one, _ = run_test(client.cert, client.key, "--service", self.rows[2].service.postfix_name,
                          config=self.server.config, check=0)
        self.assertEqual([server["service"] for server in one["servers"]],
                         [self.rows[2].service.postfix_name])


class Real(harness.Case):
    """One private Postfix for each test."""

    def setUp(self):
        super().setUp()
        self.server = private_postfix(self.addCleanup)
        self.client = certs.Client(self.server.directory, "zen.example")
        os.chmod(self.client.key, 0o600)
        with open(self.server.path, "w") as out:
            out.write(self.client.fingerprint() + " zen.example\n")
        self.server.command("postmap", self.server.table)

    def start(self, **settings):
        self.server.write_configuration(**settings)
        self.server.start()

    @property
    def there(self):
        return "127.0.0.1:%d" % self.server.port

    def ask(self, *args, check=0, **options):
        answer, done = run_test(*(args or (self.client.cert, self.client.key, self.there)),
                                config=self.server.config, check=check, **options)
        return answer["servers"][0], done

    def test_what_a_session_shows(self):
        self.start()
        server, done = self.ask()
        self.assertEqual(done.stderr, "")
        session, control = server["with_certificate"], server["without_certificate"]
        every = ["connect", "greeting", "EHLO", "STARTTLS", "TLS", "EHLO", "MAIL", "RCPT", "RSET",
                 "QUIT"]
        self.assertEqual(steps(session), every)
        self.assertEqual(steps(control), every)
        self.assertTrue(all(step["ok"] for step in session["steps"]))
        self.assertEqual([step["step"] for step in control["steps"] if not step["ok"]], ["RCPT"])
        self.assertEqual((session["address"], session["client_address"], session["starttls"],
                          session["protocol"], session["authorities"], session["sent_certificate"],
                          control["sent_certificate"], control["asks_for_certificate"]),
                         (self.there, "127.0.0.1", True, "TLSv1.3", [], True, False, True))
        own = session["server_certificate"]
        self.assertEqual((own["subject"], own["fingerprint"]),
                         ("CN=server.example", self.server.server.fingerprint()))
        self.assertIn(own["days_left"], (29, 30))  # 30 within the second in which it was made
        self.assertEqual(server["reasons"], [])

    def test_nothing_is_sent(self):
        self.start()
        log = self.server.log_of(self.ask, sessions=2)
        self.assertIn("ehlo=2 starttls=1 mail=1 rcpt=1 rset=1 quit=1 commands=7", log)
        self.assertIn("ehlo=2 starttls=1 mail=1 rcpt=0/1 rset=1 quit=1 commands=6/7", log)
        self.assertEqual(log.count(" starttls=1 "), 2)
        self.assertNotIn("data=", log)
        self.assertNotIn("lost connection", log)

    def test_every_kind_of_key(self):
        self.start()
        for kind in ("rsa", "ed25519", "rsa-pss"):
            client = certs.Client(self.server.directory, kind + ".example", kind=kind)
            with self.subTest(kind):
                server, _ = self.ask(client.cert, client.key, self.there, check=1)
                self.assertEqual(ids(server), ["not-listed"])
                harness.relayctl("-c", self.server.config, "add", client.cert, client.name, check=0)
                self.ask(client.cert, client.key, self.there)

    def test_files_of_a_client(self):
        """One file, PKCS#12 of each encryption with a password from a file or the terminal, and an
        encrypted key."""
        self.start()
        path = lambda name: os.path.join(self.server.directory, name)
        with open(path("both.pem"), "w") as both:
            both.write(harness.read_text(self.client.key) + harness.read_text(self.client.cert))
        self.ask(path("both.pem"), self.there)
        with open(path("password"), "w") as out:
            out.write("sesame street\n")
        modern = ["pkcs12", "-export", "-in", self.client.cert, "-inkey", self.client.key]
        for name, options in (("modern", []),
                              ("triple", ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES",
                                          "-macalg", "SHA1"]), ("rc2", ["-legacy"])):
            bag = path(name + ".p12")
            certs.openssl(*modern, *options, "-out", bag, "-passout", "file:" + path("password"))
            with self.subTest(name):
                self.ask("--p12-password-file", path("password"), bag, self.there)
        certs.openssl(*modern, "-out", path("none.p12"), "-passout", "pass:")
        self.ask(path("none.p12"), self.there)
        certs.openssl("pkey", "-in", self.client.key, "-aes128", "-out", path("locked.key"),
                      "-passout", "file:" + path("password"))
        self.ask("--p12-password-file", path("password"), self.client.cert, path("locked.key"),
                 self.there)
        shown, status = terminal.run([
            harness.RELAYCTL, "-c", self.server.config, "test", path("modern.p12"), "--rcpt",
            RECIPIENT, self.there
        ], can_ask=True, answer="sesame street\n")
        self.assertEqual(status, 0, shown)
        self.assertIn("password of", shown)
        for password, status, says in (("wrong\n", 3, "the password is wrong"), (None, 2, "opens")):
            if password:
                with open(path("password"), "w") as out:
                    out.write(password)
            _, done = run_test(*(["--p12-password-file", path("password")] if password else []),
                               path("modern.p12"), self.there, check=status)
            self.assertIn(says, done.stderr)

    def test_a_question_that_is_interrupted(self):
        """The terminal shows again what is typed, and the program ends by the signal."""
        bag = os.path.join(self.server.directory, "asked.p12")
        certs.openssl("pkcs12", "-export", "-in", self.client.cert, "-inkey", self.client.key,
                      "-out", bag, "-passout", "pass:sesame")
        echoes = lambda fd: bool(termios.tcgetattr(fd)[3] & termios.ECHO)
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(harness.RELAYCTL,
                     [harness.RELAYCTL, "-c", self.server.config, "test", bag, self.there])
        self.addCleanup(os.close, fd)
        shown = b""
        while b"password of" not in shown:
            shown += os.read(fd, 1000)
        self.assertTrue(running.comes(lambda: not echoes(fd), 10))
        slave = os.open(os.readlink("/proc/%d/fd/0" % pid), os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, slave)
        os.write(fd, b"ses\x03")
        _, status = os.waitpid(pid, 0)
        self.assertTrue(echoes(slave))
        self.assertEqual(os.WTERMSIG(status), signal.SIGINT)

    def test_a_chain(self):
        """What stands behind the client's certificate is sent along, in whatever order."""
        root = certs.authority(self.server.directory, "root")
        middle = certs.issued(self.server.directory, "middle", root, is_authority=True)
        leaf = certs.issued(self.server.directory, "leaf", middle)
        bundle = os.path.join(self.server.directory, "bundle.pem")
        self.start(smtpd_tls_CAfile=root.cert, smtpd_tls_req_ccert="yes",
                   smtpd_tls_security_level="encrypt",
                   smtpd_relay_restrictions="permit_tls_all_clientcerts, reject_unauth_destination")
        for order in ((leaf, middle), (middle, leaf)):
            with open(bundle, "w") as out:
                out.write("".join(harness.read_text(one.cert) for one in order))
            self.ask(bundle, leaf.key, self.there)
        server, _ = self.ask(leaf.cert, leaf.key, self.there, check=1)
        self.assertEqual(ids(server)[0], "ccert-untrusted")

    def test_without_a_key(self):
        self.start()
        server, _ = self.ask(self.client.cert, self.there, check=1)
        self.assertEqual((ids(server), server["with_certificate"]), (["key-missing"], None))
        self.assertIsNone(server["relays"])
        text = harness.relayctl("-c", self.server.config, "test", "--rcpt", RECIPIENT,
                                self.client.cert, self.there, check=1).stdout
        self.assertIn("nobody can tell without the private key", text)
        self.assertNotIn("does not relay", text)
        words = ["-c", self.server.config, "test", "--rcpt", RECIPIENT, self.client.cert,
                 self.there]
        plain = harness.relayctl("--plain", *words, check=1).stdout.splitlines()
        self.assertEqual(plain[-1].split("\t"), [self.there, "answer", "unknown", "key-missing"])
        quiet = harness.relayctl("-q", *words, check=1)
        self.assertRegex(quiet.stderr, r"\Arelayctl: warning: %s: .* nobody can tell .*\n\Z" %
                         re.escape(self.there))
        self.assertEqual(quiet.stdout, "")
        self.assertTrue(server["without_certificate"]["asks_for_certificate"])
        _, done = run_test(self.client.cert, check=4, config="/nonexistent")
        self.assertIsNone(done.stdout or None)

    def test_a_key_that_others_can_read(self):
        self.start()
        os.chmod(self.client.key, 0o644)
        answer, _ = run_test(self.client.cert, self.client.key, self.there, check=0,
                             config=self.server.config)
        found, = answer["findings"]
        self.assertEqual((found["id"], found["severity"]), ("key-readable", "warning"))
        harness.run(["sh", "-c", found["hint"]], check=True)
        answer, _ = run_test(self.client.cert, self.client.key, self.there, check=0,
                             config=self.server.config)
        self.assertEqual(answer["findings"], [])
        os.chmod(self.client.key, 0o644)
        os.mkdir(os.path.join(self.server.directory, "closed"), 0o700)
        hidden = os.path.join(self.server.directory, "closed", "zen.key")
        os.rename(self.client.key, hidden)
        answer, _ = run_test(self.client.cert, hidden, self.there, check=0)
        self.assertEqual(answer["findings"], [])

    def test_words(self):
        """What is wrong with the files is said before anybody connects."""
        other = certs.Client(self.server.directory, "other.example")
        request = self.client.request()
        for words, status, says in (
            ((self.client.cert, other.key, "mx.example"), 3, "is not the key of"),
            ((request, self.client.key, "mx.example"), 3, "no certificate"),
            ((self.client.cert, self.client.cert, "mx.example"), 3, "no private key"),
            ((self.client.cert, "./nothing.key", "mx.example"), 3, "nothing.key"),
            ((self.client.cert, "zen.pem"), 3, "zen.pem"),
            ((self.client.cert, self.client.key, self.client.cert), 2, "name of a file"),
            ((self.client.cert, self.client.key, "mx.example:99999"), 2, "mx.example:99999"),
            ((self.client.cert, self.client.key, "mx example"), 2, "mx example"),
            ((self.client.cert, self.client.key, "mx.example", "more"), 2, "more"),
            (("--from", "a>\r\nDATA", self.client.cert, "mx.example"), 2, "no mail address"),
            (("--rcpt", "a b@c", self.client.cert, "mx.example"), 2, "no mail address"),
            (("--timeout", "0s", self.client.cert, "mx.example"), 2, "--timeout"),
            (("--tls", "maybe", self.client.cert, "mx.example"), 2, "maybe"),
            (("--service", "smtp", self.client.cert, "mx.example"), 2, "--service"),
        ):
            with self.subTest(words):
                done = harness.relayctl("test", *words, check=status)
                self.assertIn(says, done.stderr)

    def test_an_expired_certificate_of_the_server(self):
        old = certs.expired(self.server.directory, "old.example")
        self.start(smtpd_tls_cert_file=old.cert, smtpd_tls_key_file=old.key)
        server, _ = self.ask()
        self.assertEqual(ids(server), ["server-cert-expired"])
        self.assertLess(server["with_certificate"]["server_certificate"]["days_left"], 0)

    def test_a_certificate_of_the_server_that_expires(self):
        short = certs.Client(self.server.directory, "short.example", days=9)
        self.start(smtpd_tls_cert_file=short.cert, smtpd_tls_key_file=short.key)
        server, _ = self.ask()
        self.assertEqual(ids(server), ["server-cert-expires"])

    def test_an_old_tls(self):
        """What no usual client speaks any more; the answer is smtpd's all the same."""
        self.start(smtpd_tls_protocols="TLSv1", smtpd_tls_ciphers="low",
                   tls_low_cipherlist="ALL:@SECLEVEL=0")
        server, _ = self.ask()
        self.assertEqual((server["with_certificate"]["protocol"], ids(server)),
                         ("TLSv1", ["old-tls"]))
        self.assertEqual(server["check"], {"would_relay": True})

    def test_names_of_authorities(self):
        authority = certs.authority(self.server.directory, "ca.example")
        self.start(smtpd_tls_CAfile=authority.cert)
        server, _ = self.ask()
        self.assertEqual(server["with_certificate"]["authorities"], ["CN=ca.example"])
        self.assertEqual(ids(server, ["note"]), ["ca-names-sent"])

    def test_the_name_of_the_server(self):
        self.start()
        server, _ = self.ask(self.client.cert, self.client.key,
                             "localhost:%d" % self.server.port)
        self.assertEqual(ids(server, ["note"]), ["server-cert-name"])
        self.assertEqual(server["with_certificate"]["address"], self.there)

    def test_a_configuration_that_is_not_reloaded(self):
        """check takes the running smtpd into account, so that both agree."""
        self.start()
        self.ask()
        self.server.write_configuration(smtpd_tls_ask_ccert="no")
        server, _ = self.ask()
        self.assertNotIn("check-differs", ids(server))

    def test_postscreen(self):
        """With tests behind its greeting postscreen answers 450 the first time."""
        port = postfix_server.free_port()
        self.server.services = "\n".join((
            "127.0.0.1:{port} inet n - n - 1 smtpd",
            "127.0.0.1:%d inet n - n - 1 postscreen" % port, "smtpd pass - - n - - smtpd",
            "tlsproxy unix - - n - 0 tlsproxy", "dnsblog unix - - n - 0 dnsblog"))
        self.start(postscreen_greet_wait="2s", postscreen_bare_newline_enable="yes",
                   postscreen_non_smtp_command_enable="yes", postscreen_pipelining_enable="yes",
                   postscreen_access_list="", postscreen_cache_map="lmdb:$data_directory/screen",
                   postscreen_whitelist_interfaces="static:all")
        server, _ = self.ask(self.client.cert, self.client.key, "127.0.0.1:%d" % port)
        self.assertEqual(server["relays"], True)
        self.assertRegex(server["with_certificate"]["tried_again_after"], "^450 4.3.2 ")
        self.assertEqual(ids(server, ["note"]), ["tried-again"])
        self.assertEqual(server["check"], {"would_relay": True})
        self.ask(self.client.cert, self.client.key, "--service", "127.0.0.1:%d" % port)

    def test_postfix_does_not_run(self):
        answer, done = run_test(self.client.cert, self.client.key, config=self.server.config,
                                check=4)
        self.assertIsNone(answer)
        self.assertIn("does not run", done.stderr)

    def test_text_and_columns(self):
        self.start()
        words = ["-c", self.server.config, "test", "--rcpt", RECIPIENT, self.client.cert,
                 self.client.key, self.there]
        shown, status = terminal.run([harness.RELAYCTL, *words], color=False)
        self.assertEqual(status, 0)
        self.assertRegex(shown, "(?m)✓ RCPT +250 2.1.5 Ok")
        self.assertRegex(shown, r"(?m)✓ server +CN=server.example, (29|30) days left \(until ")
        self.assertIn("✓ relays because of the certificate", shown)
        plain = harness.relayctl("--plain", *words, check=0).stdout.splitlines()
        self.assertEqual(plain[-1].split("\t"), [self.there, "answer", "yes", ""])
        self.assertTrue(all(len(line.split("\t")) == 5 for line in plain[:-1]), plain)
        quiet = harness.relayctl("-q", *words, check=0)
        self.assertEqual((quiet.stdout, quiet.stderr), ("", ""))


class Scripted(harness.Case):
    """Servers that are no Postfix, or no servers at all. There is no Postfix here that the answer
    could be compared with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = cls.directory_of_class()
        cls.identity = certs.Client(directory, "mx.example")
        cls.client = certs.Client(directory, "zen.example")
        os.chmod(cls.client.key, 0o600)

    def ask(self, talk, *args, check, within=None):
        began = time.monotonic()
        with bad_server.serving(talk) as port:
            answer, done = run_test(*args, self.client.cert, self.client.key,
                                    "127.0.0.1:%d" % port, config="/nonexistent", check=check)
        if within:
            self.assertLess(time.monotonic() - began, within)
        return answer["servers"][0]

    def script(self, **answers):
        return bad_server.Script(self.identity, asks=self.client.cert, **answers)

    def no_answer(self, talk, *args, says, within=None):
        server = self.ask(talk, *args, check=4, within=within)
        self.assertEqual((ids(server), server["relays"]), (["no-answer"], None))
        self.assertRegex(server["reasons"][0]["message"], says)
        self.assertIsNone(server["without_certificate"])
        return server

    def test_silent(self):
        server = self.no_answer(bad_server.silent, "--timeout", "2s", within=5,
                                says=r"does not answer within 2 seconds \(greeting\)")
        self.assertIn("--tls wrap", server["reasons"][0]["hint"])
        self.no_answer(bad_server.silent, "--timeout", "2s", "--tls", "wrap", within=5,
                       says="does not finish the TLS handshake within 2 seconds")

    def test_closes_at_once(self):
        self.no_answer(bad_server.closing, says="closes the connection at once", within=5)
        self.no_answer(bad_server.closing, "--tls", "wrap", says="closes the connection", within=5)

    def test_nothing_listens(self):
        port = postfix_server.free_port()
        answer, _ = run_test(self.client.cert, self.client.key, "127.0.0.1:%d" % port, check=4)
        self.assertEqual(ids(answer["servers"][0]), ["no-answer"])
        self.assertIn("nothing listens on", answer["servers"][0]["reasons"][0]["message"])

    def test_no_such_host(self):
        answer, _ = run_test(self.client.cert, self.client.key, "nowhere.invalid", check=4)
        server, = answer["servers"]
        self.assertEqual((ids(server), steps(server["with_certificate"])), (["no-answer"], []))
        self.assertIn("'nowhere.invalid' has no address", server["reasons"][0]["message"])

    def test_nonsense(self):
        no_server = "no SMTP server"
        for name, data in (("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n"), ("SSH", b"SSH-2.0-x\r\n"),
                           ("NUL", b"\0" * 100 + b"\n"), ("binary", bytes(range(256)) * 4 + b"\n"),
                           ("a code of seven", b"720 hello\r\n"), ("two codes",
                                                                  b"220-a\r\n250 b\r\n")):
            with self.subTest(name):
                self.no_answer(bad_server.says(data), says=no_server, within=10)
        for name, data in (("one line", b"x" * 1000), ("many lines", b"220-hello\r\n"),
                           ("blank lines", b"\r\n")):
            with self.subTest(name):
                self.no_answer(bad_server.for_ever(data), says=no_server, within=10)
        self.no_answer(bad_server.says(b"SSH-2.0-x\r\n"), "--tls", "wrap", says="no TLS")

    def test_one_byte_a_second(self):
        self.no_answer(bad_server.trickle(b"220-mx.example\r\n"), "--timeout", "3s", within=7,
                       says=r"within 3 seconds \(greeting\)")
        self.no_answer(bad_server.trickle(b"\x16\x03\x03\x10\0\2\0\0\xff"), "--timeout", "3s",
                       "--tls", "wrap", within=7, says=r"within 3 seconds \(TLS\)")

    def test_all_of_it_ends(self):
        """Each step is in time, and all of them together are not."""
        slow = {word: self.slowly(answer) for word, answer in (
            ("greeting", "220 x"), ("EHLO", "250 x"), ("MAIL", "250 x"), ("RCPT", "250 x"))}
        server = self.ask(bad_server.Script(**slow), "--timeout", "30s", check=4, within=65)
        self.assertIn("until the time for the whole test was over", server["reasons"][0]["message"])

    def slowly(self, answer):

        def after_a_while(_):
            time.sleep(19)
            return answer

        return after_a_while

    def test_closes_in_the_middle(self):
        for word in ("EHLO", "STARTTLS", "MAIL", "RCPT"):

            def close(_, word=word):
                raise OSError

            with self.subTest(word):
                if word == "STARTTLS":
                    script = self.script()
                    script.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # has no certificate
                    server = self.ask(script, check=1)
                    self.assertEqual(ids(server), ["tls-fails"])
                else:
                    server = self.ask(self.script(**{word: close}), check=4)
                    self.assertEqual(ids(server), ["no-answer"])

    def test_it_relays_for_the_certificate(self):
        script = self.script(RCPT=lambda number: "250 Ok" if number == 1 else "554 Relay denied")
        server = self.ask(script, check=0)
        self.assertEqual((server["relays"], server["service"], server["check"]), (True, None, None))
        self.assertEqual([line for number, line in script.commands if number == 1], [
            "EHLO [127.0.0.1]", "STARTTLS", "EHLO [127.0.0.1]", "MAIL FROM:<>",
            "RCPT TO:<%s>" % RECIPIENT, "RSET", "QUIT"])
        script.commands.clear()
        self.ask(script, "--from", "anna@client.example", check=0)
        self.assertIn("MAIL FROM:<anna@client.example>", [line for _, line in script.commands])

    def test_a_hint_for_another_machine(self):
        server = self.ask(self.script(), check=1)
        self.assertEqual(ids(server), ["not-listed"])
        self.assertEqual(server["reasons"][0]["hint"],
                         "on the server: relayctl add --fingerprint %s HOST" %
                         self.client.fingerprint())
        for text in ("550 relay not permitted", "550 5.7.1 Relaying denied"):
            self.assertEqual(ids(self.ask(self.script(RCPT=text), check=1)), ["not-listed"])

    def test_other_refusals(self):
        for word, text, said in (("RCPT", "550 5.1.1 No such user", "other-refusal"),
                                 ("MAIL", "550 5.1.8 Sender rejected", "other-refusal"),
                                 ("EHLO", "550 5.7.1 Go away", "other-refusal"),
                                 ("greeting", "554 5.7.1 Not you", "other-refusal"),
                                 ("RCPT", "451 4.3.0 Temporary lookup failure",
                                  "temporary-refusal")):
            with self.subTest(text):
                server = self.ask(self.script(**{word: text}), check=1)
                self.assertEqual(ids(server), [said])
                self.assertIn(text, server["reasons"][0]["message"])

    def test_greylisting(self):
        first = lambda number: "450 4.2.0 Greylisted" if number == 1 else (
            "250 Ok" if number == 2 else "554 5.7.1 Relay access denied")
        script = self.script(RCPT=first)
        server = self.ask(script, check=0, within=15)
        self.assertEqual(server["with_certificate"]["tried_again_after"], "450 4.2.0 Greylisted")
        self.assertEqual(ids(server, ["note"]), ["tried-again"])
        self.assertEqual({number for number, _ in script.commands}, {1, 2, 3})
        script = self.script(RCPT="450 4.2.0 Greylisted")
        server = self.ask(script, check=1, within=15)
        self.assertEqual(ids(server), ["temporary-refusal"])
        self.assertIn("also when it was tried again", server["reasons"][0]["message"])
        self.assertLessEqual({number for number, _ in script.commands}, {1, 2, 3, 4})

    def test_busy(self):
        busy = lambda number: "421 4.3.2 Too busy" if number == 1 else "220 mx.example"
        server = self.ask(self.script(greeting=busy), check=1)
        self.assertEqual(ids(server), ["not-listed"])
        server = self.ask(self.script(greeting="421 4.3.2 Too busy"), check=4)
        self.assertEqual(ids(server), ["no-answer"])

    def test_the_control_session_is_not_seen(self):
        """Without it nobody knows whether it is the certificate."""
        many = "421 4.7.0 Too many connections"
        answer = lambda number: "220 mx.example" if number == 1 else many
        server = self.ask(self.script(greeting=answer, RCPT="250 Ok"), check=1)
        self.assertEqual((ids(server), server["relays"]), (["control-unseen"], None))

    def test_who_has_no_certificate_is_shown_the_door(self):
        """TLS 1.3 with a certificate demanded: the alert comes behind the handshake."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            script = self.script(RCPT="250 Ok")
            script.context.verify_mode = ssl.CERT_REQUIRED
            script.context.minimum_version = script.context.maximum_version = version
            with self.subTest(version):
                self.assertTrue(self.ask(script, check=0)["relays"])

    def test_the_certificate_ends_the_session(self):
        other = certs.Client(self.directory_of_class(), "other.example")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            script = bad_server.Script(self.identity, asks=other.cert)  # verifies what comes
            script.context.minimum_version = script.context.maximum_version = version
            with self.subTest(version):
                server = self.ask(script, check=1)
                self.assertEqual(ids(server), ["certificate-refused"])
                self.assertTrue(server["with_certificate"]["sent_certificate"])

    def test_tls_from_the_start(self):
        script = self.script()
        script.wrapped = True
        server = self.ask(script, "--tls", "wrap", check=1)
        self.assertEqual((ids(server), server["with_certificate"]["starttls"]), (["not-listed"],
                                                                                 False))

    def test_the_name_in_tls(self):
        names = []
        script = self.script()
        script.context.sni_callback = lambda _socket, name, _context: names.append(name)
        self.ask(script, check=1)
        self.ask(script, "--sni", "mx.example", check=1)
        with bad_server.serving(script) as port:
            run_test(self.client.cert, self.client.key, "localhost:%d" % port, check=1)
        self.assertEqual(names[::2], [None, "mx.example", "localhost"])

    def test_nothing_raw_reaches_the_terminal(self):
        evil = "\x1b]0;owned\x07\u202e\x9b31m"
        script = self.script(greeting="220 " + evil, RCPT="554 Relay " + evil,
                             MAIL="250 " + evil)
        for form in ([], ["--plain"]):
            with bad_server.serving(script) as port:
                done = harness.relayctl(*form, "test", self.client.cert, self.client.key,
                                        "127.0.0.1:%d" % port, check=1)
            self.assertIn("owned", done.stdout)
            self.assertNotRegex(done.stdout, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
        server = self.ask(script, check=1)
        self.assertIn("\x1b", server["reasons"][0]["message"] + server["with_certificate"]["steps"][
            1]["text"])  # JSON has it, written as \u001b

    def test_the_injection_of_a_reply(self):
        """What comes behind the answer to STARTTLS in clear counts for nothing."""
        server = self.ask(self.script(STARTTLS="220 Go\r\n250 Ok\r\n250 Ok\r\n250 Ok"), check=4)
        self.assertEqual(ids(server), ["no-answer"])


if __name__ == "__main__":
    harness.main()
