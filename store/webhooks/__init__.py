"""Webhooks: where events are sent, and deliveries that wait, each committed with the change that it tells of."""
