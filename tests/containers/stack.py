"""The containers of docker-compose.yml, brought up under a name of their own."""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PROJECT = "cpaiqa-checks"
PORT = 50951
DOCKER = os.environ.get("DOCKER", "docker")


def until(seconds: float, what: str, holds: Callable[[], bool]) -> None:
    """Asks again and again until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.5)


def run(*command: str | Path, **options: Any) -> str:
    """What a command prints; its own words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command[:4]))} …: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def build(binary: Path, models: str, base: str) -> None:
    """The three images; the first from a binary that exists. `models` is `pull`, or a model store to copy."""
    # BuildKit is a plug-in of newer clients, and part of older ones.
    options = {"env": {**os.environ, "DOCKER_BUILDKIT": "1"}}
    context = ROOT / "target" / "containers"
    shutil.rmtree(context, ignore_errors=True)
    (context / "prebuilt").mkdir(parents=True)
    shutil.copy(ROOT / "Dockerfile", context)
    shutil.copy(binary, context / "prebuilt" / "cpaiqa")
    given = models != "pull"
    if given:
        shutil.copytree(models, context / "prebuilt" / "models", ignore=shutil.ignore_patterns("staging", ".lock"))
    arguments = [f"--build-arg=BASE_IMAGE={base}", "--build-arg=BINARY=prebuilt"]
    arguments.append(f"--build-arg=MODELS={'given' if given else 'pull'}")
    run(DOCKER, "build", "--tag", "cpaiqa:checks", *arguments, context, **options)
    shutil.rmtree(context)
    for name in ("postgres", "valkey"):
        arguments = ["--tag", f"cpaiqa-{name}:checks", f"--build-arg=BASE_IMAGE={base}"]
        run(DOCKER, "build", *arguments, ROOT / "deploy" / "images" / name, **options)


class Stack:
    """One set of containers; `overlays` are further compose files."""

    def __init__(self) -> None:
        self.environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_PROFILES": "",
            "CPAIQA_IMAGE": "cpaiqa:checks",
            "CPAIQA_POSTGRES_IMAGE": "cpaiqa-postgres:checks",
            "CPAIQA_VALKEY_IMAGE": "cpaiqa-valkey:checks",
            "CPAIQA_PUBLISH": f"127.0.0.1:{PORT}",
            "POSTGRES_PASSWORD": secrets.token_hex(16),
            "VALKEY_PASSWORD": secrets.token_hex(16),
        }
        v2 = subprocess.run([DOCKER, "compose", "version"], capture_output=True, check=False).returncode == 0
        self.client = [DOCKER, "compose"] if v2 else ["docker-compose"]

    def compose(self, *arguments: str, overlays: tuple[str, ...] = ()) -> str:
        files = [ROOT / "docker-compose.yml", HERE / "compose.yml", *(HERE / name for name in overlays)]
        named = [part for file in files for part in ("--file", str(file))]
        return run(
            *self.client, "--project-directory", str(ROOT), *named, *arguments, env=self.environment, cwd=ROOT
        )

    def up(self, *overlays: str, **settings: str) -> None:
        """Starts what is not running and waits until each container calls itself healthy."""
        self.environment.update(settings)
        # One that was paused or cut off answers at once, but is called unhealthy until it is next asked; compose would give up.
        self.wait_for_health()
        self.compose("up", "--detach", "--no-build", overlays=overlays)
        self.wait_for_health()

    def wait_for_health(self) -> None:
        until(120, "all containers healthy", lambda: all(self.health(name) == "healthy" for name in self.services()))

    def down(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "2", overlays=("rolling.yml",))

    def services(self) -> list[str]:
        listed = run(DOCKER, "ps", "--all", "--filter", f"label=com.docker.compose.project={PROJECT}",
                     "--format", '{{.Label "com.docker.compose.service"}}')
        return sorted(listed.split())

    def container(self, service: str) -> str:
        labels = [f"label=com.docker.compose.project={PROJECT}", f"label=com.docker.compose.service={service}"]
        return run(DOCKER, "ps", "--all", "--quiet", *(f"--filter={label}" for label in labels)).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        return json.loads(run(DOCKER, "inspect", self.container(service)))[0]

    def health(self, service: str) -> str:
        return self.inspect(service)["State"].get("Health", {}).get("Status", "none")

    def started(self, service: str) -> tuple[str, str]:
        """Which container it is and since when it runs: the same only when it was not restarted."""
        told = self.inspect(service)
        return told["Id"], told["State"]["StartedAt"]

    def docker(self, verb: str, service: str) -> None:
        run(DOCKER, verb, self.container(service))

    def cut_off(self, service: str, network: str) -> None:
        run(DOCKER, "network", "disconnect", f"{PROJECT}_{network}", self.container(service))

    def reconnect(self, service: str, network: str) -> None:
        run(DOCKER, "network", "connect", f"--alias={service}", f"{PROJECT}_{network}", self.container(service))

    def inside(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [DOCKER, "exec", self.container(service), *command], capture_output=True, text=True, check=False
        )

    def logs(self, service: str, lines: int = 40) -> str:
        done = subprocess.run(
            [DOCKER, "logs", "--tail", str(lines), self.container(service)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )
        return done.stdout
