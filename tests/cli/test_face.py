#!/usr/bin/env python3
"""What a person sees: help, the list, and the marks, on terminals of several widths, with colour
and without."""

import os
import re

from support import harness, terminal
from support.command_table import commands
from support.table_case import TableCase, fp


class Help(harness.Case):

    def test_every_page_fits_80_columns(self):
        for command in ((), *((name,) for name in commands())):
            page = harness.relayctl(*command, "--help", check=0).stdout
            self.assertEqual([line for line in page.splitlines() if len(line) > 80], [], command)

    def test_every_command_has_two_examples_and_its_statuses(self):
        for command in commands():
            page = harness.relayctl(command, "--help", check=0).stdout
            examples = re.findall(r"^  .*relayctl %s\b.*$" % command,
                                  page.partition("\nExamples:\n")[2].partition("\n\n")[0], re.M)
            self.assertGreaterEqual(len(examples), 2, command)
            self.assertRegex(page, r"\nExit status:\n  0 ")
            self.assertIn("\nUsage: relayctl %s [OPTIONS]" % command, page)

    def test_options_are_in_groups(self):
        page = harness.relayctl("--help", check=0).stdout
        for group in ("Clients", "Questions", "The table as a whole", "Which table", "Output"):
            self.assertIn("\n%s:\n" % group, page)
        self.assertRegex(
            harness.relayctl("prune", "--help", check=0).stdout,
            r"\nHow it is changed:\n  -n, --dry-run ")

    def test_help_of_all_has_every_page(self):
        pages = harness.relayctl("--help-all", check=0).stdout
        for command in commands():
            self.assertIn(harness.relayctl(command, "--help", check=0).stdout, pages)

    def test_what_is_for_the_shells_is_hidden(self):
        self.assertNotIn("complete", harness.relayctl("--help", check=0).stdout)
        self.assertNotIn("complete", harness.relayctl("--help-all", check=0).stdout)

    def test_a_command_mistyped_suggests_the_near_one(self):
        for typed, meant in (("vrify", "verify"),
                             ("lst", "list"),
                             ("roate", "rotate"),
                             ("removed", "remove"),
                             ("chekc", "check")):
            self.assertIn("did you mean: relayctl %s\n" % meant,
                          harness.relayctl(typed, check=2).stderr)
        self.assertNotIn("did you mean", harness.relayctl("frobnicate", check=2).stderr)

    def test_names_of_other_programs_and_options_are_understood(self):
        for typed, meant in (("delete", "remove"), ("revoke", "remove"), ("show", "list"),
                             ("renew", "rotate"), ("--lists", "list"), ("LIST", "list"),
                             ("authorize", "add")):
            self.assertIn("did you mean: relayctl %s\n" % meant,
                          harness.relayctl(typed, check=2).stderr)

    def test_help_as_a_command(self):
        for words, page in (((), ()), (("add", ), ("add", )), (("rm", ), ("remove", )),
                            (("help", ), ("help", ))):
            self.assertEqual(harness.relayctl("help", *words, check=0).stdout,
                             harness.relayctl(*page, "--help", check=0).stdout)
        self.assertIn("did you mean: relayctl help verify\n",
                      harness.relayctl("help", "vrify", check=2).stderr)
        self.assertEqual(harness.relayctl("-V", check=0).stdout,
                         harness.relayctl("--version", check=0).stdout)

    def test_each_group_of_commands_has_one_heading(self):
        headings = re.findall(r"^\w.*:$", harness.relayctl("help", check=0).stdout, re.M)
        self.assertIn("Questions:", headings)
        self.assertEqual(len(headings), len(set(headings)), headings)

    def test_a_wrong_command_line_is_explained_in_our_words(self):
        for words, message in (
                ("list --sort x", "--sort: 'x' is none of host, expiry, added"),
                ("add a b c d", "CERT: there are 4 words, and at most 2 are understood"),
                ("copy a b c d", "too many words: 'c', 'd'"),
                ("list --note x", "unknown option '--note'"),
                ("add --note", "--note: needs a value, TEXT"),
                ("-c", "--config-dir: needs a value, DIR"),
                ("add --note a --note b x", "--note: is given 2 times"),
                ("list --json=x", "--json: 'x' is no value for it"),
                ("add --wait-replicas=x a b", "--wait-replicas: 'x' is no value for it"),
                ("list --json --plain", "--json and --plain: give one of them"),
                ("rotate", "CERT: is missing"),
                ("list --note x --nots", "unknown options '--note', '--nots'"),
                ("copy --wait-replicas 60 a b",
                 "--wait-replicas: its number is joined to it by '='"),
                ("remove --wait-replicas 5 a",
                 "--wait-replicas: its number is joined to it by '='"),
                ("-qt hash:/x verfiy", "unknown command 'verfiy'"),
                ("-d sha265 list", "digest 'sha265': unknown, or not usable here"),
                ("-q", "which command?")):
            stderr = harness.relayctl(*words.split(), check=2).stderr
            self.assertEqual(stderr.splitlines()[0], "relayctl: error: " + message)
            if message.startswith("digest"):
                self.assertIn("relayctl: hint: digests that work here: ", stderr)
            elif "joined" in message:
                self.assertRegex(stderr, r"relayctl: hint: write --wait-replicas=(60|5)\n$")
            else:
                self.assertRegex(stderr, r"relayctl: hint: see: relayctl ([a-z]+ )?--help\n$")

    def test_a_command_forgotten_is_told_by_its_option(self):
        for words, meant in (("--lists", "list"), ("-q --lists", "list"),
                             ("-c /x --expring", "list --expiring"),
                             ("--expiring=60d", "list --expiring"), ("--verify", "verify")):
            said = harness.relayctl(*words.split(), check=2).stderr
            self.assertEqual(said.splitlines()[:2],
                             ["relayctl: error: which command?",
                              "relayctl: hint: did you mean: relayctl " + meant])

    def test_short_options_in_one_word_before_the_command(self):
        path = os.path.join(self.temporary_directory(), "table")
        with open(path, "w") as out:
            out.write("%s zen.example\n" % fp(1))
        table = "texthash:" + path
        for words in (("-qt", table, "list"), ("-qt" + table, "list"), ("list", "-qt", table),
                      ("-qd", "sha256", "-t", table, "list")):
            self.assertEqual(harness.relayctl(*words, check=0).stdout,
                             "%s\tzen.example\n" % fp(1))

    def test_an_option_mistyped_suggests_the_near_one(self):
        for words, meant in (("verify --formt nagios", "--format"), ("list --jsn", "--json")):
            stderr = harness.relayctl(*words.split(), check=2).stderr
            self.assertIn("did you mean: %s\n" % meant, stderr)
        self.assertNotIn("did you mean", harness.relayctl("list", "--prune", check=2).stderr)

    def test_the_value_of_an_option_mistyped_is_no_other_word(self):
        """The whole answer, so that nothing in it is about the value."""
        for words, answer, page in (
                ("list --expring 60d zen", ["unknown option '--expring'", "--expiring"], "list "),
                ("--expring 60d list", ["unknown option '--expring'", "--expiring"], "list "),
                ("--expring 60d zen", ["unknown option '--expring'",
                                       "relayctl list --expiring"], ""),
                ("--tabel hash:x list", ["unknown option '--tabel'", "--table"], "list "),
                ("--tabel hash:x add zen.pem", ["unknown option '--tabel'", "--table"], "add "),
                ("--tabel hash:x zen", ["unknown option '--tabel'", "--table"], ""),
                ("--tabel hash:x lsit", ["unknown command 'lsit', unknown option '--tabel'",
                                         "relayctl list", "--table"], ""),
                ("rotate --grce 2d zen zen.pem", ["unknown option '--grce'", "--grace"],
                 "rotate "),
                ("rotate --craete", ["unknown option '--craete'", "--create"], "rotate "),
                ("list --bogus 60d", ["unknown option '--bogus'"], "list "),
                ("--bogus 60d", ["unknown option '--bogus'"], "")):
            with self.subTest(words=words):
                said = harness.relayctl(*words.split(), check=2).stderr.splitlines()
                self.assertEqual(said, ["relayctl: error: " + answer[0]]
                                 + ["relayctl: hint: did you mean: " + meant
                                    for meant in answer[1:]]
                                 + ["relayctl: hint: see: relayctl %s--help" % page])

    def test_version_names_the_libraries(self):
        with open(os.path.join(harness.SOURCE, "CMakeLists.txt")) as text:
            version = re.search(r"project\(relayctl VERSION ([0-9.]+)", text.read()).group(1)
        library = harness.run(["openssl", "version"]).stdout.split()[1]
        self.assertRegex(
            harness.relayctl("--version", check=0).stdout,
            r"^relayctl %s\nOpenSSL %s, CLI11 [0-9.]+, nlohmann/json [0-9.]+\n$" %
            (re.escape(version), re.escape(library)))


