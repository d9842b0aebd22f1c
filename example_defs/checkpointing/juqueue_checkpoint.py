"""Saves and resumes a run. Copy this file beside your program; it needs nothing but Python 3.8 or newer.

    import juqueue_checkpoint as checkpoint

    state = checkpoint.load("state.json", {"step": 0})
    while state["step"] < 1000:
        state["step"] += 1                          # one part of the work
        checkpoint.progress(state["step"] / 1000)
        if checkpoint.asked_to_stop():
            checkpoint.save("state.json", state)
            checkpoint.leave()

with this in the definition:

    checkpoint: { signal: USR1, grace: 1m, exit_code: 85 }

Started by hand, outside JuQueue, all of it works as well.
"""

import json
import os
import signal
import sys
import time

_asked = False


def _note(_signal, _frame):
    global _asked
    _asked = True


# USR1 asks to move to another node, TERM comes when the node itself has to end.
for _each in (signal.SIGUSR1, signal.SIGTERM):
    signal.signal(_each, _note)


def asked_to_stop():
    """Whether to save and leave now. Ask it between parts of the work that take less than the grace."""
    return _asked


def leave(exit_code=85):
    """Ends the program with the agreed exit code: the run goes on elsewhere, and has not failed."""
    sys.exit(exit_code)


def load(path, default):
    """What was saved last, or `default` at the first start."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return default


def save(path, state):
    """Replaces the file as a whole: a node that dies in between leaves the last state, not half of one."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
    saved()


def saved():
    """Says that everything up to now is saved, for programs that write their state themselves."""
    _write("JUQUEUE_CHECKPOINT_FILE", "saved\n")


def progress(fraction, text=""):
    """Shows how far the run is, from 0 to 1."""
    _write("JUQUEUE_PROGRESS_FILE", f"{fraction:.4f} {text}\n")


def fail(message):
    """Ends the program with a message that is shown instead of its last lines."""
    _write("JUQUEUE_ERROR_FILE", message)
    sys.exit(1)


def seconds_left():
    """Seconds until the node ends; infinite where nobody knows."""
    return float(os.environ.get("JUQUEUE_DEADLINE", "inf")) - time.time()


def _write(variable, text):
    path = os.environ.get(variable)
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
