#!/usr/bin/env python3
"""What the reader of the mail log tells of sessions with a real smtpd is what was done: for every
kind of client, at each loglevel, and for certificates whose names imitate the log."""

import contextlib
import os
import smtplib
import ssl

from support import certs, harness, mail_log_model, named_client, postfix_server, release, running

WORDS = ("when host service name address certificate key claimed kind trusted ended permitted "
         "for_any denied rejected messages login").split()
VICTIM = ":".join(["EE"] * 32)


class Case(harness.Case):

    def server(self, **settings):
        postfix_server.require()
        services = settings.pop("services", None)
        table = settings.pop("table", "hash:{dir}/relay_clients")
        settings = {"smtpd_tls_loglevel": "1,peercert", "mydestination": "server.example",
                    "smtpd_log_access_permit_actions": "permit_tls_clientcerts, "
                    "permit_tls_all_clientcerts", **settings}
        server = postfix_server.Server(settings=settings.items(), services=services, table=table)
        self.addCleanup(server.stop)
        self.clients = os.path.join(server.directory, "clients")
        os.mkdir(self.clients)
        return server

    def client(self, name, **options):
        return certs.Client(self.clients, name, **options)

    def start(self, server, entries=()):
        with open(server.path, "w") as out:
            out.write("".join("%s %s\n" % entry for entry in entries))
        server.command("postmap", server.table.replace("debug:", ""))
        server.start()

    def talk(self, server, client=None, *recipients, tls=True, context=None, session=None):
        """One whole session: the codes for these recipients, and the TLS session."""
        context = context or postfix_server.client_context(client)
        codes, kept = [], None
        before = server.ended()
        with smtplib.SMTP("127.0.0.1", server.port, "client.example", timeout=30) as smtp:
            smtp.ehlo()
            if tls:
                smtp.docmd("STARTTLS")
                smtp.sock = context.wrap_socket(smtp.sock, session=session)
                smtp.file = None
                smtp.ehlo()
            for recipient in recipients:
                smtp.docmd("MAIL FROM:<sender@client.example>")
                codes.append(smtp.docmd("RCPT TO:" + recipient)[0])
                smtp.docmd("RSET")
            kept = smtp.sock.session if tls else None
        running.until(lambda: server.ended() > before,
                      "smtpd does not say that the session is over")
        return codes, kept

    def read(self, server, *args):
        """(the sightings, as dictionaries; the services, by name; the last line)."""
        done = harness.run([harness.DUMP_SIGHTINGS, *args, server.log_path])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotRegex(done.stdout, r"[^\n\t -~\u0080-\U0010ffff]")
        found, about = mail_log_model.reported(done.stdout)
        services = {line[1]: [int(n) for n in line[2:]] for line in about if line[0] == "service"}
        return [dict(zip(WORDS, one)) for one in found], services, about[-1]

    def has_log(self, server, sighting, client, **expected):
        wanted = dict({"certificate": client.fingerprint(), "key": client.key_fingerprint(),
                       "service": "postfix/smtpd", "address": "127.0.0.1", "kind": "certificate",
                       "ended": "ended", "permitted": 0, "for_any": 0, "denied": 0, "rejected": 0,
                       "messages": 0, "login": "-", "trusted": "untrusted"}, **expected)
        self.assertEqual({name: sighting[name] for name in wanted}, wanted, server.log())


ELSEWHERE, HERE = "<someone@elsewhere.example>", "<someone@server.example>"


