// Promotion of a version of a model: an alias is pointed to it, if it is better than the one that has the alias now.
import { useState } from "preact/hooks";
import { encodeSegment, isAllowed, sendJson } from "../api/client";
import type { Comparison, Model } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { Icon } from "../shell/icon";
import { Loading } from "../shell/notices";
import { RowForm } from "./rowForm";

const DEFAULT_ALIAS = "champion";
const RESULTS = { better: "Better. ", worse: "Worse. ", tie: "Not better. " };

interface ButtonProps {
  name: string;
  isOpen: boolean;
  onToggle: () => void;
}

export function PromoteButton({ name, isOpen, onToggle }: ButtonProps) {
  if (!isAllowed("train")) return null;
  return (
    <button class="small quiet round" aria-label={`Promote ${name}`} title="Promote: give it an alias" aria-expanded={isOpen} onClick={onToggle}>
      <Icon name="arrow" />
    </button>
  );
}

interface Props {
  model: Model;
  onSaved: () => void;
  onClose: () => void;
}

export function PromoteForm({ model, onSaved, onClose }: Props) {
  const known = Object.keys(model.aliases_of_name);
  const [alias, setAlias] = useState(known[0] ?? DEFAULT_ALIAS);
  const [isForced, setIsForced] = useState(false);
  const holder = model.aliases_of_name[alias];
  const isOther = holder !== undefined && holder !== model.version;
  const path = isOther ? `/v1/models/${encodeSegment(model.id)}/comparison?against=${encodeURIComponent(`${model.name}@${alias}`)}` : null;
  const comparison = useFetch<Comparison>(path);
  const result = comparison.value?.comparison?.result;
  const mayPromote = holder !== model.version && (!isOther || isForced || result === "better");

  const promote = (): Promise<unknown> =>
    sendJson("PUT", `/v1/models/${encodeSegment(model.name)}/aliases/${encodeSegment(alias)}`, {
      version: model.version,
      only_if_better: isOther && !isForced,
    });

  return (
    <RowForm
      label={`Make version ${model.version} @${alias}`}
      isDisabled={!mayPromote || !alias}
      problem={comparison.problem}
      send={promote}
      onSaved={onSaved}
      onClose={onClose}
    >
      <label>
        <span>Alias</span>
        <input list={`aliases-${model.id}`} value={alias} maxLength={63} onInput={(event) => setAlias(event.currentTarget.value)} />
        <datalist id={`aliases-${model.id}`}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      </label>
      <div class="comparison" role="status">
        {holder === undefined && <p>No version is @{alias} yet.</p>}
        {holder === model.version && <p>This version is @{alias} now.</p>}
        {isOther && !comparison.value && !comparison.problem && <Loading what="Comparing …" />}
        {isOther && comparison.value && (
          <p>
            <strong>{result && RESULTS[result]}</strong>
            {comparison.value.detail}
          </p>
        )}
      </div>
      {isOther && comparison.value && result !== "better" && (
        <label class="switch wide">
          <input type="checkbox" checked={isForced} onChange={() => setIsForced(!isForced)} /> Promote it anyway
        </label>
      )}
    </RowForm>
  );
}
