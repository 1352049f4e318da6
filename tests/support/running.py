"""What tests share about servers and other processes that run beside them."""

import time

SECONDS = 60


def until(condition, what, seconds=SECONDS, fails=None):
    """Waits for the condition and gives what it gave: something true. what: said if it never comes.
    fails: gives why it cannot come any more, if so."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        reason = fails() if fails else None
        if reason:
            raise AssertionError("%s: %s" % (what, reason))
        if time.monotonic() > deadline:
            raise AssertionError("after %d seconds: %s" % (seconds, what))
        time.sleep(0.02)
    return found


def comes(condition, seconds):
    """Whether the condition holds within these seconds; it is asked again and again."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
    return True


def waits(process, times=10):
    """Waits until this process has gone to sleep and woken so many times: it is waiting for
    something, and looks for it again and again, or has ended."""

    def naps():
        with open("/proc/%d/status" % process.pid) as status:
            lines = dict(line.split(":\t", 1) for line in status if ":\t" in line)
        return int(lines["voluntary_ctxt_switches"])

    first = naps()
    until(lambda: process.poll() is not None or naps() >= first + times, "it does not look again")


def to_the_end(workers):
    """Starts the threads, all at once, and waits for each."""
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


class Server:
    """What has start() and stop(), as a context: it is stopped in any case."""

    def started(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self.started()

    def __exit__(self, *_):
        self.stop()
