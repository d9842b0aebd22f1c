"""Evaluates definition files in one interpreter and writes what they define as JSON lines to file descriptor 3.

Reads one JSON object from standard input: {"defDir": ..., "workDir": ..., "files": ["experiments/a.py", ...]}.
Runs on any Python 3, so that one that is too old can say so.
"""

import json
import os
import sys

OLDEST = (3, 8)


def main():
    with os.fdopen(3, "w", encoding="utf-8") as output:

        def tell(message):
            output.write(json.dumps(message, ensure_ascii=True) + "\n")
            output.flush()

        if sys.version_info < OLDEST:
            found = "%s is Python %d.%d" % ((sys.executable,) + sys.version_info[:2])
            tell({"kind": "unusable", "message": "%s, expected %d.%d or later" % ((found,) + OLDEST)})
            return
        order = json.load(sys.stdin)
        sys.path[0:1] = [os.path.dirname(os.path.abspath(__file__)), order["defDir"]]
        sys.dont_write_bytecode = True
        import juqueue_reader

        juqueue_reader.read_all(order, tell)


if __name__ == "__main__":
    main()
