// Training panel: target, task, estimate, warnings, the advanced settings, and the Train button.
import { encodeSegment, post } from "../api/client";
import type { Column, Job } from "../api/shapes";
import { useAction } from "../api/useAction";
import { useFetch } from "../api/useFetch";
import { ChangeNotice } from "../attempts/changeNotice";
import { tagsOfChange } from "../attempts/changeRun";
import { Term } from "../help/term";
import { formatCompact, formatBytes, formatDuration, formatFault, formatPointer, toWords } from "../shell/format";
import { Icon } from "../shell/icon";
import { ErrorNotice, Notice, WarningList } from "../shell/notices";
import { Reasons } from "../shell/reasons";
import { setQuery, navigate, route, hrefFor } from "../shell/route";
import { draftSpec, useValidation } from "./jobDraft";
import { PresetPicker } from "./presetPicker";
import { RecommendationPicker } from "./recommendationPicker";
import { Settings } from "./settings";
import { TargetPicker } from "./targetPicker";
import { TaskSwitch } from "./taskSwitch";
import { TextPicker } from "./textPicker";

interface Props {
  datasetId: string;
  rows: number;
  columns: Column[];
  targets: string[];
  /** The column of the text, if the dataset is nothing but a text. */
  text: string | undefined;
}

export function TrainPanel({ datasetId, rows, columns, targets, text }: Props) {
  const draft = draftSpec(datasetId, targets, text);
  const { validation, presets, problem, spec } = useValidation(draft);
  const submission = useAction();
  const shownProblem = submission.problem ?? problem;
  // what was chosen shows at once, and what is guessed as soon as it is
  const task = draft.task && draft.task !== "auto" ? draft.task : spec?.task;
  const isRecommendation = task === "recommendation";
  const isLanguage = task === "language";
  const isExpanded = route.value.query.get("more") === "1";
  const originId = route.value.query.get("from");
  const { value: origin } = useFetch<Job>(originId && `/v1/jobs/${encodeSegment(originId)}`);

  const train = async (): Promise<void> => {
    const job = await post<Job>("/v1/jobs", origin ? { ...draft, tags: tagsOfChange(origin) } : draft);
    navigate(hrefFor(["jobs", job.id]));
  };

  return (
    <section class={`panel card ${isExpanded ? "expanded" : ""}`} aria-labelledby="train">
      <h2 id="train">{isLanguage ? "Learn to write" : `What do you want to ${isRecommendation ? "recommend" : "predict"}?`}</h2>
      {isLanguage ? (
        <TextPicker columns={columns} text={draft.text ?? ""} isDocuments={spec?.language.documents ?? false} />
      ) : isRecommendation ? (
        <RecommendationPicker columns={columns} rows={rows} spec={spec} target={targets[0] ?? ""} />
      ) : (
        <TargetPicker columns={columns} targets={targets} errors={validation?.errors ?? []} />
      )}
      {targets.length === 1 && text === undefined && <TaskSwitch columns={columns} rows={rows} task={task} />}
      {spec && Object.keys(presets).length > 0 && <PresetPicker chosen={spec.preset} forecasts={presets} />}
      {validation?.estimate && (
        <dl class="estimate">
          <div>
            <dt>
              <Term>parameters</Term>
            </dt>
            <dd>{formatCompact(validation.estimate.parameters)}</dd>
          </div>
          <div>
            <dt>estimated time (max)</dt>
            <dd>{formatDuration(validation.estimate.seconds)}</dd>
          </div>
          <div>
            <dt>estimated memory</dt>
            <dd>{formatBytes(validation.estimate.memory_bytes)}</dd>
          </div>
        </dl>
      )}
      <div aria-live="polite">
        {validation?.errors.map((error) => (
          <Notice key={error.pointer + error.code} kind="caution">
            <strong>{toWords(formatPointer(error.pointer))}</strong> {formatFault(error)}
          </Notice>
        ))}
        <WarningList warnings={validation?.warnings ?? []} />
      </div>
      <Reasons reasons={validation?.reasons ?? {}} />
      {origin && spec && <ChangeNotice origin={origin} spec={spec} />}
      {shownProblem && <ErrorNotice problem={shownProblem} />}
      <button
        class="quiet wide"
        aria-expanded={isExpanded}
        aria-controls="settings"
        onClick={() => setQuery({ more: isExpanded ? null : "1" })}
      >
        <Icon name={isExpanded ? "minus" : "plus"} /> Advanced settings
      </button>
      <div id="settings" hidden={!isExpanded}>
        {isExpanded && spec && <Settings spec={spec} columns={columns} errors={validation?.errors ?? []} />}
      </div>
      <div class="foot">
        <button class="main wide" disabled={submission.isBusy || validation?.valid === false} onClick={() => submission.run(train)}>
          <Icon name="play" /> {submission.isBusy ? "Starting …" : "Train"}
        </button>
      </div>
    </section>
  );
}
