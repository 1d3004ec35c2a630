// Example tables, pictures and a text that come with the page.

export interface Example {
  file: string;
  title: string;
  target: string;
  description: string;
  size: string;
  /** Settings that suit this table better than the defaults. */
  settings?: Record<string, unknown>;
}

export const EXAMPLES: Example[] = [
  {
    file: "penguins.csv",
    title: "Penguins",
    target: "species",
    description: "Classification: which of three species is it, by bill, flipper and body mass?",
    size: "344 rows · real",
  },
  {
    file: "houses.csv",
    title: "House prices",
    target: "price",
    description: "Regression: what will it sell for? Includes typos, like real data.",
    size: "546 rows · synthetic",
  },
  {
    file: "concrete.csv",
    title: "Concrete",
    target: "compressive_strength",
    description: "Regression: how strong is this mix of concrete, at which age?",
    size: "1,030 rows · real",
  },
  {
    file: "spiral.csv",
    title: "Spiral",
    target: "colour",
    description: "Classification: only two inputs, so you can watch the net bend its decision boundary.",
    size: "500 rows · synthetic",
    settings: { epochs: 400, early_stopping: null, batch_size: 16 },
  },
  {
    file: "drawings.zip",
    title: "Drawings of animals",
    target: "label",
    description: "Pictures: is it a cat, a dog or a mouse? See what its filters look for, and show it your own.",
    size: "72 pictures · drawn",
  },
  {
    file: "book_ratings.csv",
    title: "Book ratings",
    target: "stars",
    description: "Recommendation: which books would a reader like, and who is like whom?",
    size: "1,674 rows · synthetic",
    settings: { task: "recommendation", user: "reader", item: "book" },
  },
  {
    file: "plays.txt",
    title: "Plays",
    target: "text",
    description: "Language: it reads plays letter by letter. Watch it go from noise to lines, then let it write.",
    size: "300 kB of text",
    settings: { task: "language", text: "text" },
  },
];
