"""The nightly check as jobs of OCA's ``queue_job``: two servers, of which one dies."""

import re
import signal
from contextlib import contextmanager

import pytest
import results
from laboratory import Laboratory

from dev.benchmarks import register
from dev.lib import job_queue, sandbox
from dev.lib.ports import free_port
from dev.lib.processes import ending, start, wait_until

PARTNERS = 10_000
BATCH = 100
LEADS = "queue job runner ready for db"


@pytest.fixture(scope="module")
def laboratory_with_jobs(laboratory, tmp_path_factory):
    """A laboratory whose Odoo finds ``queue_job``, with a larger register."""
    environment = job_queue.environment_with(laboratory.environment)
    store = tmp_path_factory.mktemp("large-register") / "register.sqlite"
    log = laboratory.log("sandbox-jobs")
    options = ("--store", store, "--companies", str(PARTNERS))
    with sandbox.running(environment, log, *options) as running:
        with_jobs = Laboratory(environment, running.address)
        with_jobs.store = store
        with_jobs.databases = laboratory.databases
        yield with_jobs


@pytest.fixture(scope="module")
def handed_out(laboratory_with_jobs):
    """A database whose partners wait to be checked, a batch a job."""
    name = laboratory_with_jobs.clone_with_jobs("jobs")
    chosen = register.choose(laboratory_with_jobs.store, PARTNERS)
    jobs, errors = laboratory_with_jobs.call(
        "job_steps.hand_out_twice",
        name,
        url=laboratory_with_jobs.url,
        sirets=[siret for siret, _is_seat in chosen],
    )
    assert errors == []
    # Handed out twice, it is still one job a batch.
    assert jobs == [PARTNERS // BATCH] * 2
    return name


def test_two_runners(laboratory_with_jobs, handed_out):
    with (
        _server(laboratory_with_jobs, handed_out, "one") as (one, said_by_one),
        _server(laboratory_with_jobs, handed_out, "two") as (two, said_by_two),
    ):
        assert wait_until(
            lambda: (
                LEADS in said_by_one() + said_by_two()
                and _count(laboratory_with_jobs, handed_out, "done") >= 10
            ),
            120,
            every=0.5,
        )
        # The one that leads is killed in the middle of a job; the other goes on.
        killed = one if LEADS in said_by_one() else two
        killed.send_signal(signal.SIGKILL)
        assert _count(laboratory_with_jobs, handed_out, "pending") > 0
        assert wait_until(
            lambda: (
                _count(laboratory_with_jobs, handed_out, "done", wake=True)
                == PARTNERS // BATCH
            ),
            300,
            every=1,
        )
    assert LEADS in said_by_one() and LEADS in said_by_two()
    said = laboratory_with_jobs.query(handed_out, "SELECT result FROM queue_job")
    stored = [int(re.search(r"\d+", answer).group()) for answer in said]
    assert sum(stored) == PARTNERS
    left = results.of_check(laboratory_with_jobs, handed_out)
    assert len(left["links"]) == PARTNERS
    states = laboratory_with_jobs.query(
        handed_out, "SELECT DISTINCT state FROM partner_data_link"
    )
    assert not {"never", "failed"} & set(states)
    assert laboratory_with_jobs.query(handed_out, results.DOUBLED) == []


def _count(laboratory, database, state, wake=False):
    """How many jobs are in a state.

    :param wake: tell the runner that something happens, as new jobs would: else it
        waits a minute before it looks for jobs that died
    """
    sql = f"SELECT COUNT(*) FROM queue_job WHERE state = '{state}'"
    if wake:
        sql = f"NOTIFY queue_job, 'nothing'; {sql}"
    return int(laboratory.query(database, sql)[0])


@contextmanager
def _server(laboratory, database, name):
    """A server with a job runner; the process, and a function that reads its log."""
    environment = laboratory.environment
    log = laboratory.log(f"jobs-{name}")
    command = environment.odoo(
        *("server", "-d", database, "--http-port", str(free_port())),
        *("--load", "base,rpc,web,queue_job", "--max-cron-threads", "0"),
    )
    variables = {**environment.variables, "ODOO_QUEUE_JOB_CHANNELS": "root:2"}
    with (
        log.open("wb") as output,
        ending(start(command, output, env=variables)) as process,
    ):
        yield process, log.read_text
