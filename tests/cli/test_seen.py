#!/usr/bin/env python3
"""seen, seen --pending, add --pending, seen --save, and what list and verify make of them: logs of
the lines that smtpd writes, and what was done in their sessions is what is shown."""

import gzip
import json
import os
import stat

from support import harness, terminal
from support.schema_case import SchemaCase
from support.table_case import TableCase, fp

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
DAY = 86400
HOUR = 3600


def stamp(seconds):
    import datetime
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00")


class Log:
    """Lines as Postfix 3.7 writes them with smtpd_tls_loglevel = 1,peercert."""

    def __init__(self):
        self.lines = []
        self.pid = 1000

    def say(self, when, pid, text, tag="postfix/smtpd"):
        self.lines.append("%s mx %s[%d]: %s" % (stamp(when), tag, pid, text))

    def session(self, when, cert=None, key=None, end="denied", address="192.0.2.7",
                claimed="CN", tag="postfix/smtpd", peercert=True, issuer=None):
        self.pid += 1
        pid, name = self.pid, "unknown[%s]" % address

        def say(text):
            self.say(when, pid, text, tag)

        say("connect from " + name)
        if cert and peercert:
            say("%s: subject_CN=%s, issuer=%s, fingerprint=%s, pkey_fingerprint=%s" %
                (name, claimed, issuer or claimed, cert, key or fp(0xEE)))
        say("%s TLS connection established from %s: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
            "(256/256 bits)" % ("Untrusted" if cert else "Anonymous", name))
        tail = "from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<zen>"
        if end == "denied":
            say("NOQUEUE: reject: RCPT from %s: 554 5.7.1 <b@example.org>: Relay access denied; "
                "%s" % (name, tail))
        elif end == "rejected":
            say("NOQUEUE: reject: RCPT from %s: 450 4.7.1 <zen>: Helo command rejected: Host not "
                "found; %s" % (name, tail))
        elif end in ("permitted", "taken"):
            if end == "permitted":
                say("NOQUEUE: permit: RCPT from %s: action=permit_tls_clientcerts for Client "
                    "host=%s ; %s" % (name, name, tail))
            say("%X: client=%s" % (0x70E28AA0000 + pid, name))
        say("disconnect from %s ehlo=2 starttls=1 quit=1 commands=4" % name)

    def text(self):
        return "".join(line + "\n" for line in self.lines)


class SeenCase(TableCase):

    def setUp(self):
        super().setUp()
        self.logfile = os.path.join(self.directory, "mail.log")
        self.configure(maillog_file=self.logfile, smtpd_tls_loglevel="1,peercert")
        self.saved = self.path + ".seen"
        self.log = Log()

    def configure(self, **settings):
        super().configure(maillog_file_prefixes=self.directory, **settings)

    def write_log(self):
        self.write(self.log.text(), self.logfile)
        os.utime(self.logfile, (NOW, NOW))  # what was written before --since is not read

    def at(self, *args, check=0, now=NOW, **options):
        env = {"RELAYCTL_TEST_CLOCK": str(now)}
        return self.run_it(*args, check=check, env=env, **options)

    def seen(self, *args, check=0, now=NOW, **options):
        return json.loads(self.at("seen", "--json", *args, check=check, now=now, **options).stdout)

    def entries(self, *args, **options):
        return {entry["host"]: entry for entry in self.seen(*args, **options)["entries"]}

    def pending(self, *args, **options):
        return self.seen("--pending", *args, **options)["pending"]

    def on_terminal(self, *args, columns=120, answer=None, **options):
        shown, status = terminal.run(
            [harness.RELAYCTL, "-c", self.config, *args], columns=columns, color=False,
            can_ask=answer is not None, answer=answer, RELAYCTL_TEST_CLOCK=str(NOW), **options)
        return shown, status


