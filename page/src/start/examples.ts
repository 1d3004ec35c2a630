// Tables that come along, so that nobody needs one of their own to begin.

export interface Example {
  file: string;
  title: string;
  target: string;
  description: string;
  size: string;
  /** What suits this table better than the defaults. */
  settings?: Record<string, unknown>;
}

export const EXAMPLES: Example[] = [
  {
    file: "penguins.csv",
    title: "Penguins",
    target: "species",
    description: "Which of three species is it? Told from bill, flipper and weight.",
    size: "344 rows · real",
  },
  {
    file: "houses.csv",
    title: "House prices",
    target: "price",
    description: "What will it sell for? With typing errors in it, as tables have.",
    size: "546 rows · synthetic",
  },
  {
    file: "concrete.csv",
    title: "Concrete",
    target: "compressive_strength",
    description: "How much pressure does this mix bear after so many days?",
    size: "1,030 rows · real",
  },
  {
    file: "spiral.csv",
    title: "Spiral",
    target: "colour",
    description: "Two inputs only, so that you see the net bend its border as it learns.",
    size: "500 rows · synthetic",
    settings: { epochs: 400, early_stopping: null, batch_size: 16 },
  },
];
