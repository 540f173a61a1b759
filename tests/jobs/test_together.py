"""Small documents that are accepted together are queued together; others, and what is alone, by themselves."""

from collections.abc import Callable
from typing import Any

from expunct_server import ids
from expunct_server.jobs import service
from expunct_server.jobs.queue import Queue
from expunct_server.policies.plans import Overrides


def new(size: int | None) -> service.NewJob:
    return service.NewJob(
        id=ids.new("job"),
        source="connector",
        input_uri="s3://bucket/key",
        filename="key",
        language=None,
        overrides=Overrides(),
        size=size,
    )


def test_small_ones_share_a_place_in_the_queue(url: str, act: Callable[..., Any]) -> None:
    queue = Queue(url)
    small = [new(service.SMALL) for _ in range(2 * service.TOGETHER + 1)]
    others = [new(service.SMALL + 1), new(None)]
    with act() as unit:
        made = service.submit_all(unit, queue, [others[0], *small, others[1]], max_retries=3)
    assert [job.id for job in made] == [others[0].id, *(each.id for each in small), others[1].id]
    names = {each.workflow_id for each in queue._client.list_workflows()}
    queue.close()
    assert names == {
        others[0].id,
        others[1].id,
        f"{small[0].id}+9",
        f"{small[10].id}+9",
        small[20].id,
    }