class Entries(SchemaCase, SeenCase):

    def setUp(self):
        super().setUp()
        self.put((fp(1), "one.example"), (fp(2), "two.example"), (fp(3), "never.example"))
        log = self.log
        log.session(NOW - 100 * DAY)
        log.session(NOW - 9 * DAY, fp(1), end="permitted", address="192.0.2.1")
        log.session(NOW - 8 * DAY, fp(1), end="taken", address="2001:db8::1",
                    tag="postfix/submission/smtpd")
        log.session(NOW - 2 * HOUR, fp(1), end="rejected", address="192.0.2.1")
        log.session(NOW - 40 * DAY, fp(2), end="denied")
        log.session(NOW - HOUR)
        self.write_log()

    def test_what_was_done_is_what_is_counted(self):
        for words in ((), ("--log", self.logfile)):
            with self.subTest(words=words):
                data = self.seen(*words)
                self.assertIs(data["fingerprints_logged"], True)
                found = {entry["host"]: entry for entry in data["entries"]}
                one = found["one.example"]
                self.assertEqual([
                    one[key] for key in ("sessions", "permitted", "denied", "rejected", "taken",
                                         "outcome")
                ], [3, 1, 0, 1, 1, "rejected"])
                self.assertEqual(one["first_seen"], stamp(NOW - 9 * DAY)[:19] + "Z")
                self.assertEqual(one["last_seen"], stamp(NOW - 2 * HOUR)[:19] + "Z")
                self.assertEqual([one["answer"][:9]], ["450 4.7.1"])
                self.assertEqual(one["services"], ["postfix/smtpd", "postfix/submission/smtpd"])
                self.assertEqual([address["address"] for address in one["addresses"]],
                                 ["192.0.2.1", "2001:db8::1"])
                self.assertEqual(found["two.example"]["answer"], "Relay access denied")
                self.assertIsNone(found["never.example"]["last_seen"])
                self.assertEqual(data["since"], stamp(NOW - 100 * DAY)[:19] + "Z")
                self.assertEqual(data["pending"], [])

    def test_the_json_is_as_its_schema_says(self):
        self.validate("seen", "seen")
        self.validate("seen", "seen", "--log", self.logfile)
        self.at("seen", "--save")
        self.validate("list", "list")

    def test_of_two_entries_the_one_counts_that_smtpd_finds_first(self):
        """3.7 asks the certificate first, 3.9 the key."""
        self.put((fp(1), "by-cert.example"), (fp(0xEE), "by-key.example"))
        version = harness.run(["postconf", "-dh", "mail_version"]).stdout.split(".")
        first, other = (("by-key.example", "by-cert.example")
                        if int(version[1]) >= 9 else ("by-cert.example", "by-key.example"))
        found = self.entries()
        self.assertEqual(found[first]["sessions"], 4 if first == "by-key.example" else 3)
        self.assertEqual(found[other]["sessions"], 0 if first == "by-key.example" else 1)

    def test_who(self):
        self.assertEqual(list(self.entries("one.example")), ["one.example"])
        self.assertEqual(list(self.entries("02:02:02")), ["two.example"])
        said = self.at("seen", "--json", "nobody.example", check=1).stderr
        self.assertIn("nobody.example", said)

    def test_plain(self):
        lines = [line.split("\t") for line in self.at("seen").stdout.splitlines()]
        self.assertEqual([line[1] for line in lines],
                         ["one.example", "two.example", "never.example"])
        self.assertEqual(lines[0][4:10], ["3", "1", "0", "1", "1", "rejected"])
        self.assertEqual(lines[2][2:5], ["", "", "0"])
        self.assertEqual({len(line) for line in lines}, {14})

    def test_a_terminal(self):
        for columns in (40, 80, 120, 200):
            shown, status = self.on_terminal("-q", "seen", columns=columns)
            table = shown.splitlines()
            self.assertEqual((status, len(table)), (0, 4), shown)
            self.assertLessEqual(max(len(line) for line in table), columns)
        self.assertIn("2 hours ago", shown)
        self.assertIn("\u2588", shown)
        self.assertIn("not since 2026-10-07", shown)
        shown, status = self.on_terminal("seen", utf8=False)
        self.assertTrue(shown.isascii())

    def test_the_bar_gives_way_before_names_and_addresses(self):
        host, address = "mail.branch.example", "2001:db8:1:2:3:4:5:6"
        self.put((fp(1), host), (fp(2), "two.example"))
        self.log.session(NOW - HOUR, fp(1), end="taken", address=address)
        self.write_log()
        for columns, title in ((140, "12 WEEKS"), (119, "12 WEEKS"), (118, "6 WEEKS"),
                               (114, "6 WEEKS"), (113, None), (80, None)):
            with self.subTest(columns=columns):
                shown, _ = self.on_terminal("-q", "seen", columns=columns)
                table = shown.splitlines()
                self.assertLessEqual(max(len(line) for line in table), columns, shown)
                self.assertTrue(table[1].startswith(host + " "), shown)
                self.assertIn(address, table[1], shown)
                self.assertEqual("WEEKS" in table[0], title is not None, shown)
                self.assertIn(title or "HOST", table[0])
        self.assertNotIn("\u2588", shown)

    def test_since(self):
        found = self.entries("--since", "8d")
        self.assertEqual(found["one.example"]["sessions"], 2)
        self.assertEqual(found["two.example"]["sessions"], 0)
        self.assertEqual(self.entries("--since", "2027-01-15")["one.example"]["sessions"], 1)
        self.at("seen", "--since", "yesterday", check=2)

    def test_unseen(self):
        self.assertEqual(list(self.entries("--unseen", "30d")), ["two.example", "never.example"])
        self.at("seen", "--unseen", "30d", "--exit-code", check=1)
        # The log has 100 days: of 180 it tells nothing.
        data = self.seen("--unseen", "180d", "--exit-code")
        self.assertEqual((data["entries"], data["unknown"]), ([], 1))
        said = self.at("seen", "--unseen", "180d").stderr
        self.assertIn("2026-10-07", said)
        self.assertIn("seen --unseen 100d", said)
        # What was added since then cannot have come.
        self.put((fp(3), "never.example", "cert added=%sZ" % stamp(NOW - DAY)[:19]))
        self.assertEqual(list(self.entries("--unseen", "30d")), [])

    def test_sort(self):
        for by, hosts in (("host", ["never", "one", "two"]), ("sessions", ["one", "two", "never"])):
            self.assertEqual(list(self.entries("--sort", by)), [h + ".example" for h in hosts])

    def test_several_logs_and_compressed_ones(self):
        old, new = self.log.lines[:12], self.log.lines[12:]
        first = os.path.join(self.directory, "old.gz")
        with gzip.open(first, "wt") as out:
            out.write("".join(line + "\n" for line in old))
        found = self.entries("--log", first, "--log", "-",
                             input="".join(line + "\n" for line in new))
        self.assertEqual(found["one.example"]["sessions"], 3)
        self.at("seen", "--log", os.path.join(self.directory, "none"), check=3)

    def test_both_forms_of_stamps_in_one_log(self):
        """The form was changed one day, in rsyslog.conf; the year is that of the other lines."""
        import datetime
        for first in (0, 1):
            with self.subTest(first=first):
                self.log = Log()
                for number, end in enumerate(("permitted", "denied")):
                    self.log.session(NOW - (20 - number) * DAY, fp(1), end=end)
                half = len(self.log.lines) // 2

                def without_year(line):
                    word, rest = line.split(" ", 1)
                    when = datetime.datetime.fromisoformat(word).astimezone()
                    return when.strftime("%b %e %H:%M:%S ") + rest

                lines = self.log.lines
                lines[first * half:(first + 1) * half] = [
                    without_year(line) for line in lines[first * half:(first + 1) * half]
                ]
                self.write_log()
                for log in (self.logfile, "-"):
                    one = self.entries("--log", log, input=self.log.text())["one.example"]
                    self.assertEqual(one["first_seen"], stamp(NOW - 20 * DAY)[:19] + "Z")
                    self.assertEqual(one["last_seen"], stamp(NOW - 19 * DAY)[:19] + "Z")

    def test_commands_that_are_shown_ask_the_same_log(self):
        self.put((fp(1), "one.example"))
        other = os.path.join(self.directory, "an old log")
        log = Log()
        log.session(NOW - DAY, fp(1))
        log.session(NOW - DAY, fp(0xA1), fp(0xB1))
        self.write(log.text(), other)
        said = self.at("seen", "--log", other).stderr
        self.assertIn(" seen --pending --log '%s'\n" % other, said)
        said = self.at("seen", "--log", "-", input=log.text()).stderr
        self.assertIn("1 certificate came that is not listed\n", said)
        shown, _ = self.on_terminal("seen", "--pending", "--log", other, columns=400)
        command = "add --fingerprint %s HOST" % fp(0xA1)
        self.assertIn(command, shown)
        self.at(*command.replace("HOST", "new.example").split())
        self.assertEqual(self.pending("--log", other), [])
        said = self.at("add", "--pending", "7", "x.example", "--log", other, check=1).stderr
        self.assertIn(" seen --pending --log '%s'\n" % other, said)

    def test_a_log_that_has_ended_long_ago_tells_of_nobody(self):
        later = NOW + 300 * DAY
        data = self.seen("--log", self.logfile, "--unseen", "30d", now=later)
        self.assertEqual((data["entries"], data["unknown"]), ([], 3))

    def test_options_that_do_not_go_together(self):
        for words in (["--exit-code"], ["--ask"], ["--no-addresses"], ["--save", "--since", "1d"],
                      ["--pending", "--unseen", "1d"]):
            self.at("seen", *words, check=2)

    def test_two_tables_each_with_what_its_services_ask(self):
        other = os.path.join(self.directory, "other")
        self.write("%s other.example\n" % fp(2), other)
        self.write(
            "25 inet n - n - - smtpd\nsubmission inet n - n - - smtpd\n"
            "  -o syslog_name=postfix/$service_name -o relay_clientcerts=hash:%s\n" % other,
            os.path.join(self.config, "master.cf"))
        self.log.session(NOW - 5, fp(2), end="permitted", tag="postfix/submission/smtpd")
        self.write_log()
        found = self.entries()
        self.assertEqual((found["two.example"]["sessions"], found["other.example"]["sessions"]),
                         (1, 1))
        self.assertEqual(found["other.example"]["services"], ["postfix/submission/smtpd"])


