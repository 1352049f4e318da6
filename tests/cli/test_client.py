#!/usr/bin/env python3
"""Who is meant: the certificate of a bundle that is the client's, the fingerprint of a pasted line,
the host, dates that nobody can read."""

import itertools
import json
import os
import re

from support import certs, harness
from support.table_case import TableCase, fp

LOG = ("Nov 27 10:00:00 mx postfix/smtpd[24133]: unknown[192.0.2.1]: subject_CN=%s, issuer=x, "
       "fingerprint=%s, pkey_fingerprint=%s",
       "Nov 27 10:00:00 mx postfix/smtpd[30328]: unknown[192.0.2.1]: subject_CN=%s, issuer=x, cert "
       "fingerprint=%s, pkey fingerprint=%s")


class ClientCase(TableCase):
    TYPE = "hash"

    def path_of(self, name):
        return os.path.join(self.directory, name)

    def joined(self, name, *files):
        self.write(b"".join(self.read(file) for file in files), self.path_of(name))
        return self.path_of(name)

    def refused(self, *args, status=3):
        """What the command says; the table is as it was."""
        before = self.snapshot()
        result = self.run_it(*args, check=status)
        self.assertEqual(self.snapshot(), before)
        return result.stderr


class Bundles(ClientCase):

    def setUp(self):
        super().setUp()
        self.authority = certs.authority(self.directory, "ca")
        self.between = certs.issued(self.directory, "between", self.authority, is_authority=True)
        self.zen = certs.issued(self.directory, "zen.example", self.between)
        self.other = certs.issued(self.directory, "other.example", self.between)

    def bundles(self):
        """Every order and form in which the chain of zen.example comes, without its key."""
        files = [self.authority.cert, self.between.cert, self.zen.cert]
        yield self.joined("ca_first.pem", *files)
        yield self.joined("client_first.pem", *reversed(files))
        yield self.joined("client_between.pem", files[0], files[2], files[1])
        yield self.joined("client_twice.pem", files[2], files[0], files[1], files[2])
        yield self.joined("two.pem", files[1], files[2])
        pkcs7 = self.path_of("chain.p7b")
        certs.openssl("crl2pkcs7", "-nocrl", "-certfile", self.path_of("ca_first.pem"), "-out",
                      pkcs7)
        yield pkcs7
        ders = []
        for file in files:
            ders.append(file + ".der")
            certs.openssl("x509", "-in", file, "-outform", "DER", "-out", ders[-1])
        yield self.joined("chain.der", *ders)

    def test_the_one_that_issued_no_other_is_the_client(self):
        for bundle in self.bundles():
            with self.subTest(bundle=os.path.basename(bundle)):
                self.run_it("add", bundle, "zen.example")
                self.assertEqual(self.has(), {self.zen.fingerprint(): "zen.example"})
                self.assertIn(
                    "subject",
                    json.loads(self.run_it("fingerprint", "--json",
                                           bundle).stdout)["certificates"][0])
                self.run_it("remove", bundle)
                self.assertEqual(self.has(), {})
                with open(bundle, "rb") as source:
                    self.run_it("rotate", "--create", "zen.example", "-", input=source.read(),
                                text=False)
                self.assertEqual(self.has(), {self.zen.fingerprint(): "zen.example"})
                self.run_it("remove", "zen.example")

    def test_check_looks_at_the_client(self):
        self.run_it("add", self.authority.cert, "ca.example")
        bundle = self.joined("ca_first.pem", self.authority.cert, self.between.cert, self.zen.cert)
        self.write("25 inet n - n - - smtpd\n", self.path_of("conf/master.cf"))
        self.assertEqual(
            json.loads(self.run_it("check", "--json", bundle, check=1).stdout)["cert"],
            self.zen.fingerprint())

    def test_fingerprint_says_which_is_the_clients(self):
        bundle = self.joined("ca_first.pem", self.authority.cert, self.between.cert, self.zen.cert)
        found = json.loads(self.run_it("fingerprint", "--json", bundle).stdout)["certificates"]
        self.assertEqual([entry["client"] for entry in found], [False, False, True])
        self.assertIn("the client's certificate is number 3 of 3, CN=zen.example",
                      self.run_it("fingerprint", bundle).stderr)
        unclear = self.joined("unclear.pem", self.zen.cert, self.other.cert)
        found = json.loads(self.run_it("fingerprint", "--json", unclear).stdout)["certificates"]
        self.assertEqual([entry["client"] for entry in found], [None, None])

    def test_several_that_may_be_it_are_refused(self):
        self.run_it("add", self.zen.cert, "zen.example")
        # The second has an authority beside it that did not issue it: nobody can know.
        for name, files in (("two.pem", [self.zen.cert, self.other.cert]),
                            ("gap.pem", [self.other.cert, self.authority.cert]),
                            ("three.pem", [self.between.cert, self.zen.cert, self.other.cert])):
            bundle = self.joined(name, *files)
            for args in (["add", bundle, "x.example"],
                         ["rotate", "zen.example", bundle],
                         ["remove", bundle],
                         ["annotate", bundle],
                         ["check", bundle]):
                with self.subTest(args=args[0], name=name):
                    said = self.refused(*args)
                    self.assertIn("holds 2 certificates that may be the client's: ", said)
                    self.assertIn("CN=other.example (%s:...)" % self.other.fingerprint()[:11], said)

    def test_an_issuer_is_known_by_its_signature_not_by_its_name(self):
        namesake = certs.Client(self.directory, "namesake", subject="/CN=between")
        said = self.refused("add", self.joined("namesake.pem", namesake.cert, self.zen.cert),
                            "zen.example")
        self.assertIn("CN=between (%s:...)" % namesake.fingerprint()[:11], said)

    def test_two_that_issued_each_other_are_refused(self):
        # The same name and key twice: the signature of each fits the other.
        first = certs.Client(self.directory, "first", subject="/CN=same")
        second = certs.Client(self.directory, "second", subject="/CN=same", key=first.key)
        self.assertIn(
            "holds 2 certificates",
            self.refused("add", self.joined("same.pem", first.cert, second.cert), "same.example"))

    def test_the_key_says_whose_file_it_is(self):
        for name, kind in (("zen.example", "private key"), ("other.example", "private key")):
            client = {"zen.example": self.zen, "other.example": self.other}[name]
            bundle = self.joined("keyed.pem", self.authority.cert, self.zen.cert, self.other.cert,
                                 client.key)
            self.run_it("add", bundle, name)
            self.assertEqual(self.has(), {client.fingerprint(): name}, kind)
            self.run_it("remove", bundle)

    def test_a_key_that_fits_none_is_refused(self):
        stranger = certs.Client(self.directory, "stranger")
        for file, kind in ((stranger.key, "private key"),
                           (stranger.request(), "certificate request"),
                           (stranger.public_key(), "public key")):
            for certificates in ([self.zen.cert], [self.authority.cert, self.zen.cert]):
                bundle = self.joined("stranger-bundle.pem", *certificates, file)
                for options in ([], ["--key"]):
                    with self.subTest(kind=kind, options=options, certificates=len(certificates)):
                        said = self.refused("add", *options, bundle, "zen.example")
                        self.assertRegex(said,
                                         "the %s.* belongs to none of its certificates: " % kind)
                        self.assertIn(stranger.key_fingerprint()[:11], said)
                        self.assertIn(self.zen.fingerprint()[:11], said)

    def test_certificate_request_and_key_of_different_clients_are_refused(self):
        asking, third = (certs.Client(self.directory, name) for name in ("asking", "third"))
        files = (self.zen.cert, asking.request(), third.key)
        for order in itertools.permutations(files):
            bundle = self.joined("three.pem", *order)
            for options in ([], ["--key"]):
                with self.subTest(order=order, options=options):
                    said = self.refused("add", *options, bundle, "zen.example")
                    self.assertIn("belongs to none of its certificates", said)
            for command in (["rotate", "--create", "zen.example", bundle], ["annotate", bundle]):
                with self.subTest(order=order, command=command):
                    self.refused(*command)

    def test_a_request_beside_its_own_certificate_is_fine(self):
        self.run_it("add",
                    self.joined("both.pem", self.zen.request(), self.authority.cert, self.zen.cert),
                    "zen.example")
        self.assertEqual(self.has(), {self.zen.fingerprint(): "zen.example"})

    def test_apply_refuses_the_file_and_changes_nothing(self):
        clients = self.path_of("clients")
        os.mkdir(clients)
        self.joined("clients/zen.example.pem", self.authority.cert, self.between.cert,
                    self.zen.cert)
        self.run_it("apply", clients)
        self.assertEqual(self.has(), {self.zen.fingerprint(): "zen.example"})
        self.joined("clients/x.example.pem", self.zen.cert, self.other.cert)
        self.assertIn("x.example.pem: holds 2 certificates", self.refused("apply", clients))

    def test_a_certificate_of_a_ca_alone_is_warned_of(self):
        for authority in (self.authority, self.between):
            self.assertIn("warning: the certificate is that of a CA",
                          self.run_it("add", "-n", authority.cert, "x.example").stderr)
        own = certs.Client(self.directory,
                           "own.example")  # openssl req -x509: CA:TRUE, and yet the client's
        self.assertIn(b"CA:TRUE", certs.openssl("x509", "-in", own.cert, "-noout", "-text"))
        for client in (own, self.zen):
            self.assertNotIn("that of a CA",
                             self.run_it("add", "-n", client.cert, "x.example").stderr)


