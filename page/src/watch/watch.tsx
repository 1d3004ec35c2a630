// A job as it learns: how far it is, how wrong it still is, and the net itself.
import type { Job } from "../api/shapes";
import { Hint, Trouble } from "../shell/notice";
import { Curves } from "./curves";
import { LayerTable } from "./layertable";
import { Net } from "./net";
import { Outlook } from "./outlook";
import { Progress } from "./progress";
import type { Story } from "./story";

export function Watch({ job, story }: { job: Job; story: Story }) {
  return (
    <>
      <Progress job={job} story={story} />
      {job.error && <Trouble problem={job.error} />}
      {job.warnings.map((warning) => (
        <Hint key={warning}>{warning}</Hint>
      ))}
      <div class="watch">
        <Net job={job} story={story} />
        <Curves job={job} story={story} />
        <Outlook job={job} story={story} />
        <LayerTable story={story} />
      </div>
    </>
  );
}
