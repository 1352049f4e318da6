"""What all tests of the built program share: where it is, how it is run, how a test file is called.

FILE --list prints its test classes, FILE CLASS runs one, FILE runs all. Exit status 0: all passed;
1: something failed; 125: skipped as a whole, with the reason on standard output.
"""

import os
import pwd
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 125
# The commands that read the whole table, for people and for programs.
READING = (["list"], ["list", "--json"], ["verify"], ["verify", "--json"])
LONG = bool(os.environ.get("RELAYCTL_LONG"))

# ctest says what to test; by hand it is what lies in build/.
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE = os.environ.setdefault("RELAYCTL_SOURCE", _ROOT)
RELAYCTL = os.environ.setdefault("RELAYCTL", os.path.join(_ROOT, "build", "relayctl"))
DUMP_TABLE = os.environ.setdefault("RELAYCTL_DUMP_TABLE",
                                   os.path.join(_ROOT, "build", "relayctl_dump_table"))
DUMP_SIGHTINGS = os.environ.setdefault("RELAYCTL_DUMP_SIGHTINGS",
                                       os.path.join(_ROOT, "build", "relayctl_dump_sightings"))


def run(argv, input=None, env=None, timeout=120, **options):
    """The finished process, with returncode, stdout and stderr as text; bytes that are no UTF-8
    survive as surrogates."""
    options.setdefault("text", True)
    if options["text"]:
        options.setdefault("errors", "surrogateescape")
    if input is None:
        options.setdefault("stdin", subprocess.DEVNULL)
    else:
        options["input"] = input
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    environment.pop("MAIL_CONFIG", None)
    environment.update(env or {})
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          timeout=timeout, **options)


def relayctl(*args, check=None, **options):
    """Runs the program. check: the exit status that it must have."""
    result = run([RELAYCTL, *args], **options)
    if check is not None and result.returncode != check:
        raise AssertionError(
            "relayctl %s: status %d, expected %d\n%s%s" %
            (" ".join(args), result.returncode, check, result.stdout, result.stderr))
    return result


def without_postfix(*args):
    """Runs the program with the tools of Postfix out of sight."""
    hidden = ["unshare", "-m", "sh", "-c",
              "for t in postconf postmap postfix; do f=/usr/sbin/$t; [ ! -e $f ] || mount --bind "
              '/dev/null $f; done; exec "$@"', "sh"]
    skip("no mount namespaces here" if run([*hidden, "true"]).returncode != 0 else None)
    return run([*hidden, RELAYCTL, *args])


def executed(*command, **options):
    """Runs the command under strace: (what was executed besides it, as lists of words; the finished
    process)."""
    options["env"] = {"ASAN_OPTIONS": "detect_leaks=0", **options.get("env", {})}
    with tempfile.NamedTemporaryFile("r", errors="surrogateescape") as log:
        trace = ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=execve", "-o", log.name]
        done = run([*trace, *command], **options)
        calls = [line for line in log.read().splitlines() if "execve(" in line and "= 0" in line]
    return [re.findall(r'"([^"]*)"', call.partition("[")[2]) for call in calls[1:]], done


def seed():
    """For tests of random cases: RELAYCTL_SEED; else always the same, but in the long form a new
    one each time. They print it where they fail."""
    return int(
        os.environ.get("RELAYCTL_SEED") or (random.SystemRandom().randrange(10**9) if LONG else 1))


def skip(reason):
    """Skips the test, or what is being set up, where there is a reason: none is None or empty."""
    if reason:
        raise unittest.SkipTest(reason)


def need_root(why="needs root"):
    skip(why if os.geteuid() != 0 else None)


def why_no_user(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return "there is no user " + name
    return None


def need(program):
    skip(None if shutil.which(program) else program + " is not installed")


def read_text(path):
    """None where there is no such file."""
    try:
        with open(path) as source:
            return source.read()
    except FileNotFoundError:
        return None


def _directory(prefix, add_cleanup):
    path = tempfile.mkdtemp(prefix=prefix)
    add_cleanup(shutil.rmtree, path)
    return path


class Case(unittest.TestCase):
    longMessage = True
    maxDiff = None

    @classmethod
    def directory_of_class(cls, prefix="relayctl-test-"):
        """It goes with the class."""
        return _directory(prefix, cls.addClassCleanup)

    def temporary_directory(self, prefix="relayctl-test-"):
        """It goes with the test."""
        return _directory(prefix, self.addCleanup)


def _classes(module):
    found = unittest.defaultTestLoader.loadTestsFromModule(module)
    names = []
    for suite in found:
        for test in suite:
            if type(test).__name__ not in names:
                names.append(type(test).__name__)
    return names


def main():
    module = sys.modules["__main__"]
    if sys.argv[1:] == ["--list"]:
        print("\n".join(_classes(module)))
        return
    loader = unittest.defaultTestLoader
    suite = (loader.loadTestsFromNames(sys.argv[1:], module)
             if sys.argv[1:] else loader.loadTestsFromModule(module))
    with open(os.devnull, "w") as quiet:
        result = unittest.TextTestRunner(stream=quiet, verbosity=0).run(suite)
    for test, trace in result.failures + result.errors:
        print("FAILED %s\n%s" % (test, trace))
    for test, reason in result.skipped:
        print("skipped %s: %s" % (test, reason))
    bad = len(result.failures) + len(result.errors)
    print("%d run, %d failed, %d skipped" % (result.testsRun, bad, len(result.skipped)))
    if bad or not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun == len(result.skipped) or result.testsRun == 0:
        sys.exit(SKIPPED)
