// What each layer of the net sees in the picture of the row, as small grey pictures.
import { encodeSegment } from "../api/client";
import type { FeatureMapsBody, Job, Row } from "../api/shapes";
import { useRefetch } from "../api/useRefetch";
import { FeatureMaps } from "../pictures/featureMaps";
import { ErrorNotice, Loading } from "../shell/notices";

interface Props {
  job: Job;
  row: Row;
  epoch: number;
}

export function FeatureMapsStep({ job, row, epoch }: Props) {
  const path = `/v1/jobs/${encodeSegment(job.id)}/feature-maps?epoch=${epoch}`;
  const { value, problem } = useRefetch<FeatureMapsBody>(path, "", false, JSON.stringify(row));
  return (
    <>
      <p>
        A convolution lays each of its filters on every place of the picture and writes down how well it fits: light where it found its
        pattern, dark where not. Pooling keeps the strongest of each square, so that later layers see more of the picture at once.
      </p>
      {problem && !value ? <ErrorNotice problem={problem} /> : value ? <FeatureMaps maps={value} /> : <Loading />}
    </>
  );
}