class Sessions(Case):

    def test_every_kind_of_client(self):
        server = self.server(smtpd_relay_restrictions="permit_tls_clientcerts, "
                             "permit_tls_all_clientcerts, reject_unauth_destination",
                             smtpd_recipient_restrictions="check_recipient_access "
                             "inline:{never@elsewhere.example=REJECT}")
        listed, pinned, unlisted = map(self.client, ("listed", "pinned", "unlisted"))
        ca = certs.authority(self.clients, "ca")
        issued = certs.issued(self.clients, "issued", ca, usage="clientAuth")
        server.write_configuration(smtpd_tls_CAfile=ca.cert)
        self.start(server, [(listed.fingerprint(), "listed.example"),
                            (pinned.key_fingerprint(), "pinned.example")])
        relayed, _ = self.talk(server, listed, ELSEWHERE, ELSEWHERE, "<never@elsewhere.example>")
        self.assertEqual(relayed, [250, 250, 554])
        self.assertEqual(self.talk(server, pinned, ELSEWHERE)[0], [250])
        self.assertEqual(self.talk(server, unlisted, ELSEWHERE, HERE)[0], [554, 250])
        self.assertEqual(self.talk(server, issued, ELSEWHERE)[0], [250])
        self.assertEqual(self.talk(server, None, ELSEWHERE)[0], [554])
        self.assertEqual(self.talk(server, None, ELSEWHERE, tls=False)[0], [554])
        self.talk(server, listed)
        found, services, log = self.read(server)
        by_client = lambda client: [s for s in found if s["key"] == client.key_fingerprint()]
        self.assertEqual(len(found), 5, server.log())
        first, second = by_client(listed)
        first, second = sorted((first, second), key=lambda s: -s["permitted"])
        self.has_log(server, first, listed, permitted=3, messages=2, rejected=1,
                     claimed="listed, issuer=listed")
        self.has_log(server, second, listed)
        self.has_log(server, *by_client(pinned), pinned, permitted=1, messages=1)
        self.has_log(server, *by_client(unlisted), unlisted, denied=1, messages=1)
        trusted, = by_client(issued)
        self.has_log(server, trusted, issued, for_any=1, messages=1, trusted="trusted",
                     claimed="issued, issuer=ca")
        self.assertEqual(services["postfix/smtpd"], [7, 5, 0, 1, 0])
        self.assertEqual(log[4], "yes")

    def test_resumed_sessions(self):
        server = self.server(smtpd_tls_session_cache_database="btree:$data_directory/scache")
        client = self.client("listed")
        self.start(server, [(client.fingerprint(), "listed.example")])
        context = postfix_server.client_context(client)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        _, session = self.talk(server, client, ELSEWHERE, context=context)
        codes, again = self.talk(server, client, ELSEWHERE, context=context, session=session)
        self.assertEqual((codes, again.id), ([250], session.id))
        found, services, _ = self.read(server)
        self.assertEqual(len(found), 2, server.log())
        for sighting in found:
            self.has_log(server, sighting, client, permitted=1, messages=1)

    def test_each_loglevel(self):
        for level, logged, told in (("0", "no", 0), ("1", "no", 0), ("1,peercert", "yes", 1),
                                    ("2", "yes", 1)):
            with self.subTest(level):
                server = self.server(smtpd_tls_loglevel=level)
                client = self.client("listed")
                self.start(server, [(client.fingerprint(), "listed.example")])
                self.talk(server, client, ELSEWHERE)
                self.talk(server, None, ELSEWHERE)
                found, services, log = self.read(server)
                self.assertEqual((len(found), log[4]), (told, logged), server.log())
                untold = 1 if level == "1" else 0
                anonymous = 0 if level == "0" else 1
                self.assertEqual(services["postfix/smtpd"],
                                 [2, told, untold, anonymous, 0])

    def test_not_asked(self):
        server = self.server(smtpd_tls_ask_ccert="no")
        client = self.client("listed")
        self.start(server)
        self.talk(server, client, ELSEWHERE, ELSEWHERE)
        found, services, _ = self.read(server)
        self.assertEqual((found, services["postfix/smtpd"]), ([], [1, 0, 0, 1, 2]))

    def test_several_services(self):
        services = ("127.0.0.1:{port} inet n - n - 2 smtpd -o syslog_name=postfix/submission\n"
                    "  -o smtpd_client_port_logging=yes")
        server = self.server(services=services)
        client = self.client("listed")
        self.start(server, [(client.fingerprint(), "listed.example")])
        self.talk(server, client, ELSEWHERE)
        sighting, = self.read(server)[0]
        self.has_log(server, sighting, client, permitted=1, messages=1,
                     service="postfix/submission/smtpd")

    def test_a_table_that_cannot_be_asked(self):
        server = self.server(smtpd_tls_loglevel="0")
        client = self.client("listed")
        self.start(server)
        os.unlink(server.path + release.suffix())
        self.assertEqual(self.talk(server, client, ELSEWHERE)[0], [451])
        self.assertEqual(self.read(server)[0], [])
        version = ".".join(map(str, release.version()))
        sighting, = self.read(server, "--version", version)[0]
        self.has_log(server, sighting, client, rejected=1)

    def test_debug_tables(self):
        harness.skip("Postfix before 3.11" if not release.since(3, 11) else None)
        server = self.server(smtpd_tls_loglevel="0", table="debug:hash:{dir}/relay_clients")
        server.path = server.table.split(":")[-1]
        listed, pinned, unlisted = map(self.client, ("listed", "pinned", "unlisted"))
        self.start(server, [(listed.fingerprint(), "listed.example"),
                            (pinned.key_fingerprint(), "pinned.example")])
        for client in (listed, pinned, unlisted):
            self.talk(server, client, ELSEWHERE, ELSEWHERE)
        self.assertEqual(self.read(server)[0], [])  # nobody says which tables count
        found = {s["key"]: s for s in self.read(server, "--table", server.table)[0]}
        self.assertEqual(len(found), 3, server.log())
        self.has_log(server, found[listed.key_fingerprint()], listed, permitted=2, messages=2)
        self.has_log(server, found[pinned.key_fingerprint()], pinned, permitted=2, messages=2,
                     certificate="-")
        self.has_log(server, found[unlisted.key_fingerprint()], unlisted, denied=2)

    def test_postscreen(self):
        services = ("127.0.0.1:{port} inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n"
                    "tlsproxy unix - - n - 0 tlsproxy\ndnsblog unix - - n - 0 dnsblog")
        server = self.server(services=services, postscreen_greet_wait="1s",
                             postscreen_bare_newline_enable="yes", postscreen_dnsbl_sites="",
                             postscreen_cache_map="btree:$data_directory/postscreen",
                             postscreen_access_list="")
        client = self.client("listed")
        self.start(server, [(client.fingerprint(), "listed.example")])
        context = postfix_server.client_context(client)
        for wanted in (450, 250):  # the first time postscreen talks itself, by tlsproxy
            with contextlib.closing(smtplib.SMTP("127.0.0.1", server.port, "client.example",
                                                 timeout=60)) as smtp:
                smtp.starttls(context=context)
                smtp.ehlo()
                smtp.docmd("MAIL FROM:<sender@client.example>")
                self.assertEqual(smtp.docmd("RCPT TO:" + ELSEWHERE)[0], wanted, server.log())
                smtp.quit()
        running.until(server.ended, "the session is not over")
        self.assertIn("postfix/tlsproxy", server.log())
        sighting, = self.read(server)[0]
        self.has_log(server, sighting, client, permitted=1, messages=1)


