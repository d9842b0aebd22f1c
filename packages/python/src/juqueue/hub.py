"""A hub of JuQueue for Python programs: submit jobs, wait for them, read events, logs and files.

Standard library only, Python 3.8 or later::

    from juqueue.hub import HubClient

    hub = HubClient.from_login()
    job = hub.submit(["python3", "train.py", "--lr", "0.1"], files={"train.py": "train.py"})
    print(hub.wait(job["id"])["result"]["output"])
"""

import base64
import hashlib
import json
import os
import random
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

__all__ = ["HubClient", "HubError", "HubUnreachable"]

_FINAL = frozenset(["finished", "failed", "cancelled", "dead"])
_BUSY = frozenset([429, 502, 503, 504])
_MOST_TRIES = 8
_LARGEST_INLINE_BYTES = 65536
_PART_BYTES = 1048576
_NEWS_WAIT_MS = 25000


class HubError(Exception):
    """The hub said no. ``code`` is stable; ``hint`` says what to do."""

    def __init__(self, status, code, message, hint=None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.hint = hint


class HubUnreachable(Exception):
    """Nobody answers at the address of the hub."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key is for the hub alone."""

    def redirect_request(self, *_args, **_kwargs):
        return None


class HubClient:
    """A hub at ``url``, as the owner of ``key``. Proxies are those of the environment."""

    def __init__(self, url, key, timeout=60.0):
        self._url = url.rstrip("/")
        self._key = key
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirect)

    @classmethod
    def from_login(cls, timeout=60.0):
        """The hub of JUQUEUE_HUB_URL and JUQUEUE_HUB_KEY_FILE, else the one that ``juqueue login`` noted."""
        url = os.environ.get("JUQUEUE_HUB_URL")
        if url:
            path = os.environ["JUQUEUE_HUB_KEY_FILE"]
            with open(path, encoding="utf-8") as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise PermissionError("the key file %s can be read by others, expected mode 600" % path)
                return cls(url, file.read().strip(), timeout)
        folder = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
        with open(os.path.join(folder, "juqueue", "hub.json"), encoding="utf-8") as file:
            place = json.load(file)
        return cls(place["url"], place["key"], timeout)

    def submit(self, command=None, *, profile=None, image=None, input=None, files=None, env=None, resources=None, idempotency_key=None, launch=True, **more):
        """Submits a job and returns it. ``command`` is a list: the program and its arguments, never text for a shell.

        ``files`` maps paths in the job's folder to local paths or bytes. What else the interface takes (``queue``, ``name``,
        ``priority``, ``timeLimitMs``, ``retries``, ``dedupe``, ``supersedes``, ``callbacks``, ``labels``) is passed by its name.
        """
        if isinstance(command, str):
            raise TypeError("command is a text, expected a list that begins with the program; for a shell: ['sh', '-c', text]")
        job = dict(more)
        if command is not None:
            job["command"] = {"kind": "argv", "argv": [str(word) for word in command]}
        for name, value in (("profile", profile), ("image", image), ("input", input), ("env", env)):
            if value is not None:
                job[name] = value
        if resources is not None:
            job["resources"] = dict({"slots": 1}, **resources)
        if files:
            job["files"] = [self._file(path, source) for path, source in files.items()]
        query = "" if launch else "?launch=false"
        return self._json("POST", "/api/v1/jobs" + query, job, {"Idempotency-Key": idempotency_key or str(uuid.uuid4())})

    def job(self, id):
        return self._json("GET", "/api/v1/jobs/%s" % _quote(id))

    def jobs(self, **query):
        """Your jobs, newest first, one by one."""
        while True:
            page = self._json("GET", "/api/v1/jobs" + _query(query))
            for job in page["jobs"]:
                yield job
            if page["nextCursor"] is None:
                return
            query["cursor"] = page["nextCursor"]

    def launch(self, id):
        return self._json("POST", "/api/v1/jobs/%s/launch" % _quote(id))

    def cancel(self, id):
        return self._json("POST", "/api/v1/jobs/%s/cancel" % _quote(id))

    def wait(self, id, timeout=None):
        """The job when it has ended, however. Raises TimeoutError after ``timeout`` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        after = None
        while True:
            job = self.job(id)
            if job["status"] in _FINAL:
                return job
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("job %s is still %s" % (id, job["status"]))
            if after is None:
                after = self._json("GET", "/api/v1/jobs/%s/history" % _quote(id))["nextAfter"]
            wait_ms = _NEWS_WAIT_MS if left is None else int(min(_NEWS_WAIT_MS, left * 1000))
            after = self._json("GET", "/api/v1/events" + _query({"after": after, "waitMs": wait_ms, "queue": job["order"]["queue"]}))["nextAfter"]

    def events(self, after=0, follow=False, **query):
        """Events of your jobs, oldest first; for ever with ``follow``."""
        while True:
            page = self._json("GET", "/api/v1/events" + _query(dict(query, after=after, waitMs=_NEWS_WAIT_MS if follow else 0)))
            for event in page["events"]:
                yield event
            if not page["events"] and not follow:
                return
            after = page["nextAfter"]

    def log(self, id, stream="stdout", offset=0, follow=False):
        """Bytes of a log, piece by piece; with ``follow`` until the job has ended."""
        while True:
            is_over = not follow or self.job(id)["status"] in _FINAL
            while True:
                data, _ = self._send("GET", "/api/v1/jobs/%s/logs%s" % (_quote(id), _query({"stream": stream, "offset": offset, "limit": _PART_BYTES})))
                if not data:
                    break
                offset += len(data)
                yield data
            if is_over:
                return
            time.sleep(1.0)

    def create_artifact(self, files, name=None, metadata=None):
        """A committed artifact of ``files``, which maps paths to local paths or bytes."""
        about = {key: value for key, value in (("name", name), ("metadata", metadata)) if value is not None}
        artifact = self._json("POST", "/api/v1/artifacts", about)
        for path, source in files.items():
            data = _bytes(source)
            headers = {"Content-Type": "application/octet-stream", "Content-SHA256": hashlib.sha256(data).hexdigest()}
            self._send("PUT", "/api/v1/artifacts/%s/files/%s" % (_quote(artifact["id"]), urllib.parse.quote(path)), data, headers)
        return self._json("POST", "/api/v1/artifacts/%s/commit" % _quote(artifact["id"]), {})

    def files(self, artifact):
        """Every file of an artifact: path, sha256, sizeBytes."""
        after = ""
        while after is not None:
            page = self._json("GET", "/api/v1/artifacts/%s/files%s" % (_quote(artifact), _query({"after": after})))
            for file in page["files"]:
                yield file
            after = page["nextAfter"]

    def read_file(self, artifact, path):
        """The bytes of a file of an artifact."""
        return self._send("GET", "/api/v1/artifacts/%s/files/%s" % (_quote(artifact), urllib.parse.quote(path)))[0]

    def _file(self, path, source):
        data = _bytes(source)
        mode = 0o644 if isinstance(source, bytes) else stat.S_IMODE(os.stat(source).st_mode) & 0o777
        if len(data) <= _LARGEST_INLINE_BYTES:
            return {"kind": "inline", "path": path, "contentBase64": base64.b64encode(data).decode("ascii"), "mode": mode}
        name = path.rsplit("/", 1)[-1]
        return {"kind": "artifact", "path": path, "artifact": self.create_artifact({name: data}, name=name)["id"], "file": name}

    def _json(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode("utf-8")
        text, _ = self._send(method, path, data, dict(headers or {}, **({} if data is None else {"Content-Type": "application/json"})))
        return json.loads(text) if text else None

    def _send(self, method, path, data=None, headers=None):
        """Bytes and headers of a 2xx. What the hub cannot take just now is sent again."""
        headers = headers or {}
        may_be_repeated = method != "POST" or "Idempotency-Key" in headers
        pause = 0.25
        for tries in range(1, _MOST_TRIES + 1):
            request = urllib.request.Request(self._url + path, data=data, method=method, headers=dict(headers, Authorization="Bearer " + self._key))
            wish = None
            try:
                with self._opener.open(request, timeout=self._timeout) as answer:
                    return answer.read(), answer.headers
            except urllib.error.HTTPError as error:
                if error.code not in _BUSY or not may_be_repeated or tries == _MOST_TRIES:
                    raise _refusal(error) from None
                wish = error.headers.get("Retry-After")
            except (urllib.error.URLError, OSError) as error:
                if not may_be_repeated or tries == _MOST_TRIES:
                    raise HubUnreachable("no answer from %s: %s" % (self._url, error)) from error
            time.sleep(float(wish) if wish and wish.isdigit() else pause * random.uniform(0.5, 1.5))
            pause = min(15.0, pause * 2)
        raise HubUnreachable("no answer from %s" % self._url)


def _refusal(error):
    text = error.read().decode("utf-8", "replace")
    try:
        problem = json.loads(text)
        return HubError(error.code, problem["code"], problem.get("detail") or problem.get("title") or text, problem.get("hint"))
    except (ValueError, KeyError, TypeError):
        return HubError(error.code, "JQ_NO_SERVER", "The answer has status %d and is not one of a hub." % error.code)


def _bytes(source):
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as file:
        return file.read()


def _quote(text):
    return urllib.parse.quote(text, safe="")


def _query(values):
    pairs = [(name, value) for name, value in values.items() if value is not None]
    return "?" + urllib.parse.urlencode(pairs, doseq=True) if pairs else ""
