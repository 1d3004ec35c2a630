// Field for a picture: one is dropped, pasted, chosen or taken by the camera, and shown; it is made small before it is sent.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Cell } from "../api/shapes";
import { Icon } from "../shell/icon";
import { readAsDataUrl } from "../shell/picture";
import { Camera } from "./camera";

/** The longest side that is sent, in pixels: more than a net sees. */
const MAX_SIDE = 512;
/** Up to this side nothing of a picture may get lost. */
const MAX_LOSSLESS_SIDE = 64;

interface Props {
  id: string;
  name: string;
  value: Cell;
  onChange: (value: Cell) => void;
}

export function PictureInput({ id, name, value, onChange }: Props) {
  const [isOver, setIsOver] = useState(false);
  const [hasCamera, setHasCamera] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !hasCamera) opener.current?.focus();
    wasOpen.current = hasCamera;
  }, [hasCamera]);
  const takeBlob = (picture: Blob): void => {
    setHasCamera(false);
    void shrinkPicture(picture).then(onChange);
  };
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) takeBlob(file);
  };
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent): void => take(clipboardData?.files);
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [onChange]);
  return (
    <div class="picture-field">
      <label
        class={`drop-zone picture-input ${isOver ? "over" : ""}`}
        for={id}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          take(event.dataTransfer?.files);
        }}
      >
        {typeof value === "string" && value.startsWith("data:") ? (
          <img src={value} alt={`The picture to predict from: ${name}`} />
        ) : (
          <Icon name="upload" />
        )}
        <span class="muted">Drop a picture here, paste one, or choose a file</span>
        <input
          id={id}
          type="file"
          class="visually-hidden"
          accept="image/*"
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </label>
      {hasCamera ? (
        <Camera onTake={takeBlob} onClose={() => setHasCamera(false)} />
      ) : (
        <button ref={opener} type="button" class="small" onClick={() => setHasCamera(true)}>
          <Icon name="camera" /> Use the camera
        </button>
      )}
    </div>
  );
}

/** A picture as a data: address, upright and on white; one that the browser cannot show is sent as it is. */
async function shrinkPicture(file: Blob): Promise<string> {
  try {
    const bitmap = await createImageBitmap(file);
    const longest = Math.max(bitmap.width, bitmap.height);
    const scale = Math.min(1, MAX_SIDE / longest);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    if (!context) return await readAsDataUrl(file);
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return longest <= MAX_LOSSLESS_SIDE ? canvas.toDataURL("image/png") : canvas.toDataURL("image/jpeg", 0.92);
  } catch {
    return readAsDataUrl(file);
  }
}
