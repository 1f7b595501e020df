import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const METADATA = 3;
const API_VERSIONS = 18;

/** Knows of no topics, and answers two kinds of requests; what it does to an answer is a test's to say. */
export class FakeBroker {
  /** Sockets that were opened to it, in order. */
  readonly sockets: Socket[] = [];
  /** Sends an answer, or does something else with its socket. */
  answer = (socket: Socket, bytes: Buffer, _apiKey: number): void => {
    socket.write(bytes);
  };
  /** What it does to a socket that was just opened to it. */
  accept = (_socket: Socket): void => {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('error', () => {}).on('data', (request) => this.#take(socket, request));
      this.accept(socket);
    });
  }

  static async listen(): Promise<FakeBroker> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeBroker(server);
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** On this machine a small request comes in one piece: size, api key, version, correlation id. */
  #take(socket: Socket, request: Buffer): void {
    const apiKey = request.readInt16BE(4);
    const body = apiKey === METADATA ? this.#metadata() : versions();
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + body.length);
    head.writeInt32BE(request.readInt32BE(8), 4);
    this.answer(socket, Buffer.concat([head, body]), apiKey);
  }

  /** Version 4: this broker alone, which is the controller. */
  #metadata(): Buffer {
    const host = Buffer.from('127.0.0.1');
    const [throttle, brokers, node, hostLength] = [int32(0), int32(1), int32(1), int16(host.length)];
    const broker = Buffer.concat([node, hostLength, host, int32(this.#port), int16(-1)]);
    return Buffer.concat([throttle, brokers, broker, int16(-1), node, int32(0)]);
  }
}

/** Version 2: how kafkajs may ask for what this broker answers. */
function versions(): Buffer {
  const ranges = [
    [METADATA, 4, 4],
    [API_VERSIONS, 2, 2],
  ].flatMap((range) => range.map(int16));
  return Buffer.concat([int16(0), int32(2), ...ranges, int32(0)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
