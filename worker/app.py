"""The Celery app of a worker: its settings for a broker that only carries hints.

A hint may be lost, late or doubled, so there is no result, no retry and no late acknowledgement.
"""

from celery import Celery

from contract.tasks import MESSAGE_SETTINGS, VISIBILITY_TIMEOUT_SECONDS
from worker.transport import HintConnection


def create_celery_app(broker_url: str) -> Celery:
    """A Celery app without tasks; `tasks.register` adds them."""
    app = Celery("gradus", broker=broker_url, set_as_current=False)
    app.amqp.Connection = HintConnection
    app.conf.update(
        MESSAGE_SETTINGS,
        # a hint is acknowledged when a trainer receives it: Redis redelivers long tasks (celery#5935)
        task_acks_late=False,
        # hints stay in the broker until a trainer is free, where another worker can take them
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_enable_prefetch_count_reduction=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_pool_restarts=False,
        # delay before a killed trainer is replaced
        worker_lost_wait=0.5,
        worker_proc_alive_timeout=60.0,
        # has no effect without late acknowledgement; unset, each reconnect logs a warning
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_timeout=2.0,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "socket_timeout": 5.0,
            "socket_connect_timeout": 2.0,
            "socket_keepalive": True,
            # a silent broker is noticed within about ten seconds
            "health_check_interval": 5,
            # a sender does not wait for an unavailable broker
            "max_retries": 0,
        },
    )
    return app