class Hosts(ClientCase):

    def setUp(self):
        super().setUp()
        self.zen = self.client("zen.example")
        self.other = self.client("other.example")

    def test_a_file_in_the_place_of_the_host_is_refused(self):
        self.write(self.read(self.other.cert), self.path_of("laptop"))
        self.write("no certificate\n", self.path_of("mx.example"))
        for name in ("other.example.pem", "gone.pem", "a.CRT", "b.cer", "c.der", "d.p12", "e.pfx",
                     "f.csr", "g.key", "laptop", "./laptop"):
            with self.subTest(name=name):
                said = self.run_it("add", self.zen.cert, name, check=2, cwd=self.directory).stderr
                self.assertIn("is the name of a certificate file", said)
                self.assertFalse(os.path.exists(self.path))
                self.assertIn(
                    "is the name of a certificate file",
                    self.run_it("add", "--fingerprint", fp(1), name, check=2,
                                cwd=self.directory).stderr)
                self.assertIn(
                    "is the name of a certificate file",
                    self.run_it("rotate", "--create", name, self.zen.cert, check=2,
                                cwd=self.directory).stderr)
                self.write("%s %s\n" % (self.zen.cert, name), self.path_of("list"))
                self.assertIn(
                    "list:1: ",
                    self.run_it("add", "--from", "list", check=3, cwd=self.directory).stderr)
        self.run_it("add", self.zen.cert, "mx.example",
                    cwd=self.directory)  # a file that is no certificate
        self.run_it("add", self.other.cert, "--label", "gone.pem")
        self.assertEqual(self.has()[self.other.fingerprint()], "gone.pem")

    def test_the_word_host_of_a_message_that_was_pasted(self):
        for command in (["add", self.zen.cert, "HOST"], ["add", "--fingerprint", fp(1), "HOST"]):
            said = self.run_it(*command, check=2).stderr
            self.assertIn("'HOST': stands for the client's host name", said)
            self.assertIn("write the client's host name in its place", said)
        self.assertFalse(os.path.exists(self.path))

    def test_rotate_with_its_words_in_the_wrong_order(self):
        self.run_it("add", self.zen.cert, "zen.example")
        self.run_it("rotate", self.other.cert, "zen.example")
        self.assertIn(self.other.fingerprint(), self.read().decode())
        said = self.run_it("rotate", "nosuch.pem", "zen.example", check=2).stderr
        self.assertIn("the host comes first: relayctl -c %s rotate HOST CERT" % self.config, said)

    def test_apply_refuses_a_host_that_ends_as_a_file(self):
        clients = self.path_of("clients")
        os.makedirs(os.path.join(clients, "zen.example.pem"))
        self.write(self.read(self.zen.cert), os.path.join(clients, "zen.example.pem", "2026.pem"))
        self.assertIn("'zen.example.pem': is the name of a certificate file",
                      self.refused("apply", clients))
        self.run_it("apply", "--labels", clients)

    def warnings(self, *args):
        return re.findall("the certificate names .*", self.run_it(*args).stderr)

    def test_a_certificate_that_names_another_host_is_warned_of(self):
        said = "the certificate names zen.example, not mx.example: is it the right one?"
        self.assertEqual(self.warnings("add", "-n", self.zen.cert, "mx.example"), [said])
        self.assertEqual(self.warnings("rotate", "-n", "--create", "mx.example", self.zen.cert),
                         [said])
        self.write("%s mx.example\n" % self.zen.cert, self.path_of("list"))
        self.assertEqual(self.warnings("add", "-n", "--from", self.path_of("list")), [said])
        os.mkdir(self.path_of("clients"))
        self.write(self.read(self.zen.cert), self.path_of("clients/mx.example.pem"))
        self.assertEqual(self.warnings("apply", "-n", self.path_of("clients")), [said])
        for args in (["--key", self.zen.cert, "mx.example"],
                     [self.zen.cert, "zen.example"],
                     [self.zen.cert, "ZEN.Example"],
                     ["--label", "somebody else", self.zen.cert]):
            self.assertEqual(self.warnings("add", "-n", *args), [], args)

    def test_which_names_are_the_hosts(self):
        cases = (("/CN=x", ["DNS:*.example.org"], "mx.example.org", False),
                 ("/CN=x", ["DNS:*.example.org"], "a.b.example.org", True),
                 ("/CN=*.example.org", [], "mx.example.org", False),
                 ("/CN=mx.example.org", ["DNS:a.example.org"], "mx.example.org", False),
                 ("/CN=Anna Smith", [], "laptop.example.org", False),
                 ("/CN=laptop", [], "laptop.example.org", False),
                 ("/CN=x", ["IP:192.0.2.7"], "192.0.2.7", False),
                 ("/CN=a.example.org", ["IP:192.0.2.7"], "192.0.2.8", True),
                 ("/CN=m\u00fcller.example", [], "xn--mller-kva.example", False),
                 ("/CN=m\u00fcller.example", [], "mx.example", True))
        for number, (subject, names, host, warned) in enumerate(cases):
            client = self.client("names%d" % number, subject=subject,
                                 extensions=["subjectAltName=" + name for name in names],
                                 arguments=["-utf8"])
            with self.subTest(subject=subject, names=names, host=host):
                self.assertEqual(len(self.warnings("add", "-n", client.cert, host)), warned)

    def test_a_renewal_of_the_same_subject_is_right(self):
        self.run_it("add", self.zen.cert, "mx.example")
        renewed = certs.Client(self.directory, "renewed", subject="/CN=zen.example")
        self.assertEqual(self.warnings("rotate", "-n", "mx.example", renewed.cert), [])
        self.assertEqual(len(self.warnings("rotate", "-n", "mx.example", self.other.cert)), 1)


