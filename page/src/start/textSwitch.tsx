// Button for a .txt file that was taken for a table and is a text, or the other way round.
import type { Dataset } from "../api/shapes";
import { hrefFor, navigate } from "../shell/route";
import { ReadAgain } from "./readAgain";
import { findWholeText } from "./textFiles";

export function TextSwitch({ dataset }: { dataset: Dataset }) {
  if (!/\.(txt|text)$/i.test(dataset.name)) return null;
  const isText = findWholeText(dataset) !== undefined;
  const options = { types: "", ...(isText ? {} : { format: "text" }) };
  return (
    <p class="header-switch">
      <ReadAgain dataset={dataset} options={options} onRead={({ id }) => navigate(hrefFor(["datasets", id]))}>
        {isText ? "It is a table, not a text" : "It is a text to write from, not a table"}
      </ReadAgain>
    </p>
  );
}
