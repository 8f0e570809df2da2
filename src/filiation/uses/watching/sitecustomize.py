"""Put first on PYTHONPATH by ``filiation uses --run``: notes what a Python program opens and asks for, and changes nothing.

Python runs this file before the program. It adds an audit hook, which only looks: at files that are opened, addresses that are
asked for, modules that are imported. Each line that it writes goes to a file of this process in the folder that FILIATION_WATCH
names. It imports nothing but ``atexit`` that Python has not loaded by itself already, never raises into the program, and then
runs the ``sitecustomize`` that would have run without it. It stands alone: nothing else of this package is imported here.
"""

import _codecs
import _thread
import atexit
import os
import sys

MOST = 20_000
"""So many lines are written by one process."""
WEIGHTS = (".safetensors", ".gguf", ".onnx", ".ckpt", ".pt", ".pth", ".h5", ".keras", ".tflite")
CACHES = ("models--", "datasets--", "___", "transformers_modules/")
CODE = ("transformers_modules.", "datasets_modules.")
SENDS = ("send", "_send_single_request")
LIBRARY = os.path.dirname(os.__file__)


class Watch:
    """Notes what this process does, in a file of its own."""

    def __init__(self, folder):
        self._folder = folder
        self._main = _thread.get_ident()
        self._busy = set()
        self._seen = set()
        self._output = {}
        self._events = {
            "open": lambda args: self._opened(args[0]),
            "os.symlink": lambda args: self._opened(args[1]),
            "os.rename": lambda args: self._opened(args[1]),
            "os.link": lambda args: self._opened(args[1]),
            "import": self._imported,
            "urllib.Request": lambda args: self._note("url", str(args[0]), *self._place()),
            "http.client.send": self._sent,
            "socket.connect": self._connected,
        }

    def begin(self):
        """Note that this process is there, and watch it from now on."""
        words = "\0".join(getattr(sys, "orig_argv", None) or sys.argv)
        self._note("process", words, os.environ.get("HF_ENDPOINT", ""), os.getcwd())
        atexit.register(self._end)
        sys.addaudithook(self._hook)

    def _hook(self, event, args):
        look = self._events.get(event)
        me = _thread.get_ident()
        if look is None or me in self._busy:
            return
        self._busy.add(me)
        try:
            look(args)
        except Exception:  # noqa: S110  # the program must not notice that it is watched
            pass
        finally:
            self._busy.discard(me)

    def _note(self, *fields):
        """Write one line, each once: a program may open a file a thousand times."""
        pid = os.getpid()
        if pid not in self._output:  # a child that was forked has the hook too, and writes a file of its own
            self._seen.clear()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
            self._output = {pid: os.open(os.path.join(self._folder, f"{pid}.watched"), flags, 0o600)}
        if fields in self._seen or len(self._seen) >= MOST:
            return
        self._seen.add(fields)
        line = b"\t".join([_codecs.unicode_escape_encode(field[:4000])[0] for field in fields])
        os.write(self._output[pid], line + b"\n")

    def _place(self):
        """Return where the program is: in this thread, or where its first one waits for this."""
        return _outside(sys._getframe(3)) or _outside(sys._current_frames().get(self._main)) or ("", "0")

    def _opened(self, path):
        path = os.fsdecode(path) if isinstance(path, bytes) else path
        if isinstance(path, str) and (any(mark in path for mark in CACHES) or path.endswith(WEIGHTS)):
            self._note("open", path, *self._place())

    def _imported(self, args):
        if args[0].startswith(CODE):
            self._note("import", args[0], *self._place())

    def _sent(self, args):
        words = bytes(args[1][:2000]).split(b"\r\n", 1)[0].split(b" ")
        if len(words) == 3 and words[2].startswith(b"HTTP/"):
            path = words[1].decode("latin-1")
            self._note("url", path if "://" in path else f"http://{args[0].host}:{args[0].port}{path}", *self._place())

    def _connected(self, _):
        """Note the request on the stack that a connection is for: httpx tells of it in no other way."""
        at = sys._getframe(2)
        for _ in range(60):
            if at is None:
                return
            if at.f_code.co_name in SENDS:
                url = getattr(at.f_locals.get("request"), "url", None)
                if url is not None:
                    self._note("url", str(url), *self._place())
                    return
            at = at.f_back

    def _end(self):
        """Note the files that are mapped into memory: libraries in other languages open them unseen."""
        me = _thread.get_ident()
        self._busy.add(me)
        try:
            with open("/proc/self/maps", encoding="utf-8", errors="replace") as stream:
                paths = {line.split(None, 5)[5].rstrip("\n") for line in stream if line.count("/") > 1}
            for path in sorted(paths):
                if any(mark in path for mark in CACHES) or path.endswith(WEIGHTS):
                    self._note("mapped", path, "", "0")
        except Exception:  # noqa: S110  # other systems have no such list
            pass
        finally:
            self._busy.discard(me)


def _outside(at):
    """Return the file and line nearest to the frame `at` that are the program's own, and not a library's."""
    for _ in range(200):
        if at is None:
            return None
        name = at.f_code.co_filename
        if not name.startswith(("<frozen", LIBRARY)) and "-packages" not in name and name != __file__:
            return name, str(at.f_lineno)
        at = at.f_back
    return None


def _start():
    folder = os.environ.get("FILIATION_WATCH")
    if folder:
        try:
            Watch(folder).begin()
        except Exception as error:
            sys.stderr.write(f"filiation: this process is not watched ({error})\n")


def _go_on():
    """Run the ``sitecustomize`` that this one stands before, as Python itself would have."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    mine = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # noqa: F401, PLC0415  # the next one on the path, now that this one is off it
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = mine


_start()
_go_on()
