// What is recorded of one net, epoch by epoch, as far as it has come.
import type { Epoch, LayerStats, Metrics } from "../api/shapes";

export interface Sample {
  epoch: number;
  text: string;
}

type Values = (number | null)[];

export class NetRecord {
  readonly epochs: number[] = [];
  readonly train: Values = [];
  readonly validation: Values = [];
  readonly metrics = new Map<string, Values>();
  /** What a net that learns to write wrote after each epoch. */
  readonly samples: Sample[] = [];
  readonly layerStats: LayerStats[] = [];
  newestEpoch: Epoch | undefined;

  /** A job resumed on another machine repeats some epochs: the newer ones replace the older. */
  addEpoch(epoch: Epoch): void {
    while ((this.epochs.at(-1) ?? 0) >= epoch.epoch) this.dropLast();
    const before = this.epochs.length;
    this.epochs.push(epoch.epoch);
    this.train.push(epoch.train_loss);
    this.validation.push(epoch.validation_loss);
    for (const [name, value] of Object.entries<Metrics[string]>(epoch.metrics)) {
      const current = this.metrics.get(name) ?? new Array<number | null>(before).fill(null);
      current.push(value);
      this.metrics.set(name, current);
    }
    if (epoch.sample != null) this.samples.push({ epoch: epoch.epoch, text: epoch.sample });
    this.newestEpoch = epoch;
  }

  addLayerStats(layerStats: LayerStats): void {
    while ((this.layerStats.at(-1)?.epoch ?? -1) >= layerStats.epoch) this.layerStats.pop();
    this.layerStats.push(layerStats);
  }

  /** Add what was fetched where it is missing: newer statistics may have come by the stream while it was under way. */
  mergeLayerStats(fetched: LayerStats[]): void {
    const present = new Set(this.layerStats.map(({ epoch }) => epoch));
    this.layerStats.push(...fetched.filter(({ epoch }) => !present.has(epoch)));
    this.layerStats.sort((a, b) => a.epoch - b.epoch);
  }

  /** Its curves under a name: of the loss those of training and validation, else that of the metric, if it has one. */
  findCurves(name: string): Values[] {
    const metric = this.metrics.get(name);
    return metric ? [metric] : [this.train, this.validation];
  }

  private dropLast(): void {
    if (this.samples.at(-1)?.epoch === this.epochs.at(-1)) this.samples.pop();
    for (const values of [this.epochs, this.train, this.validation, ...this.metrics.values()]) values.pop();
  }
}
