// Where a table is dropped, or chosen; the whole field is the button.
import { useRef, useState } from "preact/hooks";
import { Icon } from "../shell/icon";
import { ENDINGS } from "./upload";

export function Drop({ take, busy }: { take: (file: File) => void; busy: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const taken = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) take(file);
  };
  return (
    <label
      class={`drop ${over ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        taken(event.dataTransfer?.files);
      }}
    >
      <Icon name="upload" />
      <span>
        <strong>{busy ? "Reading your table …" : "Drop a table here"}</strong>
        <span class="soft">or choose a file: CSV, TSV, NDJSON or Parquet, with names in its first line</span>
      </span>
      <input
        ref={input}
        type="file"
        class="unseen"
        accept={ENDINGS.join(",")}
        disabled={busy}
        onChange={(event) => {
          taken(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}
