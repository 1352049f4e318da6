#!/usr/bin/env python3
"""The messages as one reader sees them: plain words, the same form everywhere."""

import importlib.machinery
import importlib.util
import os
import re
import tempfile

from support import harness


def script():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "list")
    loader = importlib.machinery.SourceFileLoader("message_list", path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("message_list", loader)
    )
    loader.exec_module(module)
    return module


class Messages(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.list = script()
        cls.all = list(cls.list.messages())

    def none_has(self, pattern, but=()):
        found = [
            (name, text)
            for name, text in self.all
            if re.search(pattern, text) and not any(part in name for part in but)
        ]
        self.assertEqual(found, [])

    def test_the_list_has_them(self):
        texts = {text for name, text in self.all}
        self.assertGreater(len(texts), 500)
        for known in (
            "no certificate, certificate request or key in it",
            "sessions already open may " "relay until they end",
        ):
            self.assertIn(known, texts)

    def test_the_kept_list_is_current(self):
        beside = os.path.dirname(os.path.abspath(__file__))
        kept = harness.read_text(os.path.join(beside, "messages.txt"))
        self.assertEqual(kept, self.list.as_text(), "write it anew: tests/messages/list --update")

    def test_joined_literals_are_one_message(self):
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
            source.write('// "no message at all"\nfail("one " "two " + name(x) + " three four");\n')
            source.flush()
            self.assertEqual(
                [text for _, text in self.list.messages([source.name])], ["one two {} three four"]
            )

    def test_no_word_of_another_program(self):
        self.none_has(
            r"OpenSSL error|asn1|ASN\.1 |[Rr]equired but|[Ii]nvalid|[Pp]lease|[Ff]ailed to ",
            but=("parameter_values", "parse_output"),
        )  # words of Postfix

    def test_no_word_that_means_nothing_to_a_reader(self):
        self.none_has(r"\b(setup|gather|unfound|whole_of|kept_of|divide)\b")

    def test_no_two_blanks_within_a_sentence(self):
        self.none_has(
            r"[a-z,;]  +[a-z]",
            but=("mail_program_texts", "issue_readme", "client_settings", "render/", "store/sql"),
        )


if __name__ == "__main__":
    harness.main()
