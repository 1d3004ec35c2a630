// Drop zone for a file; a click on it opens the file dialog.
import { useRef, useState } from "preact/hooks";
import { Icon } from "../shell/icon";
import { findFolders, packFolders } from "./packFolders";
import { EXTENSIONS } from "./upload";

export function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const [notice, setNotice] = useState("");
  const takeFirst = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  const takeDropped = (transfer: DataTransfer | null): void => {
    const folders = findFolders(transfer);
    if (folders.length === 0) return takeFirst(transfer?.files);
    setNotice("Packing the pictures …");
    packFolders(folders).then(
      (file) => {
        setNotice("");
        onFile(file);
      },
      (error: unknown) => setNotice(error instanceof Error ? error.message : "The folder cannot be read."),
    );
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
        takeDropped(event.dataTransfer);
      }}
    >
      <Icon name="upload" />
      <span>
        <strong>Drop a CSV here</strong>
        <span class="muted">or choose a file (CSV, TSV, Excel, JSON, Parquet …) · first row = column names. Pictures: a folder, or a ZIP of it, with a folder a class. A text to write from: .txt, .md</span>
        {notice && (
          <span class="caution" role="status">
            {notice}
          </span>
        )}
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
