// The form of a model by its task, to predict, recommend or write; files that it predicts, and its export.
import { isAllowed } from "../api/client";
import type { Model } from "../api/shapes";
import { FileCard } from "../batches/fileCard";
import { ExportCard } from "./exportCard";
import { PredictForm } from "./predictForm";
import { RecommendForm } from "./recommendForm";
import { WriteForm } from "./writeForm";

export function ModelForm({ model }: { model: Model }) {
  return (
    <>
      <TaskForm model={model} />
      {model.task !== "language" && <FileCard model={model} />}
      {isAllowed("read") && <ExportCard model={model} />}
    </>
  );
}

function TaskForm({ model }: { model: Model }) {
  if (model.task === "recommendation") return <RecommendForm model={model} />;
  return model.task === "language" ? <WriteForm model={model} /> : <PredictForm model={model} />;
}