class Forged(Case):
    """What a client may choose: the names in its certificate, HELO, sender and recipient."""

    def names(self):
        pair = "{sep}fingerprint=%s, pkey{word}fingerprint=%s" % (VICTIM, VICTIM)
        old, new = pair.format(sep=", ", word="_"), pair.format(sep=", cert ", word=" ")
        yield "x, issuer=y" + old, "ca"
        yield "x", "y" + new
        yield "x, issuer=y" + new, "z" + old
        yield ("x" * (255 - len(old)) + old), ("y" * (255 - len(new)) + new)
        yield "a\nNov 28 00:00:00 mx postfix/smtpd[1]: connect from a[192.0.2.9]", "b\r\n"
        yield "\x1b[2J\x1b]0;title\x07", "\u202e\u0085\u200f"
        yield "", ""
        yield "%s%n", "x" * 1000
        client = "u[127.0.0.1]"
        yield (client + ": subject_CN=v, issuer=v" + old)[:255], "]: disconnect from " + client

    def test_names_of_certificates(self):
        server = self.server(smtpd_tls_loglevel="2")
        clients = [named_client.claiming(self.clients, "c%d" % number, *names)
                   for number, names in enumerate(self.names())]
        self.start(server)
        for client in clients:
            self.talk(server, client, ELSEWHERE)
        found, services, _ = self.read(server)
        self.assertEqual(sorted(s["certificate"] for s in found),
                         sorted(client.fingerprint() for client in clients), server.log())
        for client in clients:
            sighting, = [s for s in found if s["key"] == client.key_fingerprint()]
            self.has_log(server, sighting, client, denied=1)
        self.assertEqual(services["postfix/smtpd"][:3],
                         [len(clients), len(clients), 0])

    def test_what_is_said_in_a_session(self):
        server = self.server(smtpd_hard_error_limit="1000", smtpd_error_sleep_time="0")
        client = self.client("forger")
        self.start(server)
        peer = "u[127.0.0.1]: subject_CN=v, issuer=v, fingerprint=%s, pkey_fingerprint=%s" % (
            VICTIM, VICTIM)
        texts = ("postfix/smtpd[1]: " + peer, peer, VICTIM,
                 "x>: Relay access denied; from=<a> to=<x> proto=ESMTP helo=<",
                 "x: permit: RCPT from u[127.0.0.1]: action=permit_tls_clientcerts for ")
        with server.session(client) as session:
            for text in texts:
                session.smtp.docmd("EHLO " + text)
                for path in ('"%s"@client.example' % text, text):
                    session.smtp.docmd("MAIL FROM:<%s>" % path)
                    session.smtp.docmd("RCPT TO:<%s>" % path)
                    session.smtp.docmd("RSET")
                    session.ask("<%s>" % path)
            session.smtp.docmd("QUIT")
        running.until(server.ended, "the session is not over")
        sighting, = self.read(server)[0]
        self.assertEqual((sighting["certificate"], sighting["permitted"], sighting["for_any"]),
                         (client.fingerprint(), 0, 0), server.log())


if __name__ == "__main__":
    harness.main()
