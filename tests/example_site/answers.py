"""Loads the example site once, and runs pieces of code inside it, each in a process of its own.

Each line on its standard input is a piece of code in JSON. For each comes a line in JSON on its
standard output: what the code called ``answer``, or how it failed.
"""

import json
import os
import sys
import traceback

import django

MARK = "answer: "


def answer(code: str) -> str:
    """``{"answer": …}`` or ``{"error": …}``, in JSON."""
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
        # On a line of its own, whatever the code has printed.
        print(f"\n{MARK}{answer(json.loads(line))}", flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
