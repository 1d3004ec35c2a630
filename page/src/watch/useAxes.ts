// Hook for the two columns that span the plane of predictions: those in the address, else the strongest.
import { useMemo } from "preact/hooks";
import type { Column, Job, NetWeights } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { route } from "../shell/route";
import { TERMINAL_STATUSES } from "./jobStore";
import { pathOfNet } from "./netChoice";
import { isAxis, rankColumns } from "./predictionViews";

interface Axes {
  /** The columns that can be axes: of a trained net those with the strongest weights first. */
  ranked: Column[];
  x: Column | undefined;
  y: Column | undefined;
}

/** @param isAsked whether the plane is shown */
export function useAxes(job: Job, inputs: Column[], isAsked: boolean): Axes {
  const isRanked = isAsked && inputs.length > 2 && TERMINAL_STATUSES.has(job.status);
  const net = useFetch<NetWeights>(isRanked ? pathOfNet(job, "weights?units=64") : null).value;
  const ranked = useMemo(() => rankColumns(inputs.filter(isAxis), net), [inputs, net]);
  const { query } = route.value;
  const find = (key: string): Column | undefined => ranked.find(({ name }) => name === query.get(key));
  const x = find("x") ?? ranked.find((one) => one !== find("y"));
  return { ranked, x, y: find("y") ?? ranked.find((one) => one !== x) };
}
