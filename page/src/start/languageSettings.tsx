// How a text is cut into tokens, and how many of them the net sees.
import { SETTINGS, TOKENIZERS } from "../api/choices";
import type { Spec } from "../api/shapes";
import { setLanguage } from "./jobDraft";
import { NumberSetting, Setting } from "./setting";

interface Props {
  spec: Spec;
  errorFor: (field: string) => string | undefined;
}

export function LanguageSettings({ spec, errorFor }: Props) {
  const { tokenizer, context } = spec.language;
  const error = errorFor("language");
  return (
    <>
      <Setting name="tokenizer" title="Tokenizer" description={TOKENIZERS[tokenizer]} error={error}>
        <select
          id="tokenizer"
          value={tokenizer}
          onChange={(event) => setLanguage({ tokenizer: event.currentTarget.value as Spec["language"]["tokenizer"] })}
        >
          {Object.keys(TOKENIZERS).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Setting>
      <NumberSetting
        name="context"
        title="Context"
        description={SETTINGS.context}
        integer
        value={context ?? 0}
        onChange={(length) => setLanguage({ context: length })}
      />
    </>
  );
}
