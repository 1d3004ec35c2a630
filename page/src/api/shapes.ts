// The page's names for the schemas of the API, which are generated from docs/openapi.json.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Cell = Schemas["Cell"];
/** A row by its columns, where the document leaves the cells open. */
export type Row = Record<string, Cell>;

/** One page of any list. */
export type List<T> = Pick<Schemas["Page_JobResponse_"], "has_more"> & { data: T[]; last_id?: string | null };

export type ProblemDocument = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];

export type AccessResponse = Schemas["AccessResponse"];
export type Scope = AccessResponse["scopes"][number];

export type Key = Schemas["KeyResponse"];
export type NewKey = Schemas["NewKeyResponse"];

export type Dataset = Schemas["DatasetResponse"];
export type Column = Schemas["ColumnResponse"];
export type ColumnType = Column["type"];
export type Issue = Schemas["IssueResponse"];
export type ColumnStrengths = Schemas["ColumnStrengthsResponse"];
/** Rows of a dataset, with the line of the file where each begins. */
export type RowsPage = Omit<Schemas["RowsResponse"], "data" | "lines"> & { data: Row[]; lines: (number | null)[] };

/** What a model is exported as. */
export type ExportFormat = "python" | "onnx" | "mlflow" | "safetensors" | "npz";

/** A job's spec with every default filled in, and as a person asks for it. */
export type Spec = Schemas["JobSpec"];
export type SpecDraft = Partial<Spec> & { dataset_id: string };
export type Layer = Spec["layers"][number];
export type Dense = Schemas["Dense"];
export type Residual = Schemas["Residual"];
export type Activation = Dense["activation"];
export type EarlyStopping = Schemas["EarlyStopping"];
export type Optimizer = Spec["optimizer"];
export type Schedule = Spec["schedule"];
export type Validation = Schemas["ValidationResponse"];

export type Job = Schemas["JobResponse"];
export type Epoch = Schemas["EpochResponse"];
export type Diagnostics = Schemas["DiagnosticsResponse"];
export type Finding = Schemas["FindingResponse"];
export type LayerStats = Schemas["LayersResponse"];
export type NetWeights = Pick<Schemas["JobWeightsResponse"], "epoch" | "kept_epochs" | "inputs" | "outputs" | "layers">;
/** Rows by their number in the dataset, with the part of the split that each is in. */
export type Split = Schemas["SplitSpec"];
export type SplitRows = Schemas["SplitResponse"];
export type Replay = Schemas["ReplayResponse"];
export type Activations = Schemas["ActivationsResponse"];
export type Trace = Omit<Schemas["TraceResponse"], "row" | "prediction"> & { row: Row; prediction: Prediction };
export type TracedLayer = Schemas["TracedLayer"];
export type TokenTrace = Schemas["TokenTraceResponse"];
export type TracedTokenLayer = Schemas["TracedTokenLayer"];

export type Batch = Schemas["BatchResponse"];
export type BatchErrors = Schemas["BatchErrorsResponse"];

export type Webhook = Schemas["WebhookResponse"];
export type NewWebhook = Schemas["NewWebhookResponse"];
export type Delivery = Schemas["DeliveryResponse"];

export type Sweep = Schemas["SweepResponse"];
export type Trial = Schemas["TrialResponse"];

export type Model = Schemas["ModelResponse"];
export type Comparison = Schemas["ModelComparisonResponse"];
export type ModelInput = Schemas["ModelInput"];
export type Metrics = Schemas["EvaluationResponse"]["metrics"];
/** A number, several numbers, each perhaps with quantiles, or a class with the probability of each. */
export type Prediction = Partial<
  Pick<Schemas["PredictedValue"], "value"> & Pick<Schemas["PredictedValues"], "values"> & Schemas["PredictedClass"]
> & {
  quantiles?: Record<string, number> | Record<string, Record<string, number>> | null;
  interval?: Interval | Record<string, Interval> | null;
  typicality?: number | null;
};
export type Interval = Schemas["Interval"];
export type Monitoring = Schemas["MonitoringResponse"];
export type ColumnDrift = Schemas["ColumnDriftResponse"];
export type PredictionResponse = Omit<Schemas["PredictionResponse"], "predictions"> & { predictions: Prediction[] };
export type ExplanationResponse = Schemas["ExplanationResponse"];
export type Explanation = Schemas["ExplanationOfRow"];
export type Saliency = Schemas["SaliencyMap"];
export type FeatureMapsBody = Pick<Schemas["ModelFeatureMapsResponse"], "column" | "picture" | "maps" | "dense"> & { prediction: Prediction };
export type JobFilters = Schemas["JobFiltersResponse"];
export type ModelFilters = Schemas["ModelFiltersResponse"];
export type Evaluation = Schemas["EvaluationResponse"];
export type ConfidenceInterval = Schemas["ConfidenceInterval"];
export type ScoreComparison = Schemas["ComparisonResponse"];
export type Slices = Schemas["SlicesResponse"];
export type Slice = Slices["data"][number];
export type Importance = Schemas["ImportanceResponse"];
export type PartialDependence = Schemas["DependenceResponse"];
export type HardExample = Omit<Schemas["MistakeResponse"], "given"> & { given: Row };

export type ConfusionRow = Schemas["ConfusionRowResponse"];

export type JobItemMap = Schemas["JobItemMapResponse"];
export type ModelItemMap = Schemas["ModelItemMapResponse"];
export type NameRows = Schemas["NameRows"];
export type Items = Schemas["ItemsResponse"];
export type ItemColumn = Schemas["ItemColumn"];
export type Recommendations = Schemas["RecommendationsResponse"];
export type SimilarItems = Schemas["SimilarItemsResponse"];
export type RecommendationErrors = Schemas["RecommendationErrorsResponse"];

export type GenerateRequest = Schemas["GenerateRequest"];
export type Generation = Schemas["GenerationResponse"];
export type NextTokens = Schemas["NextTokensResponse"];
export type Surprises = Schemas["SurprisesResponse"];
export type NeuronContexts = Schemas["NeuronContextsResponse"];
export type Token = Schemas["TokenResponse"];
/** What was written since the event before. */
export interface TextEvent {
  text: string;
  tokens?: Token[];
}

/** The JSON Schema of a model's rows, as far as the page reads it. */
export interface RowSchema {
  title: string;
  properties: Record<string, { type?: string[]; format?: string; examples?: string[]; description?: string }>;
  examples: Row[];
}