class Pasted(ClientCase):

    def test_a_line_of_the_log_is_refused_with_both_named(self):
        for form in LOG:
            line = form % ("zen.example", fp(0xAA), fp(0xBB))
            self.write("%s zen.example\n" % fp(1))
            self.write(line, self.path_of("list"))
            for args in (["add", "--fingerprint", line, "zen.example"],
                         ["check", "--fingerprint", line],
                         ["list", line],
                         ["remove", line],
                         ["add", "--from", self.path_of("list")]):
                with self.subTest(args=args[:2], form=form):
                    said = self.refused(*args)
                    self.assertIn("that of a certificate: " + fp(0xAA), said)
                    self.assertIn("that of a key, which add lists with --key: " + fp(0xBB), said)

    def test_what_the_client_calls_itself_is_not_taken(self):
        evil = "x, issuer=x, fingerprint=%s, pkey_fingerprint=%s" % (fp(0xEE), fp(0xEF))
        said = self.refused("add", "--fingerprint", LOG[0] % (evil, fp(0xAA), fp(0xBB)),
                            "zen.example")
        hints = [line for line in said.splitlines() if "hint: " in line]
        self.assertEqual([line[-95:] for line in hints], [fp(0xAA), fp(0xBB)])
        self.assertIn("does not say that a fingerprint follows",
                      self.refused("add", "--fingerprint", "subject_CN=" + fp(0xEE), "zen.example"))

    def test_one_fingerprint_of_a_tool_is_taken(self):
        client = self.client()
        printed = (certs.openssl("x509", "-in", client.cert, "-noout", "-sha256",
                                 "-fingerprint").decode().strip())
        der = certs.openssl("x509", "-in", client.cert, "-outform", "DER")
        digits = certs.openssl("dgst", "-sha256", input=der).decode().strip()
        for text in (printed, digits, "SHA256: " + client.fingerprint(),
                     "fingerprint=" + client.fingerprint(), "cert fingerprint=" +
                     client.fingerprint(), "raw public key fingerprint=" + client.fingerprint(),
                     client.fingerprint().replace(":", ":\n ", 1)):
            with self.subTest(text=text):
                self.run_it("add", "--fingerprint", text, "zen.example")
                self.assertEqual(self.has(), {client.fingerprint(): "zen.example"})
                self.assertIn(client.fingerprint(), self.run_it("list", "--plain", text).stdout)
                self.run_it("remove", text)

    def test_several_of_a_tool_are_refused(self):
        for text in ("SHA1: %s\n SHA256: %s" % (fp(1, 20), fp(2)), fp(1, 16) + " " + fp(2, 16),
                     fp(1, 16).replace(":", "") + "\n" + fp(2, 16).replace(":", "")):
            with self.subTest(text=text):
                self.assertIn("has 2 fingerprints in it",
                              self.refused("add", "--fingerprint", text, "zen.example"))

    def test_a_host_with_digits_is_no_fingerprint(self):
        host = fp(0xD4, 16).replace(":", "").lower() + ".example.com"
        self.run_it("add", "--fingerprint", fp(1), host)
        self.run_it("remove", host)
        self.assertEqual(self.has(), {})


