// Upload of a file, after which its page is opened; whoever reads another page by then is shown a link instead.
import { effect, signal } from "@preact/signals";
import { Problem } from "../api/client";
import type { Dataset } from "../api/shapes";
import { currentPlace, hrefFor, navigate } from "../shell/route";
import type { Example } from "./examples";
import { chooseReadOptions } from "./textFiles";
import { AbortError, currentUpload, endedUpload, uploadExample, uploadTable } from "./upload";

/** The path of the start page, which shows uploads in place. */
export const START = "";

/** Why the last upload from the start page came to nothing. */
export const uploadProblem = signal<Problem | undefined>(undefined);

/** Whether a file was refused, as another one is being uploaded. */
export const isRefused = signal(false);
effect(() => {
  if (currentUpload.value === null) isRefused.value = false;
});

/** Upload a file of somebody. */
export const openFile = (file: File): Promise<void> =>
  startUpload(file.name, async () => uploadTable(file, file.name, await chooseReadOptions(file), { place: START }));

/** Upload an example, and choose its target. */
export const openExample = (example: Example): Promise<void> => startUpload(example.file, () => uploadExample(example.file, START), example);

async function startUpload(name: string, upload: () => Promise<Dataset>, example?: Example): Promise<void> {
  if (currentUpload.peek()) {
    isRefused.value = true;
    return;
  }
  uploadProblem.value = undefined;
  endedUpload.value = null;
  const isHere = (): boolean => currentPlace() === START;
  try {
    const dataset = await upload();
    const settings = example?.settings && JSON.stringify(example.settings);
    const address = hrefFor(["datasets", dataset.id], { target: example?.target, with: settings });
    if (isHere()) navigate(address);
    else endedUpload.value = { name, address };
  } catch (error) {
    if (error instanceof AbortError) return;
    if (!(error instanceof Problem)) throw error;
    if (isHere()) uploadProblem.value = error;
    else endedUpload.value = { name, problem: error };
  }
}
