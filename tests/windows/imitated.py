"""Windows as far as our files and signals meet it, in a POSIX process: what it lacks is gone, what it refuses fails.

Renaming and removing what this process has open or mapped; renaming onto a folder, or onto a file but by os.replace;
opening folders; names that it reserves. `fcntl`, SIGALRM, SIGHUP, pthread_sigmask, getuid and /proc are not there.
"""

import builtins
import errno
import io
import os
import shutil
import signal
import sys
import tempfile

REAL = {of: getattr(os, of) for of in ("open", "rename", "replace", "unlink", "rmdir", "readlink", "listdir")}
OPEN = io.open
MAPS = "/proc/self/maps"  # which libraries read, but on Windows
LOST = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "setitimer", "getitimer", "pthread_sigmask", "sigwait")
DEVICES = {"con", "prn", "aux", "nul", *(f"{of}{n}" for of in ("com", "lpt") for n in range(1, 10))}
FORBIDDEN = set('<>:"|?*\\')


def wrong(name):
    """What Windows has against a file's name, or None."""
    if FORBIDDEN & set(name) or any(ord(c) < 32 for c in name):
        return "a character that is reserved"
    if name.endswith((".", " ")):
        return "a dot or a space at its end"
    return "the name of a device" if name.partition(".")[0].lower() in DEVICES else None


def check_names(home):
    """Raise AssertionError where a tree could not lie on Windows."""
    for folder, folders, files in os.walk(home):
        names = [*folders, *files]
        assert not [f"{folder}/{name}" for name in names if wrong(name)]
        assert len({name.lower() for name in names}) == len(names), f"{folder}: two names that differ by case alone"
        assert all(len(os.path.relpath(f"{folder}/{name}", home)) < 200 for name in names)


def in_use(path):
    """Whether this process has a file, or one below a folder, open or mapped."""
    path = os.path.realpath(path)
    opened = []
    for number in REAL["listdir"]("/proc/self/fd"):
        try:
            opened.append(REAL["readlink"](f"/proc/self/fd/{number}"))
        except OSError:
            continue  # that of the listing
    with OPEN(MAPS, encoding="utf-8") as maps:
        opened += [line.split(maxsplit=5)[5].rstrip("\n") for line in maps if line.count("/")]
    return any(one == path or one.startswith(f"{path}/") for one in opened)


def refused(path):
    return PermissionError(errno.EACCES, "The process cannot access the file (imitated Windows)", str(path))


def _free(path):
    if not isinstance(path, int) and in_use(path):
        raise refused(path)


def _open(path, flags, mode=0o777, *, dir_fd=None):
    if not isinstance(path, int) and os.path.isdir(path):
        raise refused(path)
    return REAL["open"](path, flags, mode, dir_fd=dir_fd)


def _rename(source, place, **options):
    _free(source)
    if os.path.lexists(place):
        raise FileExistsError(errno.EEXIST, "Cannot create a file when that file already exists", str(source))
    REAL["rename"](source, place, **options)


def _replace(source, place, **options):
    _free(source)
    if os.path.isdir(place):
        raise refused(place)
    _free(place)
    REAL["replace"](source, place, **options)


def _unlink(path, **options):
    _free(path)
    REAL["unlink"](path, **options)


def _rmdir(path, **options):
    _free(path)
    REAL["rmdir"](path, **options)


def _io_open(file, *rest, **options):
    if isinstance(file, (str, os.PathLike)) and str(file).startswith("/proc/") and str(file) != MAPS:
        raise FileNotFoundError(errno.ENOENT, "No such file (imitated Windows)", str(file))
    return OPEN(file, *rest, **options)


def install(put, drop, lose):
    """Make this process one: put(object, name, value) and drop(object, name) attributes, lose(name) modules.

    Code that holds such a module must be told, too. Nothing is done on Windows itself.
    """
    if sys.platform == "win32":
        return
    for name, made in (("open", _open), ("rename", _rename), ("replace", _replace), ("rmdir", _rmdir)):
        put(os, name, made)
    for name in ("unlink", "remove"):
        put(os, name, _unlink)
    for module in (io, builtins):
        put(module, "open", _io_open)
    put(shutil, "_use_fd_functions", False)
    put(tempfile, "TemporaryFile", tempfile.NamedTemporaryFile)
    for module in ("fcntl", "resource"):
        lose(module)
    for of, names in ((signal, LOST), (os, ("getuid", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK"))):
        for name in names:
            drop(of, name)
