// The tag of a job that names the run whose settings it changed.
export const CHANGED_FROM = "changed_from";
