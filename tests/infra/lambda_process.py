"""What Lambda does, as a program: imports a handler from an unpacked zip and answers events, one JSON text a line.

Run by a bare Python without site-packages: whatever is imported is from the zip. Arguments: its folder, the handler.
"""

import atexit
import importlib
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

CALLS = Path(__file__).parents[1] / "support" / "aws_calls.py"


def main() -> None:
    folder, handler = sys.argv[1:]
    sys.path.insert(0, folder)
    note_calls(handler.rpartition(".")[2])
    started = time.perf_counter()
    module, name = handler.split(".")
    function = getattr(importlib.import_module(module), name)
    imported = time.perf_counter() - started
    foreign = sorted(name for name, module in sys.modules.items() if _file(module) and not _is_ours(module, folder))
    print(json.dumps({"imported": imported, "foreign": foreign}), file=sys.__stderr__, flush=True)
    for number, line in enumerate(sys.stdin):
        context = SimpleNamespace(
            aws_request_id=f"00000000-0000-4000-8000-{number:012}",
            function_name=f"rollcall-{name}",
            function_version="$LATEST",
            invoked_function_arn=f"arn:aws:lambda:eu-west-1:123456789012:function:rollcall-{name}",
            memory_limit_in_mb="1769",
            get_remaining_time_in_millis=lambda: 28_000,
        )
        answer = function(json.loads(line), context)
        print(json.dumps(answer), file=sys.__stderr__, flush=True)


def note_calls(handler: str) -> None:
    """Note the calls of AWS, where this is wanted: a process that has just begun reads secrets and keys, too."""
    if os.environ.get("NOTE_AWS_CALLS"):
        spec = importlib.util.spec_from_file_location("aws_calls", CALLS)
        assert spec is not None
        assert spec.loader is not None
        aws_calls = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(aws_calls)
        atexit.register(aws_calls.save, aws_calls.install())
        aws_calls.FUNCTION.set("api" if handler == "app" else handler)


def _file(module: object) -> str:
    return getattr(module, "__file__", None) or ""


def _is_ours(module: object, folder: str) -> bool:
    file = _file(module)
    return (file.startswith((folder, sys.base_prefix)) and "site-packages" not in file) or file == __file__


if __name__ == "__main__":
    main()
