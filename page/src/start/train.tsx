// The last choice before training, and the button. Defaults are good; "more" unfolds what may be changed.
import { useState } from "preact/hooks";
import { post, Problem } from "../api/ask";
import type { Job } from "../api/shapes";
import { about, bytes, duration } from "../shell/figures";
import { Icon } from "../shell/icon";
import { Hint, Trouble } from "../shell/notice";
import { ask, go, route, to } from "../shell/route";
import { asked, useCheck } from "./recipe";
import { Settings } from "./settings";

export function TrainPanel({ datasetId, target }: { datasetId: string; target: string }) {
  const wanted = asked(datasetId, target);
  const { validation, problem, spec } = useCheck(wanted);
  const [sending, setSending] = useState(false);
  const [refused, setRefused] = useState<Problem>();
  const open = route.value.query.get("more") === "1";

  const train = async (): Promise<void> => {
    setSending(true);
    setRefused(undefined);
    try {
      const job = await post<Job>("/v1/jobs", wanted);
      go(to(["jobs", job.id]));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setRefused(error);
      setSending(false);
    }
  };

  return (
    <section class="panel card" aria-labelledby="train">
      <h2 id="train">
        Predict <em>{target}</em>
      </h2>
      <p class="soft">
        {spec?.task === "regression" && "It is a number: the net learns to come close to it."}
        {spec?.task === "classification" && "It is a kind: the net learns how likely each one is."}
      </p>
      {validation?.estimate && (
        <dl class="estimate">
          <div>
            <dt>weights to learn</dt>
            <dd>{about(validation.estimate.parameters)}</dd>
          </div>
          <div>
            <dt>time, at most about</dt>
            <dd>{duration(validation.estimate.seconds_per_epoch * (spec?.epochs ?? 0))}</dd>
          </div>
          <div>
            <dt>memory, about</dt>
            <dd>{bytes(validation.estimate.memory_bytes)}</dd>
          </div>
        </dl>
      )}
      <div aria-live="polite">
        {validation?.errors.map((error) => (
          <Hint key={error.pointer + error.code} kind="odd">
            <code>{error.pointer.replace("#/", "")}</code> {error.detail}
            {error.suggestion ? `; did you mean ${error.suggestion}?` : ""}
          </Hint>
        ))}
        {validation?.warnings.map((warning) => (
          <Hint key={warning}>{warning}</Hint>
        ))}
      </div>
      {(refused ?? problem) && <Trouble problem={(refused ?? problem) as Problem} />}
      <button class="main wide" disabled={sending || validation?.valid === false} onClick={() => void train()}>
        <Icon name="play" /> {sending ? "On its way …" : "Train"}
      </button>
      <button
        class="quiet wide"
        aria-expanded={open}
        aria-controls="settings"
        onClick={() => ask({ more: open ? null : "1" })}
      >
        <Icon name={open ? "minus" : "plus"} /> {open ? "Less" : "More: layers, optimizer, epochs …"}
      </button>
      <div id="settings" hidden={!open}>
        {open && spec && <Settings spec={{ ...spec, ...wanted }} errors={validation?.errors ?? []} />}
      </div>
    </section>
  );
}