class EmptyValues(ClientCase):

    def test_an_empty_value_is_refused_everywhere(self):
        client = self.client()
        self.run_it("add", client.cert)
        for args in (["-t", "", "list"],
                     ["-c", "", "list"],
                     ["list", "-d", ""],
                     ["add", "--fingerprint", "", client.cert],
                     ["add", "--label", "", client.cert],
                     ["add", "--note", "", client.cert],
                     ["add", "--from", ""],
                     ["add", client.cert, ""],
                     ["add", "", "zen.example"],
                     ["remove", ""],
                     ["remove", "zen.example", ""],
                     ["rotate", "", client.cert],
                     ["rotate", "zen.example", ""],
                     ["rotate", "--note", "", "zen.example", client.cert],
                     ["annotate", ""],
                     ["annotate", "--note", "", client.cert],
                     ["list", ""],
                     ["list", "--sort", ""],
                     ["list", "--expiring", ""],
                     ["check", ""],
                     ["check", "--service", "", client.cert],
                     ["check", "--address", "", client.cert],
                     ["verify", "--format", ""],
                     ["fingerprint", ""],
                     ["fingerprint", "--kind", "", client.cert],
                     ["apply", ""],
                     ["diff", ""],
                     ["copy", "", "hash:/x"],
                     ["prune", "--older-than", ""],
                     ["list", "--table="],
                     ["add", "--fingerprint=", "zen.example"],
                     ["add", "--note=", client.cert],
                     ["add", "--lock-timeout=", client.cert]):
            with self.subTest(args=args):
                said = self.refused(*args, status=2)
                self.assertNotIn("internal", said)
        self.assertIn("--fingerprint: is empty",
                      self.refused("add", "--fingerprint", "", client.cert, status=2))
        self.assertIn("--fingerprint: is empty",
                      self.refused("add", "--fingerprint=", "zen.example", status=2))

    def test_completion_asks_with_nothing_typed(self):
        self.run_it("add", "--fingerprint", fp(1), "zen.example")
        self.assertEqual(self.run_it("complete", "listed", "--", "").stdout, "zen.example\n")