class Pending(SeenCase):

    def setUp(self):
        super().setUp()
        self.put((fp(1), "one.example"))
        self.log.session(NOW - 3 * DAY, fp(0xA1), fp(0xB1), claimed="first", end="denied")
        self.log.session(NOW - 2 * DAY, fp(1))
        self.log.session(NOW - DAY, fp(0xA2), fp(0xB2), claimed="second", end="denied",
                         address="192.0.2.9")
        self.log.session(NOW - HOUR, fp(0xA2), fp(0xB2), claimed="second", end="connected")
        self.write_log()

    def test_who_came_and_is_not_listed(self):
        second, first = self.pending()
        self.assertEqual([second["cert"], second["key"], second["sessions"], second["denied"]],
                         [fp(0xA2), fp(0xB2), 2, 1])
        self.assertIn("second", second["claimed"])
        self.assertEqual(first["cert"], fp(0xA1))
        self.assertEqual([address["address"] for address in second["addresses"]],
                         ["192.0.2.7", "192.0.2.9"])

    def test_a_fingerprint_of_another_digest_is_no_client_to_add(self):
        """smtpd computed md5 when it came: add would refuse that, and the client may be listed."""
        self.log.session(NOW - 5, fp(0xA4, 16), fp(0xB4, 16), claimed="older", end="denied")
        self.write_log()
        number = next(c["number"] for c in self.pending() if c["cert"] == fp(0xA4, 16))
        self.at("add", "--pending", str(number), "older.example", check=3)
        shown, _ = self.on_terminal("seen", "--pending", str(number), columns=400)
        self.assertIn("a fingerprint of md5, and entries are to be of sha256", shown)
        self.assertIn("relayctl -c %s check CERT" % self.config, shown)
        self.assertNotIn(" add ", shown)
        shown, _ = self.on_terminal("seen", "--pending", columns=400)
        self.assertEqual(shown.count(" add --pending "), 2)
        shown, status = self.on_terminal("seen", "--pending", "--ask", answer="q\n")
        self.assertEqual((status, shown.count("list it as HOST")), (0, 1), shown)

    def test_a_number_stays_when_others_come_or_are_listed(self):
        numbers = {client["cert"]: client["number"] for client in self.pending()}
        self.at("add", "--pending", str(numbers[fp(0xA1)]), "first.example")
        self.log.session(NOW - 1, fp(0xA3), fp(0xB3))
        self.write_log()
        later = {client["cert"]: client["number"] for client in self.pending()}
        self.assertEqual(later[fp(0xA2)], numbers[fp(0xA2)])
        self.assertNotIn(fp(0xA1), later)
        self.assertEqual(len(later), 2)

    def test_one_is_listed(self):
        number = self.pending()[0]["number"]
        said = self.at("add", "--pending", str(number), "second.example").stderr
        self.assertIn("second", said)
        self.assertEqual(self.in_map(fp(0xA2)), "second.example")
        self.assertEqual([client["cert"] for client in self.pending()], [fp(0xA1)])
        self.assertEqual(self.entries()["second.example"]["sessions"], 2)
        self.at("add", "--key", "--pending", "a1:a1:a1", "first.example")
        self.assertEqual(self.in_map(fp(0xB1)), "first.example")
        self.assertEqual(self.pending(), [])

    def test_from_another_log(self):
        path = os.path.join(self.directory, "other.log")
        os.rename(self.logfile, path)
        self.at("add", "--pending", "A2A2A2", "second.example", "--log", path)
        self.assertEqual(self.in_map(fp(0xA2)), "second.example")

    def test_subject_and_issuer_are_told_apart_where_that_is_sure(self):
        self.log.session(NOW - 60, fp(0xA3), fp(0xB3), claimed="third", issuer="Some CA")
        self.log.session(NOW - 30, fp(0xA4), fp(0xB4), claimed="fourth, issuer=me", issuer="CA")
        self.write_log()
        shown, _ = self.on_terminal("seen", "--pending")
        self.assertIn("claims to be 'third', issued by 'Some CA'\n", shown)
        self.assertIn("claims to be 'fourth, issuer=me, issuer=CA'\n", shown)

    def test_what_names_nobody_changes_nothing(self):
        before = self.read()
        for word in ("99", "0", "A9A9A9", "A1", "../x", "-1x"):
            self.at("add", "--pending=" + word, "x.example", check=1)
        self.at("add", "--pending", "1", check=2)
        self.at("add", "--pending", "1", "--fingerprint", fp(9), "x.example", check=2)
        self.at("add", "--log", self.logfile, "cert.pem", "x.example", check=2)
        self.at("add", "--pending", "A2A2A2", "not a host", check=2)
        self.assertEqual(self.read(), before)

    def test_on_a_terminal_with_the_command_that_lists_it(self):
        shown, status = self.on_terminal("seen", "--pending")
        self.assertEqual(status, 0)
        self.assertIn("claims to be 'second'\n", shown)
        command = next(line for line in shown.splitlines() if "--pending A2:" in line)
        self.assertIn("relayctl", command)
        self.assertIn(fp(0xB2), shown)

    def test_ask(self):
        shown, status = self.on_terminal("seen", "--pending", "--ask",
                                         answer="bad host\nsecond.example\n\n")
        self.assertEqual(status, 0, shown)
        self.assertEqual(self.in_map(fp(0xA2)), "second.example")
        self.assertIsNone(self.in_map(fp(0xA1)))
        shown, status = self.on_terminal("seen", "--pending", "--ask", answer="q\n")
        self.assertEqual((status, self.in_map(fp(0xA1))), (0, None))
        self.at("seen", "--pending", "--ask", check=2)

    def test_plain(self):
        lines = [line.split("\t") for line in self.at("seen", "--pending").stdout.splitlines()]
        self.assertEqual([line[1] for line in lines], [fp(0xA2), fp(0xA1)])
        self.assertEqual({len(line) for line in lines}, {14})

    def test_nobody(self):
        self.put((fp(0xA1), "a.example"), (fp(0xB2), "b.example"), (fp(1), "one.example"))
        said = self.at("seen", "--pending")
        self.assertEqual(said.stdout, "")
        self.assertIn("no certificate is pending", said.stderr)


