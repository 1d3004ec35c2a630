// Promotion of a version of a model: an alias is pointed to it, if it is better than the one that has the alias now.
import { useState } from "preact/hooks";
import { encodeSegment, isAllowed, Problem, request } from "../api/client";
import type { Comparison, Model } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { Icon } from "../shell/icon";
import { ErrorNotice, Loading } from "../shell/notices";

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
  const [problem, setProblem] = useState<Problem>();
  const holder = model.aliases_of_name[alias];
  const isOther = holder !== undefined && holder !== model.version;
  const path = isOther ? `/v1/models/${encodeSegment(model.id)}/comparison?against=${encodeURIComponent(`${model.name}@${alias}`)}` : null;
  const comparison = useFetch<Comparison>(path);
  const result = comparison.value?.comparison?.result;
  const mayPromote = holder !== model.version && (!isOther || isForced || result === "better");

  const promote = async (): Promise<void> => {
    const body = JSON.stringify({ version: model.version, only_if_better: isOther && !isForced });
    try {
      await request(`/v1/models/${encodeSegment(model.name)}/aliases/${encodeSegment(alias)}`, {
        method: "PUT",
        body,
        headers: { "Content-Type": "application/json" },
      });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return;
    }
    onSaved();
    onClose();
  };

  return (
    <form
      class="label-form"
      onKeyDown={({ key }) => key === "Escape" && onClose()}
      onSubmit={(event) => {
        event.preventDefault();
        void promote();
      }}
    >
      {(problem ?? comparison.problem) && <ErrorNotice problem={(problem ?? comparison.problem) as Problem} />}
      <label>
        <span>Alias</span>
        <input list={`aliases-${model.id}`} value={alias} autofocus maxLength={63} onInput={(event) => setAlias(event.currentTarget.value)} />
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
      <div class="buttons">
        <button class="main" type="submit" disabled={!mayPromote || !alias}>
          Make version {model.version} @{alias}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
