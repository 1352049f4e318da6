"""What a disk may show after a power cut during one change.

record() runs a command under strace and notes every change of the watched directories. states()
then gives each state in which the disk may be found, by these rules:

* The data of a file are durable after fsync or fdatasync of it, or by a write through O_DSYNC.
  Before that any beginning of its writes may be there, all but one of them, or half of one.
* The mode of a file is durable after fsync of it.
* A name in a directory is durable after fsync of that directory. Before that each change of a name
  (create, rename, exchange, link, unlink) may have happened or not, whatever happened to the
  others, unless it works on a name that an earlier one has changed. A rename or an exchange is one
  step.

Only what is true of every file system is assumed. ext4 and its like allow fewer states.
"""

import itertools
import os
import re
import subprocess

_WATCHED = "%file,%desc,msync,sync,syncfs"
_HARMLESS = set("""access faccessat faccessat2 stat lstat fstat newfstatat statx statfs fstatfs
    readlink readlinkat getdents64 flock fcntl pread64 listxattr llistxattr flistxattr getxattr
    fgetxattr lgetxattr fsetxattr fremovexattr execve getcwd chdir fadvise64 poll ppoll ioctl
    utimensat fchown sync_file_range""".split())


class File:
    """Content, mode and, of a symbolic link, target."""

    def __init__(self, content=b"", mode=0o644, target=None):
        self.content, self.mode, self.target = bytes(content), mode, target


def read_directories(directories):
    """{(directory, name): File} of what is there."""
    found = {}
    for directory in directories:
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if os.path.islink(path):
                found[directory, name] = File(target=os.readlink(path))
            elif os.path.isfile(path):
                with open(path, "rb") as content:
                    found[directory, name] = File(content.read(), os.stat(path).st_mode & 0o7777)
    return found


def _umask():
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


def _write(content, offset, data):
    return content[:offset].ljust(offset, b"\0") + data + content[offset + len(data):]


