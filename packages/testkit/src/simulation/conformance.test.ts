import { describeEventLog, describeProfileStore } from '../conformance/index.ts';
import { Random } from './random.ts';
import { SimulatedLog } from './simulated-log.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { SimulatedStore } from './simulated-store.ts';
import { Simulation } from './simulation.ts';

let seed = 0;

/** A world without faults that goes on by itself, and one process in it. */
function openWorld() {
  const simulation = new Simulation(new Random(seed++), Date.UTC(2025, 0, 1));
  return { simulation, process: new SimulatedProcess('suite', simulation), driver: simulation.drive() };
}

describeEventLog(
  'the simulated log',
  async () => {
    const { simulation, process, driver } = openWorld();
    return {
      log: new SimulatedLog(simulation, 3).portOf(process),
      topics: ['first', 'second'],
      close: async () => driver.end(),
    };
  },
  { valueBytesMax: 1_000_000, afterSeek: 'stale', newestMemberTakesAll: false },
);

describeProfileStore('the simulated store', async () => {
  const { process, driver } = openWorld();
  const simulated = new SimulatedStore();
  return {
    store: simulated.portOf(process),
    reader: simulated.reader,
    services: ['one', 'two', 'three'],
    lose: async (lane, part) => {
      const isOfCustomer = part.what === 'customer';
      const service = 'service' in part ? part.service : null;
      simulated.evict(lane, { service, part: isOfCustomer ? { customerId: part.customerId } : part.what });
    },
    close: async () => driver.end(),
  };
});