class Saved(SeenCase):

    def setUp(self):
        super().setUp()
        self.put((fp(1), "one.example"), (fp(2), "two.example"))
        self.log.session(NOW - 9 * DAY, fp(1), end="permitted", address="192.0.2.1")
        self.log.session(NOW - 8 * DAY, fp(0xA1), fp(0xB1))
        self.write_log()

    def counts(self, **options):
        return {host: entry["sessions"] for host, entry in self.entries(**options).items()}

    def test_what_is_asked_besides_is_answered_too(self):
        self.log = Log()
        self.log.session(NOW - 90 * DAY)
        self.log.session(NOW - 9 * DAY, fp(1), end="permitted")
        self.log.session(NOW - 8 * DAY, fp(0xA1), fp(0xB1))
        self.write_log()
        for words, expected, other in (
                (["--unseen", "30d"], r"\ttwo\.example\t", "one.example"),
                (["--pending"], "A1:A1:A1", "one.example"),
                (["one.example"], r"\tone\.example\t", "two.example")):
            with self.subTest(words=words):
                if os.path.exists(self.saved):
                    os.unlink(self.saved)
                done = self.at("seen", "--save", *words)
                self.assertIn("saved in " + self.saved, done.stderr)
                self.assertTrue(os.path.exists(self.saved))
                alone = self.at("seen", *words)
                self.assertEqual(done.stdout, alone.stdout)
                self.assertRegex(done.stdout, expected)
                self.assertNotIn(other, done.stdout)
        self.at("seen", "--save", "--unseen", "30d", "--exit-code", check=1)
        self.assertEqual(self.at("seen", "--save").stdout, "")

    def test_lines_count_once(self):
        self.at("seen", "--save")
        first = self.read(self.saved)
        self.assertEqual(stat.S_IMODE(os.stat(self.saved).st_mode), 0o600)
        self.at("seen", "--save")
        self.assertEqual(self.read(self.saved), first)
        self.assertEqual(self.counts(), {"one.example": 1, "two.example": 0})
        self.log.session(NOW - DAY, fp(1), end="permitted")
        self.write_log()
        self.assertEqual(self.counts(), {"one.example": 2, "two.example": 0})
        self.at("seen", "--save")
        self.assertEqual(self.counts(), {"one.example": 2, "two.example": 0})

    def test_lines_of_a_given_log_count_once(self):
        """As a file and as standard input, as a container's log comes: whole, each time."""
        for way in ("file", "input"):
            with self.subTest(way=way):
                log = os.path.join(self.directory, "given")
                self.log = Log()
                self.log.session(NOW - 9 * DAY, fp(1), end="permitted")
                if os.path.exists(self.saved):
                    os.unlink(self.saved)
                self.configure(maillog_file="/dev/stdout", smtpd_tls_loglevel="1,peercert")
                self.at("seen", check=3)

                def save():
                    self.write(self.log.text(), log)
                    words, text = ([log], None) if way == "file" else (["-"], self.log.text())
                    self.at("seen", "--save", "--log", *words, input=text)
                    return self.seen()

                save()
                self.assertEqual(save()["entries"][0]["sessions"], 1)
                self.log.session(NOW - DAY, fp(1), end="denied")
                self.log.session(NOW - DAY, fp(2), end="denied")
                save()
                data = save()
                self.assertEqual([entry["sessions"] for entry in data["entries"]], [2, 1])
                self.assertEqual(data["since"], stamp(NOW - 9 * DAY)[:19] + "Z")
                self.assertIn("this is what was saved, and it is known until",
                              self.at("seen").stderr)

    def test_another_log_between_loses_no_place(self):
        self.at("seen", "--save")
        other = os.path.join(self.directory, "other")
        later = Log()
        later.session(NOW - HOUR, fp(2))
        self.write(later.text(), other)
        self.at("seen", "--save", "--log", other)
        self.log.session(NOW - DAY, fp(1), end="permitted")
        self.write_log()
        self.at("seen", "--save")
        self.at("seen", "--save")
        self.assertEqual(self.counts(), {"one.example": 2, "two.example": 1})

    def test_what_was_rotated_away_stays(self):
        self.at("seen", "--save")
        self.log = Log()
        self.log.session(NOW - HOUR, fp(2))
        os.unlink(self.logfile)
        self.write_log()
        data = self.seen()
        found = {entry["host"]: entry["sessions"] for entry in data["entries"]}
        self.assertEqual(found, {"one.example": 1, "two.example": 1})
        self.assertEqual([client["cert"] for client in data["pending"]], [fp(0xA1)])
        # What lay between is lost, so it is not known for longer who did not come.
        self.assertEqual(data["since"], stamp(NOW - HOUR)[:19] + "Z")

    def test_a_number_stays_when_the_log_goes(self):
        self.log.session(NOW - 7 * DAY, fp(0xA2), fp(0xB2))
        self.write_log()
        self.at("seen", "--save")
        numbers = {client["cert"]: client["number"] for client in self.pending()}
        os.unlink(self.logfile)
        self.log = Log()
        self.log.session(NOW - HOUR, fp(0xA3), fp(0xB3))
        self.write_log()
        later = {client["cert"]: client["number"] for client in self.pending()}
        self.assertEqual({cert: later[cert] for cert in numbers}, numbers)
        self.assertGreater(later[fp(0xA3)], max(numbers.values()))

    def test_list_has_last_seen(self):
        last = {entry["host"]: entry["last_seen"] for entry in self.listed()}
        self.assertEqual(last, {"one.example": None, "two.example": None})
        self.assertNotIn("LAST SEEN", self.on_terminal("list")[0])
        self.at("seen", "--save")
        last = {entry["host"]: entry["last_seen"] for entry in self.listed()}
        when = stamp(NOW - 9 * DAY)[:19] + "Z"
        self.assertEqual(last, {"one.example": when, "two.example": None})
        shown = self.on_terminal("list")[0]
        self.assertIn("LAST SEEN", shown)
        self.assertIn("9 days ago", shown)

    def listed(self):
        return json.loads(self.at("list", "--json").stdout)["entries"]

    def test_no_addresses(self):
        self.at("seen", "--save")
        self.assertIn(b"192.0.2.1", self.read(self.saved))
        self.at("seen", "--save", "--no-addresses")
        self.assertNotIn(b"192.0.2.", self.read(self.saved))
        self.log.session(NOW - DAY, fp(1), address="192.0.2.77")
        self.write_log()
        self.at("seen", "--save", "--no-addresses")
        self.assertNotIn(b"192.0.2.", self.read(self.saved))
        self.assertEqual(self.counts()["one.example"], 2)

    def test_a_file_that_is_none_is_kept(self):
        for content in (b"\x00", b"relayctl-seen 1\n", b"relayctl-seen 2\nend\t0\n",
                        b"relayctl-seen 1\nclient\t1\nend\t1\n"):
            self.write(content, self.saved)
            os.chmod(self.saved, 0o600)
            self.at("seen", "--save", check=3)
            self.assertEqual(self.read(self.saved), content)
            self.at("seen", check=3)
            self.at("list")  # shows what it can

    def test_cut_off_anywhere_it_is_refused(self):
        self.at("seen", "--save")
        whole = self.read(self.saved)
        for length in range(1, len(whole) - 1, 37):
            self.write(whole[:length], self.saved)
            self.at("seen", check=3)

    def test_what_it_keeps_it_reads(self):
        self.log.session(NOW - 2, fp(0xA5), fp(0xB5), claimed="tab\\x09\\\\ \"x', y")
        self.write_log()
        before = self.pending()
        self.at("seen", "--save")
        os.unlink(self.logfile)
        self.write("", self.logfile)
        self.assertEqual(self.pending(), before)

    def test_a_directory_of_others_is_refused(self):
        harness.need_root()
        os.chmod(self.directory, 0o777)
        self.addCleanup(os.chmod, self.directory, 0o700)
        self.at("seen", "--save", check=5)
        self.assertFalse(os.path.exists(self.saved))

    def test_a_run_that_fails_leaves_no_file(self):
        os.unlink(self.logfile)
        self.at("seen", "--save", check=3)
        self.assertFalse(os.path.exists(self.saved))

    def test_a_link_there_is_not_followed(self):
        target = os.path.join(self.directory, "precious")
        self.write("precious\n", target)
        os.symlink(target, self.saved)
        self.at("seen", "--save", check=5)
        self.assertEqual(self.read(target), b"precious\n")

    def test_each_table_keeps_its_own(self):
        other = os.path.join(self.directory, "other")
        self.write("%s other.example\n" % fp(0xA1), other)
        self.configure(maillog_file=self.logfile, relay_clientcerts="%s hash:%s" %
                       (self.table, other))
        self.at("seen", "--save")
        self.assertIn(fp(0xA1).encode(), self.read(other + ".seen"))
        self.assertNotIn(fp(0xA1).encode(), self.read(self.saved))
        self.assertEqual(self.counts(), {"one.example": 1, "two.example": 0, "other.example": 1})
        # One that was saved alone has its own place in the log.
        self.log.session(NOW - DAY, fp(1))
        self.write_log()
        self.at("seen", "--save", "-t", self.table)
        self.log.session(NOW - HOUR, fp(0xA1), fp(0xB1))
        self.write_log()
        self.assertEqual(self.counts(), {"one.example": 2, "two.example": 0, "other.example": 2})

    def test_since_and_what_was_saved(self):
        self.at("seen", "--save")
        os.unlink(self.logfile)
        self.log = Log()
        self.log.session(NOW - HOUR, fp(2))
        self.write_log()
        self.assertEqual(self.counts(), {"one.example": 1, "two.example": 1})
        found = self.entries("--since", "20d")
        self.assertEqual((found["one.example"]["sessions"], found["two.example"]["sessions"]),
                         (1, 1))
        self.assertEqual(self.entries("--since", "2d")["one.example"]["sessions"], 0)


