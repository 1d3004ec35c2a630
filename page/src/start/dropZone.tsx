// Drop zone for a file; a click on it opens the file dialog.
import { useRef, useState } from "preact/hooks";
import { Icon } from "../shell/icon";
import { EXTENSIONS } from "./upload";

export function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const takeFirst = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  return (
    <label
      class={`drop-zone ${isOver ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        takeFirst(event.dataTransfer?.files);
      }}
    >
      <Icon name="upload" />
      <span>
        <strong>Drop a CSV here</strong>
        <span class="muted">or choose a file (CSV, TSV, Excel, JSON, Parquet …) · first row = column names. Pictures: a ZIP with a folder a class</span>
      </span>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        accept={EXTENSIONS.join(",")}
        onChange={(event) => {
          takeFirst(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}
