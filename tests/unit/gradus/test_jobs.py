"""The keyword arguments of `jobs.create` are the fields of a job."""

from contract.specs import JobSpec
from gradus.jobs import JobOptions


def test_a_job_can_be_given_every_field_of_its_spec_and_no_other() -> None:
    assert JobOptions.__annotations__.keys() | {"dataset_id", "target"} == JobSpec.model_fields.keys()


def test_the_choices_of_a_field_are_those_of_the_spec() -> None:
    properties = JobSpec.model_json_schema()["properties"]
    for field in ("task", "loss"):
        assert list(JobOptions.__annotations__[field].__args__) == properties[field]["enum"]
