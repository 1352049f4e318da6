"""A private PostgreSQL on 127.0.0.1 and on a socket of its own: own data, log and port; nothing of
the system's own clusters is touched.

It runs in the foreground as a child of the test, as user postgres, and is stopped by that child's
pid.
"""

import contextlib
import glob
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from support import harness, postfix_server, running

USER = "postgres"  # of the system, and the role that initdb makes
SECONDS = running.SECONDS  # for everything that is waited for


def binaries():
    """The directory with the newest server's programs; None without any."""
    found = [
        path for path in glob.glob("/usr/lib/postgresql/*/bin")
        if os.path.exists(path + "/postgres")
    ]
    return max(found, key=lambda path: [int(digits) for digits in re.findall("[0-9]+", path)],
               default=None)


def why_not():
    """Why no PostgreSQL can run here; None where it can."""
    if not binaries():
        return "no PostgreSQL server is installed"
    if os.geteuid() != 0:
        return "only root can run PostgreSQL as user postgres"
    return harness.why_no_user(USER)


def require():
    harness.skip(why_not())


class Cluster(running.Server):
    """hba: lines in front of those in pg_hba.conf. settings: of postgresql.conf. primary: the
    Cluster that this is a standby of."""

    def __init__(self, hba=(), settings=(), primary=None):
        require()
        self.directory = tempfile.mkdtemp(prefix="relayctl-pg-")
        os.chmod(self.directory, 0o755)
        self.data = os.path.join(self.directory, "data")
        self.socket_directory = os.path.join(self.directory, "run")
        for path, mode in ((self.data, 0o700), (self.socket_directory, 0o755)):
            os.mkdir(path)
            os.chmod(path, mode)
            shutil.chown(path, USER, USER)
        self.log_path = os.path.join(self.directory, "log")
        open(self.log_path, "w").close()
        self.port = postfix_server.free_port()
        # dict_pgsql.c reads no port in a unix: host, so libpq looks for the default one's socket.
        os.symlink(".s.PGSQL.%d" % self.port, os.path.join(self.socket_directory, ".s.PGSQL.5432"))
        self.hosts_socket = "unix:" + self.socket_directory
        self.hosts_inet = "inet:127.0.0.1:%d" % self.port
        self.passwords = dict(primary.passwords) if primary else {}
        self.primary = primary
        self.hba = list(hba)
        self.settings = dict(settings)
        self.process = None

    def _default_settings(self):
        """The rest is PostgreSQL's own: max_connections 100, wal_level replica, hot_standby on, a
        socket for everybody."""
        return {
            "port": self.port, "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.socket_directory,
            "cluster_name": os.path.basename(self.directory),  # also a standby's application_name
            "shared_buffers": "16MB",
            # files in our directory: nothing is left behind in /dev/shm by kill()
            "dynamic_shared_memory_type": "mmap", "fsync": "on",  # what a crash is to mean
            "autovacuum": "off", "max_wal_senders": 5, "wal_keep_size": "256MB",
            "wal_retrieve_retry_interval": "200ms", "log_line_prefix": "%m [%p] %q%u@%d "
        }

    def _write_configuration(self):
        settings = dict(self._default_settings(), **self.settings)
        hba = self.hba + [
            "local all,replication %s trust" % USER, "local all all scram-sha-256",
            "host all all 127.0.0.1/32 scram-sha-256"
        ]
        for name, lines in (("postgresql.conf", ["%s = '%s'" % item for item in settings.items()]),
                            ("pg_hba.conf", hba)):
            with open(os.path.join(self.data, name), "w") as out:
                out.write("\n".join(lines) + "\n")
            shutil.chown(out.name, USER, USER)

    def _as_postgres(self, start, name, *args, password="", **options):
        """start: subprocess.run or Popen. The caller's PGPORT and the like stay away."""
        environment = {
            "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": self.directory,
            "PGPASSWORD": password
        }
        return start([os.path.join(binaries(), name), *args], user=USER, group=USER,
                     extra_groups=[], cwd=self.directory, env=environment, **options)

    def _command(self, name, *args, input="", **options):
        return self._as_postgres(subprocess.run, name, *args, input=input, capture_output=True,
                                 text=True, timeout=SECONDS, **options)

    def _client(self, name, *args, **options):
        return self._command(name, "-h", self.socket_directory, "-p", str(self.port), *args,
                             **options)

    def interactive(self, database, user=USER):
        """A psql that goes on reading what is written to its stdin; what it prints, errors too, is
        on its stdout."""
        return self._as_postgres(subprocess.Popen, "psql", "-XAtqw", "-h", self.socket_directory,
                                 "-p", str(self.port), "-U", user, "-d", database,
                                 password=self.passwords.get(user) or "", stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def _make_data(self):
        if self.primary:
            made = self.primary._client("pg_basebackup", "-D", self.data, "-R", "-X", "stream",
                                        "-c", "fast", "-N", "-w", "-U", USER)
        else:
            made = self._command("initdb", "-D", self.data, "-U", USER, "-N", "--encoding=UTF8",
                                 "--locale=C.UTF-8", "--auth=scram-sha-256", "--auth-local=trust")
        if made.returncode != 0:
            raise AssertionError("no data for PostgreSQL:\n" + made.stdout + made.stderr)

    def running(self):
        return self.process and self.process.poll() is None

    def start(self):
        if self.running():
            return self
        if not os.path.exists(os.path.join(self.data, "PG_VERSION")):
            self._make_data()
        self._write_configuration()
        running.until(self._comes_up, "PostgreSQL does not start")
        return self

    def _comes_up(self):
        """Starts it once. It ends while a process from before a kill() still has the memory: False
        then."""
        before = len(self.log())
        with open(self.log_path, "ab") as log:
            self.process = self._as_postgres(subprocess.Popen, "postgres", "-D", self.data,
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ready = lambda: self._client("pg_isready", "-q").returncode == 0
        running.until(lambda: ready() or not self.running(), "PostgreSQL does not answer")
        if not self.running() and "pre-existing shared memory block" not in self.log()[before:]:
            raise AssertionError("PostgreSQL does not start:\n" + self.log())
        return self.running()

    def stop(self, keep=False):
        """A fast shutdown. keep: the directory stays, for another start()."""
        for number in (signal.SIGINT, signal.SIGQUIT):
            if self.running():
                self.process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(timeout=SECONDS)
        if self.running():
            self.kill()
        if not keep:
            self._remove_shared_memory()
            shutil.rmtree(self.directory, ignore_errors=True)

    def _remove_shared_memory(self):
        """The segment of System V that stays after a kill(): line 7 of postmaster.pid names it."""
        pid_file = os.path.join(self.data, "postmaster.pid")
        with contextlib.suppress(FileNotFoundError, IndexError), open(pid_file) as file:
            subprocess.run(["ipcrm", "-m", file.read().splitlines()[6].split()[1]],
                           stderr=subprocess.DEVNULL)

    def kill(self):
        """As in a crash: SIGKILL to the postmaster. Its children notice and are waited for; one too
        busy for that is killed after 5 s."""
        children = []
        with open("/proc/{0}/task/{0}/children".format(self.process.pid)) as file:
            for child in file.read().split():
                with contextlib.suppress(ProcessLookupError):
                    children.append(os.pidfd_open(int(child)))
        self.process.kill()
        self.process.wait(timeout=SECONDS)
        for child in children:
            if not select.select([child], [], [], 5)[0]:
                signal.pidfd_send_signal(child, signal.SIGKILL)
                select.select([child], [], [], SECONDS)
            os.close(child)

    def restart(self):
        self.stop(keep=True)
        return self.start()

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def sql(self, text, database="relay", user=USER, check=True, **variables):
        """What psql prints, without the last line's end; :'x' and :"x" in the text are the variable
        x, quoted. check: it must succeed; else errors are part of what it prints."""
        arguments = ["-v%s=%s" % item for item in variables.items()]
        result = self._client("psql", "-XAtqw", "-vON_ERROR_STOP=1", "-U", user, "-d", database,
                              *arguments, input=text, password=self.passwords.get(user) or "")
        if check and result.returncode != 0:
            raise AssertionError("%s\n%s%s" % (text, result.stdout, result.stderr))
        return (result.stdout if check else result.stdout + result.stderr).strip()

    def create_database(self, name="relay", owner=USER):
        self.sql('CREATE DATABASE :"name" OWNER :"owner"', "postgres", name=name, owner=owner)

    def create_role(self, name, password=None):
        """sql() and write_cf() know its password from then on."""
        self.passwords[name] = password
        self.sql('CREATE ROLE :"name" LOGIN' + (" PASSWORD :'password'" if password else ""),
                 "postgres", name=name, password=password)

    def standby(self):
        """A streaming standby of this one, started; its stop() is the caller's."""
        return Cluster(self.hba, self.settings, primary=self).started()

    def promote(self):
        if self.sql("SELECT pg_promote(true, 30)", "postgres") != "t":
            raise AssertionError("not promoted:\n" + self.log())

    def pause_replay(self):
        """A standby goes on to receive, but shows nothing newer than now."""
        self.sql("SELECT pg_wal_replay_pause()", "postgres")
        running.until(
            lambda: self.sql("SELECT pg_get_wal_replay_pause_state()", "postgres") == "paused",
            "replay is not paused")

    def resume_replay(self):
        self.sql("SELECT pg_wal_replay_resume()", "postgres")

    def catch_up(self):
        """Waits until this standby shows what its primary has committed by now."""
        position = self.primary.sql("SELECT pg_current_wal_lsn()", "postgres")
        running.until(
            lambda: self.sql("SELECT pg_last_wal_replay_lsn() >= :'position'", "postgres",
                             position=position) == "t", "the standby lags")

    def write_cf(self, path, mode=0o640, group="postfix", **settings):
        """A pgsql_table(5) file for this cluster, with the password of its user where it is known;
        None leaves a setting out."""
        defaults = {
            "hosts": self.hosts_socket, "dbname": "relay",
            "password": self.passwords.get(settings.get("user"))
        }
        with open(path, "w") as out:
            out.write("".join("%s = %s\n" % item for item in dict(defaults, **settings).items()
                              if item[1] is not None))
        shutil.chown(path, group=group)
        os.chmod(path, mode)
        a_minute_ago = time.time() - 60  # Postfix waits for files that have just been changed
        os.utime(path, (a_minute_ago, a_minute_ago))
        return path
