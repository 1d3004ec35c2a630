// How a text is cut into tokens, and how many of them the net sees.
import { TOKENIZERS } from "../api/choices";
import type { Spec } from "../api/shapes";
import { SchemaFields } from "./schemaField";
import { setLanguage } from "./jobDraft";
import { SettingField } from "./settingField";

const NAMES = ["context", "vocabulary", "windows", "documents", "mix_ngrams"];

interface Props {
  spec: Spec;
  errorFor: (field: string) => string | undefined;
}

export function LanguageSettings({ spec, errorFor }: Props) {
  const { tokenizer } = spec.language;
  const error = errorFor("language/tokenizer");
  return (
    <>
      <SettingField name="tokenizer" title="Tokenizer" description={TOKENIZERS[tokenizer]} error={error}>
        <select
          id="tokenizer"
          value={tokenizer}
          onChange={(event) => setLanguage({ tokenizer: event.currentTarget.value as Spec["language"]["tokenizer"] })}
        >
          {Object.keys(TOKENIZERS).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </SettingField>
      <SchemaFields of="language" names={NAMES} values={spec.language} errorFor={(name) => errorFor(`language/${name}`)} onChange={setLanguage} />
    </>
  );
}
