// Entry point: the address alone decides which page is shown.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { apiKey } from "./api/client";
import { HelpPage } from "./help/help";
import { KeysPage } from "./keys/keysPage";
import { DatasetList } from "./lists/datasets";
import { JobList } from "./lists/jobs";
import { ModelList } from "./lists/models";
import { Frame } from "./shell/frame";
import { EmptyState } from "./shell/notices";
import { route } from "./shell/route";
import { pageTitle } from "./shell/title";
import { DatasetPage } from "./start/datasetPage";
import { StartPage } from "./start/start";
import { SweepList } from "./sweeps/sweepList";
import { SweepPage } from "./sweeps/sweepPage";
import { Compare } from "./understand/compare";
import { ModelPage } from "./use/modelPage";
import { JobPage } from "./watch/jobPage";
import { WebhookList } from "./webhooks/webhookList";
import { WebhookPage } from "./webhooks/webhookPage";
import "./styles/page.css";

const SECTION_TITLES: Record<string, string> = {
  jobs: "Jobs",
  models: "Models",
  datasets: "Datasets",
  compare: "Compare",
  sweeps: "Sweeps",
  webhooks: "Webhooks",
  help: "Help",
  keys: "Keys",
};

function Page() {
  const [section, id] = route.value.path;
  const title = pageTitle.value ?? (section === undefined ? "" : (SECTION_TITLES[section] ?? "Page not found"));
  useEffect(() => {
    document.title = title ? `${title} · Gradus` : "Gradus";
  }, [title]);
  return <Frame key={apiKey.value}>{renderPage(section, id)}</Frame>;
}

function renderPage(section: string | undefined, id: string | undefined) {
  if (section === undefined) return <StartPage />;
  if (section === "jobs") return id ? <JobPage key={id} id={id} /> : <JobList />;
  if (section === "datasets") return id ? <DatasetPage key={id} id={id} /> : <DatasetList />;
  if (section === "models") return id ? <ModelPage key={id} reference={id} /> : <ModelList />;
  if (section === "sweeps") return id ? <SweepPage key={id} id={id} /> : <SweepList />;
  if (section === "webhooks") return id ? <WebhookPage key={id} id={id} /> : <WebhookList />;
  if (section === "compare") return <Compare />;
  if (section === "help") return <HelpPage />;
  if (section === "keys") return <KeysPage />;
  return (
    <EmptyState title="Page not found" isPage>
      <a href="#/">Back to Start</a>
    </EmptyState>
  );
}

render(<Page />, document.getElementById("page") as HTMLElement);
