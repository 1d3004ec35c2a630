// What a draft changes of the run that it was made from.
import type { Job, Spec } from "../api/shapes";
import { toWords } from "../shell/format";
import { Notice } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { diffSpecs } from "../understand/specDiff";

export function ChangeNotice({ origin, spec }: { origin: Job; spec: Spec }) {
  const changes = diffSpecs([origin.spec, { ...spec, tags: origin.spec.tags, model_name: origin.spec.model_name }]);
  return (
    <Notice>
      Changed from <a href={hrefFor(["jobs", origin.id])}>this run</a>:{" "}
      {changes.length === 0 ? (
        "nothing yet; open the advanced settings, change one thing and train again."
      ) : (
        <ul class="changes">
          {changes.map(({ name, values }) => (
            <li key={name}>
              {toWords(name)} <s>{values[0]}</s> <b>{values[1]}</b>
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
