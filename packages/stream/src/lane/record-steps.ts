import type { TimelineEvent, TimeMs } from '@tidemark/domain';
import type { LaneFold, ScoreChange, StepCause } from '../folds/lane-fold.ts';
import type { TimelineReader, TimelineRecord } from '../timeline-record.ts';
import { compareSteps, type StepKey } from './step-order.ts';
import type { Wave } from './wave.ts';

/** A timeline record with the score changes that belong to its offset, by (effective time, customer id bytes). */
export interface JoinedRecord {
  readonly record: TimelineRecord;
  readonly changes: readonly ScoreChange[];
}

/** The steps of one record that are not timers, in order, merged with the timers as they come due. */
export class RecordSteps<Facet, Rules, Change> {
  /** Null where the record is no step of its customer. */
  readonly #event: TimelineEvent | null;
  readonly #record: TimelineRecord;
  readonly #changes: readonly ScoreChange[];
  readonly #streamTime: TimeMs;
  readonly #wave: Wave | null;
  readonly #resumeAfter: StepKey | null;
  #changeAt = 0;
  #waveAt = 0;
  #ownDone = false;

  /** Throws what makes the record unreadable, before any of its steps. */
  constructor(
    { fold, reader }: { fold: LaneFold<Facet, Rules, Change>; reader: TimelineReader },
    joined: JoinedRecord,
    streamTime: TimeMs,
    wave: Wave | null,
    resumeAfter: StepKey | null,
  ) {
    const { record } = joined;
    this.#event = record.customerId !== null && fold.wants(record) ? reader.event(record) : null;
    this.#record = record;
    this.#changes = joined.changes;
    this.#streamTime = streamTime;
    this.#wave = wave;
    this.#resumeAfter = resumeAfter;
    while (this.#isDone(this.#changeKey())) this.#changeAt++;
    while (this.#isDone(this.#waveKey())) this.#waveAt++;
  }

  /** The key of the next step: the least of the timer, the changes, the wave's next customer and the record's own. */
  next(timer: StepKey | null): StepKey | null {
    let first = timer;
    for (const key of [this.#changeKey(), this.#waveKey(), this.#ownKey()]) {
      if (key !== null && (first === null || compareSteps(key, first) < 0)) first = key;
    }
    return first;
  }

  /** All that happens at `key`, taken together. */
  take(key: StepKey, timer: StepKey | null): StepCause {
    const changes: ScoreChange[] = [];
    for (let k = this.#changeKey(); k !== null && compareSteps(k, key) === 0; k = this.#changeKey()) {
      changes.push(this.#changes[this.#changeAt++] as ScoreChange);
    }
    const wave = this.#waveKey();
    if (wave !== null && compareSteps(wave, key) === 0) this.#waveAt++;
    const own = this.#ownKey();
    let event: TimelineEvent | null = null;
    if (own !== null && compareSteps(own, key) === 0) {
      this.#ownDone = true;
      event = this.#event;
    }
    const isOfWave = this.#wave !== null && key.at === this.#streamTime && key.phase === this.#wave.phase;
    return {
      record: this.#record,
      timer: timer !== null && compareSteps(timer, key) === 0,
      event,
      changes,
      policyChanged: isOfWave && this.#wave?.kind === 'policy',
      looks: isOfWave && this.#wave?.kind === 'cutover',
    };
  }

  #changeKey(): StepKey | null {
    const change = this.#changes[this.#changeAt];
    return change === undefined ? null : { at: change.effectiveAt, phase: 0, customerId: change.customerId };
  }

  #ownKey(): StepKey | null {
    const { customerId } = this.#record;
    if (this.#ownDone || customerId === null || this.#event === null) return null;
    return { at: this.#streamTime, phase: 1, customerId };
  }

  #waveKey(): StepKey | null {
    const customerId = this.#wave?.customers[this.#waveAt];
    if (this.#wave === null || customerId === undefined) return null;
    return { at: this.#streamTime, phase: this.#wave.phase, customerId };
  }

  #isDone(key: StepKey | null): boolean {
    return key !== null && this.#resumeAfter !== null && compareSteps(key, this.#resumeAfter) <= 0;
  }
}
