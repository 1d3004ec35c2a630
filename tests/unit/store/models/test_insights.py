"""Insights in the store: written with the model, read by part, deleted with it."""

from dataclasses import replace

from sqlalchemy import select

from store.database import SessionFactory, begin_read, begin_write
from store.jobs import claims
from store.models import models
from store.tables import ModelInsightRow
from tests.unit.store.factories import OWNER, add_job, new_model

FOUND = {"evaluation": b"{}" * 500, "mean": bytes(range(256)), "nothing": b""}


def test_insights_are_read_back_by_part_and_deleted_with_the_model(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        held = claims.claim(s, "worker", 30)
        assert held is not None
        model = claims.succeed(
            s, job_id, held.token, replace(new_model(), insights=models.compress_insights(FOUND)), "all_epochs"
        )
        assert model is not None
    with begin_read(db) as s:
        assert models.get_insights(s, model.id, ["mean", "evaluation", "nothing", "absent"]) == FOUND
        assert models.get_insights(s, model.id, ["mean"]) == {"mean": FOUND["mean"]}
        assert models.get_insights(s, "mdl_gone", ["mean"]) == {}
    with begin_write(db) as s:
        models.delete(s, OWNER, model.id)
    with begin_read(db) as s:
        assert s.scalars(select(ModelInsightRow)).all() == []
