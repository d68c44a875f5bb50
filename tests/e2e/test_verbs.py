"""What the console's keys do, as commands: single jobs, filters, undo, lists; in text and JSON."""

import json

import pytest

from tests.e2e.command import Soniq, one_line


def said(soniq: Soniq, *words: object) -> str:
    """Return what a command says when all is well."""
    done = soniq.run(*words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_lists_without_an_engine(scanned: Soniq) -> None:
    """Jobs, failures and the log are listed from the disk, in tabs and as JSON."""
    listed = one_line(said(scanned, "jobs", "--json"))
    assert listed["total"] == len(listed["rows"])
    assert {row["queue"] for row in listed["rows"]} <= {"scan", "insert", "maintenance"}
    lines = said(scanned, "jobs", "--filter", "state:failed").splitlines()
    assert lines
    assert {line.split("\t")[2] for line in lines} == {"failed"}
    failures = one_line(said(scanned, "errors", "1", "--json"))["rows"]
    causes = one_line(said(scanned, "errors", "--causes", "--json"))["rows"]
    assert sum(cause["count"] for cause in causes) == len(failures) > 0
    assert {"item", "kind", "reason", "job_id"} <= set(failures[0])
    log = one_line(said(scanned, "log", "--json", "--limit", "5"))["rows"]
    assert 0 < len(log) <= 5
    assert log == sorted(log, key=lambda row: row["id"])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("jobs", "77"), "there is no batch 77"),
        (("errors", "0"), "there is no batch 0"),
        (("jobs", "--filter", "colour:red"), "there is no colour: here"),
        (("jobs", "--sort", "luck"), "'luck' is no order of this list"),
        (("pause",), "say what is meant"),
        (("pause", "1", "--job", "2"), "named by its number alone"),
        (("cancel", "--job", "99999"), "there is no job 99999"),
        (("retry", "--job", "-4"), "there is no job -4"),
        (("cancel", "all", "--filter", " "), "--filter wants words"),
        (("cancel", "all", "--filter", "stat:x"), "there is no stat: here"),
        (("unpause", "--filter", "state:paused", "77"), "there is no batch 77"),
        (("priority", "1", "2", "3"), "too many words"),
        (("priority", "1", "high"), "'high' is no whole number"),
        (("autoscale", "nowhere", "on"), "nowhere"),
    ],
)
def test_what_means_nothing_is_refused(scanned: Soniq, words, why) -> None:
    """Exit status 2, one line that says why, and nothing is changed."""
    done = scanned.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_single_jobs_without_an_engine(scanned: Soniq) -> None:
    """One job, or what a filter finds, is queued again, paused and cancelled in the journal."""
    failed = one_line(said(scanned, "jobs", "--filter", "state:failed", "--json"))["rows"]
    job = str(failed[0]["id"])
    goes_on = f"; {scanned.hint('resume')} goes on\n"
    assert said(scanned, "retry", "--job", job) == f"1 job queued again{goes_on}"
    assert said(scanned, "priority", "--job", job, "5").startswith("1 job changed")
    assert said(scanned, "pause", "--job", job) == "1 job paused\n"
    assert said(scanned, "unpause", "--filter", "state:paused") == f"1 job taken up again{goes_on}"
    assert said(scanned, "cancel", "--undo", "60", "--job", job) == "1 job cancelled\n"
    assert said(scanned, "undo") == "there is nothing to take back\n"
    rows = one_line(said(scanned, "jobs", "--filter", f"id:{job}", "--json"))["rows"]
    assert [row["state"] for row in rows] == ["cancelled"]
    assert said(scanned, "retry", "all", "--filter", "zebra") == "nothing there that matches\n"


def test_undo_and_autoscale_beside_an_engine(soniq: Soniq, many) -> None:
    """A cancel with time to take it back is taken back; autoscaling is switched."""
    assert soniq.run("hold", "insert").returncode == 0
    soniq.start("scan", many, "--headless")
    soniq.wait_for(lambda now: any(b.items.total for b in now.batches))
    assert f"{soniq.hint('undo')} takes it back for 60 s" in said(
        soniq, "cancel", "1", "--undo", "60"
    )
    assert said(soniq, "undo") != "there is nothing to take back\n"
    soniq.wait_for(lambda now: now.batches[0].state == "running")
    assert (
        said(soniq, "autoscale", "extract", "off")
        == "extract: autoscale off, it has all its slots\n"
    )
    assert [q.autoscaled for q in soniq.wait_for(lambda now: now.queues).queues
            if q.queue == "extract"] == [False]  # fmt: skip
    listed = json.loads(said(soniq, "jobs", "1", "--json", "--limit", "3"))
    assert listed["total"] > 0
    assert soniq.run("cancel", "1").returncode == 0


def test_verbs_speak_the_language_of_the_locale(scanned: Soniq) -> None:
    """What is done and what is refused, with an engine or without; JSON stays as it is."""
    french = {"LC_MESSAGES": "fr_FR.UTF-8"}
    status = soniq_out(scanned, "status", env=french)
    assert status.startswith("moteur : aucun\n")
    assert "\xa0: fini, " in status
    failed = one_line(said(scanned, "jobs", "--filter", "state:failed", "--json"))["rows"]
    job = str(failed[0]["id"])
    again = soniq_out(scanned, "retry", "--job", job, env=french)
    assert again == f"1 travail remis en file\xa0; {scanned.hint('resume')} reprend\n"
    assert soniq_out(scanned, "undo", env=french) != said(scanned, "undo")
    refused = scanned.run("pause", "99", env=french)
    assert "il n’y a pas de lot 99" in refused.stderr
    assert one_line(soniq_out(scanned, "status", "--json", env=french))["engine"]["state"] == "none"


def soniq_out(soniq: Soniq, *words: object, env: dict[str, str]) -> str:
    """Return what a command says in another environment."""
    return soniq.run(*words, env=env).stdout
