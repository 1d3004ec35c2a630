// Which rows are held out, and how much each row counts: a folded part of the advanced settings.
import { useState } from "preact/hooks";
import { SETTINGS, SPLIT } from "../api/choices";
import type { Column, Spec, Split } from "../api/shapes";
import { listTargets } from "../api/targets";
import { NumberField } from "../shell/numberField";
import { ColumnSelect } from "./columnSelect";
import { SchemaField } from "./schemaField";
import { setSetting } from "./jobDraft";
import { NumberSetting, SettingField } from "./settingField";

type SplitColumn = "group_by" | "order_by" | "column";
type Method = "random" | SplitColumn;

const METHODS: [Method, string][] = [
  ["random", "Random split"],
  ["group_by", "Group split"],
  ["order_by", "Chronological split"],
  ["column", "Predefined split"],
];
const RANDOM = "Held-out rows are chosen at random, each class in proportion.";
const FIRST_FOLDS = 5;

interface Props {
  spec: Spec;
  columns: Column[];
  errorFor: (field: string, isExact?: boolean) => string | undefined;
}

export function SplitSettings({ spec, columns, errorFor }: Props) {
  const { split } = spec;
  const isFoldPerNet = spec.nets > 1 && split.folds !== null;
  /** What is asked for: the folds of several nets follow from their number. */
  const asked = isFoldPerNet ? withoutFolds(split) : split;
  const [chosen, setChosen] = useState<Method>();
  const method = methodOf(split) ?? chosen ?? "random";
  const others = columns.filter(({ name }) => !listTargets(spec).includes(name));
  const numeric = others.filter(({ type }) => type === "numeric");
  const change = (changes: Partial<Split>): void => setSetting("split", { ...asked, ...changes });
  const choose = (next: Method): void => {
    setChosen(next);
    setSetting("split", { ...(next === "order_by" || next === "column" ? withoutFolds(split) : asked), ...NO_COLUMN });
  };
  const [isOpen, setIsOpen] = useState(false);
  const hasFault = errorFor("split") !== undefined || errorFor("weight_column") !== undefined;
  return (
    <details class="split-settings" open={isOpen || hasFault} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        {spec.task === "recommendation" ? "Split" : "Split and weights"} <span class="muted">{describeSplit(spec)}</span>
      </summary>
      <div class="settings">
        <SettingField
          name="split"
          title="Split"
          description={method === "random" ? RANDOM : SETTINGS[method]}
          error={method === "random" ? errorFor("split", true) : undefined}
        >
          <select id="split" value={method} onChange={(event) => choose(event.currentTarget.value as Method)}>
            {METHODS.map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
          {method !== "random" && (
            <ColumnSelect
              id="split-column"
              label="Column of the split"
              columns={method === "order_by" ? others.filter(({ type }) => type === "datetime" || type === "numeric") : others}
              none="Choose a column"
              value={split[method]}
              onChange={(name) => {
                setChosen(method);
                change(method === "column" ? { ...withoutFolds(split), ...SHARES, column: name } : { [method]: name });
              }}
            />
          )}
          {method !== "random" && errorFor(`split/${method}`) && <p class="invalid">{errorFor(`split/${method}`)}</p>}
        </SettingField>
        {method !== "column" && split.folds === null && (
          <NumberSetting
            name="validation"
            title="Validation split"
            description={SETTINGS.validation}
            error={errorFor("split/validation")}
            value={split.validation}
            onChange={(validation) => change({ validation })}
          />
        )}
        {method !== "column" && (
          <NumberSetting
            name="test"
            title="Test split"
            description={SETTINGS.test}
            error={errorFor("split/test")}
            value={split.test}
            onChange={(test) => change({ test })}
          />
        )}
        {(method === "random" || method === "group_by") && !isFoldPerNet && (
          <SettingField name="folds" title="Cross-validation" description={SETTINGS.folds} error={errorFor("split/folds")}>
            <span class="pair">
              <input
                type="checkbox"
                aria-label="Cross-validation"
                checked={split.folds !== null}
                onChange={(event) =>
                  setSetting(
                    "split",
                    event.currentTarget.checked
                      ? { ...split, validation: SPLIT.validation, folds: FIRST_FOLDS, fold: 0 }
                      : withoutFolds(split),
                  )
                }
              />
              {split.folds !== null && (
                <NumberField id="folds" label="Folds" value={split.folds} integer onChange={(folds) => change({ folds })} />
              )}
            </span>
          </SettingField>
        )}
        {asked.folds !== null && (
          <NumberSetting
            name="fold"
            title="Fold"
            description={SETTINGS.fold}
            error={errorFor("split/fold")}
            integer
            value={split.fold}
            onChange={(fold) => change({ fold })}
          />
        )}
        {(method === "random" || method === "group_by") && spec.task !== "recommendation" && (
          <SchemaField
            of="split"
            name="keep_copies_together"
            value={split.keep_copies_together}
            error={errorFor("split/keep_copies_together")}
            onChange={(isKept) => change({ keep_copies_together: isKept === true })}
          />
        )}
        {spec.task !== "recommendation" && (
          <SettingField name="weights" title="Row weights" description={SETTINGS.weight_column} error={errorFor("weight_column")}>
            <ColumnSelect
              id="weights"
              label="Row weights"
              columns={numeric}
              none="None"
              value={spec.weight_column}
              onChange={(name) => setSetting("weight_column", name ?? undefined)}
            />
          </SettingField>
        )}
      </div>
    </details>
  );
}

const NO_COLUMN = { group_by: null, order_by: null, column: null, keep_copies_together: false };
const SHARES = { validation: SPLIT.validation, test: SPLIT.test };

const methodOf = (split: Split): SplitColumn | undefined =>
  (["group_by", "order_by", "column"] as const).find((method) => split[method] !== null);

const withoutFolds = (split: Split): Split => ({ ...split, folds: null, fold: 0 });

/** The split and the weights in a few words. */
function describeSplit({ nets, split, weight_column: weights }: Spec): string {
  const method = methodOf(split);
  const column = method && split[method];
  const parts = [
    method === "group_by" && `groups of ${String(column)}`,
    method === "order_by" && `newest by ${String(column)}`,
    method === "column" && `as ${String(column)} says`,
    split.folds !== null && (nets > 1 ? describeFolds(split.folds, nets) : `fold ${split.fold} of ${split.folds}`),
    method !== "column" && split.folds === null && `${formatShare(split.validation)} validation`,
    method !== "column" && split.test > 0 && `${formatShare(split.test)} test`,
    weights !== null && `weights ${weights}`,
  ];
  return parts.filter(Boolean).join(", ");
}

const formatShare = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;

const describeFolds = (folds: number, nets: number): string =>
  `${folds} folds, ${nets > folds ? `${nets / folds} nets for each` : "one for each net"}`;