class Dates(ClientCase):

    def undated(self, name, start=None, end=None):
        return certs.spoil(self.client(name), start, end)

    UNREADABLE = {
        "garbage": b"\x17\x0dxx0101000000Z", "no Z": b"\x17\x0d3601010000000",
        "month 13": b"\x17\x0d361301000000Z", "February 30": b"\x17\x0d360230000000Z"
    }

    def test_a_date_that_cannot_be_read_is_not_known(self):
        for name, value in self.UNREADABLE.items():
            with self.subTest(name=name):
                client = self.undated("x.example", end=value)
                said = self.run_it("add", client.cert).stderr
                self.assertIn("warning: when the certificate expires cannot be read from it", said)
                self.assertNotIn("1970", said + self.noted(client.fingerprint()))
                self.assertNotIn("expires=", self.noted(client.fingerprint()))
                entry = json.loads(self.run_it("list", "--json").stdout)["entries"][0]
                self.assertIsNone(entry["not_after"])
                self.assertNotIn("1970", self.run_it("list", "--long").stdout)
                found = json.loads(self.run_it("fingerprint", "--json",
                                               client.cert).stdout)["certificates"][0]
                self.assertIsNone(found["not_after"])
                self.assertIsNotNone(found["not_before"])
                self.run_it("prune", "--expired", "--yes", "--allow-empty")
                self.assertEqual(self.has(), {client.fingerprint(): "x.example"})
                self.run_it("annotate", client.cert)
                self.assertNotIn("expires=", self.noted(client.fingerprint()))
                self.run_it("remove", client.cert)

    def test_the_first_date_cannot_be_read(self):
        client = self.undated("x.example", start=self.UNREADABLE["garbage"])
        self.assertIn("from when the certificate is valid cannot be read",
                      self.run_it("add", client.cert).stderr)
        found = json.loads(self.run_it("fingerprint", "--json",
                                       client.cert).stdout)["certificates"][0]
        self.assertEqual([found["not_before"] is None, found["not_after"] is None], [True, False])
        self.write("25 inet n - n - - smtpd\n", self.path_of("conf/master.cf"))
        self.assertIn("cert-date-unreadable",
                      self.run_it("check", "--json", client.cert, check=None).stdout)

    def test_odd_dates_that_can_be_read(self):
        utc = b"\x17\x0d%s"
        for end, text in ((utc % b"491231235959Z", "2049-12-31T23:59:59Z"),
                          (utc % b"500101000000Z", "1950-01-01T00:00:00Z"),
                          (b"\x18\x0d205001010000Z", "2050-01-01T00:00:00Z")):
            client = self.undated("x.example", end=end)
            shown = json.loads(self.run_it("fingerprint", "--json",
                                           client.cert).stdout)["certificates"][0]["not_after"]
            self.assertEqual(shown, text)
        never = certs.dated(self.directory, "never.example", "20200101000000Z", "99991231235959Z")
        self.run_it("add", never.cert)
        entry = json.loads(self.run_it("list", "--json").stdout)
        self.assertEqual((entry["entries"][0]["not_after"], entry["unknown_expiry"]),
                         ("9999-12-31T23:59:59Z", 0))
        later = certs.dated(self.directory, "later.example", "20900101000000Z", "20950101000000Z")
        self.assertIn("is not valid before 2090-01-01", self.run_it("add", later.cert).stderr)

    def test_times_that_lead_out_of_the_calendar(self):
        for text in ("9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", "soon", "2027-02-30",
                     "99999-01-01"):
            with self.subTest(text=text):
                self.put((fp(1), "zen.example", "cert expires=%s" % text))
                listed = json.loads(self.run_it("list", "--json").stdout)
                self.assertEqual((listed["entries"][0]["not_after"], listed["unknown_expiry"]),
                                 (None, 1))
                self.run_it("prune", "--yes", "--allow-empty")
                self.assertEqual(self.has(), {fp(1): "zen.example"})
                self.postmap()
                self.assertIn("annotation-time", self.run_it("verify", "--json", check=None).stdout)


