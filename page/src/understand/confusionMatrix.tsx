// Confusion matrix: actual classes down, predicted classes across; correct predictions on the diagonal.

export function ConfusionMatrix({ labels, counts }: { labels: string[]; counts: number[][] }) {
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  return (
    <section class="card" aria-labelledby="confusion">
      <header>
        <h3 id="confusion">Confusion matrix</h3>
        <span class="muted">which classes it mistakes for which</span>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="confusion">
        <table class="confusion">
          <thead>
            <tr>
              <td class="muted">
                actual ↓ <br />
                predicted →
              </td>
              {labels.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, i) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {counts[i]?.map((count, j) => (
                  <td
                    key={labels[j]}
                    class={`number ${count === 0 ? "none" : i === j ? "correct" : "incorrect"}`}
                    style={{ "--share": String(count / Math.max(sums[i] ?? 1, 1)) }}
                  >
                    {count}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
