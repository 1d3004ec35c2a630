"""Webhooks at work: events that are due are signed and sent."""
