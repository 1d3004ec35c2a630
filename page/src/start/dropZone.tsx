// Drop zone for a file or a folder of pictures; a click on it opens the file dialog, and a button that for folders.
import { useRef, useState } from "preact/hooks";
import { formatCount } from "../shell/format";
import { Icon } from "../shell/icon";
import { findFolders, listChosen, listDropped, packFiles, type FolderFile } from "./packFolders";
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
    void pack(listDropped(folders));
  };
  const pack = async (files: Promise<FolderFile[]> | FolderFile[]): Promise<void> => {
    setNotice("Packing the pictures …");
    try {
      const archive = await packFiles(await files, (packed, count) => setNotice(`Packing the pictures: ${formatCount(packed)} of ${formatCount(count)} …`));
      setNotice("");
      onFile(archive);
    } catch (error) {
      setNotice(error instanceof Error ? error.message : "The folder cannot be read.");
    }
  };
  return (
    <div class="drop-place">
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
    <label class="button small folder-choice">
      <Icon name="plus" /> Choose a folder of pictures
      <input
        type="file"
        class="visually-hidden"
        ref={(node) => {
          if (node) node.webkitdirectory = true;
        }}
        onChange={(event) => {
          const chosen = listChosen(event.currentTarget.files ?? []);
          event.currentTarget.value = "";
          void pack(chosen);
        }}
      />
    </label>
    </div>
  );
}
