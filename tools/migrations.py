"""The tools' tables, as numbered steps that are never edited once released."""

from __future__ import annotations

from luthier.tools.sqlite import Database, Migrations

TOOLS = Migrations("tools")


@TOOLS()
def m001_datasets(database: Database) -> None:
    """Prepared data sets: the folder holds the rows, this row says what they are."""
    database.table("datasets").create(
        {
            "id": str,
            "name": str,
            "source_path": str,
            "source_sha256": str,
            "created_at": str,
            "info": str,  # JSON of DatasetInfo
        },
        pk="id",
    )


@TOOLS()
def m002_jobs(database: Database) -> None:
    """Jobs: the folder holds the truth while it runs, this row finds it again."""
    table = database.table("jobs")
    table.create(
        {
            "id": str,
            "session_id": str,
            "kind": str,
            "state": str,
            "idempotency_key": str,
            "created_at": str,
            "finished_at": str,
            "summary": str,
        },
        pk="id",
    )
    table.create_index(["session_id"])
    table.create_index(["idempotency_key"], unique=True)


@TOOLS()
def m003_evaluations(database: Database) -> None:
    """Evaluations and verdicts, as JSON of their models."""
    table = database.table("evaluations")
    table.create(
        {
            "id": str,
            "session_id": str,
            "dataset_id": str,
            "job_id": str,
            "created_at": str,
            "result": str,  # JSON of Evaluation
        },
        pk="id",
    )
    table.create_index(["session_id"])


@TOOLS()
def m004_data_versions(database: Database) -> None:
    """Versions of a file's rows: the recipe, the way back, and the report on it."""
    table = database.table("data_versions")
    table.create(
        {
            "id": str,
            "parent": str,  # "" for the rows as they stand in the file
            "path": str,
            "sha256": str,
            "created_at": str,
            "version": str,  # JSON of DataVersion
        },
        pk="id",
    )
    table.create_index(["sha256"])


@TOOLS()
def m005_lasting_yes(database: Database) -> None:
    """What a user allowed for the rest of a session, so that it is not asked again."""
    database.table("lasting_yes").create(
        {"session_id": str, "key": str, "words": str, "given_at": str},
        pk=("session_id", "key"),
    )


@TOOLS()
def m006_exports(database: Database) -> None:
    """Exports: the folder holds the files, this row says what they are and what was measured."""
    table = database.table("exports")
    table.create(
        {
            "id": str,
            "session_id": str,
            "train_job": str,
            "kind": str,
            "state": str,
            "created_at": str,
            "record": str,  # JSON of Export
        },
        pk="id",
    )
    table.create_index(["session_id"])
    table.create_index(["train_job"])


@TOOLS()
def m007_shared_jobs(database: Database) -> None:
    """Jobs that a second session knows as well: a fork goes on with what its origin has started."""
    table = database.table("shared_jobs")
    table.create({"job_id": str, "session_id": str}, pk=("job_id", "session_id"))
    table.create_index(["session_id"])


@TOOLS()
def m008_deployments(database: Database) -> None:
    """Models that answer at a provider and cost by the hour: written before they are asked for."""
    table = database.table("deployments")
    table.create(
        {
            "id": str,
            "session_id": str,
            "train_job": str,
            "state": str,
            "created_at": str,
            "record": str,  # JSON of Deployment
        },
        pk="id",
    )
    table.create_index(["train_job"])
