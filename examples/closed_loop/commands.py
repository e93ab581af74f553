"""The two commands that the loop runs: cpaiqa and the generator."""

import json
import subprocess
from pathlib import Path


TEXT = {"capture_output": True, "encoding": "utf-8", "errors": "replace"}


class CannotScore(Exception):
    """cpaiqa gave no score; `bad_input` when what it was given is at fault."""

    def __init__(self, why, bad_input=False):
        super().__init__(why)
        self.bad_input = bad_input


class CannotGenerate(Exception):
    """The generator gave no picture."""


def score(options, picture):
    """What cpaiqa says of the picture, always against the prompt as it was given and never as it was reworded."""
    command = [*options.cpaiqa, "score", f"--prompt={options.prompt}", "--suggest", "--format=json"]
    passed_on = {"scenario": options.scenario, "tenant": options.tenant, "endpoint": options.endpoint}
    command += [f"--{name}={value}" for name, value in passed_on.items() if value]
    try:
        done = subprocess.run([*command, "--", str(picture)], stdin=subprocess.DEVNULL, **TEXT)
    except OSError as error:
        raise CannotScore(f"cannot start cpaiqa: {error}; name the binary with --cpaiqa") from None
    if done.returncode:
        why = done.stderr.rpartition("error: ")[2].strip()
        raise CannotScore(why or f"cpaiqa ended with {done.returncode} and said nothing", done.returncode == 2)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise CannotScore(f"expected JSON from {command[0]}, got '{done.stdout[:80]}'") from None


def generate(options, request):
    """Has the generator answer the request by a picture in `request["out"]`."""
    try:
        done = subprocess.run(options.generator, input=json.dumps(request), timeout=options.timeout, **TEXT)
    except subprocess.TimeoutExpired:
        raise CannotGenerate(f"the generator was not done after {options.timeout:g} s") from None
    except OSError as error:
        raise CannotGenerate(f"cannot start the generator: {error}") from None
    if done.returncode:
        last_words = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise CannotGenerate(f"the generator ended with {done.returncode}: {last_words[0]}")
    if not Path(request["out"]).is_file():
        raise CannotGenerate(f"the generator wrote no picture to {request['out']}")
