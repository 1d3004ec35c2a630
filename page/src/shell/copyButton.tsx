// Button that copies a text, and says whether it could.
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon";

const NOTICE_MS = 2_000;
const COPIED = "Copied";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [notice, setNotice] = useState("");

  useEffect(() => {
    if (notice !== COPIED) return;
    const timer = setTimeout(() => setNotice(""), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setNotice(COPIED);
    } catch {
      setNotice("Select the text and copy it: this browser does not let the page do so");
    }
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
