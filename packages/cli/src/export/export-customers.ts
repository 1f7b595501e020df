import { describeCustomer, listCustomers, nowIn } from '@tidemark/reading';
import { readPipeline } from '../location/opened-pipeline.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { ExportOptions } from './command.ts';
import { ROW_FORMATS, type RowFormat } from './format-rows.ts';

/** Writes the lines one by one: memory does not grow with the number of customers. */
export async function exportCustomers(options: ExportOptions, environment: Environment): Promise<number> {
  const { stdout, stderr, clock } = environment;
  const { format, isExact } = formatAsked(options);
  const write = (line: string) => (isExact ? stdout.exactLine(line) : stdout.line(line));
  return readPipeline(options, environment, async (pipeline) => {
    const upgrading = new Set<string>();
    if (format.header !== null) await write(format.header);
    for await (const { lane, customer } of listCustomers(pipeline)) {
      const signal = stopSignalOf(environment);
      if (signal !== null) return exitCodeOf(signal);
      for (const service of lane.upgrading) upgrading.add(service);
      await write(format.row(describeCustomer(customer, lane, options.at ?? nowIn(lane, clock))));
    }
    for (const service of upgrading) {
      await stderr.line(
        `Upgrading: what is of ${service} is empty, since another version of it is in force than this build's.`,
      );
    }
    return EXIT.ok;
  });
}

function formatAsked({ format, raw }: ExportOptions): { readonly format: RowFormat; readonly isExact: boolean } {
  if (!raw) return { format: ROW_FORMATS[format], isExact: false };
  if (format === 'csv') return { format: ROW_FORMATS['raw-csv'], isExact: true };
  throw new Failure('expected --raw with --format csv, found it without: JSON gives every text exactly', EXIT.usage);
}
