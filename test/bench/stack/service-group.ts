import { ServiceProcess } from '../../stack/service-process.ts';
import type { BenchPipeline } from './bench-context.ts';

/** Runs these services of a pipeline, each as a process, while `use` does. */
export async function withServices<Result>(
  names: readonly string[],
  { variables }: BenchPipeline,
  use: (services: readonly ServiceProcess[]) => Promise<Result>,
): Promise<Result> {
  const services = await Promise.all(names.map((name) => ServiceProcess.start(name, variables)));
  try {
    await Promise.all(services.map((service) => service.ready()));
    return await use(services);
  } finally {
    await Promise.all(services.map((service) => (service.isRunning ? service.stop() : null)));
  }
}
