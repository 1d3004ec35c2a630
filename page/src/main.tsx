// The page: which part of it is shown follows from the address alone.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { key } from "./api/ask";
import { Datasets } from "./lists/datasets";
import { Jobs } from "./lists/jobs";
import { Models } from "./lists/models";
import { Frame } from "./shell/frame";
import { Empty } from "./shell/notice";
import { route } from "./shell/route";
import { Dataset } from "./start/dataset";
import { Start } from "./start/start";
import { Compare } from "./understand/compare";
import { ModelPage } from "./use/modelpage";
import { JobPage } from "./watch/jobpage";
import "./look/page.css";

function Page() {
  const [place, id] = route.value.path;
  useEffect(() => {
    document.title = place ? `${place[0]?.toUpperCase()}${place.slice(1)} · Gradus` : "Gradus";
  }, [place]);
  return <Frame key={key.value}>{shown(place, id)}</Frame>;
}

function shown(place: string | undefined, id: string | undefined) {
  if (place === undefined) return <Start />;
  if (place === "jobs") return id ? <JobPage key={id} id={id} /> : <Jobs />;
  if (place === "datasets") return id ? <Dataset key={id} id={id} /> : <Datasets />;
  if (place === "models") return id ? <ModelPage key={id} reference={id} /> : <Models />;
  if (place === "compare") return <Compare />;
  return (
    <Empty title="There is no such page">
      <a href="#/">Back to the start</a>
    </Empty>
  );
}

render(<Page />, document.getElementById("page") as HTMLElement);
