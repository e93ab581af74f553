#!/usr/bin/env python3
"""Brings up the gateway, its services and their stores in containers, takes parts away, and looks at what callers see.

Needs Docker, docker compose and the right to use them. Each check can fail; the exit code says whether one did.
"""

import argparse
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from client import Client, Outcome
from stack import PORT, Stack, build, until

REQUIRED = ("alignment", "scenario")
OPTIONAL = ("segmentation", "decomposition", "distortion")
WAYS = ("stopped", "paused", "cut off")
# The gateway's own deadline in compose.yml, and what a loaded machine may add.
DEADLINE = 15.0 + 5.0
# The longest that the gateway leaves a failed address alone, and two scores.
RECOVERY = 30.0 + 2 * DEADLINE


class Checks:
    """All checks, in the order in which they are made."""

    def __init__(self, stack: Stack, client: Client) -> None:
        self.stack, self.client = stack, client
        self.passed: list[str] = []
        self.failed: list[str] = []

    def check(self, name: str, body: Callable[[], str | None]) -> None:
        """Makes one check; it fails by raising."""
        begun = time.monotonic()
        try:
            told = body()
        except Exception as error:
            self.failed.append(name)
            print(f"FAILED  {name}: {error}", flush=True)
            if not isinstance(error, AssertionError | TimeoutError):
                traceback.print_exc()
        else:
            self.passed.append(name)
            print(f"ok      {name}{f': {told}' if told else ''} [{time.monotonic() - begun:.0f} s]", flush=True)

    def whole(self) -> Outcome:
        outcome = self.client.score()
        assert outcome.whole, f"expected a whole answer, got {outcome}"
        return outcome

    def recovers(self, since: float) -> str:
        until(RECOVERY, "a whole answer again", lambda: self.client.score().whole)
        return f"whole again {time.monotonic() - since:.0f} s after"

    # What a container may do.

    def containers_are_closed(self) -> None:
        for service in self.stack.services():
            told, host = self.stack.inspect(service)["Config"], self.stack.inspect(service)["HostConfig"]
            uid = self.stack.inside(service, "id", "-u").stdout.strip()
            assert uid not in ("", "0"), f"{service} runs as user {uid!r}"
            assert told["User"].split(":")[0].isdigit(), f"{service}: expected a number, got user {told['User']!r}"
            written = self.stack.inside(service, "touch", "/usr/local/written")
            assert "Read-only file system" in written.stderr, f"{service} could write: {written.stderr!r}"
            assert host["CapDrop"] == ["ALL"] and not host["CapAdd"], f"{service}: {host['CapDrop']}, {host['CapAdd']}"
            assert "no-new-privileges:true" in host["SecurityOpt"], f"{service}: {host['SecurityOpt']}"
            assert host["Memory"] > 0 and host["PidsLimit"] > 0, f"{service} has no limits"

    def only_the_gateway_is_published(self) -> None:
        for service in self.stack.services():
            ports = {port: on for port, on in self.stack.inspect(service)["HostConfig"]["PortBindings"].items() if on}
            if service == "gateway":
                addresses = {on["HostIp"] for bindings in ports.values() for on in bindings}
                assert addresses == {"127.0.0.1"}, f"published on {addresses}"
            else:
                assert not ports, f"{service} publishes {ports}"

    def use_is_counted_in_valkey(self) -> str:
        self.whole()
        asked = 'REDISCLI_AUTH="$VALKEY_PASSWORD" valkey-cli dbsize'
        kept = int(self.stack.inside("valkey", "sh", "-c", asked).stdout)
        assert kept > 0, "Valkey holds nothing"
        return f"{kept} keys"

    # Taking parts away.

    @contextmanager
    def away(self, service: str, how: str, network: str) -> Iterator[None]:
        """One service stopped, paused or cut off, and back afterwards whatever happened."""
        take, give = {
            "stopped": (lambda: self.stack.docker("stop", service), lambda: self.stack.docker("start", service)),
            "paused": (lambda: self.stack.docker("pause", service), lambda: self.stack.docker("unpause", service)),
            "cut off": (lambda: self.stack.cut_off(service, network), lambda: self.stack.reconnect(service, network)),
        }[how]
        take()
        try:
            yield
        finally:
            give()

    def role_away(self, role: str, how: str) -> str:
        with self.away(role, how, "roles"):
            # The second call meets a gateway that knows.
            first, second = (self.client.score() for _ in range(2))
        back = time.monotonic()
        for outcome in (first, second):
            assert outcome.seconds < DEADLINE, f"an answer within {DEADLINE:g} s: {outcome}"
            if role in REQUIRED:
                assert outcome.error, f"expected an error, got {outcome}"
                assert role in outcome.error, f"expected an error that names {role}, got {outcome}"
            else:
                assert not outcome.error, f"expected a degraded answer, got {outcome}"
                assert role in outcome.degraded, f"expected an answer that says it is without {role}, got {outcome}"
        return f"{first}; then {second}; {self.recovers(back)}"

    def database_away(self, how: str) -> str:
        with self.away("postgres", how, "store"):
            first, second = (self.client.score() for _ in range(2))
        back = time.monotonic()
        for outcome in (first, second):
            assert outcome.whole, f"expected scoring to go on, got {outcome}"
        return f"{first}; then {second}; {self.recovers(back)}"

    def counters_away(self, how: str, expected: Callable[[Outcome], bool]) -> str:
        with self.away("valkey", how, "counters"):
            first, second = (self.client.score() for _ in range(2))
        back = time.monotonic()
        for outcome in (first, second):
            assert expected(outcome), f"got {outcome}"
        return f"{first}; then {second}; {self.recovers(back)}"

    # Restarts.

    def rolling_restart(self) -> str:
        """Both containers of a role restarted, one after another, under a steady load."""
        outcomes: list[Outcome] = []
        stop = threading.Event()

        def load() -> None:
            while not stop.is_set():
                outcomes.append(self.client.score())

        def one_more() -> None:
            known = len(outcomes)
            until(3 * DEADLINE, "scores go on", lambda: len(outcomes) >= known + 3)

        callers = [threading.Thread(target=load) for _ in range(2)]
        for caller in callers:
            caller.start()
        try:
            one_more()
            for service in ("alignment", "alignment-two"):
                self.stack.docker("restart", service)
                until(60, f"{service} healthy", lambda: self.stack.health(service) == "healthy")
                one_more()
        finally:
            stop.set()
            for caller in callers:
                caller.join()
        lost = [str(outcome) for outcome in outcomes if not outcome.whole]
        assert not lost, f"{len(lost)} of {len(outcomes)} scores: {lost}"
        longest = max(outcome.seconds for outcome in outcomes)
        return f"{len(outcomes)} scores, all whole, the longest {longest:.1f} s"

    def stops_by_itself(self) -> None:
        """SIGTERM is enough: the process ends before Docker would kill it."""
        for service in ("gateway", *REQUIRED, *OPTIONAL):
            self.stack.docker("stop", service)
            code = self.stack.inspect(service)["State"]["ExitCode"]
            assert code == 0, f"{service} ended with {code}"

    def all(self, only: str) -> None:
        def check(name: str, body: Callable[[], str | None]) -> None:
            if only in name:
                self.check(name, body)

        stack = self.stack
        stack.up()
        gateway = stack.started("gateway")
        check("containers run without rights on a read-only file system", self.containers_are_closed)
        check("only the gateway's port is published, on this machine alone", self.only_the_gateway_is_published)
        check("a picture is scored", lambda: str(self.whole()))
        check("what is used is counted in Valkey", self.use_is_counted_in_valkey)
        for role in (*OPTIONAL, *REQUIRED):
            for how in WAYS:
                check(f"{role} {how}", lambda: self.role_away(role, how))
        for how in WAYS:
            check(f"PostgreSQL {how}: scoring goes on", lambda: self.database_away(how))
        for how in WAYS:
            check(f"Valkey {how}: counted here meanwhile", lambda: self.counters_away(how, lambda got: got.whole))

        def same_gateway() -> None:
            assert stack.started("gateway") == gateway, "the gateway was restarted"

        check("all this with one gateway that was never restarted", same_gateway)

        def refused() -> str:
            stack.up(CPAIQA_QUOTA_WHEN_AWAY="refuse")
            return self.counters_away("stopped", lambda got: "unavailable" in got.error and got.seconds < DEADLINE)

        check("Valkey stopped: refused where so configured", refused)

        def rolling() -> str:
            stack.up("rolling.yml", CPAIQA_QUOTA_WHEN_AWAY="local")
            return self.rolling_restart()

        check("two containers of a role restarted one by one lose nothing", rolling)
        check("every process ends by itself when told to", self.stops_by_itself)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True, metavar="FILE", help="cpaiqa, built for the base image")
    parser.add_argument("--models", default="pull", metavar="FOLDER", help="a model store to copy (default: fetch)")
    parser.add_argument("--base", default="debian:bookworm-slim", metavar="IMAGE", help="(default: %(default)s)")
    parser.add_argument("--built", action="store_true", help="the images are there from the last time")
    parser.add_argument("--keep", action="store_true", help="leave the containers running")
    parser.add_argument("--only", default="", metavar="TEXT", help="checks with this in their names")
    options = parser.parse_args()
    stack, client = Stack(), Client(options.binary.resolve(), f"http://127.0.0.1:{PORT}")
    if not options.built:
        build(options.binary, options.models, options.base)
    checks = Checks(stack, client)
    stack.down()
    try:
        checks.all(options.only)
    except BaseException:
        for service in stack.services():
            print(f"-- {service}: {stack.health(service)}\n{stack.logs(service)}", file=sys.stderr)
        raise
    finally:
        if not options.keep:
            stack.down()
    print(f"{len(checks.passed)} passed, {len(checks.failed)} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main())
