// The types of events that a webhook may want, and what each tells.
import type { Webhook } from "../api/shapes";

type EventType = NonNullable<Webhook["events"]>[number];

export const EVENTS: Record<EventType, string> = {
  "job.succeeded": "a training run has ended with its result",
  "job.failed": "a training run has failed",
  "job.cancelled": "a training run was cancelled",
  "dataset.ready": "an uploaded file can be used",
  "dataset.failed": "an uploaded file cannot be read",
  "model.created": "there is a new model, or a new version",
  "batch.succeeded": "a file is predicted",
  "batch.failed": "a file could not be predicted",
  "batch.cancelled": "the prediction of a file was cancelled",
  "drift.detected": "what a model gets differs from what it learned from",
};