class NotLogged(SeenCase):
    """A log without fingerprints is never taken for nobody's coming."""

    def setUp(self):
        super().setUp()
        self.put((fp(1), "one.example"))
        self.write("25 inet n - n - - smtpd\n587 inet n - n - - smtpd -o smtpd_tls_loglevel=0\n",
                   os.path.join(self.config, "master.cf"))
        self.configure(maillog_file=self.logfile, smtpd_tls_loglevel="1")
        self.write("25 inet n - n - - smtpd\n587 inet n - n - - smtpd -o smtpd_tls_loglevel=0\n",
                   os.path.join(self.config, "master.cf"))
        self.log.session(NOW - DAY, fp(1), peercert=False)

    def test_certificates_that_no_line_tells(self):
        self.write_log()
        data = self.seen(check=1)
        self.assertIs(data["fingerprints_logged"], False)
        self.assertEqual(data["entries"], [])
        for words in ((), ("--unseen", "1d", "--exit-code"), ("--pending",), ("--save",)):
            said = self.at("seen", *words, check=1)
            self.assertEqual(said.stdout, "")
            self.assertIn("not known who came", said.stderr)

    def test_one_command_turns_it_on(self):
        self.write_log()
        said = self.at("seen", check=1).stderr
        hint = next(line for line in said.splitlines() if "postconf" in line)
        self.assertIn("smtpd_tls_loglevel = 1,peercert", hint)
        self.assertIn("587/inet/smtpd_tls_loglevel=1,peercert", hint)
        self.assertIn("one line more", said)

    def test_a_log_without_any_session_of_tls(self):
        self.log = Log()
        self.log.say(NOW - DAY, 1, "connect from unknown[192.0.2.1]")
        self.log.say(NOW - DAY, 1, "disconnect from unknown[192.0.2.1] ehlo=1 quit=1 commands=2")
        self.write_log()
        self.assertIs(self.seen(check=1)["fingerprints_logged"], False)
        self.assertIs(self.seen("--log", self.logfile, check=1)["fingerprints_logged"], False)
        # Where they are logged, nobody came.
        self.configure(maillog_file=self.logfile, smtpd_tls_loglevel="2")
        self.write("25 inet n - n - - smtpd\n", os.path.join(self.config, "master.cf"))
        self.assertIs(self.seen()["fingerprints_logged"], True)

    def test_a_service_that_does_not_log_is_named(self):
        self.log.session(NOW - HOUR, fp(1))
        self.log.session(NOW - HOUR, fp(1), peercert=False, tag="postfix/submission/smtpd")
        self.write_log()
        data = self.seen()
        self.assertEqual(data["silent_services"], ["postfix/submission/smtpd"])
        self.assertIn("postfix/submission/smtpd", self.at("seen").stderr)

    def test_what_came_before_it_was_turned_on_is_not_known(self):
        self.put((fp(2), "two.example"))
        self.log = Log()
        self.log.session(NOW - 100 * DAY)
        self.log.session(NOW - 40 * DAY, fp(2), peercert=False)
        self.log.session(NOW - DAY, fp(1))
        self.write_log()
        data = self.seen()
        self.assertEqual(data["since"], stamp(NOW - 40 * DAY)[:19] + "Z")
        self.assertEqual(data["silent_services"], [])
        self.assertEqual(self.seen("--unseen", "60d")["unknown"], 1)
        self.assertEqual([e["host"] for e in self.seen("--unseen", "30d")["entries"]],
                         ["two.example"])
        self.at("seen", "--save")
        self.assertEqual(self.seen()["since"], data["since"])

    def silent(self, *days, tag="postfix/smtpd"):
        """Sessions with TLS as smtpd_tls_loglevel = 0 logs them."""
        for number, ago in enumerate(days):
            pid, name = 90000 + number, "unknown[192.0.2.9]"
            self.log.say(NOW - ago * DAY, pid, "connect from " + name, tag)
            self.log.say(NOW - ago * DAY, pid,
                         "disconnect from %s ehlo=2 starttls=1 quit=1 commands=4" % name, tag)

    def test_at_level_0_nobody_knows_who_came(self):
        self.log = Log()
        self.silent(50, 40)
        self.write_log()
        self.configure(maillog_file=self.logfile, smtpd_tls_loglevel="1,peercert")
        self.write("25 inet n - n - - smtpd\n", os.path.join(self.config, "master.cf"))
        self.assertIs(self.seen(check=1)["fingerprints_logged"], False)
        self.assertIn("not known who came", self.at("seen", check=1).stderr)
        # Clients without a certificate show when it was turned on.
        self.log.session(NOW - 30 * DAY)
        self.write_log()
        self.assertEqual(self.seen()["since"], stamp(NOW - 40 * DAY)[:19] + "Z")
        self.log.session(NOW - DAY, fp(1))
        self.silent(0, 0)  # one of master.cf, of the same name
        self.write_log()
        self.put((fp(2), "two.example"))
        for words in ((), ("--save",), ()):
            data = self.seen(*words)
            self.assertEqual(data["since"], stamp(NOW - 40 * DAY)[:19] + "Z")
        self.assertEqual(self.seen("--unseen", "60d")["unknown"], 1)
        self.assertEqual([e["host"] for e in self.seen("--unseen", "30d")["entries"]],
                         ["two.example"])
        # What was known stays so, whatever the next lines begin with.
        self.silent(0)
        self.log.session(NOW - HOUR, fp(1))
        self.write_log()
        self.assertEqual(self.seen("--save")["since"], stamp(NOW - 40 * DAY)[:19] + "Z")

    def test_a_service_that_does_not_log_any_more_is_named(self):
        self.put((fp(2), "two.example"))
        self.log.session(NOW - 40 * DAY, fp(1))
        self.log.session(NOW - HOUR, fp(2), peercert=False)
        self.write_log()
        data = self.seen()
        self.assertEqual(data["since"], stamp(NOW - HOUR)[:19] + "Z")
        self.assertEqual(data["silent_services"], ["postfix/smtpd"])
        self.assertEqual(self.seen("--unseen", "1d")["entries"], [])


