// Drop zone for a file or a folder of pictures; a file can also be chosen.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../shell/icon";
import { EXTENSIONS } from "./upload";
import { useFileDrop } from "./useFileDrop";

interface Props {
  title: string;
  onFile: (file: File) => void;
  /** The endings of files that are taken; without them all that can be uploaded, and folders of pictures. */
  extensions?: string[];
  /** What can be dropped. */
  children: ComponentChildren;
}

export function DropZone({ title, onFile, extensions, children }: Props) {
  const [isOver, setIsOver] = useState(false);
  const { notice, takeDropped, takeFolder } = useFileDrop(onFile);
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
          <strong>{title}</strong>
          <span class="muted">{children}</span>
          {notice && (
            <span class="caution" role="status">
              {notice}
            </span>
          )}
        </span>
        <input
          type="file"
          class="visually-hidden"
          accept={(extensions ?? EXTENSIONS).join(",")}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            if (file) onFile(file);
          }}
        />
      </label>
      {!extensions && (
        <label class="button small folder-choice">
          <Icon name="plus" /> Choose a folder of pictures
          <input
            type="file"
            class="visually-hidden"
            ref={(node) => {
              if (node) node.webkitdirectory = true;
            }}
            onChange={(event) => {
              const chosen = [...(event.currentTarget.files ?? [])];
              event.currentTarget.value = "";
              takeFolder(chosen);
            }}
          />
        </label>
      )}
    </div>
  );
}
