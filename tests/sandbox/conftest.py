"""A sandbox of its own for these tests, in a process of its own, over real HTTP."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, settings

# No folder of examples is left behind. The sandbox is reset before a test, not before
# each example: the examples don't depend on one another.
settings.register_profile(
    "sandbox",
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("sandbox")

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
DATASETS = "/opendatasoft/api/explore/v2.1/catalog/datasets"
DATASET = f"{DATASETS}/economicref-france-sirene-v3"


class Client:
    """A caller of one sandbox, with a connection that stays open."""

    def __init__(self, base):
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path, params=None, **options):
        options.setdefault("timeout", 30)
        return self.session.get(self.base + path, params=params, **options)

    def records(self, where=None, **params):
        """The answer of ``records``, whatever its status."""
        if where is not None:
            params["where"] = where
        return self.get(f"{DATASET}/records", params)

    def found(self, where, field="siret", **params):
        """Values of a field in all the rows found (100 at most)."""
        response = self.records(where, limit=100, select=field, **params)
        assert response.status_code == 200, response.text
        return [row[field] for row in response.json()["results"]]

    def one(self, siret):
        results = self.records(f'siret="{siret}"').json()["results"]
        assert len(results) == 1
        return results[0]

    def search(self, q=None, **params):
        if q is not None:
            params["q"] = q
        return self.get("/recherche-entreprises/search", params)

    def control(self, path, body=None, method="POST", expected=200):
        response = self.session.request(
            method, f"{self.base}/control/{path}", json=body, timeout=30
        )
        assert response.status_code == expected, response.text
        return response.json()

    def fault(self, kind, **values):
        return self.control("faults", {"kind": kind, **values})


class Process:
    """``python -m sandbox`` with the given options, ended by ``stop``."""

    def __init__(self, *options):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", "0", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in self._process.stdout:
            if line.startswith("ready: "):
                self.base = line.split()[1]
                return
        raise RuntimeError("the sandbox did not start")

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def start():
    """Starts more sandboxes; they end with the tests."""
    processes = []

    def start(*options):
        processes.append(Process(*options))
        return Client(processes[-1].base)

    yield start
    for process in processes:
        process.stop()


@pytest.fixture(scope="session")
def shared_client(start):
    return start()


@pytest.fixture
def client(shared_client):
    shared_client.control("reset")
    return shared_client


def elapsed(call):
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
