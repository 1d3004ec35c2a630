// Room for labels in a row: which of them are drawn, so that none runs into another one.

/** Which of the labels, centred at ascending places, are drawn: both ends, and between them those that leave a gap. */
export function selectApart(places: number[], widths: number[], gap: number): boolean[] {
  const last = places.length - 1;
  const startOf = (n: number): number => (places[n] as number) - (widths[n] as number) / 2;
  const endOf = (n: number): number => startOf(n) + (widths[n] as number);
  let taken = -Infinity;
  return places.map((_, n) => {
    const fits = n === last ? true : startOf(n) >= taken + gap && (n === 0 || endOf(n) + gap <= startOf(last));
    if (fits) taken = endOf(n);
    return fits;
  });
}
