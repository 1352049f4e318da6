#!/usr/bin/env python3
"""Each rule of tests/lint/house finds what breaks it, in a small tree that is otherwise in
order."""

import os
import shutil
import subprocess
import sys

from support import harness

HOUSE = os.path.join(harness.SOURCE, "tests", "lint", "house")
IN_ORDER = {
    "app/CMakeLists.txt": "", "app/main.cpp": '#include "app/cli/run.hpp"\n',
    "app/cli/run.cpp": '#include "core/operations/add.hpp"\n\n#include <CLI/CLI.hpp>\n',
    "app/render/json.cpp": "#include <nlohmann/json.hpp>\n", "core/CMakeLists.txt": "",
    "core/base/text.hpp": "#pragma once\n\nint length();\n", "core/base/text.cpp": (
        '#include "core/base/text.hpp"\n\nint length()\n{\n%s    return 1;\n}\n' %
        ("    ;\n" * 46)),
    "core/x509/parse.cpp": '#include "core/base/text.hpp"\n\n#include <openssl/x509.h>\n',
    "core/store/sql/postgresql/connection.cpp": "#include <libpq-fe.h>\n",
    "core/audit/finding.cpp": '#include "core/inspect/service_facts.hpp"\n',
    "core/operations/add.cpp": "// a\n" * 350,
    "tests/cli/test_add.py": "x = 1\n# " + 98 * "x" + "\n",
    "tests/unit/test_text.cpp": '#include "core/base/text.hpp"\n', "scripts/test": "#!/bin/sh\n"
}


class Rules(harness.Case):

    @classmethod
    def setUpClass(cls):
        if shutil.which("git") is None:
            cls.skipTest(cls, "git is not installed")

    def setUp(self):
        self.root = self.temporary_directory("relayctl-house-")
        subprocess.run(["git", "init", "-q", self.root], check=True)
        shutil.copy(os.path.join(harness.SOURCE, ".clang-format"), self.root)
        for name, text in IN_ORDER.items():
            self.write(name, text)
        self.tools = os.path.join(self.root, "tools")  # without those that lay out
        os.mkdir(self.tools)
        programs = {"git": shutil.which("git"), "env": shutil.which("env")}
        for name, path in {**programs, "python3": sys.executable}.items():
            os.symlink(path, os.path.join(self.tools, name))

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(text)

    def said(self, **variables):
        env = dict(os.environ, **variables)
        return subprocess.run([HOUSE, self.root], capture_output=True, text=True, env=env)

    def finds(self, name, text, problem, **variables):
        """The house finds this one thing."""
        self.write(name, text)
        result = self.said(**variables)
        if name in IN_ORDER:
            self.write(name, IN_ORDER[name])
        else:
            os.remove(os.path.join(self.root, name))
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(problem, result.stdout)
        self.assertIn("1 things", result.stdout)

    def test_in_order(self):
        result = self.said()
        self.assertIn(result.returncode, (0, harness.SKIPPED), result.stdout + result.stderr)
        self.assertIn("house: in order", result.stdout)

    def test_each_rule(self):
        for name, text, problem in (
                ("core/base/up.cpp", '#include "core/table/editor.hpp"\n',
                 "up.cpp:1: base includes"),
                ("core/x509/up.hpp", '#pragma once\n#include "core/postfix/x.hpp"\n',
                 "up.hpp:2: x509"),
                ("core/audit/up.cpp", '#include "core/operations/add.hpp"\n', "audit includes"),
                ("core/store/up.cpp", '#include "app/cli/run.hpp"\n',
                 "core includes app/cli/run.hpp"),
                ("core/store/no.cpp", '#include "core/facts/x.hpp"\n', "core includes core/facts"),
                ("core/audit/no.cpp", '#include "core/inspect/lookup.hpp"\n', "only the facts"),
                ("core/base/ssl.cpp", "#include <openssl/evp.h>\n", "is for core/x509/ alone"),
                ("app/cli/ssl.cpp", "#include <openssl/evp.h>\n", "is for core/x509/ alone"),
                ("core/store/sql/pg.cpp", "#include <libpq-fe.h>\n",
                 "is for core/store/sql/postgresql/"),
                ("core/base/cli.cpp", "#include <CLI/CLI.hpp>\n", "is for app/ alone"),
                ("core/store/json.cpp", "#include <nlohmann/json.hpp>\n",
                 "<nlohmann/json.hpp> is for app/render/ and "),
                ("app/cli/json.cpp", "#include <nlohmann/json.hpp>\n",
                 "<nlohmann/json.hpp> is for app/render/ and "),
                ("core/store/archive.cpp", "#include <archive.h>\n",
                 "is for core/inspect/mail_log/decompression alone"),
                ("core/base/long.cpp", "// a\n" * 351, "351 lines, at most 350"),
                ("core/base/text.cpp",
                 IN_ORDER["core/base/text.cpp"].replace("return", ";\n    return"),
                 "text.cpp:3: a function of 51 lines, at most 50"),
                ("core/base/wide.hpp", "#pragma once\n\n// " + 98 * "x" + "\n", "101 columns"),
                ("tests/cli/test_wide.py", "# " + 99 * "x" + "\n", "test_wide.py:1: 101 columns"),
                ("tests/unit/test_wide.cpp", "// " + 98 * "x" + "\n",
                 "test_wide.cpp:1: 101 columns"),
                ("scripts/wide", "#!/bin/sh\n# %s\n" % (99 * "x"), "scripts/wide:2: 101 columns"),
                ("app/loose.cpp", "", "app/loose.cpp: app has only"),
                ("app/publish/x.cpp", "", "app/publish/x.cpp: app has only"),
                ("core/loose.cpp", "", "core/loose.cpp: core has only"),
                ("core/publish/x.cpp", "", "core/publish/x.cpp: core has only")):
            with self.subTest(problem, file=name):
                self.finds(name, text, problem, PATH=self.tools)

    def test_layout(self):
        if "no clang-format" in self.said().stdout:
            self.skipTest("no such clang-format here")
        self.finds("core/base/layout.cpp", "int  f() { return 1; }\n", "core/base/layout.cpp")

    def test_without_clang_format(self):
        result = self.said(PATH=self.tools)
        self.assertEqual(result.returncode, harness.SKIPPED, result.stdout + result.stderr)
        self.assertIn("there is no clang-format here", result.stdout)

    def test_another_version_of_clang_format(self):
        with open(os.path.join(self.tools, "clang-format"), "w") as other:
            other.write("#!/bin/sh\necho clang-format version 99.1\n")
        os.chmod(other.name, 0o755)
        result = self.said(PATH=self.tools + ":/bin")
        self.assertEqual(result.returncode, harness.SKIPPED, result.stdout + result.stderr)
        self.assertIn("this is no clang-format version 14.x: clang-format version 99.1",
                      result.stdout)


if __name__ == "__main__":
    harness.main()
