"""Archives made by enemies become the rows that are good in them, or are refused with the reason."""

import pytest

from tables import UnreadableFile
from tests.hostile_archives import HOSTILE_ARCHIVES
from tests.unit.tables.conftest import Reader


@pytest.mark.parametrize("name", HOSTILE_ARCHIVES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_archive_is_read_or_refused_with_its_reason(table: Reader, name: str) -> None:
    form, make, end = HOSTILE_ARCHIVES[name]
    if end.isdigit():
        read = table(make(), form)
        assert len(read.rows) == int(end)
        assert all(issue.suggestion for issue in read.issues)
        return
    with pytest.raises(UnreadableFile) as refused:
        table(make(), form)
    assert refused.value.slug == end
    assert refused.value.detail
    assert refused.value.advice
