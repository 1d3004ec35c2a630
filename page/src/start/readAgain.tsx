// Button that reads the file of a dataset again with other options; that makes another dataset, for the present one may be in use.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Problem } from "../api/client";
import type { Dataset } from "../api/shapes";
import { ErrorNotice } from "../shell/notices";
import { AbortError, currentUpload, readAgain, type UploadOptions } from "./upload";

interface Props {
  dataset: Dataset;
  options: UploadOptions;
  onRead: (dataset: Dataset) => void;
  isPrimary?: boolean;
  children: ComponentChildren;
}

export function ReadAgain({ dataset, options, onRead, isPrimary = false, children }: Props) {
  const [isReading, setIsReading] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const read = async (): Promise<void> => {
    setIsReading(true);
    setProblem(undefined);
    try {
      onRead(await readAgain(dataset, options));
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
      else if (!(error instanceof AbortError)) throw error;
    }
    setIsReading(false);
  };
  return (
    <>
      <button class={isPrimary ? "small main" : "small"} disabled={isReading || currentUpload.value !== null} onClick={() => void read()}>
        {isReading ? "Reading …" : children}
      </button>
      {problem && <ErrorNotice problem={problem} />}
    </>
  );
}
