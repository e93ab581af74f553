#!/usr/bin/env python3
"""Builds the Kubernetes manifests and looks at what a schema cannot see: that names, labels and addresses fit each other.

Needs `kubectl` (for its kustomize) and the packages of requirements.txt. No cluster is asked.
"""

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import yaml

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import kubernetes_validate

KUBERNETES = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
VERSION = "1.32"
WORKLOADS = {"Deployment", "StatefulSet"}
# Made beforehand, by whoever knows the passwords.
SECRETS = {"cpaiqa-scenario-store", "cpaiqa-quota-store"}
Thing = dict[str, Any]


def built(folder: Path) -> list[Thing]:
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{folder}: {done.stderr}")
    return [thing for thing in yaml.safe_load_all(done.stdout) if thing]


def name(thing: Thing) -> str:
    return f"{thing['kind']} {thing['metadata']['name']}"


def fits(selector: Thing, labels: dict[str, str]) -> bool:
    """Whether a label selector chooses something with these labels."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions") or []:
        if rule["operator"] != "In":
            raise ValueError(f"this check knows no operator {rule['operator']}")
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


class Manifests:
    """What one kustomization makes, and what is wrong with it."""

    def __init__(self, things: list[Thing]) -> None:
        self.things = things
        self.wrong: list[str] = []
        self.workloads = [thing for thing in things if thing["kind"] in WORKLOADS]
        self.pods = {name(thing): thing["spec"]["template"]["metadata"]["labels"] for thing in self.workloads}

    def of(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things if thing["kind"] == kind]

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)

    def check(self) -> list[str]:
        for thing in self.things:
            try:
                kubernetes_validate.validate(thing, VERSION, strict=True)
            except kubernetes_validate.ValidationError as error:
                self.wrong.append(f"{name(thing)}: {'.'.join(map(str, error.path))}: {error.message}")
        for workload in self.workloads:
            self.workload(workload)
        self.selectors()
        self.network()
        self.addresses()
        return self.wrong

    def workload(self, workload: Thing) -> None:
        """Restricted, bounded, probed, and nothing is referred to that is not there."""
        who, spec = name(workload), workload["spec"]["template"]["spec"]
        own = spec["securityContext"]
        self.expect(own.get("runAsNonRoot") is True and own.get("runAsUser", 0) > 0, f"{who}: may run as root")
        self.expect(own.get("seccompProfile") == {"type": "RuntimeDefault"}, f"{who}: no seccomp profile")
        self.expect(spec.get("automountServiceAccountToken") is False, f"{who}: gets a token")
        accounts = {account["metadata"]["name"] for account in self.of("ServiceAccount")}
        self.expect(spec["serviceAccountName"] in accounts, f"{who}: no such service account")
        for constraint in spec["topologySpreadConstraints"]:
            selector = constraint["labelSelector"]
            self.expect(bool(selector), f"{who}: spreads over nothing")
            chosen = [pod for pod, labels in self.pods.items() if fits(selector, labels)]
            self.expect(chosen == [who], f"{who}: is spread with {chosen}")
        maps = {entry["metadata"]["name"] for entry in self.of("ConfigMap")}
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for volume in volumes.values():
            if "configMap" in volume:
                self.expect(volume["configMap"]["name"] in maps, f"{who}: no ConfigMap {volume['configMap']['name']}")
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            where, rights = f"{who}, container {container['name']}", container["securityContext"]
            self.expect(rights.get("allowPrivilegeEscalation") is False, f"{where}: may gain rights")
            self.expect(rights.get("readOnlyRootFilesystem") is True, f"{where}: may write")
            self.expect(rights.get("capabilities") == {"drop": ["ALL"]}, f"{where}: has capabilities")
            for bound in ("requests", "limits"):
                self.expect(set(container["resources"][bound]) == {"cpu", "memory"}, f"{where}: no {bound}")
            for mount in container["volumeMounts"]:
                self.expect(mount["name"] in volumes, f"{where}: no volume {mount['name']}")
            for source in container.get("envFrom", []):
                self.expect(source["configMapRef"]["name"] in maps, f"{where}: no {source['configMapRef']['name']}")
            for variable in container.get("env", []):
                secret = variable.get("valueFrom", {}).get("secretKeyRef")
                self.expect(not secret or secret["name"] in SECRETS, f"{where}: nobody makes {secret}")
        for container in spec["containers"]:
            ports = {port["containerPort"] for port in container["ports"]}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                self.expect(container[probe]["grpc"]["port"] in ports, f"{who}: {probe} asks another port")

    def selectors(self) -> None:
        """Every Service, budget and autoscaler speaks of exactly one workload."""
        for workload in self.workloads:
            self.expect(fits(workload["spec"]["selector"], self.pods[name(workload)]), f"{name(workload)}: not its own")
            chosen = [pod for pod, labels in self.pods.items() if fits(workload["spec"]["selector"], labels)]
            self.expect(chosen == [name(workload)], f"{name(workload)}: chooses {chosen}")
        for service in self.of("Service"):
            selector = {"matchLabels": service["spec"]["selector"]}
            chosen = [pod for pod, labels in self.pods.items() if fits(selector, labels)]
            self.expect(len(chosen) == 1, f"{name(service)}: chooses {chosen}")
        for budget in self.of("PodDisruptionBudget"):
            # Without a selector it would speak of nothing.
            selector = budget["spec"].get("selector")
            chosen = [pod for pod, labels in self.pods.items() if selector and fits(selector, labels)]
            self.expect(len(chosen) == 1, f"{name(budget)}: chooses {chosen}")
        scaled = [f"{at['kind']} {at['name']}" for at in
                  (scaler["spec"]["scaleTargetRef"] for scaler in self.of("HorizontalPodAutoscaler"))]
        self.expect(sorted(scaled) == sorted(self.pods), f"autoscalers scale {scaled}")
        budgets, services = len(self.of("PodDisruptionBudget")), len(self.of("Service"))
        self.expect(budgets == services == len(self.pods), f"{budgets} budgets, {services} services")

    def network(self) -> None:
        """Nothing by default; services hear the gateway alone; names are asked of the cluster's own server."""
        policies = {policy["metadata"]["name"]: policy["spec"] for policy in self.of("NetworkPolicy")}
        nothing = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        self.expect(nothing in policies.values(), "no policy that denies by default")
        names = policies["cpaiqa-names"]["egress"][0]["to"][0]["podSelector"]
        self.expect(names == {"matchLabels": {"k8s-app": "kube-dns"}}, f"names are asked of {names}")
        for pod, labels in self.pods.items():
            heard = [
                peer
                for spec in policies.values()
                if "Ingress" in spec["policyTypes"] and fits(spec["podSelector"], labels)
                for rule in spec.get("ingress", [])
                if any(port["port"] == 50051 for port in rule["ports"])
                for peer in rule["from"]
            ]
            if labels["app.kubernetes.io/component"] == "gateway":
                continue
            talkers = [
                other
                for other, theirs in self.pods.items()
                if any("namespaceSelector" not in peer and fits(peer["podSelector"], theirs) for peer in heard)
            ]
            self.expect(talkers == ["Deployment cpaiqa-gateway"], f"{pod} is reached by {talkers}")
            self.expect(len(heard) == 1, f"{pod} hears {heard}")

    def addresses(self) -> None:
        """The gateway's addresses are those of all the pods that there may be."""
        most = {
            scaler["spec"]["scaleTargetRef"]["name"]: scaler["spec"]["maxReplicas"]
            for scaler in self.of("HorizontalPodAutoscaler")
        }
        expected = {}
        for workload in self.of("StatefulSet"):
            own, service = workload["metadata"]["name"], workload["spec"]["serviceName"]
            headless = [s for s in self.of("Service") if s["metadata"]["name"] == service]
            ok = len(headless) == 1 and headless[0]["spec"].get("clusterIP") == "None"
            self.expect(ok, f"{own}: no headless service {service}")
            role = workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
            args = workload["spec"]["template"]["spec"]["containers"][0]["args"]
            self.expect(args == ["serve", "--role", role], f"{own}: {args}")
            told = [f"http://{own}-{number}.{service}:50051" for number in range(most[own])]
            expected[f"CPAIQA_BACKENDS__{role.upper()}"] = ",".join(told)
        given = [entry["data"] for entry in self.of("ConfigMap") if entry["metadata"]["name"].startswith("cpaiqa-addr")]
        self.expect(given == [expected], f"expected the addresses {expected}, got {given}")


def main() -> int:
    passed = failed = 0
    for folder in (KUBERNETES / "base", *sorted((KUBERNETES / "overlays").iterdir())):
        things = built(folder)
        wrong = Manifests(things).check()
        passed, failed = passed + (not wrong), failed + bool(wrong)
        print(f"{folder.relative_to(KUBERNETES)}: {len(things)} objects{'' if wrong else ', well'}")
        for line in wrong:
            print(f"  {line}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
