"""What others could see of new files while a program makes them, told by inotify(7)."""

import ctypes
import os
import select
import struct
import threading

_libc = ctypes.CDLL(None, use_errno=True)
IN_CREATE, IN_MOVED_TO, IN_ATTRIB, IN_MODIFY = 0x100, 0x80, 0x4, 0x2
_EVENT = struct.Struct("iIII")


class Watcher:
    """Watches a directory, and each one that is made in it. modes: {name: the modes that were seen
    of it}."""

    def __init__(self, directory):
        self.modes = {}
        self._fd = _libc.inotify_init1(os.O_NONBLOCK)
        self._paths = {}
        self._add(directory)
        self._ends, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run)

    def _add(self, path):
        wanted = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY
        watch = _libc.inotify_add_watch(self._fd, path.encode(), wanted)
        if watch >= 0:
            self._paths[watch] = path

    def _see(self, path):
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            return
        self.modes.setdefault(os.path.basename(path), set()).add(mode & 0o7777)
        if os.path.isdir(path):
            self._add(path)
            for name in os.listdir(path):
                self._see(os.path.join(path, name))

    def _run(self):
        while True:
            ready = select.select([self._fd, self._ends], [], [], 60)[0]
            if self._fd in ready:
                data = os.read(self._fd, 65536)
                while data:
                    watch, _, _, size = _EVENT.unpack_from(data)
                    name = data[_EVENT.size:_EVENT.size + size].rstrip(b"\0").decode()
                    data = data[_EVENT.size + size:]
                    if name:
                        self._see(os.path.join(self._paths[watch], name))
            elif self._ends in ready or not ready:
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.write(self._end, b".")
        self._thread.join()
        for fd in (self._fd, self._ends, self._end):
            os.close(fd)
