import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type LabelsOf, type MetricName, type MetricNameOf, metrics } from './metric-table.ts';

/** Moves the metrics of the table, and nothing else: an unknown name or label does not compile. */
export class Meter {
  readonly registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();

  constructor() {
    for (const [name, { type, help, labels, buckets }] of metrics) {
      const options = { name, help, labelNames: labels, registers: [this.registry] };
      if (type === 'counter') this.#counters.set(name, new Counter(options));
      else if (type === 'gauge') this.#gauges.set(name, new Gauge(options));
      else this.#histograms.set(name, new Histogram({ ...options, buckets: [...(buckets ?? [])] }));
    }
  }

  /** Adds `by`, which is not negative. Adding 0 makes the series known, so that its first increase is seen as one. */
  count<Name extends MetricNameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    this.#counters.get(name)?.inc(labels, by);
  }

  observe<Name extends MetricNameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    this.#histograms.get(name)?.observe(labels, value);
  }

  set<Name extends MetricNameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    this.#gauges.get(name)?.set(labels, value);
  }

  /** Forgets what gauges said: a lane that moved away leaves no series behind. */
  clearGauges(): void {
    for (const gauge of this.#gauges.values()) gauge.reset();
  }
}
