// Choices about the columns of a dataset: which are targets and inputs, which type each has, and how they are made.
import type { Column, ColumnType } from "../api/shapes";

export interface ColumnChoices {
  targets: string[];
  /** What a column is in a recommendation, that of users, items or ratings; undefined where columns have no roles. */
  roles: Map<string, string> | undefined;
  /** The inputs. */
  features: Set<string>;
  /** The types that were chosen for when the file is read again. */
  types: Record<string, ColumnType>;
  onUse: (names: string[], isUsed: boolean) => void;
  onType: (column: Column, type: ColumnType) => void;
}

/** Whether every row has the same value in a column, or none has any, so that nothing can be learned from it. */
export const isConstant = ({ type, missing, distinct, min, max }: Column): boolean =>
  distinct === 0 || (missing === 0 && type !== "image" && (distinct === 1 || (type === "numeric" && min !== null && min === max)));