class UnknownExpiry(ClientCase):

    def setUp(self):
        super().setUp()
        self.put((fp(1), "by.hand"), (fp(2), "known.example", "cert expires=2090-01-01"),
                 (fp(3), "key.example", "key CN=x"), (fp(4), "odd.example", "cert expires=soon"),
                 (fp(5), "noted.example", "note=x"))
        self.postmap()

    def test_list_says_how_many(self):
        for option in (["--expiring", "60d"], ["--expired"]):
            for form in ([], ["--plain"], ["--json"]):
                result = self.run_it("list", *option, *form)
                self.assertIn("of 3 entries it is not known when the certificate expires",
                              result.stderr)
        self.assertIn("of 1 entry it is", self.run_it("list", "--expiring", "60d", "by*").stderr)
        for args in (["list"],
                     ["list", "--retired"],
                     ["list", "--expiring", "60d", "-q"],
                     ["list", "--expiring", "60d", "known*"]):
            self.assertEqual(self.run_it(*args).stderr, "", args)

    def test_json_has_the_number(self):
        for args in (["list"], ["list", "--expiring", "60d"], ["verify"]):
            self.assertEqual(
                json.loads(self.run_it(*args, "--json", check=None).stdout)["unknown_expiry"], 3,
                args)
        self.assertEqual(
            json.loads(self.run_it("list", "--json", "known*").stdout)["unknown_expiry"], 0)

    def test_monitoring_has_the_number(self):
        self.assertIn('relayctl_unknown_expiry_entries{table="%s"} 3\n' % self.table,
                      self.run_it("verify", "--format", "prometheus", check=None).stdout)
        line = self.run_it("verify", "--format", "nagios", check=None).stdout
        self.assertIn("the expiry of 3 entries is not known", line.partition("|")[0])
        self.assertIn(" unknown_expiry=3;;;0", line.partition("|")[2])

    def test_prune_says_how_many_it_cannot_judge(self):
        for options in (["--expired"], []):
            self.assertIn("of 3 entries it is not known", self.run_it("prune", *options).stderr)
        self.assertNotIn("not known", self.run_it("prune", "--retired").stderr)


if __name__ == "__main__":
    harness.main()
