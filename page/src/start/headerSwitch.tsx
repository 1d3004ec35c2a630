// Button for a file whose first line was taken for the names of its columns and is data, or the other way round.
import type { Dataset, Issue } from "../api/shapes";
import { hrefFor, navigate } from "../shell/route";
import { ReadAgain } from "./readAgain";

/** Formats without a mark that tells names from data. */
const UNMARKED_FORMATS = new Set(["csv", "tsv", "xlsx", "xls", "ods", "html"]);

export function HeaderSwitch({ dataset, issues }: { dataset: Dataset; issues: Issue[] | undefined }) {
  if (!UNMARKED_FORMATS.has(dataset.format)) return null;
  const found = issues?.find(({ code }) => code === "no_header");
  const isHeaderless = dataset.read_options?.header_line === 0 || found !== undefined;
  return (
    <p class="header-switch">
      <ReadAgain
        dataset={dataset}
        // types are those of columns that will have other names
        options={{ header_line: isHeaderless ? String(found?.line ?? 1) : "0", types: "" }}
        onRead={({ id }) => navigate(hrefFor(["datasets", id]))}
      >
        {isHeaderless ? "The first line has the column names" : "The first line is data, not column names"}
      </ReadAgain>
    </p>
  );
}
