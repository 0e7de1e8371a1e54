"""`python -m infra package | deploy | destroy --stage STAGE`: see README, "On AWS"."""

import argparse
import subprocess
import sys
from pathlib import Path

from infra.code import CodeError
from infra.deploying import deploy
from infra.destroying import NotTypedError, destroy
from infra.packaging import ROOT, package
from infra.stages import STAGES
from infra.template import TemplateError

FINE, FAILED, WRONG_USE = 0, 3, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit status: 0 fine, 2 wrong use, 3 could not run."""
    given = parsed(arguments)
    stage = STAGES[given.stage]
    try:
        if given.command == "destroy":
            destroy(stage, input)
            return FINE
        made = package(stage, given.folder or ROOT / "dist" / stage.name)
        print(f"{made.template}\n{made.code}")
        if given.command == "deploy":
            for output in deploy(stage, made, given.bucket, dict(given.parameters)):
                print(f"{output['OutputKey']}: {output['OutputValue']}")
    except NotTypedError:
        print("Not typed; nothing was done.", file=sys.stderr)
        return WRONG_USE
    except (CodeError, TemplateError) as error:
        print(error, file=sys.stderr)
        return FAILED
    except FileNotFoundError as error:
        print(f"{error.filename} is not installed.", file=sys.stderr)
        return FAILED
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} ended with status {error.returncode}.", file=sys.stderr)
        return FAILED
    return FINE


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(prog="python -m infra", description="Rollcall on AWS.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (
        ("package", "write template and code of a stage"),
        ("deploy", "package, and make or change the stack"),
        ("destroy", "delete the stack, after its name was typed"),
    ):
        command = commands.add_parser(name, help=does)
        command.add_argument("--stage", required=True, choices=sorted(STAGES))
        command.add_argument("--folder", type=Path, help="where to write; by default dist/STAGE")
        if name == "deploy":
            command.add_argument("--bucket", required=True, help="a bucket of yours for code and template")
            command.add_argument("parameters", nargs="*", type=parameter, metavar="NAME=VALUE")
    return parser.parse_args(arguments)


def parameter(text: str) -> tuple[str, str]:
    """A parameter of the template as it is written on the command line."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError("NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