class Recording:
    """The operations of one run, in order:
    ("names", directory, {name: File or None}); ("data", File, function of the old content);
    ("mode", File, mode); ("flush", File, whether the mode as well); ("durable", File), said of the
    write before it; ("flush names", directory).
    """

    def __init__(self, directories):
        self.directories = list(directories)
        self.start = read_directories(directories)
        self.names = dict(self.start)
        self.live = {file: file.content for file in self.start.values()}
        self.operations = []
        # (process, descriptor): [File or directory, offset, whether O_DSYNC, whether O_APPEND]
        self.open = {}

    # -- what happened -----------------------------------------------------------------------------

    def change_names(self, directory, names):
        self.operations.append(("names", directory, names))
        for name, file in names.items():
            self.names[directory, name] = file

    def change_data(self, file, offset, data):
        """data: what is written at offset; None: the file gets that length."""

        def apply(content, share=1):
            if data is None:
                return content[:offset].ljust(offset, b"\0")
            return _write(content, offset, data[:int(len(data) * share)])

        self.live[file] = apply(self.live.get(file, b""))
        self.operations.append(("data", file, apply))

    def _place(self, path):
        """(directory, name) where the path is watched; else None."""
        directory, name = os.path.split(path)
        directory = os.path.realpath(directory)
        return (directory, name) if directory in self.directories else None

    def _open(self, process, path, flags, mode, descriptor):
        if path in self.directories:
            self.open[process, descriptor] = [path, 0, False, False]
            return
        place = self._place(path)
        if place is None:
            return
        file = self.names.get(place)
        if file and file.target is not None:
            return self._open(process, os.path.join(place[0], file.target), flags, mode, descriptor)
        if file is None:
            file = File(mode=mode & ~_umask())
            self.change_names(place[0], {place[1]: file})
        elif "O_TRUNC" in flags:
            self.change_data(file, 0, None)
        durable = "O_DSYNC" in flags or "O_SYNC" in flags
        self.open[process, descriptor] = [file, 0, durable, "O_APPEND" in flags]

    def _put(self, process, descriptor, data, offset=None):
        opened = self.open.get((process, descriptor))
        if not opened:
            return
        end = len(self.live.get(opened[0], b""))
        at = offset if offset is not None else end if opened[3] else opened[1]
        self.change_data(opened[0], at, data)
        if offset is None:
            opened[1] = at + len(data)
        if opened[2]:
            self.operations.append(("durable", opened[0]))

    def _move(self, old, new, exchange=False):
        old, new = self._place(old), self._place(new)
        if old is None and new is None:
            return
        assert old and new and old[0] == new[0], "the model knows renames within one directory only"
        came_out = self.names[new] if exchange else None
        self.change_names(old[0], {old[1]: came_out, new[1]: self.names[old]})

    def _flush(self, process, descriptor, with_mode):
        opened = self.open.get((process, descriptor))
        if opened and isinstance(opened[0], str):
            self.operations.append(("flush names", opened[0]))
        elif opened:
            self.operations.append(("flush", opened[0], with_mode))

    # -- reading strace ----------------------------------------------------------------------------

    def take(self, process, name, arguments, result):
        if result < 0:
            return
        found = re.findall(r'(?:\w+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"', arguments)
        strings = [_unescaped(text) for _, text in found]
        paths = [os.path.join(base, os.fsdecode(s)) for (base, _), s in zip(found, strings)]
        first = int(arguments.split("<")[0]) if re.match(r"\d+<", arguments) else None
        opened = self.open.get((process, first))
        last = arguments.rsplit(", ", 1)[-1]
        if name in ("openat", "openat2", "open"):
            mode = re.search(r"mode=(0[0-7]*)|(0[0-7]*)$", arguments)
            mode = int(mode.group(1) or mode.group(2), 8) if mode else 0o644
            self._open(process, paths[0], arguments, mode, result)
        elif name == "close":
            self.open.pop((process, first), None)
        elif name in ("dup", "dup2", "dup3"):
            if opened:
                self.open[process, result] = opened
        elif name == "write":
            self._put(process, first, strings[0][:result])
        elif name == "pwrite64":
            self._put(process, first, strings[0][:result], int(last))
        elif name == "writev":
            self._put(process, first, b"".join(strings)[:result])
        elif name == "read" and opened:
            opened[1] += result
        elif name == "lseek" and opened:
            opened[1] = result
        elif name == "copy_file_range":
            source = self.open[process, first]
            data = self.live[source[0]][source[1]:source[1] + result]
            source[1] += result
            if result:
                self._put(process, int(re.search(r"NULL, (\d+)<", arguments).group(1)), data)
        elif name == "ftruncate" and opened:
            self.change_data(opened[0], int(last), None)
        elif name == "fchmod" and opened:
            self.operations.append(("mode", opened[0], int(last, 8)))
        elif name in ("rename", "renameat", "renameat2"):
            self._move(paths[0], paths[1], "RENAME_EXCHANGE" in arguments)
        elif name in ("link", "linkat") and self._place(paths[1]):
            place = self._place(paths[1])
            self.change_names(place[0], {place[1]: self.names[self._place(paths[0])]})
        elif name in ("unlink", "unlinkat") and self._place(paths[0]):
            place = self._place(paths[0])
            self.change_names(place[0], {place[1]: None})
        elif name in ("fsync", "fdatasync"):
            self._flush(process, first, name == "fsync")
        elif self._concerns(arguments) and name not in _HARMLESS:
            shared_writing = "MAP_SHARED" in arguments and "PROT_WRITE" in arguments
            known = name in ("read", "lseek") or name == "mmap" and not shared_writing
            assert known, "the model does not know %s(%s" % (name, arguments[:200])

    def _concerns(self, arguments):
        return any(directory + "/table" in arguments for directory in self.directories)


def _unescaped(text):
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def _calls(log):
    """(process, name, arguments, result) of each call that came back, in the order of that."""
    begun = {}
    with open(log, encoding="latin-1") as lines:
        for line in lines:
            process, text = line.rstrip("\n").split(None, 1)
            if text.endswith(" <unfinished ...>"):
                begun[process] = text[:-len(" <unfinished ...>")]
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>", text)
            if resumed:
                text = begun.pop(process) + text[resumed.end():]
            match = re.match(r"(\w+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+)", text)
            if match:
                yield process, match.group(1), match.group(2), int(match.group(3), 0)


def record(command, directories, before=None, **options):
    """(finished process, Recording). before(recording): does and notes what is not yet flushed."""
    recording = Recording(directories)
    if before:
        before(recording)
    log = os.path.join(directories[0], "strace.log")
    strace = ["strace", "-f", "-y", "-s", "4000000", "-e", "trace=" + _WATCHED, "-e", "signal=none"]
    result = subprocess.run([*strace, "-o", log, *command], capture_output=True, text=True,
                            timeout=120, **options)
    for call in _calls(log):
        recording.take(*call)
    os.unlink(log)
    really = {place: file.content for place, file in read_directories(directories).items()}
    noted = {place: recording.live.get(f, b"") for place, f in recording.names.items() if f}
    missed = set(really.items()) ^ set(noted.items())
    assert not missed, "the model missed something: %s" % sorted(missed)
    return result, recording


