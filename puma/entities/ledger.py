"""Where everything came from: sources, runs, raw records as received, and the claims read from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from puma.entities.record import Entity, Number, number, ref
from puma.fields import field, json_type

RUN_STATES = ("running", "done", "skipped some", "stopped", "refused", "failed")
WANTED = ("harvest", "full harvest", "reread")


class HarvestSource(Entity):
    """A source as it was last configured, and how fresh it is."""

    __tablename__ = "source"

    id: Mapped[int] = number()
    name: Mapped[str] = field("label", "Source", unique=True)
    harvester: Mapped[str] = field("label", "Harvester")
    precedence: Mapped[int] = field("count", "Precedence", "a lower number wins where sources disagree")
    fresh_at: Mapped[datetime | None] = field("moment", "Fresh as of", "start of the last run that ended well")
    checkpoint: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    schedule: Mapped[str] = field("label", "Schedule", "daily, hourly or a cron string; empty = by hand", default="")
    leased_by: Mapped[int | None] = field("count", "Leased by run", "the run that is harvesting it")
    leased_until: Mapped[datetime | None] = field("moment", "Leased until", "renewed with each page")


class Run(Entity):
    """One run of a harvest, a match, an indexing: what it saw and did."""

    __tablename__ = "run"

    id: Mapped[int] = number()
    kind: Mapped[str] = field("choice", "Kind", "harvest, match, index, files, facts, learn, model")
    source_id: Mapped[int | None] = ref("source")
    state: Mapped[str] = field("choice", "State", choices=RUN_STATES)
    worker: Mapped[str | None] = field("code", "Worker", "host, process and its mark")
    started_at: Mapped[datetime] = field("moment", "Started")
    heartbeat_at: Mapped[datetime] = field("moment", "Last sign of life")
    ended_at: Mapped[datetime | None] = field("moment", "Ended")
    counters: Mapped[dict[str, Any]] = mapped_column(json_type())
    message: Mapped[str] = field("text", "Message", default="")
    total: Mapped[int | None] = field("count", "Announced", "how many records the source says it holds")
    left_over: Mapped[dict[str, int] | None] = mapped_column(json_type())  # name of a field that is not read: records
    stop_asked_by: Mapped[str | None] = field("name", "Stop asked by", "who asked the run to stop after its page")


class WantedRun(Entity):
    """A run that somebody asked for on a page, until a worker takes it."""

    __tablename__ = "wanted_run"

    id: Mapped[int] = number()
    source_id: Mapped[int] = ref("source", nullable=False, cascade=True)
    kind: Mapped[str] = field("choice", "Kind", choices=WANTED)
    asked_by: Mapped[str] = field("name", "Asked by")
    asked_at: Mapped[datetime] = field("moment", "Asked")


class SkippedRecord(Entity):
    """One record that a run could not read, and why."""

    __tablename__ = "skipped_record"

    id: Mapped[int] = number()
    run_id: Mapped[int] = ref("run", nullable=False, cascade=True)
    key: Mapped[str] = field("text", "Record", "as the source names it")
    reason: Mapped[str] = field("text", "Reason")
    payload_sha256: Mapped[str | None] = field("code", "Payload")


class Payload(Entity):
    """What a source sent, byte for byte, compressed; equal bytes are kept once."""

    __tablename__ = "payload"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = field("count", "Size", unit="byte")
    body: Mapped[bytes] = mapped_column(LargeBinary)


class RawRecord(Entity):
    """The latest payload of one record of one source."""

    __tablename__ = "raw_record"

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = ref("source", nullable=False, cascade=True)
    key: Mapped[str] = field("code", "Key", "as the source names the record")
    payload_sha256: Mapped[str] = field("code", "Payload")
    fetched_at: Mapped[datetime] = field("moment", "Received")
    deleted_at: Mapped[datetime | None] = field("moment", "Deleted there")
    problem: Mapped[str | None] = field("text", "Why it could not be read")
    run_id: Mapped[int] = mapped_column(index=True)  # plain number: runs may be pruned while their records stay

    __table_args__ = (UniqueConstraint("source_id", "key"),)


class StoredClaim(Entity):
    """What one raw record says about one entity, field by field. A correction is a claim by a person."""

    __tablename__ = "claim"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    raw_record_id: Mapped[int | None] = ref("raw_record", cascade=True)
    source_id: Mapped[int | None] = ref("source")
    kind: Mapped[str] = field("choice", "Kind", "kind of entity")
    position: Mapped[int] = field("count", "Position", "among the claims of its raw record")
    keys: Mapped[list[list[str]]] = mapped_column(json_type())
    values: Mapped[dict[str, Any]] = mapped_column(json_type())
    claimed_by: Mapped[str | None] = field("label", "Claimed by", "the person, for a correction", personal=True)
    claimed_at: Mapped[datetime] = field("moment", "Claimed on")

    __table_args__ = (Index("ix_claim_record_kind", "record_id", "kind"),)
