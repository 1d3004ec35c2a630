// Progress of the upload that is under way, with a button to cancel it, and what came of it on another page.
import type { Dataset } from "../api/shapes";
import { formatBytes, formatRows } from "../shell/format";
import { Icon } from "../shell/icon";
import { ErrorNotice, Notice } from "../shell/notices";
import { currentPlace } from "../shell/route";
import { currentUpload, endedUpload } from "./upload";

export function UploadProgress() {
  const upload = currentUpload.value;
  if (!upload) return null;
  const share = upload.total ? upload.sent / upload.total : 1;
  const isSent = share >= 1;
  return (
    <div class="upload-progress">
      <p role="status">
        <strong>
          {isSent ? upload.work : "Uploading"} <bdi>{upload.name}</bdi> …
        </strong>{" "}
        <span class="muted number">
          {isSent ? upload.work === "Reading" ? "uploaded; the server reads it" : "sent; the server predicts it" : `${Math.floor(share * 100)}% of ${formatBytes(upload.total)}`}
        </span>
      </p>
      <progress aria-label={`Upload of ${upload.name}`} {...(isSent ? {} : { value: share })} max={1} />
      <button class="small" onClick={upload.cancel}>
        <Icon name="cross" /> Cancel
      </button>
    </div>
  );
}

/** How far a worker has read a file. */
export function ReadingProgress({ dataset }: { dataset: Dataset }) {
  const { rows, fraction } = dataset.progress ?? {};
  return (
    <div class="upload-progress">
      <p>
        <strong role="status">Reading your {formatBytes(dataset.bytes)} …</strong>{" "}
        <span class="muted number">
          {rows ? `${formatRows(rows)} so far` : ""}
          {fraction == null ? "" : ` · ${Math.floor(100 * fraction)}%`}
        </span>
      </p>
      <progress aria-label={`Reading of ${dataset.name}`} {...(fraction == null ? {} : { value: fraction })} max={1} />
    </div>
  );
}

/** What is shown on every page: an upload that goes on, and one that has ended since its page was left. */
export function UploadNotice() {
  const ended = endedUpload.value;
  const isElsewhere = currentUpload.value !== null && currentUpload.value.place !== currentPlace();
  return (
    <div class="upload-notice">
      {isElsewhere && <UploadProgress />}
      {ended?.address && (
        <Notice kind="success">
          <bdi>{ended.name}</bdi> {ended.outcome ?? "is uploaded"}.{" "}
          <a href={ended.address} onClick={() => (endedUpload.value = null)}>
            Open it
          </a>
        </Notice>
      )}
      {ended?.problem && <ErrorNotice problem={ended.problem} />}
      {ended && (
        <button class="small quiet" onClick={() => (endedUpload.value = null)}>
          Dismiss
        </button>
      )}
    </div>
  );
}
