// Export of a model: a format to choose, and its file to save.
import { useState } from "preact/hooks";
import { encodeSegment } from "../api/client";
import { saveFile } from "../api/saveFile";
import type { ExportFormat, Model } from "../api/shapes";
import { useAction } from "../api/useAction";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";

const FORMATS: Record<ExportFormat, string> = {
  python: "Python: one file that predicts, on any machine with Python",
  onnx: "ONNX: a graph with its preprocessing, for many runtimes",
  mlflow: "MLflow: a folder that mlflow.pyfunc loads, as ZIP",
  safetensors: "safetensors: the weights alone",
  npz: "npz: the weights alone, for NumPy",
};

export function ExportCard({ model }: { model: Model }) {
  const [format, setFormat] = useState<ExportFormat>("python");
  const { isBusy, problem, run } = useAction();
  const save = (): Promise<void> => saveFile(`/v1/models/${encodeSegment(model.id)}/export?format=${format}`, `${model.name}.${format}`);

  return (
    <section class="card" aria-label="Export">
      <h2>Take it with you</h2>
      <p class="muted">The whole model as a file that predicts without Gradus, on any machine.</p>
      <div class="buttons">
        <select aria-label="Format" value={format} onChange={(event) => setFormat(event.currentTarget.value as ExportFormat)}>
          {Object.entries(FORMATS).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <button disabled={isBusy} onClick={() => run(save)}>
          <Icon name="file" /> Save the model
        </button>
      </div>
      {problem && <ErrorNotice problem={problem} />}
    </section>
  );
}
