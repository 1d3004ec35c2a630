// What the API answers, as far as the page reads it; docs/openapi.json is the whole of it.

export interface List<T> {
  data: T[];
  has_more: boolean;
  last_id?: string | null;
}

export interface FieldError {
  pointer: string;
  detail: string;
  code: string;
  given?: unknown;
  suggestion?: string | null;
}

export interface ProblemDocument {
  title: string;
  status?: number | null;
  detail: string;
  errors?: FieldError[] | null;
}

export interface Column {
  name: string;
  type: "numeric" | "categorical" | "boolean" | "datetime" | "text" | "image";
  missing: number;
  min: number | string | null;
  max: number | string | null;
  mean: number | null;
  std: number | null;
  distinct: number | null;
  top: { value: string; count: number }[] | null;
  true: number | null;
}

export interface Dataset {
  id: string;
  name: string;
  status: "processing" | "ready" | "failed";
  bytes: number;
  created_at: string;
  rows: number | null;
  rows_rejected: number | null;
  issue_counts: { error: number; warning: number } | null;
  columns: Column[] | null;
  error: ProblemDocument | null;
}

export interface Issue {
  line: number | null;
  column: string | null;
  value: string | null;
  code: string;
  severity: "error" | "warning";
  action: string;
  suggestion: string | null;
}

export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;

export type Layer =
  | { type: "dense"; units: number; activation: string; initializer?: string }
  | { type: "dropout"; rate: number };

export interface Spec {
  dataset_id: string;
  target: string;
  model_name?: string | null;
  features?: string[] | null;
  task?: "auto" | "regression" | "classification";
  layers?: Layer[];
  loss?: string;
  optimizer?: { type: string; learning_rate?: number; [setting: string]: unknown };
  epochs?: number;
  batch_size?: number;
  early_stopping?: { patience: number; min_delta?: number } | null;
  [setting: string]: unknown;
}

export interface Validation {
  valid: boolean;
  errors: FieldError[];
  warnings: string[];
  spec: Spec | null;
  estimate: { parameters: number; memory_bytes: number; seconds_per_epoch: number } | null;
}

export type Status = "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";
export type Metrics = Record<string, number | null>;

export interface Job {
  id: string;
  status: Status;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  stop_reason: string | null;
  progress: {
    epoch: number;
    epochs: number;
    fraction: number;
    eta_seconds: number | null;
    samples_per_second: number | null;
    queue_position: number | null;
  };
  latest: { epoch: number; train_loss: number | null; validation_loss: number | null; metrics: Metrics } | null;
  best: { epoch: number; validation_loss: number | null; train_loss: number | null } | null;
  spec: Spec;
  model_id: string | null;
  error: ProblemDocument | null;
  warnings: string[];
  resumes: { epoch: number; reason: string; gap_seconds: number }[];
  allowed_actions: string[];
  baselines?: { naive: Baseline; linear: Baseline } | null;
  verdict?: string | null;
}

export interface Baseline {
  name: string;
  metrics: Metrics;
}

export interface Epoch {
  epoch: number;
  train_loss: number | null;
  validation_loss: number | null;
  metrics: Metrics;
  learning_rate: number;
  gradient_norm: number | null;
  seconds: number;
}

export interface Prediction {
  value?: number;
  label?: string;
  probabilities?: Record<string, number>;
}

export interface ModelInput {
  name: string;
  type: Column["type"];
  categories: string[] | null;
  minimum: number | null;
  maximum: number | null;
}

export interface Model {
  id: string;
  name: string;
  version: number;
  aliases: string[];
  job_id: string;
  dataset_id: string;
  task: "regression" | "classification";
  target: string;
  classes: string[] | null;
  inputs: ModelInput[];
  parameters: number;
  metrics: Record<string, Metrics>;
  created_at: string;
}

export interface RowSchema {
  title: string;
  properties: Record<string, { type?: string[]; format?: string; examples?: string[]; description?: string }>;
  examples: Row[];
}

export interface PredictionAnswer {
  predictions: Prediction[];
  warnings: { row: number; column: string; code: string; detail: string }[];
}