class Shown(TableCase):
    TYPE = "texthash"

    def show(self, *args, **options):
        return terminal.run([harness.RELAYCTL, "-c", self.config, *args], **options)


class List(Shown):

    def setUp(self):
        super().setUp()
        self.write(
            "# relayctl: cert CN=old.example expires=2020-01-01T00:00:00Z for=01:01:01:01\n"
            "%s old.example\n"
            '# relayctl: cert "CN=東京.example,O=日本" expires=2099-01-01T00:00:00Z note="a long '
            'remark, which goes on and on and on"\n'
            "%s 東京のラップトップ\n# relayctl: key\n%s Zoe\u0301's\n" % (fp(1), fp(2), fp(3)))

    def test_no_line_is_wider_than_the_terminal(self):
        for columns in (40, 60, 80, 100, 120, 200):
            shown, status = self.show("list", columns=columns)
            self.assertEqual(status, 0)
            self.assertEqual(len(shown.splitlines()), 4)
            self.assertEqual(
                [line for line in shown.splitlines() if terminal.width(line) > columns], [],
                columns)

    def test_columns_are_aligned_with_wide_and_combining_characters(self):
        shown = terminal.without_color(self.show("list", columns=120)[0]).splitlines()
        at = shown[0].index("KIND")
        for line, word in zip(shown[1:], ("cert", "cert", "key")):
            self.assertEqual(terminal.width(line[:line.index(word)]), at, line)

    def test_long_is_not_cut(self):
        shown, _ = self.show("list", "--long", columns=80)
        for number in (1, 2, 3):
            self.assertIn(fp(number), shown)
        self.assertIn("a long remark, which goes on and on and on", shown)

    def test_a_host_is_cut_last(self):
        shown, _ = self.show("list", columns=80)
        for host in ("old.example", "東京のラップトップ", "Zoe\u0301's"):
            self.assertIn(host, shown)
        self.assertIn("~", shown)

    def test_the_date_goes_first_where_there_is_no_room(self):
        wide = self.show("list", columns=200, color=False)[0].splitlines()
        self.assertEqual(wide[0].split()[:3], ["HOST", "EXPIRES", "KIND"])
        self.assertRegex(wide[1], r"^old\.example +expired [0-9]+ days ago +2020-01-01 +cert ")
        narrow = self.show("list", columns=80, color=False)[0]
        self.assertRegex(narrow, r"(?m)^old\.example +expired [0-9]+ days ago +01:01")
        self.assertNotIn("2020-01-01", narrow)

    def test_the_subject_is_shown_where_it_differs_from_the_host(self):
        shown = self.show("list", columns=200, color=False)[0]
        self.assertIn("CN=東京.example,O=日本", shown)
        self.assertNotIn("CN=old.example", shown)
        self.assertIn("CN=old.example", self.show("list", "--long", color=False)[0])
        self.write("# relayctl: cert CN=OLD.example for=01:01:01:01\n%s old.example\n" % fp(1))
        self.assertNotIn("SUBJECT", self.show("list", color=False)[0])

    def test_the_fingerprint_is_enough_for_other_commands(self):
        near = fp(1)[:20] + fp(2)[20:]
        self.write("%s one.example\n%s near.example\n%s far.example\n" % (fp(1), near, fp(3)))
        shown = self.show("list", color=False)[0]
        beginnings = [line.split()[-1] for line in shown.splitlines()[1:]]
        self.assertEqual(beginnings, [fp(1)[:23], near[:23], fp(3)[:23]])
        for beginning, host in zip(beginnings, ("one.example", "near.example", "far.example")):
            for word in (beginning, beginning + "…", beginning + "...", beginning + "~"):
                self.assertIn(host, self.run_it("remove", "-n", word).stderr)
        self.assertEqual(self.show("list", "far*", color=False)[0].split()[-1], fp(3)[:23])

    def test_the_entries_of_a_host_stand_together(self):
        entries = [(1, "zen.example"), (2, "b.example"), (3, "ZEN.example"), (4, "a.example")]
        self.write("".join("%s %s\n" % (fp(i), host) for i, host in entries))

        def hosts(*options):
            return [line.split()[0] for line in self.show("list", *options)[0].splitlines()[1:]]

        self.assertEqual(hosts(), ["zen.example", "ZEN.example", "b.example", "a.example"])
        self.assertEqual(hosts("--sort", "host"),
                         ["a.example", "b.example", "zen.example", "ZEN.example"])
        self.assertEqual(
            self.run_it("list").stdout, "".join("%s\t%s\n" % (fp(i), host) for i, host in entries))

    def test_what_has_expired_is_red(self):
        shown, _ = self.show("list", columns=120)
        self.assertRegex(shown, r"\033\[1;31mexpired [0-9]+ days ago\033\[0m")
        for options in (dict(color=False), dict(TERM="dumb")):
            plain, _ = self.show("list", columns=120, **options)
            self.assertEqual(plain, terminal.without_color(shown))
        self.assertEqual(
            self.show("--no-color", "list", columns=120)[0], terminal.without_color(shown))

    def test_through_a_pipe_it_is_plain(self):
        self.assertEqual(
            self.run_it("list").stdout,
            "%s\told.example\n%s\t東京のラップトップ\n%s\tZoe\u0301's\n" % (fp(1), fp(2), fp(3)))


