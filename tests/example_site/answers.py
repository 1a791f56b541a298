"""Load the example site once, then run pieces of code inside it, each in its own process.

Each line on standard input is a piece of code in JSON. For each, a line of JSON is written to
standard output: the value the code assigned to ``answer``, or the error.
"""

import json
import os
import sys
import traceback

import django

MARK = "answer: "


def answer(code: str) -> str:
    """Return ``{"answer": …}`` or ``{"error": …}`` as JSON."""
    scope = {}
    try:
        exec(code, scope)  # noqa: S102 - the tests' own
        return json.dumps({"answer": scope["answer"]})
    except BaseException:
        return json.dumps({"error": traceback.format_exc()})


def main() -> None:
    django.setup()
    for line in sys.stdin:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            continue
        # Start a new line, whatever the code has printed.
        print(f"\n{MARK}{answer(json.loads(line))}", flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
