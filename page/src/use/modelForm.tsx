// The form of a model by its task: predict, recommend, or write.
import type { Model } from "../api/shapes";
import { PredictForm } from "./predictForm";
import { RecommendForm } from "./recommendForm";
import { WriteForm } from "./writeForm";

export function ModelForm({ model }: { model: Model }) {
  if (model.task === "recommendation") return <RecommendForm model={model} />;
  return model.task === "language" ? <WriteForm model={model} /> : <PredictForm model={model} />;
}
