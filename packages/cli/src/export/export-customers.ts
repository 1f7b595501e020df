import { describeCustomer, listCustomers, nowIn } from '@tidemark/query';
import { readPipeline } from '../location/opened-pipeline.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import type { ExportOptions } from './command.ts';
import { ROW_FORMATS } from './format-rows.ts';

/** Writes the lines one by one: memory does not grow with the number of customers. */
export async function exportCustomers(options: ExportOptions, environment: Environment): Promise<number> {
  const { stdout, clock } = environment;
  const format = ROW_FORMATS[options.format];
  return readPipeline(options, environment, async (pipeline) => {
    if (format.header !== null) await stdout.line(format.header);
    for await (const { lane, customer } of listCustomers(pipeline)) {
      const signal = stopSignalOf(environment);
      if (signal !== null) return exitCodeOf(signal);
      await stdout.line(format.row(describeCustomer(customer, lane, options.at ?? nowIn(lane, clock))));
    }
    return EXIT.ok;
  });
}