class Verify(SeenCase):

    def findings(self, *words):
        done = self.at("verify", "--json", "--offline", "--unseen", *words, check=None)
        return [(f["id"], f["severity"], f["line"]) for f in json.loads(done.stdout)["findings"]
                if f["id"] in ("not-seen", "log-incomplete")]

    def test_notes(self):
        self.put((fp(1), "one.example"), (fp(2), "two.example"))
        self.log.session(NOW - 100 * DAY)
        self.log.session(NOW - DAY, fp(1))
        self.write_log()
        self.assertEqual(self.findings("30d"), [("not-seen", "note", 3)])
        self.assertEqual(self.findings("200d"), [("log-incomplete", "note", None)])
        os.unlink(self.logfile)
        self.assertEqual(self.findings("30d"), [("log-incomplete", "note", None)])
        self.log = Log()
        self.log.session(NOW - DAY, fp(1), peercert=False)
        self.write_log()
        self.assertEqual(self.findings("30d"), [("log-incomplete", "note", None)])


class Injection(SeenCase):
    """What a client chooses, or somebody who may write to the log, stays data."""

    EVIL = ("\033]0;owned\007\033[31mx", "x, issuer=y, fingerprint=%s, pkey_fingerprint=%s" %
            (fp(1), fp(1)), "$(touch PWNED)`touch PWNED`'; touch PWNED; '", "a\tb\u202ec",
            "\udc80\udcff", "x" * 5000)

    def test_of_a_claimed_name_nothing_reaches_a_terminal(self):
        self.put((fp(1), "one.example"))
        for number, name in enumerate(self.EVIL):
            self.log.session(NOW - number, fp(0xA0 + number), fp(0xB0 + number), claimed=name)
        self.write(self.log.text().encode("utf-8", "surrogateescape"), self.logfile)
        self.at("seen", "--save")
        for words in (["seen", "--pending"], ["seen"], ["seen", "--pending", "--plain"],
                      ["seen", "--pending", "--json"], ["list"]):
            shown, status = self.on_terminal(*words)
            self.assertEqual(status, 0, shown)
            for char in "\033\007\u202e\udc80":
                self.assertNotIn(char, shown)
        self.assertEqual(self.entries()["one.example"]["sessions"], 0)
        self.assertEqual({client["cert"] for client in self.pending()},
                         {fp(0xA0 + number) for number in range(len(self.EVIL))})

    def test_the_number_of_what_is_kept_is_bounded(self):
        self.put((fp(1), "one.example"))
        self.log.session(NOW - 2 * DAY, fp(1))
        lines = []
        for number in range(21000):
            name = "unknown[192.0.2.7]"
            when, pid = stamp(NOW - DAY + number), 5000 + number
            cert = ":".join("%02X" % byte for byte in number.to_bytes(4, "big") * 8)
            lines += [
                "%s mx postfix/smtpd[%d]: %s" % (when, pid, text)
                for text in ("connect from " + name,
                             "%s: subject_CN=x, issuer=x, fingerprint=%s, pkey_fingerprint=%s" %
                             (name, cert, cert), "disconnect from %s ehlo=1 commands=1" % name)
            ]
        self.write(self.log.text() + "".join(line + "\n" for line in lines), self.logfile)
        self.at("seen", "--save")
        data = self.seen()
        self.assertEqual(len(data["pending"]), 10000)
        self.assertEqual(data["dropped"], 11000)
        self.assertEqual({entry["host"]: entry["sessions"] for entry in data["entries"]},
                         {"one.example": 1})


if __name__ == "__main__":
    harness.main()
