// Button that copies a text, and says whether it could.
import { useState } from "preact/hooks";
import { Icon } from "./icon";

const NOTICE_MS = 2_000;

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [notice, setNotice] = useState("");

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setNotice("Copied");
    } catch {
      setNotice("Select the text and copy it: this browser does not let the page do so");
    }
    setTimeout(() => setNotice(""), NOTICE_MS);
  };

  return (
    <>
      <button class="small" type="button" onClick={() => void copy()}>
        <Icon name="copy" /> {label}
      </button>
      <span class="muted" role="status">
        {notice}
      </span>
    </>
  );
}