class Marks(Shown):

    def test_verify_of_a_sound_table(self):
        self.write("%s one.example\n" % fp(1))
        shown, status = self.show("-t", self.table, "-d", "sha256", "verify", color=False)
        self.assertEqual((shown, status), ("✓ %s: 0 errors, 0 warnings\n" % self.table, 0))

    def test_verify_of_a_broken_one(self):
        self.write("%s one.example\n95:B4:G5 two.example\n%s One\n" % (fp(1), fp(2)))
        shown, status = self.show("-t", self.table, "-d", "sha256", "verify", color=False)
        self.assertEqual(status, 1)
        lines = [line for line in shown.splitlines() if not line.startswith("    hint:")]
        self.assertRegex(lines[0], r"^✗ .*:2:.* error: ")
        self.assertEqual(lines[-1], "✗ %s: 1 error, 0 warnings" % self.table)
        colored, _ = self.show("-t", self.table, "-d", "sha256", "verify")
        self.assertEqual(terminal.without_color(colored), shown)
        self.assertIn("\033[1;31m✗\033[0m", colored)

    def test_a_terminal_of_ascii_gets_ascii(self):
        self.write("%s one.example\n" % fp(1))
        shown, _ = self.show("-t", self.table, "-d", "sha256", "verify", color=False, utf8=False)
        self.assertEqual(shown, "+ %s: 0 errors, 0 warnings\n" % self.table)

    def test_a_pipe_gets_no_marks(self):
        self.write("95:B4:G5 two.example\n")
        result = self.run_it("-t", self.table, "-d", "sha256", "verify", check=1)
        self.assertTrue(result.stdout.startswith(self.path + ":1:"), result.stdout)
        self.assertNotIn("✗", result.stdout)

    def test_check_marks_each_service(self):
        server = self.client("server.example")
        self.configure(smtpd_tls_security_level="may", smtpd_tls_cert_file=server.cert,
                       smtpd_tls_key_file=server.key)
        self.write(
            "one.example:25 inet n - n - - smtpd\n"
            "one.example:26 inet n - n - - smtpd -o smtpd_tls_security_level=none\n",
            os.path.join(self.config, "master.cf"))
        client = self.client()
        self.run_it("add", client.cert, "zen.example")
        shown, status = self.show("check", client.cert, color=False)
        self.assertEqual(status, 0, shown)
        self.assertRegex(shown, r"\n✓ one\.example:25/inet: would relay")
        self.assertRegex(shown, r"\n✗ one\.example:26/inet: would not relay")
        self.assertRegex(
            self.show("check", client.cert)[0],
            "\033\\[1;32m✓\033\\[0m one\\.example:25/inet: \033\\[1;32mwould relay\033")


if __name__ == "__main__":
    harness.main()
