// What the API tells of how a net learned and where it errs, as far as the page reads it.
import type { Cell, Metrics, Prediction, Row } from "./shapes";

export interface WatchedLayer {
  layer: number;
  type: string;
  units: number;
  activation: string;
  gradient_norm: number | null;
  weight_norm: number | null;
  update_ratio: number | null;
  dead_share: number | null;
  saturated_share: number | null;
  activation_mean: number | null;
  activation_std: number | null;
}

export interface Watched {
  epoch: number;
  layers: WatchedLayer[];
}

export interface NetLayer {
  layer: number;
  units: number;
  activation: string;
  shown: number[];
  weights: number[][];
  biases: number[];
  gradients: number[][] | null;
  dead: boolean[] | null;
}

export interface NetWeights {
  epoch: number;
  kept_epochs: number[];
  inputs: { index: number; name: string }[];
  outputs: string[];
  layers: NetLayer[];
}

export interface Explanation {
  predicted: Cell;
  label: string | null;
  output: number;
  baseline_output: number;
  contributions: { column: string; value: Cell; contribution: number }[];
  misses_by: number;
}

export interface Finding {
  code: string;
  severity: "info" | "warning" | "error";
  title: string;
  detail: string;
  advice: string;
  evidence: { epochs: number[]; numbers: Record<string, number | null> };
  suggested_patch: Record<string, unknown> | null;
}

export interface Mistake {
  line: number | null;
  row: number | null;
  split: string;
  given: Row;
  expected: Cell;
  predicted: Cell;
  probabilities: Record<string, number> | null;
  confidence: number | null;
  loss: number | null;
  nearest: { line: number | null; row: number | null; given: Row; expected: Cell; distance: number }[];
}

export interface Evaluation {
  split: string;
  rows: number;
  task: "regression" | "classification";
  loss: number | null;
  metrics: Metrics;
  naive: Metrics | null;
  labels: string[] | null;
  confusion: number[][] | null;
  classes: { label: string; support: number; precision: number | null; recall: number | null; f1: number | null }[] | null;
  roc: { label: string; auc: number | null; points: { false_positive_rate: number; true_positive_rate: number }[] }[] | null;
  calibration: {
    expected_calibration_error: number | null;
    bins: { from: number; to: number; rows: number; mean_confidence: number | null; accuracy: number | null }[];
  } | null;
  residuals: {
    mean: number | null;
    std: number | null;
    quantiles: Record<string, number | null>;
    histogram: { from: number; to: number; rows: number }[];
  } | null;
  scatter: { expected: number; predicted: number }[] | null;
}

export interface Importance {
  metric: string;
  rows: number;
  columns: { column: string; importance: number; std: number }[];
}

export interface PartialDependence {
  column: string;
  label: string | null;
  rows: number;
  points: { value: Cell; mean: number; low: number; high: number }[];
}

export interface TracedLayer {
  layer: number;
  units: number;
  activation: string;
  /** Which neurons stand in the matrices, and which inputs; the strongest, where there are many. */
  shown: number[];
  shown_inputs: number[];
  weights: number[][];
  biases: number[];
  inputs: number[];
  z: number[];
  a: number[];
  dz: number[];
  da: number[];
  dw: number[][];
  db: number[];
}

export interface Trace {
  epoch: number;
  row: Row;
  encoded: { name: string; value: number }[];
  layers: TracedLayer[];
  prediction: Prediction;
  expected: Cell;
  target: number;
  loss_name: string;
  loss: number;
  update: { optimizer: string; rule: string; learning_rate: number; loss_after: number };
}
