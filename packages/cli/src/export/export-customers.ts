import { readEmbedded } from '@tidemark/embedded';
import { describeCustomer } from '../state/describe-customer.ts';
import { type LaneState, readLaneState } from '../state/lane-state.ts';
import { listCustomers } from '../state/list-customers.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import type { ExportOptions } from './command.ts';
import { ROW_FORMATS } from './format-rows.ts';

/** Writes the lines one by one: memory does not grow with the number of customers. */
export async function exportCustomers(options: ExportOptions, environment: Environment): Promise<number> {
  const { stdout } = environment;
  const format = ROW_FORMATS[options.format];
  return readEmbedded(options.data, async (reader) => {
    const lanes: LaneState[] = [];
    for (let lane = 0; lane < reader.log.lanes; lane++) lanes.push(await readLaneState(reader.store, lane));
    if (format.header !== null) await stdout.line(format.header);
    for await (const { lane, customer } of listCustomers(reader)) {
      const signal = stopSignalOf(environment);
      if (signal !== null) return exitCodeOf(signal);
      const { streamTime, rules } = lanes[lane] ?? NO_STATE;
      if (rules === null) continue;
      await stdout.line(format.row(describeCustomer(customer, streamTime, options.at ?? streamTime, rules)));
    }
    return EXIT.ok;
  });
}

const NO_STATE: Pick<LaneState, 'rules'> & { readonly streamTime: LaneState['streamTime'] } = {
  streamTime: 0 as LaneState['streamTime'],
  rules: null,
};