# -- what may be found -------------------------------------------------------------------------


def _closed_subsets(changes):
    """The subsets in which no change of a name is without the earlier ones of that name."""

    def shares(a, b):
        return a[1] == b[1] and set(a[2]) & set(b[2])

    needs = [[i for i in range(j) if shares(changes[i], changes[j])] for j in range(len(changes))]
    assert len(changes) <= 14, "too many changes of names without a flush: %d" % len(changes)
    for chosen in itertools.product((True, False), repeat=len(changes)):
        if all(chosen[i] for j in range(len(changes)) if chosen[j] for i in needs[j]):
            yield [change for change, is_there in zip(changes, chosen) if is_there]


def _contents(durable, pending, every):
    """The contents that a file may have. every: all subsets of its writes instead of some."""
    count = len(pending)
    subsets = {tuple(range(n)) for n in range(count + 1)}
    subsets |= {tuple(i for i in range(count) if i != n) for n in range(count)}
    if every and count <= 8:
        subsets = {tuple(i for i in range(count) if mask >> i & 1) for mask in range(1 << count)}
    found = set()
    for subset in subsets:
        content = durable
        for i in subset:
            found.add(pending[i](content, 0.5))  # the last one that began
            content = pending[i](content)
        found.add(content)
    return found


class _Disk:
    """What is durable so far, and what is pending."""

    def __init__(self, recording):
        self.names = dict(recording.start)
        self.data = {file: file.content for file in recording.start.values()}
        self.modes = {file: file.mode for file in recording.start.values()}
        self.changes, self.writes, self.new_modes = [], {}, {}

    def take(self, operation):
        kind, what = operation[:2]
        if kind == "names":
            self.changes.append(operation)
        elif kind == "data":
            self.writes.setdefault(what, []).append(operation[2])
        elif kind == "mode":
            self.new_modes[what] = operation[2]
        elif kind == "durable":
            self.data[what] = self.writes[what].pop()(self.data.get(what, b""))
        elif kind == "flush":
            for write in self.writes.pop(what, []):
                self.data[what] = write(self.data.get(what, b""))
            if operation[2] and what in self.new_modes:
                self.modes[what] = self.new_modes.pop(what)
        elif kind == "flush names":
            for change in [c for c in self.changes if c[1] == what]:
                self.changes.remove(change)
                self.names.update({(what, name): file for name, file in change[2].items()})

    def may_be(self, published, every):
        for chosen in _closed_subsets(self.changes):
            names = dict(self.names)
            for _, directory, changed in chosen:
                names.update({(directory, name): file for name, file in changed.items()})
            names = {place: file for place, file in names.items() if file}
            choices = []
            for place, file in names.items():
                mode = self.modes.get(file, file.mode)
                contents, modes = {self._now(file)}, {self.new_modes.get(file, mode)}
                if place in published:
                    contents = _contents(self.data.get(file, b""), self.writes.get(file, []), every)
                    modes.add(mode)
                choices.append([File(c, m, file.target) for c in contents for m in modes])
            for files in itertools.product(*choices):
                yield dict(zip(names, files))

    def _now(self, file):
        content = self.data.get(file, b"")
        for write in self.writes.get(file, []):
            content = write(content)
        return content


def states(recording, published, ignored, every=False):
    """Each different state once: ({(directory, name): File}, whether it may also be found after the
    command had ended). published: the places that Postfix reads; of all other files only that they
    are there counts. ignored: names that count for nothing. every: all subsets of writes."""

    def key_of(state):
        return frozenset((place, *((f.content, f.mode, f.target) if place in published else ()))
                         for place, f in state.items())

    disk, found = _Disk(recording), {}
    for operation in recording.operations + [None]:
        if operation is None or operation[0] in ("flush", "flush names", "durable"):
            for state in disk.may_be(published, every):
                state = {place: file for place, file in state.items() if place[1] not in ignored}
                found[key_of(state)] = (state, operation is None)
        if operation is not None:
            disk.take(operation)
    return list(found.values())


def put(state, directories):
    """Makes the directories look like that."""
    for directory, name in read_directories(directories):
        os.unlink(os.path.join(directory, name))
    for (directory, name), file in state.items():
        path = os.path.join(directory, name)
        if file.target is not None:
            os.symlink(file.target, path)
            continue
        with open(path, "wb") as out:
            out.write(file.content)
        os.chmod(path, file.mode)
