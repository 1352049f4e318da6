"""What a command shows on a terminal of some width."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata


def everything(terminal):
    """What is shown until the other side closes it."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # EIO: the other side is closed
            return shown
        if not part:
            return shown
        shown += part


def run(argv,
        columns=80,
        color=True,
        utf8=True,
        cwd=None,
        can_ask=False,
        answer=None,
        **environment):
    """(what was shown, status). answer: is typed at once, where it can_ask. Standard output and
    standard error are the terminal, and standard input where it can_ask; bytes that are no UTF-8
    survive as surrogates."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAIL_CONFIG", "NO_COLOR", "LC_CTYPE", "LANG")
    }
    env.update({"LC_ALL": "C.UTF-8" if utf8 else "C", "TERM": "xterm-256color"}, **environment)
    if not color:
        env["NO_COLOR"] = "1"
    process = subprocess.Popen(argv, stdin=slave if can_ask else subprocess.DEVNULL, stdout=slave,
                               stderr=slave, cwd=cwd, env=env)
    os.close(slave)
    if answer is not None:
        os.write(master, answer.encode())
    shown = everything(master)
    os.close(master)
    return shown.decode("utf-8", "surrogateescape").replace("\r\n", "\n"), process.wait(timeout=60)


def at_last(text):
    """What stands there in the end: without progress that was overwritten."""
    return "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))


def without_color(text):
    return re.sub(r"\033\[[0-9;]*m", "", text)


def harmful(text):
    """What a terminal would obey: characters that are not printable, our own colours, ends of lines
    and progress apart."""
    text = re.sub("\r(relayctl: changing [^\r\n]*)(?=\r)", r"\1", text)  # a change that takes long
    text = re.sub("\r +\r", "", text)
    for color in ("0", "1", "2", "31", "1;31", "32", "1;32", "33", "1;33", "36", "1;36"):
        text = text.replace("\033[%sm" % color, "")
    return [c for c in text.replace("\r\n", "\n") if not (c.isprintable() or c in "\n\t")]


def width(text):
    """Columns, by Unicode's East Asian Width."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in without_color(text))
