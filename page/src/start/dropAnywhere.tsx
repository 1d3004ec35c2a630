// A file that is dropped on any page is uploaded, unless it fell on something that takes files itself.
import { useEffect, useState } from "preact/hooks";
import { isAllowed } from "../api/client";
import { isRefused, openFile } from "./openUpload";
import { currentUpload } from "./upload";
import { useFileDrop } from "./useFileDrop";

export function DropAnywhere() {
  const [isOver, setIsOver] = useState(false);
  const { notice, takeDropped } = useFileDrop((file) => void openFile(file));
  const mayUpload = isAllowed("train");
  const isOffered = mayUpload && currentUpload.value === null;

  useEffect(() => {
    /** Whether files are dragged over what takes none itself; the browser would open them instead of the page. */
    const claim = (event: DragEvent): boolean => {
      const isOurs = !event.defaultPrevented && event.dataTransfer?.types.includes("Files") === true;
      if (isOurs) event.preventDefault();
      return isOurs;
    };
    const offer = (event: DragEvent): void => setIsOver(claim(event) && isOffered);
    const take = (event: DragEvent): void => {
      setIsOver(false);
      if (claim(event) && mayUpload) takeDropped(event.dataTransfer);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    addEventListener("dragover", offer);
    addEventListener("drop", take);
    addEventListener("dragleave", leave);
    return () => {
      removeEventListener("dragover", offer);
      removeEventListener("drop", take);
      removeEventListener("dragleave", leave);
    };
  }, [mayUpload, isOffered]);

  return (
    <>
      {isOver && <p class="drop-anywhere">Drop it anywhere to upload it</p>}
      {isRefused.value && (
        <p class="caution" role="status">
          Another file is being uploaded. Drop this one when it is done.
        </p>
      )}
      {notice && (
        <p class="caution" role="status">
          {notice}
        </p>
      )}
    </>
  );
}
